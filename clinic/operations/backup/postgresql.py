"""PostgreSQL's part of backups: pg_dump of one snapshot; pg_restore through psql in one transaction."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any

from django.db import connection, transaction

FILE = "database.dump"
_PIECE = 256 * 1024
# Everything of the site lies in this schema; emptying it first leaves nothing of a newer version behind.
_EMPTY = b"BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"


class ToolFailed(Exception):
    """pg_dump, pg_restore or psql ended with an error or isn't there."""


def rows() -> dict[str, int]:
    """The rows of each table now; none before the first migration."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        return {table: _count(cursor, table) for table in tables}


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a name from the database itself
    return int(cursor.fetchone()[0])


def _environment() -> dict[str, str]:
    """How the tools reach the database: by the variables of libpq, since others can read a command line."""
    parameters = connection.get_connection_params()
    names = {
        "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
        "dbname": "PGDATABASE", "sslmode": "PGSSLMODE",
    }  # fmt: skip
    values = {variable: str(parameters[name]) for name, variable in names.items() if parameters.get(name)}
    return {**os.environ, **values}


@contextmanager
def _running(*command: str, **pipes: int) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A tool's stdin and stdout, those of them that are pipes; its end is waited for. Raises ToolFailed."""
    cut_off = False
    with tempfile.TemporaryFile() as words:
        try:
            process = subprocess.Popen(command, env=_environment(), stderr=words, **pipes)  # type: ignore[call-overload]  # noqa: S603
        except FileNotFoundError as error:
            raise ToolFailed(
                f"{command[0]} is not installed: it comes with Debian's postgresql-client."
            ) from error
        with process:
            try:
                yield process.stdin, process.stdout
                if process.stdin:
                    process.stdin.close()
            except BaseException as error:
                # One that takes no more has ended, and says why. Anything else ends it before it is done.
                if not (process.stdin and isinstance(error, BrokenPipeError)):
                    process.kill()
                    raise
                cut_off = True
                with suppress(BrokenPipeError):
                    process.stdin.close()
        if process.returncode or cut_off:
            words.seek(0)
            # Only the first line: the next ones may quote a row.
            said = words.readline().decode(errors="replace").strip()
            raise ToolFailed(f"{command[0]} failed: {said or process.returncode}")


@contextmanager
def snapshot(_folder: Path) -> Iterator[tuple[dict[str, int], Iterator[bytes], dict[str, int]]]:
    """One moment of the live database: the rows of each table, pg_dump's bytes as they come, and the rows
    counted in these, which are all there after the last piece."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # This connection only waits while pg_dump works, for longer than the role's limit if need be.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        name, counted = str(cursor.fetchone()[0]), dict[str, int]()
        with closing(_dumped(name, counted)) as pieces:
            yield rows(), pieces, counted


def _dumped(snapshot: str, counted: dict[str, int]) -> Generator[bytes, None, None]:
    """The dump piece by piece. pg_restore reads along, so `counted` has what can be brought back from it."""
    dump = (
        "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
        f"--snapshot={snapshot}",
    )  # fmt: skip
    restore = ("pg_restore", "--data-only", "--file=-")
    with (
        _running(*restore, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as (copy, script),
        _running(*dump, stdout=subprocess.PIPE) as (_, dumped),
    ):
        counting = Thread(target=lambda: counted.update(_counted(script)), daemon=True)
        counting.start()
        while piece := dumped.read(_PIECE):
            copy.write(piece)
            yield piece
        copy.close()
        counting.join()


def _counted(script: Iterable[bytes]) -> dict[str, int]:
    """How many rows each table has in a script of pg_restore's."""
    counted: dict[str, int] = {}
    table = ""
    for line in script:
        if table:
            if line == b"\\.\n":
                table = ""
            else:
                counted[table] += 1
        elif line.startswith(b"COPY "):
            table = line.split()[1].decode().split(".")[-1].strip('"')
            counted[table] = 0
    return counted


def inspect(database: Path) -> dict[str, int]:
    """Reads a dump to its end and counts its rows, table by table. Raises ToolFailed."""
    with _running(
        "pg_restore", "--exit-on-error", "--data-only", "--file=-", str(database), stdout=subprocess.PIPE
    ) as (_, script):
        return _counted(script)


def load(database: Path) -> None:
    """Empties the database and brings the dump back, in one transaction: all of it or nothing changes.

    COMMIT is written last: psql's own --single-transaction takes a script that ends early, as when this is
    killed, for a whole one.
    """
    with _running("pg_restore", "--list", str(database), stdout=subprocess.PIPE) as (_, listed):
        # All but the schema itself, which is there by then.
        wanted = [line for line in listed if b" SCHEMA - public " not in line]
    contents = database.with_suffix(".list")
    contents.write_bytes(b"".join(wanted))
    restore = (
        "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--use-list={contents}",
        "--file=-", str(database),
    )  # fmt: skip
    psql = ("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=-")
    with _running(*psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (statements, _):
        statements.write(_EMPTY)
        with _running(*restore, stdout=subprocess.PIPE) as (_, script):
            shutil.copyfileobj(script, statements)
        statements.write(b"COMMIT;\n")


def other_users() -> str:
    """Who else is connected: '' or '2 connections'."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        others = int(cursor.fetchone()[0])
    return f"{others} connections" if others else ""
