"""A few dozen of the races of `make races`, with real processes, on the database that the tests run on."""

import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[3]


def test_races_end_as_they_have_to_and_their_twins_fail() -> None:
    where = ["--sqlite-only"] if connection.vendor == "sqlite" else ["--postgresql", _server()]
    numbers = ["--overlaps=12", "--accepts=15", "--twins=4"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.races", *where, *numbers],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "as it has to be" in done.stdout


def _server() -> str:
    """The server of the tests' database, as an address."""
    given = connection.settings_dict
    secret = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    host = str(given["HOST"] or "127.0.0.1").replace("/", "%2F")
    return f"postgres://{given['USER']}{secret}@{host}:{given['PORT'] or 5432}"
