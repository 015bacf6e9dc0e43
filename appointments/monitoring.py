"""Figures and health of the requests and the outbox: how much waits, and for how long."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from appointments.lifecycle import OPEN, WAITING
from appointments.messages import paused_mail
from appointments.messages.staleness import about_fallen
from appointments.messages.texts import consent
from appointments.models import Appointment, Message, MessageChannel, PatientRequest
from appointments.models.request import MOST_ALARMING
from clinic.operations.health import Found
from clinic.operations.metrics import at_most
from clinic.time import quiet
from clinic.time.hours import at, clinic_day

# An outage of the mail server of this length wants somebody's eyes.
MAIL_WITHIN = timedelta(minutes=30)


def mail(now: datetime) -> Found:
    """No e-mail and no text has waited too long to be sent, and none waits for the set-up to be mended."""
    oldest, held_up = _stands(now)
    waited = now - oldest if oldest else timedelta()
    return {
        "ok": waited < MAIL_WITHIN and not held_up,
        "held_up": bool(held_up),
        "oldest_seconds": max(0, round(waited.total_seconds())),
    }


def _stands(now: datetime) -> tuple[datetime | None, int]:
    """Since when the oldest e-mail or text waits that has to go out, and how many the set-up holds up. One
    that is paused waits on purpose, and so does one about a time that the front desk has to mend first."""
    on_its_way = Message.objects.unsent().filter(next_attempt_at__lt=now + timedelta(days=1))
    late = on_its_way.filter(created_at__lte=now - MAIL_WITHIN)
    for_the_desk = about_fallen(late, now)
    counted = on_its_way.exclude(pk__in=for_the_desk).aggregate(
        oldest=Min("created_at"), held_up=Count("pk", filter=~Q(held_up=""))
    )
    text, texts_held_up = _texts_stand(now)
    oldest = min(filter(None, (counted["oldest"], text)), default=None)
    return oldest, counted["held_up"] + texts_held_up


def _texts_stand(now: datetime) -> tuple[datetime | None, int]:
    """The same of texts, which wait for the day on purpose. No query where the clinic sends none."""
    if not consent.exists():
        return None, 0
    texts = Message.objects.unsent(MessageChannel.TEXT).filter(next_attempt_at__lt=now + timedelta(days=1))
    counted = texts.aggregate(oldest=Min("created_at"), held_up=Count("pk", filter=~Q(held_up="")))
    if counted["oldest"] is None or not quiet.is_day(now):
        return None, counted["held_up"]
    return max(counted["oldest"], at(clinic_day(now), quiet.BEGINS)), counted["held_up"]


def figures() -> Iterable[GaugeMetricFamily]:
    """Of the requests and of the times held for them; read from the database each time."""
    now = timezone.now()
    requests = PatientRequest.objects
    open_requests = GaugeMetricFamily(
        "finetouch_requests_open", "Open requests by status.", labels=["status"]
    )
    found = {status: at_most(requests.in_inbox().filter(status=status)) for status in OPEN}
    for status, number in found.items():
        open_requests.add_metric([status.value], number)
    yield open_requests
    alarming = requests.alarming()
    # A held time has its end; SQLite uses the index of these ends only for a query that asks for it.
    held = Appointment.objects.held().filter(hold_until__isnull=False)
    since = alarming.order_by("alarm_at").values_list("alarm_at", flat=True).first()
    for name, said, value in (
        ("requests_waiting", "Requests that wait for the clinic.", sum(found[status] for status in WAITING)),
        ("requests_overdue", "Requests past their promise.", at_most(requests.overdue(now))),
        (
            "requests_alarming",
            "Requests with a sign of alarm about which nobody has spoken to the patient.",
            at_most(alarming, MOST_ALARMING),
        ),
        ("requests_alarming_oldest_seconds", "Since when the first of them waits.", _age(since, now)),
        (
            "requests_suspected_spam",
            "Requests in quarantine.",
            at_most(requests.in_quarantine()),
        ),
        ("offers_held", "Times held for patients.", at_most(held)),
        ("holds_overrun", "Holds that should have ended.", at_most(Appointment.objects.expired(now))),
    ):
        yield GaugeMetricFamily(f"finetouch_{name}", said, value)


def outbox_figures() -> Iterable[GaugeMetricFamily]:
    """Of the messages that wait or failed, and of the calls that replace one."""
    now = timezone.now()
    oldest, held_up = _stands(now)
    moving = Message.objects.unsent().exclude(next_attempt_at=paused_mail.NEVER)
    calls = Message.objects.phone_tasks()
    first_call = calls.aggregate(oldest=Min("created_at"))["oldest"]
    for name, said, value in (
        ("mail_unsent", "E-mails that still have to go out.", at_most(moving)),
        ("mail_oldest_seconds", "Age of the oldest e-mail or text that has to go out.", _age(oldest, now)),
        ("mail_held_up", "E-mails and texts that the site's own set-up holds up.", held_up),
        ("mail_failed", "E-mails given up.", at_most(Message.objects.failed())),
        ("mail_paused", "E-mails paused since a restore.", at_most(paused_mail.paused())),
        ("phone_tasks", "Calls that replace an e-mail.", at_most(calls)),
        ("phone_tasks_oldest_seconds", "Age of the oldest of these calls.", _age(first_call, now)),
    ):
        yield GaugeMetricFamily(f"finetouch_{name}", said, value)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
