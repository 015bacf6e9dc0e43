"""Lists who wants no text messages, or stops them again after a restore."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from appointments.requests.restored import text_stops
from appointments.requests.restored.text_stops import Stop
from clinic.staff.sealing import NotReadable


class Command(BaseCommand):
    help = "Lists who wants no text messages, the numbers sealed, or stops them again after a restore."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--list", action="store_true", help="print everything that holds now, as JSON")
        what.add_argument(
            "--again", type=Path, metavar="FILE", help="stop again what --list wrote before a restore"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.stdout.write(json.dumps(text_stops.listed(), indent=2))
        else:
            self.stdout.write(f"{text_stops.reapply(read(options['again']))} stopped again")


def read(path: Path) -> list[Stop]:
    """What `--list` wrote. Raises CommandError, which says nothing of what stands in it."""
    try:
        listed = json.loads(path.read_text("utf-8"))
        if not isinstance(listed, list):
            raise TypeError("not a list")
        return text_stops.read(listed)
    except NotReadable as error:
        raise CommandError(
            f"{path} was sealed with another SECRET_KEY. Put that one into SECRET_KEY_FALLBACKS first."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path} is no list of who wants no texts.") from error
