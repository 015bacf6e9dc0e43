"""What staff are told by e-mail: how much is new, overdue or undelivered since the last time. Counts only."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.messages.as_html import html_of
from appointments.messages.making import write as write_message
from appointments.messages.notices import split
from appointments.models import Message, PatientRequest
from clinic.models import Clinic

KIND = "staff_digest"
AT_MOST_EVERY = timedelta(minutes=15)
FIRST_LOOKS_BACK = timedelta(days=1)


def write(now: datetime) -> int:
    """Queues one digest when there is something to tell; returns 1, or 0.

    The key holds the quarter of an hour, so that of several workers one writes it.
    """
    clinic = Clinic.current()
    if not clinic.email:
        return 0
    last = (
        Message.objects.filter(kind=KIND).order_by("-created_at").values_list("created_at", flat=True).first()
    )
    since = last or now - FIRST_LOOKS_BACK
    if last and now - last < AT_MOST_EVERY:
        return 0
    said = counts(since, now)
    if not any(said.values()):
        return 0
    context = {**said, "clinic": clinic, "inbox_link": settings.SITE_URL + reverse("admin:index")}
    button = {"main_link": context["inbox_link"], "button": _("Open the inbox")}
    subject, text = split(render_to_string("email/staff_digest.txt", context))
    quarter = int(now.astimezone(UTC).timestamp() // AT_MOST_EVERY.total_seconds())
    _message, is_new = write_message(
        f"{KIND}:{quarter}:staff",
        now,
        clinic.email,
        kind=KIND,
        language="en",
        subject=subject,
        text=text,
        html=html_of(KIND, subject, text, "en", context | button),
    )
    return int(is_new)


def counts(since: datetime, now: datetime) -> dict[str, int]:
    """What happened in (since, now]."""
    inbox = PatientRequest.objects.in_inbox()
    return {
        "new": inbox.filter(received_at__gt=since, received_at__lte=now).count(),
        "overdue": inbox.waiting().filter(promise_broken_at__gt=since, promise_broken_at__lte=now).count(),
        "undelivered": Message.objects.phone_tasks()
        .filter(created_at__gt=since, created_at__lte=now, key__endswith=":phone")
        .count(),
    }
