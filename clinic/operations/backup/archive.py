"""Backups of the whole database, and bringing one back.

A backup is one tar file, encrypted or not: `manifest.json` (when, which database, how many rows in each
table, which migrations) and the database itself, as a SQLite file or as pg_dump's custom format, so that it
can be brought back without this program too. It is taken from one moment of a live database: the rows are
counted in the very transaction whose snapshot is written, and counted again in what was written.
"""

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from clinic.operations.backup import postgresql, sqlite
from clinic.operations.backup.sealed_file import (
    OpeningReader,
    SealedFileError,
    SealingWriter,
    is_sealed,
    read_key,
)

FORMAT = 1
MANIFEST = "manifest.json"
Counts = Mapping[str, int]
# Made again by a migration or by the next request.
_NO_LOSS = {
    "auth_permission",
    "clinic_cache",
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


def write(path: Path, now: datetime, key_file: Path | None = None) -> Manifest:
    """Writes a backup to `path`, which must not be there yet, and checks it. Raises BackupError.

    Until it is whole and checked it has another name, so a file of the right name is a good one.
    """
    if path.exists():
        raise BackupError(f"{path} is there already.")
    unfinished = path.with_name(f".{path.name}.unfinished")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder, _told():
        database = Path(folder) / _engine().FILE
        rows = _engine().dump(database)
        manifest = Manifest(connection.vendor, now.isoformat(timespec="seconds"), rows, _applied())
        try:
            with _opened_for_writing(unfinished, key_file) as file:
                _pack(file, manifest, database)
            check(unfinished, key_file)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(path.parent)
    return manifest


def check(path: Path, key_file: Path | None = None) -> Manifest:
    """Reads a backup to its end, counts its rows; returns what it says about itself. Raises BackupError."""
    with _unpacked(path, key_file) as (manifest, database):
        counted = _engine().inspect(database)
        _compare(manifest.rows, counted, "The backup")
    return manifest


def bring_back(path: Path, key_file: Path | None = None) -> Manifest:
    """Replaces the whole database by the backup, in one transaction, and counts its rows. Raises BackupError.

    The caller has asked whether to; what follows (migrations, mail, erasures) is the caller's too.
    """
    with _unpacked(path, key_file) as (manifest, database):
        _refuse_unknown_migrations(manifest)
        _compare(manifest.rows, _engine().inspect(database), "The backup")
        users = _engine().other_users()
        if users:
            raise BackupError(f"The database is in use ({users}). Stop the site and the worker first.")
        connection.close()
        _engine().load(database)
        connection.close()
        _compare(manifest.rows, rows_of_tables(), "The database")
    return manifest


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
    loader = MigrationLoader(connection)
    return sorted([app, name] for app, name in loader.applied_migrations)


def _refuse_unknown_migrations(manifest: Manifest) -> None:
    known = {(app, name) for app, name in MigrationLoader(None).disk_migrations}
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        raise BackupError(f"The backup is of a newer version of the site, with {', '.join(newer)}.")


@contextmanager
def _told() -> Iterator[None]:
    """Turns what the parts raise into the one error of this module."""
    try:
        yield
    except (SealedFileError, postgresql.ToolFailed, sqlite.Damaged) as error:
        raise BackupError(str(error)) from error
    except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise BackupError("This is no backup, or it is damaged.") from error
    except OSError as error:
        raise BackupError(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from error


@contextmanager
def _opened_for_writing(path: Path, key_file: Path | None) -> Iterator[BinaryIO]:
    """A new file that only its owner can read, on the disk before this ends."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        if key_file is None:
            yield file
        else:
            sealing = SealingWriter(file, read_key(key_file))
            yield cast(BinaryIO, sealing)
            sealing.close()
        file.flush()
        os.fsync(file.fileno())


def _pack(file: BinaryIO, manifest: Manifest, database: Path) -> None:
    words = json.dumps(manifest.__dict__, indent=1).encode()
    with tarfile.open(fileobj=file, mode="w|") as tar:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(words), 0o600
        tar.addfile(entry, io.BytesIO(words))
        tar.add(database, arcname=database.name, filter=_anonymous)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


@contextmanager
def _unpacked(path: Path, key_file: Path | None) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and the database of a backup, for as long as this is open."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder, _told():
        sealed = is_sealed(path)
        if sealed and key_file is None:
            raise BackupError("The backup is encrypted: name its key file.")
        with path.open("rb") as file:
            stream = OpeningReader(file, read_key(key_file)) if sealed and key_file else file
            with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as tar:
                for entry in tar:
                    if entry.name in {MANIFEST, _engine().FILE} and entry.isfile():
                        tar.extract(entry, folder, filter="data")
            stream.read()
        values = json.loads((Path(folder) / MANIFEST).read_bytes())
        if values.pop("format") != FORMAT:
            raise BackupError("The backup is of a form that this version doesn't know.")
        manifest = Manifest(**values)
        if manifest.vendor != connection.vendor:
            raise BackupError(
                f"The backup is of {manifest.vendor}, and the site runs on {connection.vendor}."
            )
        yield manifest, Path(folder) / _engine().FILE


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
