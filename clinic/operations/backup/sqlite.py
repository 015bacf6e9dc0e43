"""SQLite's part of backups: the backup API under one read transaction. Copying the file of a live database
would lose rows while its integrity check says that all is well."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

FILE = "database.sqlite3"


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


def dump(target: Path) -> dict[str, int]:
    """Copies the live database to `target`; returns the rows of each table in the copied moment.

    Writers wait for as long as it takes, which is well within their 20 seconds up to some gigabytes.
    """
    with closing(sqlite3.connect(database_file(), timeout=60, isolation_level=None)) as live:
        live.execute("BEGIN")
        counted = _rows(live)
        with closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        live.execute("ROLLBACK")
    return counted


def inspect(database: Path) -> dict[str, int]:
    """Checks a database file page by page and returns the rows of its tables. Raises Damaged."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as copy:
            [(verdict,)] = copy.execute("PRAGMA integrity_check(1)").fetchall()
            if verdict != "ok" or copy.execute("PRAGMA foreign_key_check").fetchone():
                raise Damaged("The integrity check of the backup failed.")
            return _rows(copy)
    except sqlite3.DatabaseError as error:
        raise Damaged("The database in the backup can't be read.") from error


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
