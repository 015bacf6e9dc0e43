"""`manage.py backup`: one file from one moment of the live database, checked after it was written."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.operations.backup import archive

PATTERN = "finetouch-*.backup"


class Command(BaseCommand):
    """Safe while the site runs."""

    help = "Writes a backup of the whole database and checks it. The site may go on running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            type=Path,
            nargs="?",
            help="the file to write; in a folder, one named after the time; without it, in VAR_DIR/backups",
        )
        parser.add_argument("--encrypt-with", type=Path, metavar="KEYFILE", help="encrypt it with this key")
        parser.add_argument(
            "--keep", type=int, metavar="N", help="with a folder: delete all but the newest N backups in it"
        )
        parser.add_argument(
            "--check", action="store_true", help="write nothing, check the backup at the path"
        )

    @staticmethod
    def own_folder() -> Path:
        """Where a backup goes that nobody named a place for."""
        folder = Path(settings.VAR_DIR) / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def handle(self, *args: Any, **options: Any) -> None:
        path, key = options["path"] or self.own_folder(), options["encrypt_with"]
        if options["keep"] is not None and (options["keep"] < 1 or not path.is_dir()):
            raise CommandError("--keep needs a folder and a number from 1 on.")
        now = timezone.now()
        folder = path if path.is_dir() else None
        if folder:
            path = folder / f"finetouch-{now:%Y%m%dT%H%M%SZ}.backup"
        try:
            manifest = archive.check(path, key) if options["check"] else archive.write(path, now, key)
        except archive.BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.rows.values())
        done = "is whole" if options["check"] else "written and checked"
        self.stdout.write(
            f"{path} {done}: {rows} rows in {len(manifest.rows)} tables, of {manifest.made_at}."
        )
        if folder and options["keep"]:
            for old in sorted(folder.glob(PATTERN))[: -options["keep"]]:
                old.unlink()
