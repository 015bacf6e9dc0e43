"""Where the fault runs take place: a database of their own, thrown away afterwards; a row for each figure."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Row:
    """One line of the table."""

    what: str
    figures: str
    is_good: bool

    def tell(self) -> None:
        """Hands the row to the program that prints the table."""
        sys.stdout.write(json.dumps(asdict(self)) + "\n")
        sys.stdout.flush()


@contextmanager
def stage(postgresql: str | None) -> Iterator[dict[str, str]]:
    """The environment of a site with an empty, migrated database: on SQLite or on the server `postgresql`."""
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        empty_database(postgresql, Path(folder)) as address,
    ):
        environment = {
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "VAR_DIR": folder,
            "SECRET_KEY": secrets.token_hex(32),
            "SITE_URL": "http://127.0.0.1:8106",
            "RATE_LIMITS": "off",
            "STAFF_SECOND_FACTOR": "off",
            "LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
        }
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "migrate", "--verbosity=0"], env=environment, check=True)
        yield environment


@contextmanager
def empty_database(postgresql: str | None, folder: Path) -> Iterator[str]:
    """The address of a database that is there as long as this is open."""
    name = f"faults_{secrets.token_hex(4)}"
    if not postgresql:
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    _on_server(postgresql, f"CREATE DATABASE {name}")
    try:
        yield f"{postgresql}/{name}"
    finally:
        _on_server(postgresql, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _on_server(postgresql: str, statement: str) -> None:
    with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
        connection.execute(statement)
