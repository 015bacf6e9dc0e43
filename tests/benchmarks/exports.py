"""`python -m tests.benchmarks.exports [ROWS]`: what an export of 1,000, 33,000 and 100,000 requests costs.

Each step is a process of its own, so that its memory is its own: the click, the worker, the fetching.
SQLite in a file; another database by DATABASE_URL, which has to be an empty one.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from django.test import Client

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

ROWS = (1_000, 33_000, 100_000)


def fill(rows: int) -> None:
    """More requests, up to so many, and who asks for them."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from appointments.models import PatientRequest
    from tests import builders
    from tests.benchmarks import figures

    call_command("migrate", verbosity=0)
    if not User.objects.filter(username="bench").exists():
        builders.superuser(username="bench")
    PatientRequest.objects.all().delete()
    figures.fill(rows)


def click(rows: int) -> None:
    """The export of the whole list is asked for."""
    from django.urls import reverse

    client, began = _client(), time.monotonic()
    answer = client.post(reverse("admin:requests-export") + "?state=all")
    sys.stdout.write(f"answered in {time.monotonic() - began:.2f} s, ")
    assert answer.status_code == 302, answer.status_code


def work(rows: int) -> None:
    """The worker makes it."""
    from django.utils import timezone

    from clinic.jobs import making

    worker = uuid.uuid4()
    while making.work(worker, timezone.now()):
        pass


def fetch(rows: int) -> None:
    """The file leaves."""
    from clinic.models import Job

    job = Job.objects.latest("pk")
    client, began = _client(), time.monotonic()
    answer: Any = client.get(f"/admin/jobs/{job.pk}/file/")
    assert job.changed >= rows, job.state
    size = sum(map(len, answer.streaming_content))
    assert size == job.size
    sys.stdout.write(f"{size / 1e6:.1f} MB in {time.monotonic() - began:.2f} s, ")


def _client() -> "Client":
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username="bench"))
    client.get("/healthz")
    return client


STEPS = {"fill": fill, "click": click, "work": work, "fetch": fetch}


def main() -> None:
    """Prints a line for each step."""
    if len(sys.argv) == 3:
        django.setup()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        STEPS[sys.argv[1]](int(sys.argv[2]))
        took, peak = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        words = f"{sys.argv[1]} of {sys.argv[2]}: {took:.2f} s, {before // 1024} -> {peak // 1024} MB\n"
        sys.stdout.write(words)
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", **os.environ, "VAR_DIR": folder}
        environment["JOBS_DIR_OF_TESTS"] = f"{folder}/exports"
        for rows in map(int, sys.argv[1:] or ROWS):
            for step in STEPS:
                command = [sys.executable, "-m", "tests.benchmarks.exports", step, str(rows)]
                subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
