"""Web workers die by SIGKILL while patients send requests; each tries again with the same submission_id."""

import contextlib
import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings

from appointments.models import Message, PatientRequest
from tests import builders
from tests.faults.mail_server import reserved_port
from tests.faults.stage import ROOT, Row

FORM = "/appointments/request/consultation/"
CLIENTS = 4
TIMEOUT = 10.0


@dataclass
class Patients:
    """What the patients were told: each submission_id and the pages it led to."""

    port: int
    pages: dict[str, set[str]] = field(default_factory=dict)
    given_up: int = 0
    retries: int = 0
    stopping: bool = False
    patience: float = TIMEOUT  # seconds that a patient waits for one answer
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send_until_stopped(self, number: int) -> None:
        """One patient after the other, each until told a page; then the same once more, as a double click."""
        count = 0
        while not self.stopping:
            count += 1
            submission_id = str(uuid.uuid4())
            for _click in range(2):
                page = self._send_until_answered(submission_id, f"patient{number}.{count}@example.org")
                with self.lock:
                    if page is None:
                        self.given_up += 1
                    else:
                        self.pages.setdefault(submission_id, set()).add(page)

    def _send_until_answered(self, submission_id: str, email: str) -> str | None:
        for _attempt in range(60):
            with contextlib.suppress(OSError, http.client.HTTPException):
                page = self._send(submission_id, email)
                if page:
                    return page
            with self.lock:
                self.retries += 1
            time.sleep(0.05)
        return None

    def _send(self, submission_id: str, email: str) -> str | None:
        cookie, token = self._form()
        body = urlencode(
            {
                "csrfmiddlewaretoken": token, "submission_id": submission_id, "first_name": "Ada",
                "last_name": "Example", "date_of_birth_month": "5", "date_of_birth_day": "17",
                "date_of_birth_year": "1990", "phone": "(310) 555-0123", "email": email,
                "contact_by": "phone",
                "returning_patient": "no", "consent": "on", "website": "",
            }
        )  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        status, got, _text = self._ask("POST", body, headers)
        return got if status == 302 else None

    def _form(self) -> tuple[str, str]:
        status, cookie, text = self._ask("GET", None, {})
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        if status != 200 or token is None:
            raise OSError(f"no form: {status}")
        return cookie, token[1]

    def _ask(self, method: str, body: str | None, headers: dict[str, str]) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        try:
            connection.request(method, FORM, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            wanted = response.headers["Location"] if method == "POST" else response.headers["Set-Cookie"]
            return response.status, (wanted or "").split(";")[0], text
        finally:
            connection.close()


def kill_web_workers(times: int) -> Row:
    """As many kills of a random web worker as asked for, while patients send."""
    PatientRequest.objects.all().delete()
    builders.clinic()
    port, _reservation = reserved_port(8100, 8139)
    gunicorn = [
        sys.executable, "-m", "gunicorn", "clinic.wsgi:application", "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--preload", "--log-level", "critical", "--no-control-socket",
    ]  # fmt: skip
    environment = {**os.environ, "SITE_URL": f"http://127.0.0.1:{port}"}
    with subprocess.Popen(gunicorn, cwd=ROOT, env=environment) as master:
        try:
            _wait_for(port)
            patients = Patients(port)
            threads = [
                threading.Thread(target=patients.send_until_stopped, args=(number,))
                for number in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            killed = 0
            while killed < times:
                _wait_for_an_answer(patients)
                time.sleep(random.uniform(0, 0.15))
                killed += _kill_one_child(master.pid)
            patients.stopping = True
            for thread in threads:
                thread.join(timeout=120)
        finally:
            master.terminate()
            master.wait(timeout=30)
    return _count(patients, times)


def _wait_for_an_answer(patients: Patients, longest: float = 2.0) -> None:
    """Until one more patient was told a page, so that the kills fall among answers on a slow machine too."""
    before, until = len(patients.pages), time.monotonic() + longest
    while len(patients.pages) == before and time.monotonic() < until:
        time.sleep(0.01)


def _count(patients: Patients, times: int) -> Row:
    stored = {str(each.submission_id): each for each in PatientRequest.objects.all()}
    lost = sum(submission_id not in stored for submission_id in patients.pages)
    elsewhere = sum(
        pages != {stored[submission_id].get_absolute_url()}
        for submission_id, pages in patients.pages.items()
        if submission_id in stored
    )
    told = set(Message.objects.filter(kind="acknowledgement").values_list("request_id", flat=True))
    without = sum(each.pk not in told for each in stored.values())
    figures = (
        f"{times} kills, {len(patients.pages)} requests acknowledged, {patients.retries} tries in vain, "
        f"{lost} lost, {without} without message, {elsewhere} retries on another page"
    )
    is_good = bool(patients.pages) and not (lost or without or elsewhere or patients.given_up)
    return Row("SIGKILL of web workers during submits", figures, is_good)


def _kill_one_child(master: int) -> int:
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    if not children:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(random.choice(children)), signal.SIGKILL)
        return 1
    return 0


def _wait_for(port: int) -> None:
    for _attempt in range(300):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")


def run(times: int = 100) -> None:
    """One row."""
    static = Path(settings.STATIC_ROOT)
    if not static.exists():
        manage = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity=0"]
        subprocess.run(manage, check=True)
    kill_web_workers(times).tell()
