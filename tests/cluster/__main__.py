"""`make cluster-check`: two web hosts and two workers behind nginx, on one PostgreSQL and one Redis, in
networks of their own. While people use the site each part is killed in turn and both hosts are upgraded.

Prints a table; exits with 1 when a figure is not what it has to be. Some minutes, eight at most. Everything
is thrown away afterwards, and only programs started here are ended. `--without` takes a guard away, to see
that the check notices.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django

from tests.cluster import network
from tests.cluster.machines import GUARDS, running
from tests.deployed import ROOT, say
from tests.faults import places

PROGRAMS = ("ip", "nginx", "openssl", "redis-server", "psql", "runuser")
LONGEST = 480  # seconds


def missing() -> Iterator[str]:
    """What this machine lacks for it."""
    if os.geteuid() != 0:
        yield "root, who alone may make networks"
    yield from (name for name in PROGRAMS if not shutil.which(name))
    if not places.BINARIES:
        yield "PostgreSQL's own programs (initdb, pg_ctl)"


def main() -> int:
    """Makes the networks and runs the rest in the town; 0 when all of it holds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--without", choices=GUARDS, nargs="*", default=())
    options.add_argument("--submits", type=int, default=1000)
    options.add_argument("--in-town", nargs=2, metavar=("NETWORKS", "FOLDER"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.in_town:
        return in_town(given.in_town[0], Path(given.in_town[1]), given)
    # Ended from outside, it takes everything down as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if lacks := list(missing()):
        sys.exit(f"This machine can't run it; missing: {', '.join(lacks)}.")
    with tempfile.TemporaryDirectory(prefix="cluster-check-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's user goes through
        try:
            with network.made() as networks:
                return _in_time(networks, folder)
        except network.Refused as refusal:
            sys.exit(f"This machine can't run it; its kernel lets nobody make networks: {refusal}")


def _in_time(networks: str, folder: str) -> int:
    command = [*network.enter(networks, "town"), sys.executable, "-m", "tests.cluster", *sys.argv[1:]]
    env = {**os.environ, "TMPDIR": folder}
    try:
        return subprocess.run(
            [*command, "--in-town", networks, folder], cwd=ROOT, env=env, timeout=LONGEST, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        say(f"  BAD   not done after {LONGEST} s")
        return 1


def in_town(networks: str, folder: Path, given: argparse.Namespace) -> int:
    """The machines, the course, the table."""
    with running(networks, folder, given.without) as machines:
        os.environ.update(machines.hosts[0].web.env | {"LOG_LEVEL": "ERROR"})
        django.setup()
        from tests.cluster import course  # its models need Django

        rows = course.run(machines, folder, given.submits)
        for row in rows:
            say(f"  {'good' if row.is_good else 'BAD '}  {row.what:38} {row.figures}")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
