"""The second half of `make faults`: what befalls the machine under the site, as a printed table. Exits
with 1 when a figure is not what it has to be. Everything is on the loopback and thrown away afterwards.

`FAULTS_ROWS=1000000 python -m tests.faults.running point_in_time` does that drill on so many requests, with
the archive_timeout of deploy/; some minutes.
"""

import contextlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from tests.faults import places
from tests.faults.stage import ROOT, Row, stage
from tests.run import find_postgresql

# Seconds that a scenario may take; the alarms are nineteen faults, each made, seen and mended.
LONGEST = {"alarms": 900}
USUALLY = 420


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> int:
    """Every scenario that this machine can show, or those that are named."""
    if sys.argv[1:2] == ["--here"]:
        django.setup()
        importlib.import_module(f"tests.faults.{sys.argv[2]}").run()
        return 0
    wanted = sys.argv[1:] or [
        "database_restart",
        "disk_full",
        "alarms",
        "restore_drill",
        "point_in_time",
        "migrate_live",
    ]
    with tempfile.TemporaryDirectory(prefix="faults-static-") as static:
        good = [run(scenario, title, place, static) for scenario, title, place in where(wanted)]
    return 0 if all(good) else 1


def where(wanted: list[str]) -> Iterator[tuple[str, str, str | None]]:
    """Scenario, title of the place, address of a PostgreSQL server or None for SQLite."""
    server = find_postgresql()
    if "database_restart" in wanted:
        yield "database_restart", "a PostgreSQL server of its own", "own"
    if "point_in_time" in wanted:
        yield "point_in_time", "PostgreSQL and pgBackRest", "archiving"
    if "disk_full" in wanted:
        yield "disk_full", "SQLite on a small disk", "small"
    if "alarms" in wanted:
        yield "alarms", "a PostgreSQL server of its own, a small disk and Prometheus", "watched"
    for scenario, on_sqlite in (("restore_drill", True), ("migrate_live", False)):
        if scenario in wanted and on_sqlite:
            yield scenario, "SQLite", None
        if scenario in wanted and server:
            yield scenario, "PostgreSQL", server


@contextmanager
def environment_of(place: str | None) -> Iterator[dict[str, str] | None]:
    """The environment of a site in that place; None where this machine can't offer it."""
    with contextlib.ExitStack() as stack:
        if place == "archiving" and not shutil.which("pgbackrest"):
            yield None
        elif place in ("own", "archiving"):
            cluster = stack.enter_context(places.cluster())
            yield cluster and {**stack.enter_context(stage(cluster["server"])), **cluster}
        elif place == "small":
            disk = stack.enter_context(places.small_disk())
            if disk is None:
                yield None
                return
            environment = stack.enter_context(stage(None))
            small = {**environment, "VAR_DIR": str(disk), "DATABASE_URL": f"sqlite:///{disk / 'db.sqlite3'}"}
            subprocess.run([sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"], env=small, check=True)
            yield small
        elif place == "watched":
            cluster = stack.enter_context(places.cluster()) if shutil.which("prometheus") else None
            disk = stack.enter_context(places.small_disk("48m")) if cluster else None
            if cluster is None or disk is None:
                yield None
                return
            backups = stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-backups-"))
            environment = stack.enter_context(stage(cluster["server"]))
            yield {**environment, **cluster, "VAR_DIR": str(disk), "FAULTS_BACKUPS": backups}
        else:
            yield stack.enter_context(stage(place))


def run(scenario: str, title: str, place: str | None, static: str) -> bool:
    """One scenario in a process of its own; whether its figures are good."""
    with environment_of(place) as environment:
        if environment is None:
            say(f"  ----  {scenario:30} left out: this machine can't offer {title}")
            return True
        share_static(environment, Path(static))
        good = [_told(json.loads(line), title) for line in _lines_of(scenario, environment)]
        return bool(good) and all(good)


def _told(figures: dict[str, Any], title: str) -> bool:
    row = Row(**figures)
    say(f"  {'good' if row.is_good else 'BAD '}  {row.what:30} {title}: {row.figures}")
    return row.is_good


def _lines_of(scenario: str, environment: dict[str, str]) -> Iterator[str]:
    """What the scenario says, line by line, so that a table broken off shows how far it came. One that takes
    too long is ended with all its programs, and gives a bad row."""
    command = [sys.executable, "-m", "tests.faults.running", "--here", scenario]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        assert program.stdout
        longest = None if "FAULTS_ROWS" in os.environ else LONGEST.get(scenario, USUALLY)
        ending = threading.Timer(longest or 0, os.killpg, (program.pid, signal.SIGKILL))
        if longest:
            ending.start()
        try:
            yield from program.stdout
        finally:
            ending.cancel()
        if program.wait():
            yield json.dumps(
                {"what": scenario, "figures": f"ended with {program.returncode}", "is_good": False}
            )


def share_static(environment: dict[str, str], static: Path) -> None:
    """Collects the static files once, outside of the places that are about to suffer."""
    link = Path(environment["VAR_DIR"]) / "static"
    link.symlink_to(static)
    if not any(static.iterdir()):
        command = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity=0"]
        subprocess.run(command, env={**os.environ, **environment}, check=True)


if __name__ == "__main__":
    sys.exit(main())
