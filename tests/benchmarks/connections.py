"""How the site reaches PostgreSQL: connections of its own that stay, psycopg's pool, or PgBouncer with
transaction pooling. `python -m tests.benchmarks.connections` prints a table; about two minutes.

A server of its own on the loopback, gunicorn as in deploy/. Compare ratios on one machine.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import django
import psycopg

from tests.faults import places
from tests.faults.stage import ROOT, stage

PLACE = places.Place(port=8213)
BOUNCER = 8214
WAYS = {
    "connections that stay": "",
    "psycopg's pool": "?pool=true",
    "PgBouncer, transaction": "?disable_server_side_cursors=true",
}
# Only to see what it breaks.
TRAP = "PgBouncer, cursors left on"
PROCESSES = (4, 16)
SECONDS, CLIENTS = 5.0, 16
BOUNCED = 6  # connections that PgBouncer keeps to the server


def main() -> int:
    """The table, or the ways that are named; with --here one line of it, on the environment's database."""
    if sys.argv[1:2] == ["--here"]:
        django.setup()
        processes = int(sys.argv[3])
        _figures(sys.argv[2], processes) if processes else _cursors(sys.argv[2])
        return 0
    if not shutil.which("pgbouncer") or not places.BINARIES or os.geteuid() != 0:
        sys.exit("This needs root, PostgreSQL's own programs and PgBouncer (Debian's pgbouncer).")
    # Ended from outside, it takes its server down as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        cluster = stack.enter_context(places.cluster(PLACE))
        assert cluster
        environment = stack.enter_context(stage(cluster["server"]))
        command = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "-v0"]
        subprocess.run(command, env=environment, check=True)
        stack.enter_context(_pgbouncer())
        lines = [(way, asked, processes) for processes in PROCESSES for way, asked in WAYS.items()]
        wanted = sys.argv[1:]
        for way, asked, processes in [*lines, (TRAP, "", 0)]:
            if wanted and way not in wanted:
                continue
            address = environment["DATABASE_URL"] + asked
            if "PgBouncer" in way:
                address = address.replace(f":{PLACE.port}/", f":{BOUNCER}/")
            here = ["-m", "tests.benchmarks.connections", "--here", way, str(processes)]
            own = {"DATABASE_URL": address, "SERVER": f"{cluster['server']}/postgres"}
            subprocess.run([sys.executable, *here], cwd=ROOT, env={**environment, **own}, check=True)
    return 0


@contextmanager
def _pgbouncer() -> Iterator[None]:
    """PgBouncer before the server, as the user postgres."""
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        (folder / "users").write_text('"postgres" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={PLACE.address} port={PLACE.port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {BOUNCER}\nunix_socket_dir =\nauth_type = trust\n"
            f"auth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = {BOUNCED}\n"
            "max_client_conn = 200\nlog_connections = 0\nlog_disconnections = 0\n"
        )
        folder.chmod(0o755)
        command = ["runuser", "-u", "postgres", "--", "pgbouncer", "--quiet", str(folder / "pgbouncer.ini")]
        with subprocess.Popen(command, cwd="/") as program:
            try:
                time.sleep(1)
                yield
            finally:
                program.terminate()
                program.wait(10)


def _figures(way: str, processes: int) -> None:
    from tests import builders
    from tests.benchmarks import figures  # its rows need Django

    builders.clinic()
    say = figures.say
    with figures.served(processes) as port:
        _status, cookie, text = figures.ask(port, "GET", figures.FORM)
        token = figures.token_of(text)
        for what, once in (
            ("reads", partial(figures.answers, port, figures.FORM, cookie)),
            ("submits", partial(figures.send_callback, port, cookie, token)),
        ):
            figures.load(CLIENTS, 1, once)  # every process has its connection
            most = _Most(os.environ["SERVER"])
            timed = figures.load(CLIENTS, SECONDS, once)
            say(timed.row(f"{processes:2} processes, {way}: {what}") + f"   {most.end()} server connections")


def _cursors(way: str) -> None:
    """How many readings by a server-side cursor fail, with four readers at once."""
    from django.db import DatabaseError, connections

    from appointments.models import PatientRequest
    from tests import builders
    from tests.benchmarks import figures

    builders.clinic()
    figures.fill(200)
    failed: list[str] = []

    def read() -> None:
        for _time in range(25):
            try:
                for _row in PatientRequest.objects.iterator(chunk_size=5):
                    pass
            except DatabaseError as error:
                failed.append(type(error).__name__)
                connections.close_all()
        connections.close_all()

    readers = [threading.Thread(target=read) for _reader in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    figures.say(f"  {way}: {len(failed)} of 100 readings of a long list failed {sorted(set(failed))}")


class _Most:
    """The most connections that the server had to the site's database, from now to `end`."""

    def __init__(self, server: str) -> None:
        self._most, self._ended = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, args=(server,))
        self._thread.start()

    def _look(self, server: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            while not self._ended.wait(0.2):
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'faults_%'"
                )
                self._most = max(self._most, (row.fetchone() or (0,))[0])

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._most


if __name__ == "__main__":
    sys.exit(main())
