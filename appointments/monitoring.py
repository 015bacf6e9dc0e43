"""Figures and health of the requests and the outbox: how much waits, and for how long."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from appointments.lifecycle import OPEN
from appointments.messages import paused_mail
from appointments.messages.staleness import about_fallen
from appointments.models import Appointment, Message, PatientRequest
from clinic.operations.health import Found

# An outage of the mail server of this length wants somebody's eyes.
MAIL_WITHIN = timedelta(minutes=30)


def mail(now: datetime) -> Found:
    """No e-mail has waited too long to be sent. One that is paused waits on purpose, and so does one about a
    time that the front desk has to mend first."""
    on_its_way = Message.objects.unsent().filter(next_attempt_at__lt=now + timedelta(days=1))
    late = on_its_way.filter(created_at__lte=now - MAIL_WITHIN)
    for_the_desk = about_fallen(late, now)
    counted = on_its_way.exclude(pk__in=for_the_desk).aggregate(
        oldest=Min("created_at"), held_up=Count("pk", filter=~Q(held_up=""))
    )
    oldest, held_up = counted["oldest"], bool(counted["held_up"])
    waited = now - oldest if oldest else timedelta()
    return {
        "ok": waited < MAIL_WITHIN and not held_up,
        "held_up": held_up,
        "oldest_seconds": max(0, round(waited.total_seconds())),
    }


def figures() -> Iterable[GaugeMetricFamily]:
    """Read from the database each time."""
    now = timezone.now()
    requests = PatientRequest.objects
    by_status = requests.in_inbox().filter(status__in=OPEN).values_list("status").annotate(number=Count("pk"))
    open_now = dict(by_status.order_by())
    open_requests = GaugeMetricFamily(
        "finetouch_requests_open", "Open requests by status.", labels=["status"]
    )
    for status in OPEN:
        open_requests.add_metric([status.value], open_now.get(status.value, 0))
    yield open_requests
    yield GaugeMetricFamily(
        "finetouch_requests_waiting", "Requests that wait for the clinic.", requests.waiting().count()
    )
    yield GaugeMetricFamily(
        "finetouch_requests_overdue", "Requests past their promise.", requests.overdue(now).count()
    )
    quarantine = requests.filter(suspected_spam=True).count()
    yield GaugeMetricFamily("finetouch_requests_suspected_spam", "Requests in quarantine.", quarantine)
    yield GaugeMetricFamily(
        "finetouch_offers_held", "Times held for patients.", Appointment.objects.held().count()
    )
    yield GaugeMetricFamily(
        "finetouch_holds_overrun", "Holds that should have ended.", Appointment.objects.expired(now).count()
    )
    yield from _mail()


def _mail() -> Iterable[GaugeMetricFamily]:
    now = timezone.now()
    moving = Message.objects.unsent().exclude(next_attempt_at=paused_mail.NEVER)
    oldest = moving.aggregate(oldest=Min("created_at"))["oldest"]
    age = (now - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily("finetouch_mail_unsent", "E-mails that still have to go out.", moving.count())
    yield GaugeMetricFamily(
        "finetouch_mail_oldest_seconds", "Age of the oldest e-mail that has to go out.", age
    )
    yield GaugeMetricFamily(
        "finetouch_mail_held_up",
        "E-mails that the site's own set-up holds up.",
        Message.objects.held_up().count(),
    )
    yield GaugeMetricFamily("finetouch_mail_failed", "E-mails given up.", Message.objects.failed().count())
    yield GaugeMetricFamily(
        "finetouch_mail_paused", "E-mails paused since a restore.", paused_mail.paused().count()
    )
    yield GaugeMetricFamily(
        "finetouch_phone_tasks", "Calls that replace an e-mail.", Message.objects.phone_tasks().count()
    )
