"""What the benchmarks share: a site under gunicorn, clients in threads, a filled inbox."""

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from appointments import references
from appointments.lifecycle import Status
from tests import builders
from tests.faults.stage import ROOT, free_port

FORM = "/appointments/callback/"


@dataclass
class Timed:
    """What the clients of one run measured, in seconds."""

    taken: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    def row(self, what: str) -> str:
        """One line of the table."""
        ordered = sorted(self.taken) or [0.0]
        worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        return (
            f"  {what:42} {len(self.taken) / self.seconds:8.0f} /s"
            f"   median {statistics.median(ordered) * 1000:6.1f} ms"
            f"   99% {worst * 1000:6.1f} ms   {self.failed} failed"
        )


def load(clients: int, seconds: float, once: Callable[[], bool]) -> Timed:
    """As many clients as asked for, each calling `once` until the time is up."""
    timed = Timed()
    lock = threading.Lock()
    ends = time.monotonic() + seconds

    def work() -> None:
        taken, failed = [], 0
        while time.monotonic() < ends:
            started = time.monotonic()
            try:
                failed += not once()
            except (OSError, http.client.HTTPException):
                failed += 1
            taken.append(time.monotonic() - started)
        with lock:
            timed.taken += taken
            timed.failed += failed

    threads = [threading.Thread(target=work) for _ in range(clients)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timed.seconds = time.monotonic() - started
    return timed


def ask(port: int, method: str, path: str, body: str | None = None, cookie: str = "") -> tuple[int, str, str]:
    """Status, cookies that were set, text."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Cookie": cookie} if cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        cookies = "; ".join(each.split(";")[0] for each in response.headers.get_all("Set-Cookie", []))
        return response.status, cookies, response.read().decode()
    finally:
        connection.close()


def answers(port: int, path: str, cookie: str = "") -> bool:
    """Whether a page is there."""
    return ask(port, "GET", path, cookie=cookie)[0] == 200


def token_of(text: str) -> str:
    """The CSRF token in a form."""
    return text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


@contextmanager
def served(processes: int = 2) -> Iterator[int]:
    """The site as in deploy/, with so many processes; its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py",
        "--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--log-level", "critical",
    ]  # fmt: skip
    environment = {**os.environ, "SITE_URL": f"http://127.0.0.1:{port}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as master:
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    ask(port, "GET", "/healthz")
                    break
                time.sleep(0.1)
            yield port
        finally:
            master.terminate()
            master.wait(30)


def send_callback(port: int, cookie: str, token: str) -> bool:
    """One callback request; whether it was stored."""
    body = urlencode(
        {
            "csrfmiddlewaretoken": token, "submission_id": str(uuid.uuid4()), "first_name": "Ada",
            "last_name": "Example", "phone": "(310) 555-0123", "topic": "billing", "voicemail_ok": "no",
            "preferred_times": "morning", "consent": "on", "website": "",
        }
    )  # fmt: skip
    return ask(port, "POST", FORM, body, cookie)[0] == 302


def fill(rows: int) -> None:
    """So many requests, written in bulk: one in twenty still waits, phones differ; names as in a city: 3 in
    100 are a Maria, 1.6 in 100 a Garcia."""
    one = builders.callback_request()
    made = type(one)
    own = {"id", "reference", "token", "submission_id", "person"}
    shared = {
        each.attname: getattr(one, each.attname)
        for each in made._meta.concrete_fields
        if each.name not in own
    }
    for first in range(0, rows, 5000):
        batch = []
        for number in range(first, min(first + 5000, rows)):
            row = made(**shared, reference=_reference(number))
            row.first_name = "Ada" if number % 100 > 2 else "Maria"
            row.last_name = f"Example{number % 9973}" if number % 61 else "Garcia"
            row.phone = f"+1310{2000000 + number % 7000000:07d}"
            row.received_at = one.received_at - timedelta(minutes=number)
            if number % 20:
                row.status, row.finished_at = Status.COMPLETED, row.received_at
            row.set_search_keys()
            batch.append(row)
        made.objects.bulk_create(batch)


def _reference(number: int) -> str:
    """A reference of its own for each number: a million random ones would hold some pairs."""
    body = "".join(references.ALPHABET[number >> shift & 31] for shift in range(30, -1, -5))
    return body + references.check_character(body)


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
