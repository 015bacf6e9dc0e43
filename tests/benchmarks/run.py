"""`make bench`: how many requests a second, on this machine, with this many clients. Prints a table.

A site of its own with a database of its own, under gunicorn on the loopback, thrown away afterwards. Compare
ratios on one machine, not absolutes between machines.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from tests.faults.stage import ROOT, stage
from tests.run import find_postgresql


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> int:
    """Both databases, each in a process of its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3, help="for each line of the table")
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--rows", type=int, default=10_000, help="requests in the admin's inbox")
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.here:
        django.setup()
        importlib.import_module("tests.benchmarks.figures").run(given.seconds, given.clients, given.rows)
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-static-") as static:
        for title, server in (("SQLite", None), ("PostgreSQL", find_postgresql())):
            if title == "PostgreSQL" and not server:
                say("PostgreSQL: left out, no server was found.")
                continue
            say(f"\n{title}: gunicorn with 2 processes, {given.clients} clients, {os.cpu_count()} cores")
            with stage(server) as environment:
                (Path(environment["VAR_DIR"]) / "static").symlink_to(static)
                for command in (["load_content"], ["collectstatic", "--noinput", "-v0"]):
                    subprocess.run(
                        [sys.executable, "manage.py", *command],
                        cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL,
                    )  # fmt: skip
                command = [sys.executable, "-m", "tests.benchmarks.run", "--here", *sys.argv[1:]]
                subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
