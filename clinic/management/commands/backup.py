"""`manage.py backup`: one file from one moment of the live database, checked while it is written."""

from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from clinic.models import Heartbeat
from clinic.operations.backup import archive, files

PATTERN = "finetouch-*.backup"


class Command(BaseCommand):
    """Safe while the site runs."""

    help = "Writes a backup of the database and the pictures, and checks it. The site may go on running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            type=Path,
            nargs="?",
            help="the file to write; in a folder, one named after the time; without it, in VAR_DIR/backups",
        )
        parser.add_argument(
            "--recipient",
            action="append",
            default=[],
            metavar="age1...",
            help="encrypt it for the holder of this public key's secret one; may be given again",
        )
        parser.add_argument(
            "--keep", type=int, metavar="N", help="with a folder: delete all but the newest N backups in it"
        )
        parser.add_argument(
            "--check", action="store_true", help="write nothing, check the backup at the path"
        )
        parser.add_argument(
            "--identity", type=Path, metavar="FILE", help="with --check: the secret key of an encrypted one"
        )

    @staticmethod
    def own_folder() -> Path:
        """Where a backup goes that nobody named a place for."""
        folder = Path(settings.VAR_DIR) / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["path"] or self.own_folder()
        if options["keep"] is not None and (options["keep"] < 1 or not path.is_dir()):
            raise CommandError("--keep needs a folder and a number from 1 on.")
        if options["recipient"] if options["check"] else options["identity"]:
            raise CommandError("--recipient is for writing a backup, --identity for --check.")
        try:
            if options["check"]:
                with archive.opened(path, options["identity"]) as (manifest, database):
                    self._tell(path, "is whole", manifest)
                    self.stdout.write(f"{files.unpacked(database.parent)} files of pictures are in it.")
            else:
                self._write(path, options["recipient"], options["keep"])
        except archive.BackupError as error:
            raise CommandError(str(error)) from error

    def _write(self, path: Path, recipients: list[str], keep: int | None) -> None:
        if not recipients and not settings.DEBUG:
            self.stderr.write("Not encrypted: who has this file can read every request. Give a --recipient.")
        now = timezone.now()
        folder = path if path.is_dir() else None
        if folder:
            path = folder / f"finetouch-{now:%Y%m%dT%H%M%SZ}.backup"
        try:
            self._tell(path, "written and checked", archive.write(path, now, recipients))
        except Exception:
            with suppress(DatabaseError):  # it may be what failed
                Heartbeat.objects.update_or_create(name=Heartbeat.BACKUP_FAILED, defaults={"at": now})
            raise
        Heartbeat.objects.update_or_create(name=Heartbeat.BACKUP, defaults={"at": now})
        if folder and keep:
            for old in sorted(folder.glob(PATTERN))[:-keep]:
                old.unlink()

    def _tell(self, path: Path, done: str, manifest: archive.Manifest) -> None:
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"{path} {done}: {rows} rows in {len(manifest.rows)} tables, of {manifest.made_at}."
        )
