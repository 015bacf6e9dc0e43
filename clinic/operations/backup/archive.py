"""Backups of the whole database with the pictures' files, and bringing one back.

A backup is one zip file, in the age format if it is encrypted: `manifest.json` (when, which database, how
many rows in each table, which migrations), the database itself, as a SQLite file or as pg_dump's custom
format, and the files under `media/`, so that it can be brought back without this program too. It is taken
from one moment of a live database: the rows are counted in the very transaction whose snapshot is written,
and again in what is written. It is a stream: of an encrypted one nothing in clear is ever in its folder,
whenever it is killed.
"""

import fcntl
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from clinic.operations.backup import encryption, files, postgresql, sqlite

FORMAT = 2
MANIFEST = "manifest.json"
_END = object()
Counts = Mapping[str, int]
# Made again by a migration, by the next request or when staff ask again.
_NO_LOSS = {
    "auth_permission",
    "clinic_cache",
    "clinic_job",
    "clinic_jobpart",
    "clinic_ratecount",
    "django_content_type",
    "django_migrations",
    "django_session",
    "usersessions_usersession",
}


class BackupError(Exception):
    """The backup, or bringing it back, can't be done or has gone wrong. The message is for the operator."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    vendor: str
    made_at: str
    rows: dict[str, int]
    migrations: list[list[str]]
    format: int = FORMAT


def _engine() -> Any:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]


@contextmanager
def _told() -> Iterator[None]:
    """Turns what the parts raise into the one error of this module."""
    try:
        yield
    except (encryption.EncryptionError, postgresql.ToolFailed, sqlite.Damaged) as error:
        raise BackupError(str(error)) from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
        raise BackupError("This is no backup, or it is damaged.") from error
    except OSError as error:
        raise BackupError(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from error


@contextmanager
def _handle(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _workspace() -> Iterator[Path]:
    """A private folder among the site's data, which lies there in clear anyway. There is one at a time, so
    what else is found was left by a backup or restore that was killed."""
    data = Path(settings.VAR_DIR)
    with _handle(data) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another backup or restore is running.") from error
        for left in data.glob(".backup-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=data, prefix=".backup-") as folder:
            yield Path(folder)


@_told()
def write(path: Path, now: datetime, recipients: Sequence[str] = ()) -> Manifest:
    """Writes a backup to `path`, which must not be there yet, for the holders of these public keys' secret
    ones; without any, in clear. Raises BackupError.

    Until it is whole and on the disk it has another name, so a file of the right name is a good one.
    """
    keys = encryption.recipients(recipients)
    if path.exists():
        raise BackupError(f"{path} is there already.")
    unfinished = path.with_name(f".{path.name}.backup-unfinished")
    with _workspace() as folder:
        for left in path.parent.glob(".*.backup-unfinished"):
            left.unlink()
        try:
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file, _engine().snapshot(folder) as (rows, pieces, counted):
                made_at = now.isoformat(timespec="seconds")
                manifest = Manifest(connection.vendor, made_at, rows, _applied())
                encryption.copy(_Zip(manifest, pieces), file, keys)
                file.flush()
                os.fsync(handle)
            _compare(rows, counted, "The backup")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        with _handle(path.parent) as parent:
            os.fsync(parent)
    return manifest


@contextmanager
def opened(path: Path, identity: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """Reads a backup to its end and counts its rows; it lies in clear for as long as this is open, the files
    of pictures beside the database.

    `identity` is the file with the secret key of an encrypted one, refused for another. Raises BackupError.
    """
    with _workspace() as folder:
        yield _unpacked(path, identity, folder)


@_told()
def bring_back(manifest: Manifest, database: Path) -> None:
    """Replaces the whole database by an opened backup, in one transaction, and counts its rows; the files of
    pictures that lie beside it come back before, as none takes the place of another. Raises BackupError.

    The caller has asked whether to; what follows (migrations, mail, erasures) is the caller's too.
    """
    _refuse_unknown_migrations(manifest)
    refuse_others()
    files.put_back(database.parent)
    connection.close()
    _engine().load(database)
    connection.close()
    _compare(manifest.rows, rows_of_tables(), "The database")


def refuse_others() -> None:
    """Raises BackupError while anybody else is connected to the database."""
    users = _engine().other_users()
    if users:
        raise BackupError(f"The database is in use ({users}). Stop the site and the worker first.")


def rows_of_tables() -> dict[str, int]:
    """How many rows each table holds now; none before the first migration."""
    counted: dict[str, int] = _engine().rows()
    return counted


def grown_since(manifest: Manifest) -> list[str]:
    """The tables that hold more rows than the backup: what bringing it back would lose."""
    now = rows_of_tables()
    return [table for table in now if table not in _NO_LOSS and now[table] > manifest.rows.get(table, 0)]


def _compare(said: Counts, counted: Counts, what: str) -> None:
    wrong = sorted(table for table in {*said, *counted} if said.get(table, 0) != counted.get(table, 0))
    if wrong:
        raise BackupError(f"{what} doesn't hold the rows that it should, in: {', '.join(wrong)}.")


def _applied() -> list[list[str]]:
    """Without the squashed ones: a later version has others in their place, and says nothing less."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted([app, name] for app, name in applied if "_squashed_" not in name)


def _refuse_unknown_migrations(manifest: Manifest) -> None:
    known = {(app, name) for app, name in MigrationLoader(None).disk_migrations}
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        raise BackupError(f"The backup is of a newer version of the site, with {', '.join(newer)}.")


class _Zip:
    """The backup in clear, made while it is read."""

    def __init__(self, manifest: Manifest, pieces: Iterator[bytes]) -> None:
        self._waiting, self._steps = bytearray(), self._write(manifest, pieces)

    def _write(self, manifest: Manifest, pieces: Iterator[bytes]) -> Iterator[None]:
        # This object can't `tell`, so zipfile never goes back to what it has written.
        with zipfile.ZipFile(self, "w") as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            with archive.open(_engine().FILE, "w", force_zip64=True) as database:
                for piece in pieces:
                    yield
                    database.write(piece)
            yield from files.write(archive)

    def write(self, data: bytes, /) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing to do; the same for zipfile's `close`."""

    close = flush

    def read(self, size: int = -1, /) -> bytes:
        """`size` bytes; fewer only at the end."""
        while len(self._waiting) < size and next(self._steps, _END) is not _END:
            pass
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken


@_told()
def _unpacked(path: Path, identity: Path | None, folder: Path) -> tuple[Manifest, Path]:
    with encryption.opened(path, identity, folder) as file, zipfile.ZipFile(file) as archive:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
        if manifest.format != FORMAT:
            raise BackupError("The backup is of a form that this version doesn't know.")
        if manifest.vendor != connection.vendor:
            raise BackupError(
                f"The backup is of {manifest.vendor}, and the site runs on {connection.vendor}."
            )
        database = Path(archive.extract(_engine().FILE, folder))
        files.unpack(archive, folder)
    _compare(manifest.rows, _engine().inspect(database), "The backup")
    return manifest, database
