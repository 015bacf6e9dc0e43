"""`manage.py after_restore`: what PostgreSQL brought back to an earlier moment still needs."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from appointments.management.commands import text_stops
from appointments.messages.texts import consent
from appointments.requests.restored import settling
from clinic.operations.backup import archive


class Command(BaseCommand):
    """Needs the site and the worker stopped, as `restore` does, which does the same by itself."""

    help = (
        "After PostgreSQL was brought back to an earlier moment and before the site starts: pauses mail that "
        "may have gone out since, signs everybody out, erases again whoever was erased since, and texts "
        "nobody who has written STOP since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--erasures",
            type=Path,
            required=True,
            metavar="FILE",
            help="what `manage.py erase_person --list` wrote last, before the database was brought back",
        )

        parser.add_argument(
            "--stops",
            type=Path,
            metavar="FILE",
            help="what `manage.py text_stops --list` wrote last before; needed where the site sends texts",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if consent.exists() and not options["stops"]:
            raise CommandError("The site sends texts: name the list of who wants none, --stops FILE.")
        erasures = _read(options["erasures"])
        stops = text_stops.read(options["stops"]) if options["stops"] else []
        try:
            archive.refuse_others()
        except archive.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(settling.settle(erasures, stops).words())


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        listed = json.loads(path.read_text("utf-8"))
        if isinstance(listed, list) and all({"digest", "at", "reason"} <= {*each} for each in listed):
            return listed
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{path} is no list of erasures: {error}.") from error
    raise CommandError(f"{path} is no list of erasures.")
