"""`make faults`: outages, kills and clocks that change, on SQLite and on PostgreSQL, as a printed table.

Everything stays on the loopback and on databases that are made for it and thrown away. Exits with 1 when a
figure is not what it has to be.
"""

import argparse
import importlib
import json
import subprocess
import sys
import time

import django

from tests.faults.stage import ROOT, Row, stage
from tests.run import find_postgresql

SCENARIOS = ("outages", "kills", "texts", "clocks", "submits", "writers")


def main() -> int:
    """Runs what was asked for; with --here one scenario, in this process, on the environment's database."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("scenarios", nargs="*", default=SCENARIOS, help=", ".join(SCENARIOS))
    options.add_argument("--sqlite-only", action="store_true")
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.here:
        run_here(given.scenarios[0])
        return 0
    postgresql = None if given.sqlite_only else find_postgresql()
    places = {"SQLite": None, "PostgreSQL": postgresql} if postgresql else {"SQLite": None}
    good = [run_on(name, address, given.scenarios) for name, address in places.items()]
    if not postgresql and not given.sqlite_only:
        say("PostgreSQL: left out, no server was found.")
    return 0 if all(good) else 1


def run_on(name: str, postgresql: str | None, scenarios: list[str]) -> bool:
    """Every scenario on one database, each in a process of its own; whether all figures are good."""
    say(f"\n{name}")
    all_good = True
    with stage(postgresql) as environment:
        for scenario in scenarios:
            began = time.monotonic()
            command = [sys.executable, "-m", "tests.faults.run", "--here", scenario]
            with subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
            ) as process:
                for line in process.stdout or ():
                    row = Row(**json.loads(line))
                    all_good &= row.is_good
                    say(f"  {'good' if row.is_good else 'BAD '}  {row.what:40} {row.figures}")
            all_good &= process.returncode == 0
            say(f"        {scenario}: {time.monotonic() - began:.0f} s")
    return all_good


def run_here(scenario: str) -> None:
    """One scenario on the database that the environment names."""
    django.setup()
    importlib.import_module(f"tests.faults.{scenario}").run()


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
