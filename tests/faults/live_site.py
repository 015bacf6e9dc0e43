"""A site that really runs while something happens to what it stands on, and patients who send requests."""

import contextlib
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connections

from appointments.models import PatientRequest
from tests.faults.stage import ROOT, free_port
from tests.faults.submits import Patients

CLIENTS = 4


@dataclass
class WatchedPatients(Patients):
    """Patients who also note when each was told their page, and how long the longest answer took."""

    told_at: list[float] = field(default_factory=list)
    longest: float = 0.0

    def _send(self, submission_id: str, email: str) -> str | None:
        started = time.monotonic()
        page = super()._send(submission_id, email)
        now = time.monotonic()
        with self.lock:
            self.longest = max(self.longest, now - started)
            if page:
                self.told_at.append(now)
        return page

    def ask(self, method: str, path: str) -> tuple[int, str]:
        """One plain request: status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def lost(self) -> int:
        """How many of those who were told a page are not in the database."""
        connections["default"].close()  # it may be one that the server has ended
        there = {str(each) for each in PatientRequest.objects.values_list("submission_id", flat=True)}
        return sum(submission_id not in there for submission_id in self.pages)


def manage(*arguments: str, **environment: str) -> str:
    """Runs manage.py on the same database; its output. Raises when it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


@contextmanager
def served(processes: int = 3) -> Iterator[WatchedPatients]:
    """The site under gunicorn as in deploy/, and nobody at it yet."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py",
        "--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--log-level", "critical",
    ]  # fmt: skip
    environment = {**os.environ, "SITE_URL": f"http://127.0.0.1:{port}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as master:
        try:
            patients = WatchedPatients(port)
            for _attempt in range(300):
                with contextlib.suppress(OSError):
                    if patients.ask("GET", "/healthz")[0] == 200:
                        break
                time.sleep(0.1)
            yield patients
        finally:
            master.terminate()
            master.wait(timeout=30)


@contextmanager
def sending(patients: WatchedPatients, clients: int = CLIENTS) -> Iterator[None]:
    """Patients send all the while."""
    threads = [
        threading.Thread(target=patients.send_until_stopped, args=(number,)) for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_for_success(patients, time.monotonic())
        yield
    finally:
        patients.stopping = True
        for thread in threads:
            thread.join(timeout=120)


def wait_for_success(patients: WatchedPatients, since: float, within: float = 30.0) -> float:
    """The seconds from `since` to the first patient who was told a page after it; infinite without one."""
    while time.monotonic() - since < within:
        after = [moment for moment in list(patients.told_at) if moment > since]
        if after:
            return min(after) - since
        time.sleep(0.01)
    return float("inf")
