"""`python -m tests.benchmarks.million`: what each page of the staff and each step of the worker takes at a
million requests against ten thousand, on either database, without and with statistics. Prints a table.

One client in one process for each database, no server between; both sizes take turns, so that what else the
machine does meets both alike. Filling takes some minutes: `--kept FOLDER` fills once and keeps the files
there (and PostgreSQL's databases `million_...`) for the next time.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.faults.stage import ROOT
from tests.run import find_postgresql

SIZES = (10_000, 1_000_000)
MOST_RATIO = 1.3
MOST = {"sqlite": 150.0, "postgresql": 100.0}  # milliseconds
STATES = ("with statistics", "without statistics")
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT)}


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


@dataclass
class Asked:
    """The process that measures on one database."""

    process: "subprocess.Popen[str]"
    names: list[str]

    def median(self, number: int) -> tuple[float, int]:
        """Milliseconds and queries of what is measured by this number."""
        assert self.process.stdin
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        taken, queries = self._read()
        return float(taken), int(queries)

    def _read(self) -> list[float]:
        assert self.process.stdout
        found: list[float] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def asking(address: str, state: str) -> Iterator[Asked]:
    # What has been waiting since the rows were written is done once, with statistics.
    settle = ["settle"] if state == STATES[0] else []
    command = [sys.executable, "-m", "tests.benchmarks.million_pages", *settle]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **SETTINGS, "DATABASE_URL": address},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        try:
            yield Asked(process, json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait()


def filled(kind: str, rows: int, folder: Path, server: str | None) -> str:
    """The address of a database with so many requests; filled, unless it is there already."""
    done = folder / f"{kind}_{rows}"
    address = f"sqlite:///{done}.sqlite3" if kind == "sqlite" else f"{server}/million_{rows}"
    if not done.exists():
        say(f"  filling {address.rpartition('/')[2]}")
        if kind == "postgresql":
            on_server(f"{server}/postgres", f"DROP DATABASE IF EXISTS million_{rows}")
            on_server(f"{server}/postgres", f"CREATE DATABASE million_{rows}")
        else:
            Path(f"{done}.sqlite3").unlink(missing_ok=True)
        of = {**os.environ, **SETTINGS, "DATABASE_URL": address}
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.million_rows", str(rows)], cwd=ROOT, env=of, check=True
        )
        done.touch()
    return address


def on_server(address: str, *statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def table(state: str, addresses: list[str], only: str) -> Iterator[tuple[str, list[tuple[float, int]]]]:
    """What is measured, with the milliseconds and queries at each size."""
    with ExitStack() as stack:
        sizes = [stack.enter_context(asking(address, state)) for address in addresses]
        for number, name in enumerate(sizes[0].names):
            if re.search(only, name):
                yield name, [each.median(number) for each in sizes]


def statistics(state: str, kind: str, addresses: list[str]) -> None:
    """Has the databases know how their rows are spread, or know nothing of it."""
    action = "analyze" if state == STATES[0] else "forget"
    for address in addresses:
        of = {**os.environ, **SETTINGS, "DATABASE_URL": address}
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.million_rows", action], cwd=ROOT, env=of, check=True
        )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--database", choices=tuple(MOST), help="one of them; both without")
    options.add_argument("--state", choices=STATES, help="one of them; both without")
    options.add_argument("--only", default="", help="what is measured: a regular expression")
    options.add_argument("--kept", type=Path, help="the folder in which the databases are kept")
    options.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    given = options.parse_args()
    with ExitStack() as stack:
        folder = given.kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="million-")))
        folder.mkdir(exist_ok=True)
        server = find_postgresql()
        for kind in [given.database] if given.database else MOST:
            if kind == "postgresql" and not server:
                say("PostgreSQL: left out, no server was found.")
                continue
            addresses = [filled(kind, rows, folder, server) for rows in given.sizes]
            for state in [given.state] if given.state else STATES:
                statistics(state, kind, addresses)
                show(kind, state, addresses, given.only, given.sizes)
            if not given.kept and kind == "postgresql":
                drops = [f"DROP DATABASE million_{rows}" for rows in given.sizes]
                on_server(f"{server}/postgres", *drops)
    return 0


def show(kind: str, state: str, addresses: list[str], only: str, sizes: list[int]) -> None:
    heads = "".join(f"{rows:>12,}" for rows in sizes)
    say(f"\n{kind}, {state}: at most {MOST[kind]:.0f} ms and a ratio of {MOST_RATIO}\n{'':42}{heads}   ratio")
    missed = 0
    for name, taken in table(state, addresses, only):
        ratio = taken[-1][0] / max(taken[0][0], 0.01)
        # A few milliseconds more or less are the machine's.
        is_good = taken[-1][0] <= MOST[kind] and (ratio <= MOST_RATIO or taken[-1][0] - taken[0][0] < 5)
        missed += not is_good
        row = "".join(f"{each:9.1f} ms" for each, _queries in taken)
        say(f"{name:42}{row}{ratio:8.2f}{taken[-1][1]:4} {'' if is_good else 'MISSED'}")
    say(f"{missed} missed")


if __name__ == "__main__":
    sys.exit(main())
