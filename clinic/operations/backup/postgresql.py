"""PostgreSQL's part of backups: pg_dump of one snapshot; pg_restore through psql in one transaction."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

FILE = "database.dump"
# Everything of the site lies in this schema; emptying it first leaves nothing of a newer version behind.
_EMPTY = b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"


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
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    values = {variable: str(parameters[name]) for name, variable in names.items() if parameters.get(name)}
    if parameters.get("sslmode"):
        values["PGSSLMODE"] = str(parameters["sslmode"])
    return {**os.environ, **values}


def _run(*command: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    try:
        done = subprocess.run(  # noqa: S603
            list(command), env=_environment(), stderr=subprocess.PIPE, check=False, **options
        )
    except FileNotFoundError as error:
        raise ToolFailed(
            f"{command[0]} is not installed: it comes with Debian's postgresql-client."
        ) from error
    if done.returncode:
        # Only the first line: the next ones may quote a row.
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise ToolFailed(f"{command[0]} failed: {words[0] if words else done.returncode}")
    return done


def dump(target: Path) -> dict[str, int]:
    """Dumps the live database to `target`; returns the rows of each table in the dumped moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # This connection only waits while pg_dump works, for longer than the role's limit if need be.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = str(cursor.fetchone()[0])
        counted = rows()
        _run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
            f"--snapshot={snapshot}", f"--file={target}",
        )  # fmt: skip
    return counted


def inspect(database: Path) -> dict[str, int]:
    """Reads a dump to its end and counts its rows, table by table. Raises ToolFailed."""
    _run("pg_restore", "--list", str(database), stdout=subprocess.DEVNULL)
    counted: dict[str, int] = {}
    table = ""
    for line in _script(database, "--data-only"):
        if table:
            if line == b"\\.\n":
                table = ""
            else:
                counted[table] += 1
        elif line.startswith(b"COPY "):
            table = line.split()[1].decode().split(".")[-1].strip('"')
            counted[table] = 0
    return counted


def _script(database: Path, *options: str) -> Iterator[bytes]:
    command = ["pg_restore", "--exit-on-error", *options, "--file=-", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - it was asked for
        yield from process.stdout
    if process.returncode:
        raise ToolFailed("pg_restore can't read the dump to its end.")


def load(database: Path) -> None:
    """Empties the database and brings the dump back, in one transaction: all of it or nothing changes."""
    command = ["psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"]
    with subprocess.Popen(  # noqa: S603
        command,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as psql:
        assert psql.stdin is not None  # noqa: S101 - it was asked for
        assert psql.stderr is not None  # noqa: S101
        try:
            psql.stdin.write(_EMPTY)
            for line in _script(
                database, "--no-owner", "--no-privileges", f"--use-list={_contents(database)}"
            ):
                psql.stdin.write(line)
        except BrokenPipeError:
            pass
        except BaseException:
            psql.kill()
            raise
        psql.stdin.close()
        words = psql.stderr.readline().decode(errors="replace").strip()
    if psql.returncode:
        raise ToolFailed(f"psql failed: {words}")


def _contents(database: Path) -> Path:
    """The list of what to bring back: everything but the schema itself, which is there by then."""
    listed = _run("pg_restore", "--list", str(database), stdout=subprocess.PIPE).stdout.splitlines(
        keepends=True
    )
    path = database.with_suffix(".list")
    path.write_bytes(b"".join(line for line in listed if b" SCHEMA - public " not in line))
    return path


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
