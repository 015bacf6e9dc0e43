"""What becomes of an e-mail that was sent and didn't arrive, whoever says so: once, the same call as for one
that was refused at once. Only Message-IDs that we gave out count; they hold 122 random bits."""

import re
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.utils.translation import gettext as _

from appointments.follow_up import recall
from appointments.messages.making import note_on_timeline
from appointments.messages.phone_tasks import ask_for_call
from appointments.messages.staleness import is_stale
from appointments.models import Message, MessageStatus
from appointments.models.choices import MessageChannel

MESSAGE_ID = re.compile(r"<?([^<>\s@]{1,64}@[^<>\s@]{1,200})>?")
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# By how much the clocks of others may be behind ours.
CLOCKS_APART = timedelta(minutes=5)


class Told(Enum):
    """What was made of the news."""

    MARKED = "marked"
    KNOWN = "known"  # nothing to do: told before, about an earlier try, or not ours
    LATER = "later"  # a worker is still writing down that it went out


def came_back(message_id: str, now: datetime, at: datetime | None = None, said: str = "") -> Told:
    """The e-mail can't be delivered, somebody said `at` some moment: it counts as failed, and is a call.

    `said` is where the server's words are looked through for its code (RFC 3463); none of them is kept.
    """
    message = _message_of(message_id)
    if message is None:
        return Told.KNOWN
    if message.status == MessageStatus.QUEUED and message.lease_until and message.lease_until > now:
        return Told.LATER
    if _is_of_an_earlier_try(message, at):
        return Told.KNOWN
    code = _STATUS.search(said)
    with transaction.atomic():
        sent = Message.objects.filter(pk=message.pk, status=MessageStatus.SENT)
        error = f"came back {code[0]}" if code else "came back"
        if not sent.update(status=MessageStatus.FAILED, sent_at=None, last_error=error):
            return Told.KNOWN
        if is_stale(message, now) or ask_for_call(message, now) is None:
            note_on_timeline(message, _("The e-mail “%(subject)s” came back undelivered."), now)
    return Told.MARKED


def was_complained_about(message_id: str, now: datetime) -> Told:
    """The patient called the e-mail spam: it has arrived, so nobody calls; who was asked back isn't again."""
    message = _message_of(message_id)
    if message is None or message.request is None:
        return Told.KNOWN
    note = _("The patient's mail program took the e-mail “%(subject)s” for spam.")
    with transaction.atomic():
        # Of two deliveries at once the second waits here for the first, and then finds it told.
        if not Message.objects.filter(pk=message.pk, complained_at=None).update(complained_at=now):
            return Told.KNOWN
        note_on_timeline(message, note, now)
        if message.kind == "recall":
            recall.opt_out(message.request, now)
    return Told.MARKED


def _message_of(message_id: str) -> Message | None:
    named = MESSAGE_ID.fullmatch(message_id.strip())
    if named is None:
        return None
    rows = Message.objects.select_related("appointment", "request")
    return rows.filter(message_id=f"<{named[1]}>", channel=MessageChannel.EMAIL).first()


def _is_of_an_earlier_try(message: Message, at: datetime | None) -> bool:
    """Whether the news is older than the last sending of what staff had sent again under the same id."""
    if message.tried_since is None or at is None or message.sent_at is None:
        return False
    return at < message.sent_at - CLOCKS_APART
