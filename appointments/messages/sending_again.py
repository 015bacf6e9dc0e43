"""Another try for what could not be sent, with its own patience; on the timeline with how it ended."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils.translation import gettext as _

from appointments.messages.making import note_on_timeline
from appointments.messages.phone_tasks import task_instead_of
from appointments.models.choices import MessageStatus
from appointments.models.message import Message, MessageQuerySet


def send_again(messages: MessageQuerySet, by: AbstractUser, now: datetime) -> int:
    """Puts the e-mails among `messages` that failed back into the queue; returns how many.

    The phone task that stands for one stays until the mail has gone out: it may fail once more.
    """
    again = 0
    for message in messages.failed():
        with transaction.atomic():
            won = (
                Message.objects.failed()
                .filter(pk=message.pk)
                .update(
                    status=MessageStatus.QUEUED,
                    next_attempt_at=now,
                    tried_since=now,
                    attempts=0,
                    lease_until=None,
                    leased_by=None,
                )
            )
            if won:
                note_on_timeline(message, _("Trying to send the e-mail “%(subject)s” again."), now, by)
        again += won
    return again


def gone_out(message: Message, now: datetime) -> None:
    """Ends the call that stood for `message`, which has gone out on its new try."""
    with transaction.atomic():
        task_instead_of(message).void()
        note_on_timeline(message, _("The %(what)s “%(subject)s” was sent on a new try."), now)
