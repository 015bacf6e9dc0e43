"""Where the fault runs take place: a database of their own, thrown away afterwards; a row for each figure."""

import json
import os
import secrets
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
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        name = f"faults_{secrets.token_hex(4)}"
        address = f"{postgresql}/{name}" if postgresql else f"sqlite:///{Path(folder) / 'db.sqlite3'}"
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
        if postgresql:
            _on_server(postgresql, f"CREATE DATABASE {name}")
        try:
            manage = [sys.executable, str(ROOT / "manage.py")]
            subprocess.run([*manage, "migrate", "--verbosity=0"], env=environment, check=True)
            yield environment
        finally:
            if postgresql:
                _on_server(postgresql, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _on_server(postgresql: str, statement: str) -> None:
    with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
        connection.execute(statement)
