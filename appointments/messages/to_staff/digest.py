"""What staff are told by e-mail: how much is new, overdue or undelivered since the last time. Counts only."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.messages.making import write as write_message
from appointments.messages.to_staff.wording import worded
from appointments.models import Message, PatientRequest
from clinic.languages import MAIN
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
        Message.objects.filter(request=None, kind=KIND)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    since = last or now - FIRST_LOOKS_BACK
    if last and now - last < AT_MOST_EVERY:
        return 0
    said = counts(since, now)
    if not any(said.values()):
        return 0
    words = worded(KIND, {"clinic": clinic, "inbox_link": inbox_link(), **in_words(said)})
    quarter = int(now.astimezone(UTC).timestamp() // AT_MOST_EVERY.total_seconds())
    _message, is_new = write_message(
        f"{KIND}:{quarter}:staff",
        now,
        clinic.email,
        kind=KIND,
        **words,
    )
    return int(is_new)


def inbox_link() -> str:
    return settings.SITE_URL + reverse("admin:index")


def in_words(said: Mapping[str, int]) -> dict[str, str]:
    """What `counts` returned: in short for the subject, and with a line for each."""
    new, overdue, undelivered = said["new"], said["overdue"], said["undelivered"]
    with translation.override(MAIN):
        short = {
            ngettext("%(number)d new request", "%(number)d new requests", new): new,
            _("%(number)d overdue"): overdue,
            ngettext(
                "%(number)d message undelivered", "%(number)d messages undelivered", undelivered
            ): undelivered,
        }
        lines = {
            ngettext("%(number)d new request", "%(number)d new requests", new): new,
            ngettext(
                "%(number)d request past the time that we promised; the patient has been told",
                "%(number)d requests past the time that we promised; the patients have been told",
                overdue,
            ): overdue,
            ngettext(
                "%(number)d message that could not be delivered; please call",
                "%(number)d messages that could not be delivered; please call",
                undelivered,
            ): undelivered,
        }
    return {
        "counts": ", ".join(words % {"number": number} for words, number in short.items() if number),
        "changes": "\n".join(f"- {words % {'number': number}}" for words, number in lines.items() if number),
    }


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
