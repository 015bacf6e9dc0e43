"""Figures of the requests and the outbox for /metrics: how much waits, and for how long."""

from collections.abc import Iterable

from django.db.models import Count, Min
from django.utils import timezone

from appointments.lifecycle import OPEN
from appointments.messages import held_mail
from appointments.models import Appointment, Message, PatientRequest
from clinic.operations.metrics import Figure, gauge


def figures() -> Iterable[Figure]:
    """Read from the database each time."""
    now = timezone.now()
    requests = PatientRequest.objects
    by_status = requests.in_inbox().filter(status__in=OPEN).values_list("status").annotate(number=Count("pk"))
    open_now = dict(by_status.order_by())
    yield Figure(
        "finetouch_requests_open",
        "gauge",
        "Open requests by status.",
        [((("status", status.value),), open_now.get(status.value, 0)) for status in OPEN],
    )
    yield gauge(
        "finetouch_requests_waiting", "Requests that wait for the clinic.", requests.waiting().count()
    )
    yield gauge("finetouch_requests_overdue", "Requests past their promise.", requests.overdue(now).count())
    quarantine = requests.filter(suspected_spam=True).count()
    yield gauge("finetouch_requests_suspected_spam", "Requests in quarantine.", quarantine)
    yield gauge("finetouch_offers_held", "Times held for patients.", Appointment.objects.held().count())
    yield gauge(
        "finetouch_holds_overrun", "Holds that should have ended.", Appointment.objects.expired(now).count()
    )
    yield from _mail()


def _mail() -> Iterable[Figure]:
    now = timezone.now()
    moving = Message.objects.unsent().exclude(next_attempt_at=held_mail.NEVER)
    oldest = moving.aggregate(oldest=Min("created_at"))["oldest"]
    age = (now - oldest).total_seconds() if oldest else 0
    yield gauge("finetouch_mail_unsent", "E-mails that still have to go out.", moving.count())
    yield gauge("finetouch_mail_oldest_seconds", "Age of the oldest e-mail that has to go out.", age)
    yield gauge("finetouch_mail_failed", "E-mails given up.", Message.objects.failed().count())
    yield gauge("finetouch_mail_held", "E-mails on hold since a restore.", held_mail.held().count())
    yield gauge(
        "finetouch_phone_tasks", "Calls that replace an e-mail.", Message.objects.phone_tasks().count()
    )
