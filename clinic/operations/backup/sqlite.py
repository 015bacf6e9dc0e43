"""SQLite's part of backups: the backup API under one read transaction. Copying the file of a live database
would lose rows while its integrity check says that all is well."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

FILE = "database.sqlite3"
_PIECE = 256 * 1024


class Damaged(Exception):
    """The file is no sound database."""


def database_file() -> str:
    """Where the site's database lies."""
    return str(connection.settings_dict["NAME"])


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
    )
    counted = {}
    for (name,) in names.fetchall():
        [(counted[name],)] = database.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - its own name
    return counted


def rows() -> dict[str, int]:
    """The rows of each table now; none before the first migration."""
    with closing(sqlite3.connect(database_file(), timeout=60)) as live:
        return _rows(live)


@contextmanager
def snapshot(folder: Path) -> Iterator[tuple[dict[str, int], Iterator[bytes], dict[str, int]]]:
    """One moment of the live database: the rows of each table, its bytes, and the rows counted in these.

    The copy lies in a file that loses its name before it has a byte: it takes disk beside the database, not
    memory, and is gone when this ends, killed or not. Writers wait for as long as copying takes, which is
    well within their 20 seconds up to some gigabytes.
    """
    path = folder / FILE
    with path.open("w+b") as file, closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = OFF")  # a journal would have a name
        path.unlink()
        with closing(sqlite3.connect(database_file(), timeout=60, isolation_level=None)) as live:
            live.execute("BEGIN")
            counted = _rows(live)
            live.backup(copy)
        yield counted, iter(lambda: file.read(_PIECE), b""), _inspect(copy)


def _inspect(database: sqlite3.Connection) -> dict[str, int]:
    try:
        [(verdict,)] = database.execute("PRAGMA integrity_check(1)").fetchall()
        if verdict != "ok" or database.execute("PRAGMA foreign_key_check").fetchone():
            raise Damaged("The integrity check of the backup failed.")
        return _rows(database)
    except sqlite3.DatabaseError as error:
        raise Damaged("The database in the backup can't be read.") from error


def inspect(database: Path) -> dict[str, int]:
    """Checks a database file page by page and returns the rows of its tables. Raises Damaged."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as copy:
        return _inspect(copy)


def load(database: Path) -> None:
    """Replaces the live database by `database`, through SQLite itself: a journal that another program left
    behind can't bring lost rows back."""
    Path(database_file()).parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(database_file(), timeout=20)) as live,
    ):
        live.execute("PRAGMA synchronous=EXTRA")
        source.backup(live)


def other_users() -> str:
    """Who else has the database open, as far as this machine tells: '' or 'process 12, 13'."""
    connection.close()
    wanted = Path(database_file()).resolve()
    found = [entry.name for entry in Path("/proc").glob("[0-9]*") if _has_open(entry, wanted)]
    return f"process {', '.join(sorted(found, key=int))}" if found else ""


def _has_open(process: Path, wanted: Path) -> bool:
    try:
        return any(link.is_symlink() and link.readlink() == wanted for link in (process / "fd").iterdir())
    except OSError:  # it has ended, or is somebody else's
        return False
