"""What tests.benchmarks.million measures, in the process of one database: each page of the staff by its name,
and each step of the worker. Answers to numbers on standard input with one line of JSON each."""

import json
import os
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from appointments.follow_up.day_counts import NEVER, count_days  # noqa: E402
from appointments.lifecycle import Status  # noqa: E402
from appointments.models import Message, MessageChannel, MessageStatus, PatientRequest, lists  # noqa: E402
from appointments.models.counts import CountedDay  # noqa: E402
from appointments.staff.inbox import filters  # noqa: E402
from appointments.worker.steps import STEPS  # noqa: E402
from clinic.staff.read_only import CappedPaginator, LongList  # noqa: E402
from clinic.time.hours import clinic_day  # noqa: E402
from treatments.models import Treatment  # noqa: E402

TIMES = 5
INBOX = "appointments_patientrequest_changelist"
SEARCHES = {
    "phone": "310-200-1234", "name": "example77", "two common names": "maria garcia", "e-mail": "p77@example",
    "date of birth": "1/1/1994", "reference": "0000-0100",
}  # fmt: skip
# Done once, or with what lies outside the database.
NOT_MEASURED = ("unused pictures", "old shared images", "returned mail", "statistics")


def pages() -> Iterator[tuple[str, str]]:
    """Each page by its words, with its address."""
    newest = PatientRequest.objects.order_by("-pk").values_list("pk", flat=True)
    waits = newest.filter(status=Status.IN_PROGRESS, kind="appointment").first()
    visited = newest.filter(status=Status.COMPLETED, appointments__isnull=False).first()
    today = clinic_day(timezone.now())
    of_inbox = partial(_address, INBOX)
    yield "Today", reverse("admin:index")
    yield "end of the day", reverse("admin:end-of-day")
    for state in filters.STATES:
        yield f"inbox, {state}", of_inbox(f"state={state}")
    for words, query in _filters():
        for state in ("waiting", "all"):
            yield f"inbox, {state}, {words}", of_inbox(f"state={state}&{query}")
    deepest = deepest_page()
    for state in ("finished", "all"):
        yield f"inbox, {state}, deepest page", of_inbox(f"state={state}&p={deepest}")
    yield "inbox, waiting, page 5", of_inbox("p=5")
    for words, typed in SEARCHES.items():
        yield f"search by {words}", of_inbox(f"q={typed.replace(' ', '+')}")
    for words, key in (("waits", waits), ("visited", visited)):
        yield f"request page, {words}", reverse("admin:appointments_patientrequest_change", args=[key])
    yield "same person", reverse("admin:request-same-person", args=[waits])
    yield "patient's rights", reverse("admin:request-person", args=[waits])
    yield "offer times", reverse("admin:request-offer", args=[waits])
    yield "schedule, day", _address("schedule", "view=day")
    yield "schedule, week", _address("schedule", "view=week")
    yield "schedule, a day of last month", _address("schedule", f"day={today - timedelta(days=10)}&view=day")
    yield "day sheet", reverse("admin:day-sheet")
    yield "clashes", reverse("admin:clashes")
    visits = partial(_address, "appointments_appointment_changelist")
    yield "visits, from today on", visits("")
    yield "visits, past", visits("day=past&status=all")
    yield "visits, any day, completed", visits("day=all&status=fulfilled")
    letters = partial(_address, "appointments_message_changelist")
    yield "messages", letters("")
    yield "messages, failed", letters("status__exact=failed")
    yield "messages, by phone", letters("channel__exact=phone")
    yield "messages, one kind", letters("kind=acknowledgement")
    yield "messages, deepest page", letters(f"p={deepest}")
    yield "phone tasks", reverse("admin:phone-tasks")
    yield "audit", _address("clinic_auditentry_changelist", "")
    yield "audit, page 50", _address("clinic_auditentry_changelist", "p=50")
    yield "audit, one action", _address("clinic_auditentry_changelist", "action__exact=exported")
    yield "audit, by object", _address("clinic_auditentry_changelist", "q=77")
    yield "audit, by user", _address("clinic_auditentry_changelist", "q=bench")
    yield "aftercare", reverse("admin:aftercare")
    yield "retention, dry run", reverse("admin:appointments_retentionperiod_changelist")
    yield "/metrics", "/metrics"
    yield "/statusz", "/statusz"


def deepest_page() -> int:
    """Of those that a list shows, as far as there are rows."""
    finished = PatientRequest.objects.filter(lists.FINISHED, suspected_spam=False).count()
    return min(CappedPaginator.CAP, finished) // LongList.list_per_page


def _address(name: str, query: str) -> str:
    return f"{reverse(f'admin:{name}')}?{query}" if query else reverse(f"admin:{name}")


def _filters() -> Iterator[tuple[str, str]]:
    one = Treatment.objects.order_by("pk").values_list("pk", flat=True).first()
    yield "of one treatment", f"treatment={one}"
    yield "of no treatment", "treatment=none"
    for value in ("appointment", "callback"):
        yield value, f"kind={value}"
    for status in Status:
        yield str(status.value), f"status={status.value}"
    for who in ("mine", "nobody"):
        yield who, f"who={who}"
    for flag in filters.FLAGS:
        yield f"flag {flag}", f"flag={flag}"
    yield "calls due", "calls=due"
    yield "words to say", "calls=to-say"
    yield "holds end today", "holds=today"


def answers(client: Client, address: str) -> None:
    """Raises AssertionError for a page that isn't there."""
    status = client.get(address).status_code
    if status not in (200, 503):  # /statusz: no backup was ever made
        raise AssertionError(f"{address}: {status}")


def works(run: Callable[[datetime], int]) -> None:
    """One round of a step of the worker, undone afterwards."""
    with transaction.atomic():
        run(timezone.now())
        transaction.set_rollback(True)


def settle(run: Callable[[datetime], int]) -> None:
    """Has a step do what has been waiting since the rows were written. Counting the days never comes to rest:
    it has done what waited when each was counted once."""
    for _number in range(2000):
        done = run(timezone.now())
        if not done or (run is count_days and not CountedDay.objects.filter(counted_at=NEVER).exists()):
            return


def median_of(once: Callable[[], None]) -> tuple[float, int]:
    """Milliseconds, and how many queries."""
    asked: list[str] = []

    def count(execute: object, sql: str, *rest: object) -> object:
        asked.append(sql)
        return execute(sql, *rest)  # type: ignore[operator]

    with connection.execute_wrapper(count):
        once()
    taken = []
    for _number in range(TIMES):
        began = time.perf_counter()
        once()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000, len(asked)


def measured() -> list[tuple[str, Callable[[], None]]]:
    """All that is measured, in order, by its words."""
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    found: list[tuple[str, Callable[[], None]]] = [
        (words, partial(answers, client, address)) for words, address in pages()
    ]
    steps = [step for step in STEPS if step.name not in NOT_MEASURED]
    found += [(f"worker, {step.name}", partial(works, step.run)) for step in steps]
    return found


def main() -> int:
    """`settle` as the only word has the worker's steps come to rest first."""
    if "settle" in sys.argv:
        for step in STEPS:
            if step.name not in NOT_MEASURED and step.name != "heartbeat":
                settle(step.run)
    # Sent by now, as no message waits long: what waits is looked at in each round.
    unsent = Message.objects.unsent().filter(channel=MessageChannel.EMAIL)
    unsent.update(status=MessageStatus.SENT, sent_at=timezone.now())
    found = measured()
    _say([words for words, _once in found])
    for line in sys.stdin:
        try:
            _say(median_of(found[int(line)][1]))
        except Exception:  # the others are measured all the same
            traceback.print_exc()
            _say([-1.0, 0])
    return 0


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
