"""`make bench`: the site held against what Django itself can do, on this machine, in one sitting. Prints a
table for each database; compare its ratios, not absolutes between machines.

Who asks is wrk on one core; the site and three floors answer on the other, gunicorn with two processes each.
Everything is measured once in each round and held against its floor of that round; the table has the medians.
Where others keep the machine busy, the second ratio says more: what one answer took of the processor (of the
site's processes; PostgreSQL's are others).
What answers with an error, or stores no row for an answer, is a failure of its row. Databases and servers are
made for it and thrown away.
"""

import argparse
import importlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.benchmarks import servers
from tests.benchmarks.asking import Measured
from tests.deployed import environment_from_example, manage, say
from tests.faults.stage import ROOT, empty_database
from tests.run import find_postgresql

if TYPE_CHECKING:
    from tests.benchmarks.rows import Row

COLUMNS = (
    "what",
    "per second",
    "p50 ms",
    "p99 ms",
    "ratio",
    "goal",
    "against",
    "processor ms",
    "its ratio",
    "",
)


def options() -> argparse.Namespace:
    """What was asked for."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--seconds", type=int, default=2, help="for each row in each round")
    given.add_argument("--rows", type=int, default=10_000, help="requests in the inbox")
    given.add_argument(
        "--only", default="", help="rows with one of these words, commas between; and their floors"
    )
    given.add_argument("--database", choices=("SQLite", "PostgreSQL"), help="this one alone")
    given.add_argument("--here", help=argparse.SUPPRESS)
    return given.parse_args()


def main() -> int:
    """Both databases, each in a process of its own. 1 when a row failed."""
    given = options()
    if given.here:
        django.setup()
        return _measure(given, Path(given.here))
    if not shutil.which("wrk"):
        sys.exit("This needs wrk (Debian's package is called wrk).")
    failed = False
    for title, server in (("SQLite", None), ("PostgreSQL", find_postgresql())):
        if given.database not in (None, title):
            continue
        if title == "PostgreSQL" and not server:
            say("PostgreSQL: left out, no server was found.")
            continue
        say(f"\n{title}, {given.rows:,} requests, {given.rounds} rounds of {given.seconds} s\n")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            places = [folder / name for name in ("site", "floor", "nginx")]
            for place in places:
                place.mkdir()
            site, floor = (stack.enter_context(empty_database(server, place)) for place in places[:2])
            environment = _environment(folder, site) | {"FLOOR_DATABASE": floor}
            for command in (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "-v0"]):
                manage(environment, *command)
            here = [sys.executable, "-m", "tests.benchmarks.run", "--here", str(folder), *sys.argv[1:]]
            failed |= subprocess.run(here, cwd=ROOT, env=environment, check=False).returncode != 0
    return int(failed)


def _environment(folder: Path, database: str) -> dict[str, str]:
    """A public machine's, as in deploy/."""
    return environment_from_example(
        folder,
        SITE_URL=servers.SITE,
        DATABASE_URL=database,
        VAR_DIR=str(folder / "site"),
        EMAIL_URL=f"file://{folder / 'mail'}",
        PYTHONPATH=str(ROOT),
    )


def _measure(given: argparse.Namespace, folder: Path) -> int:
    """The table for the database that the environment names."""
    of_bench = importlib.import_module("tests.benchmarks.rows")  # its rows need Django
    of_bench.prepare(given.rows)
    with ExitStack() as stack:
        site = stack.enter_context(servers.site(folder))
        bare, usual = stack.enter_context(servers.floors(folder, os.environ["FLOOR_DATABASE"]))
        rows = of_bench.rows(site, bare, usual)
        if servers.can_nginx():
            page = of_bench.as_files(site)
            rows += of_bench.of_nginx(stack.enter_context(servers.nginx(folder / "nginx", site, page)))
        else:
            say("nginx: left out, it is not here or this is not root.")
        rows = _chosen(rows, [word for word in given.only.split(",") if word])
        wrong = {row.name: said for row in rows if (said := row.asked.check())}
        found: dict[str, list[Measured]] = {row.name: [] for row in rows}
        for _round in range(given.rounds):
            for row in rows:
                found[row.name].append(row.asked.measure(given.seconds, folder))
    say(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for row in rows:
        say(_line(row, found, wrong.get(row.name, "")))
    return int(any(each.failed for row in rows for each in found[row.name]) or bool(wrong))


def _chosen(rows: "list[Row]", words: list[str]) -> "list[Row]":
    """The rows that one of the words names, with the floors that they are held against."""
    if not words:
        return rows
    chosen = [row for row in rows if any(word.lower() in row.name.lower() for word in words)]
    names = {row.name for row in chosen} | {row.against for row in chosen}
    return [row for row in rows if row.name in names]


def _line(row: "Row", found: dict[str, list[Measured]], wrong: str) -> str:
    own = found[row.name]
    failed = sum(each.failed for each in own)
    said = "; ".join(filter(None, (wrong, f"{failed} failed" if failed else "")))
    rate, used, p50, p99 = (
        statistics.median(getattr(each, name) for each in own)
        for name in ("per_second", "used", "p50", "p99")
    )
    ratio, goal, by_processor = "", "", ""
    if row.against:
        pairs = [*zip(own, found[row.against], strict=True)]
        reached = statistics.median(each.per_second / max(floor.per_second, 0.1) for each, floor in pairs)
        spent = statistics.median(floor.used / max(each.used, 0.001) for each, floor in pairs)
        ratio, goal, by_processor = f"{reached:.2f}", f"{row.goal:.2f}" if row.goal else "", f"{spent:.2f}"
        is_good = not row.goal or round(reached, 2) >= row.goal
    else:
        goal = f"{row.goal:.0f} ms" if row.goal else ""
        is_good = not row.goal or p50 <= row.goal
    mark = said or ("" if is_good else "not reached")
    against = row.against.partition(" ")[0].rstrip(",")
    told = (
        row.name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", ratio, goal, against, f"{used:.2f}",
        by_processor, mark,
    )  # fmt: skip
    return f"| {' | '.join(told)} |"


if __name__ == "__main__":
    sys.exit(main())
