"""`make races`: real processes race for one time, for one offer, for one time that fell free, and to confirm
and cancel one visit by page and by text, on SQLite and on PostgreSQL.

In each race they start staggered by a few milliseconds. Nobody may overlap, an offer may be taken once, and
nobody may get anything but a yes or the module's own no. Each kind of race has a twin without its guard,
which has to fail: a race that can't fail proves nothing. Exits with 1 when a figure is not what it has to be.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
STAGGER_SECONDS = 0.004
Act = Callable[[int, int], None]
KINDS = ("overlaps", "accepts", "earlier", "confirms", "twins")


@dataclass
class Figures:
    """What came of one kind of race on one database."""

    name: str
    races: int
    won: int
    refused: int
    errors: dict[str, int]
    conflicts: int
    seconds: float
    twin: bool

    @property
    def is_good(self) -> bool:
        """A race has no conflict and no error; its twin has conflicts."""
        return self.conflicts > 0 if self.twin else not self.conflicts and not self.errors


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--overlaps", type=int, default=500, help="races for one time")
    options.add_argument("--accepts", type=int, default=800, help="races of accept, accept and cancel")
    options.add_argument("--earlier", type=int, default=500, help="races for one time that fell free")
    options.add_argument("--confirms", type=int, default=500, help="races of confirming and cancelling")
    options.add_argument("--twins", type=int, default=40, help="races of each twin")
    options.add_argument("--sqlite-only", action="store_true")
    options.add_argument("--postgresql", help="address of a server, without a database name")
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.here:
        for figures in run_here(given):
            sys.stdout.write(json.dumps(asdict(figures)) + "\n")
            sys.stdout.flush()
        return 0
    good = True
    sys.stdout.write(
        f"{'database':<12}{'race':<32}{'races':>6}{'won':>6}{'refused':>9}{'errors':>8}{'conflicts':>11}{'s':>7}\n"
    )
    for database, address in databases(given):
        for row in in_process_of_its_own(address, given):
            good &= row.is_good
            twin = " (guard removed)" if row.twin else ""
            sys.stdout.write(
                f"{database:<12}{row.name + twin:<32}{row.races:>6}{row.won:>6}{row.refused:>9}"
                f"{sum(row.errors.values()):>8}{row.conflicts:>11}{row.seconds:>7.1f}\n"
            )
            for error, count in row.errors.items():
                sys.stdout.write(f"    {count} times {error}\n")
            sys.stdout.flush()
    sys.stdout.write("as it has to be\n" if good else "NOT as it has to be\n")
    return 0 if good else 1


def databases(given: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Names and addresses of fresh databases, removed afterwards."""
    if not given.postgresql:
        from tests.threads import FOLDER

        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            yield "SQLite", f"sqlite:///{folder}/races.sqlite3"
    if given.sqlite_only:
        return
    from tests.run import find_postgresql

    server = given.postgresql or find_postgresql()
    if server is None:
        sys.stdout.write("PostgreSQL left out: no server found\n")
        return
    name = f"races_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield "PostgreSQL", f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def in_process_of_its_own(address: str, given: argparse.Namespace) -> Iterator[Figures]:
    """The figures of one database, as they come: settings are read once a process."""
    numbers = [f"--{name}={getattr(given, name)}" for name in KINDS]
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tests.faults.races", "--here", *numbers]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield Figures(**json.loads(line))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def run_here(given: argparse.Namespace) -> Iterator[Figures]:
    """Each kind of race and its twin, on the database of this process."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.faults import race_course as course

    rehearse(course.overlaps(1))
    rehearse(course.accepts(1))
    rehearse(course.earlier(1))
    if given.confirms:
        rehearse(course.confirms(1))
    yield race(course.overlaps(given.overlaps), "one time", twin=False)
    yield race(course.accepts(given.accepts), "accept, accept, cancel", twin=False)
    yield race(course.earlier(given.earlier), "one time that fell free", twin=False)
    if given.confirms:
        yield race(course.confirms(given.confirms), "confirm, text '1', cancel", twin=False)
    if given.twins:
        with course.without_overlap_guard():
            yield race(course.overlaps(given.twins), "one time", twin=True)
        with course.without_accept_guards():
            yield race(course.accepts(given.twins), "accept, accept, cancel", twin=True)
        with course.without_overlap_guard(), course.without_earlier_guards():
            yield race(course.earlier(given.twins), "one time that fell free", twin=True)
        if given.confirms:
            with course.without_confirm_guards():
                yield race(course.confirms(given.twins), "confirm, text '1', cancel", twin=True)


def rehearse(course: Any) -> None:
    """One race in this process, one racer after the other: words, templates and numbering plans are read once
    for all, not by each racer while the others have already gone."""
    from appointments.scheduling import SchedulingError

    for number in range(course.racers):
        with suppress(SchedulingError):
            course.act(0, number)


def race(course: Any, name: str, *, twin: bool) -> Figures:
    """Runs every race of a course, all racers through one barrier for each."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(course.racers), context.SimpleQueue()
    racers = [
        context.Process(target=_run, args=(number, course.races, course.act, barrier, results))
        for number in range(course.racers)
    ]
    began = time.monotonic()
    for racer in racers:
        racer.start()
    outcomes: Counter[str] = sum((Counter(results.get()) for _ in racers), Counter())
    for racer in racers:
        racer.join(60)
    seconds = time.monotonic() - began
    errors = {kind: count for kind, count in outcomes.items() if kind not in ("won", "refused")}
    return Figures(
        name=name,
        races=course.races,
        won=outcomes["won"],
        refused=outcomes["refused"],
        errors=errors,
        conflicts=course.conflicts(outcomes),
        seconds=seconds,
        twin=twin,
    )


def _run(number: int, races: int, act: Act, barrier: Barrier, results: Any) -> None:
    """One racer: waits for the others, staggers, acts, and notes what came of it."""
    from appointments.scheduling import SchedulingError

    chance = random.Random(number)
    outcomes: Counter[str] = Counter()
    for each in range(races):
        barrier.wait(120)
        time.sleep(chance.random() * STAGGER_SECONDS)
        try:
            act(each, number)
        except SchedulingError:
            outcomes["refused"] += 1
        except Exception as error:
            outcomes[f"{type(error).__name__}: {str(error)[:120]}"] += 1
        else:
            outcomes["won"] += 1
    results.put(dict(outcomes))


if __name__ == "__main__":
    sys.exit(main())
