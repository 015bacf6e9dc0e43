"""`manage.py restore`: replaces the database by a backup; mail is paused, erasures and STOP apply again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from appointments.models import TextOptOut
from appointments.models.erasure import Erasure
from appointments.requests import rights
from appointments.requests.restored import settling, text_stops
from clinic.operations.backup import archive, files


class Command(BaseCommand):
    """Needs the site and the worker stopped."""

    help = "Replaces the database and the pictures by a backup. Stop the site and the worker first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the backup")
        parser.add_argument(
            "--identity", type=Path, metavar="FILE", help="the secret key of an encrypted one"
        )
        parser.add_argument("--yes", action="store_true", help="replace a database that holds newer data")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with archive.opened(options["path"], options["identity"]) as (manifest, database):
                self._bring_back(manifest, database, agreed=options["yes"])
        except archive.BackupError as error:
            raise CommandError(str(error)) from error

    def _bring_back(self, manifest: archive.Manifest, database: Path, *, agreed: bool) -> None:
        lost = archive.grown_since(manifest)
        if lost and not agreed:
            raise CommandError(
                f"Nothing is changed: the database holds more than the backup in {', '.join(lost)}. "
                "Make a backup of it first; then add --yes to replace it."
            )
        # A backup doesn't know of what was erased after it, nor of who has written STOP.
        tables = archive.rows_of_tables()
        erasures = rights.erasures() if Erasure._meta.db_table in tables else []
        stops = text_stops.read(text_stops.listed()) if TextOptOut._meta.db_table in tables else []
        archive.bring_back(manifest, database)
        pictures = files.unpacked(database.parent)
        settled = settling.settle(erasures, stops)
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"Brought back {rows} rows in {len(manifest.rows)} tables, as of {manifest.made_at}, "
            f"and {pictures} files of pictures."
        )
        self.stdout.write(settled.words())
