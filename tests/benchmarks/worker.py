"""`python -m tests.benchmarks.worker [--messages N]`: how many messages a second the worker hands over.

One and two `manage.py worker` as on a site, on both databases, to a mail server on the loopback that is a
process of its own and answers at once. The clock runs from the first message that it took to the last. Exits
with 1 when a message is missing or came twice; the goal is printed, not enforced.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time as clock
from datetime import timedelta
from typing import Any

import django

from tests.faults.stage import ROOT, stage
from tests.run import find_postgresql

GOAL = 400  # a second, by two workers on PostgreSQL
LONGEST = 240.0  # seconds for one run


def main() -> int:
    """The table; with --here the rows of one run, in the environment's database."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=4000)
    options.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    options.add_argument("--databases", nargs="*", default=["SQLite", "PostgreSQL"])
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.here:
        django.setup()
        write(given.messages)
        return 0
    good = True
    for title, server in (("SQLite", None), ("PostgreSQL", find_postgresql())):
        if title not in given.databases:
            continue
        if title == "PostgreSQL" and not server:
            say("PostgreSQL: left out, no server was found.")
            continue
        with stage(server) as environment:
            for workers in given.workers:
                good &= _run(title, environment, workers, given.messages)
    return 0 if good else 1


def write(number: int) -> None:
    """So many messages that are due: in ten an acknowledgement five times, three reminders, a recall, and a
    booking with its calendar file, each as the site words it."""
    from django.utils import timezone

    from appointments.messages.notices import queue
    from appointments.models import Message
    from clinic.time.hours import at, clinic_day
    from tests import builders

    Message.objects.all().delete()
    builders.clinic(email="desk@example.org")
    now = timezone.now()
    patient_request = builders.appointment_request(email="ada@example.org", received_at=now)
    day = next(
        day for day in (clinic_day(now) + timedelta(days=2 + n) for n in range(3)) if day.weekday() < 5
    )
    doctor = builders.practitioner(slug=uuid.uuid4().hex)
    visit = builders.appointment(patient_request, doctor, at(day, clock(10)))
    link = "http://127.0.0.1/appointments/recall/x/"
    said: list[tuple[str, dict[str, Any]]] = [
        *[("acknowledgement", {})] * 5,
        *[("reminder_days", {"appointment": visit})] * 3,
        ("recall", {"recall_link": link, "stop_link": link, "unsubscribe_url": link}),
        ("booked", {"appointment": visit}),
    ]
    patterns = [
        queue(patient_request, kind, None, cause=str(nth), now=now, **extra)
        for nth, (kind, extra) in enumerate(said)
    ]
    columns = [each.attname for each in Message._meta.concrete_fields if each.attname not in OWN]
    rows = []
    for nth in range(len(patterns), number):
        pattern = patterns[nth % len(patterns)]
        own = {"key": str(uuid.uuid4()), "message_id": f"<{uuid.uuid4().hex}@example.org>"}
        rows.append(Message(**own, **{name: getattr(pattern, name) for name in columns}))
    Message.objects.bulk_create(rows, batch_size=500)


OWN = ("id", "key", "message_id")


def _run(title: str, environment: dict[str, str], workers: int, messages: int) -> bool:
    command = [sys.executable, "-m", "tests.benchmarks.worker", "--here", "--messages", str(messages)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    with _sink() as (program, port):
        own = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "WORKER_BEAT": ""}
        worker = [sys.executable, "manage.py", "worker"]
        started = [
            subprocess.Popen(worker, cwd=ROOT, env={**environment, **own}, stderr=subprocess.DEVNULL)
            for _each in range(workers)
        ]
        try:
            _wait(environment)
        finally:
            for each in started:
                each.terminate()
            seconds = [_seconds_of(each) for each in started]
        program.terminate()
        told = json.loads(program.communicate()[0].splitlines()[-1])
    rate = told["taken"] / (told["seconds"] or 1)
    goal = f"   goal {GOAL}" if (title, workers) == ("PostgreSQL", 2) else ""
    say(
        f"  {title:10} {workers} worker{'s' if workers > 1 else ' '} {rate:7.0f} messages/s{goal:11}"
        f"   {told['taken']} taken, {max(0, messages - told['different'])} missing,"
        f" {told['taken'] - told['different']} twice, {told['connections']} connections,"
        f" {sum(seconds) / messages * 1000:.1f} ms of processor a message"
    )
    return bool(told["taken"] == told["different"] >= messages)


def _seconds_of(process: "subprocess.Popen[bytes]") -> float:
    """Of the processor, that the ended worker took in all, its start among them."""
    _pid, _status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _sink() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    command = [sys.executable, "-m", "tests.benchmarks.sink"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        try:
            yield program, int(program.stdout.readline())
        finally:
            program.terminate()


def _wait(environment: dict[str, str]) -> None:
    """Until nothing waits any more; asks the database seldom, so that the asking costs nothing."""
    left = (
        "import django; django.setup(); import time\n"
        "from appointments.models import Message\n"
        f"ends = time.monotonic() + {LONGEST}\n"
        "while Message.objects.unsent().exists() and time.monotonic() < ends: time.sleep(0.5)\n"
    )
    subprocess.run([sys.executable, "-c", left], cwd=ROOT, env=environment, check=True)
    time.sleep(0.2)


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
