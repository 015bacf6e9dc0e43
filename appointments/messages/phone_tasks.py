"""Messages that somebody has to say on the phone: the patient has no e-mail, or the e-mail can't arrive."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.messages.staleness import is_stale
from appointments.models.choices import EventKind, MessageChannel, MessageStatus
from appointments.models.message import Message
from appointments.models.timeline import RequestEvent

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest


def ask_for_call(message: Message, now: datetime) -> Message | None:
    """Turns an e-mail that ended in failure into a phone task, once; None for one that nobody needs to hear.

    Called inside the transaction that records the failure.
    """
    request = message.request
    if request is None or not message.spoken:
        return None
    task, is_new = Message.objects.get_or_create(
        key=f"{message.key}:phone",
        defaults={
            "request": request,
            "event": message.event,
            "appointment": message.appointment,
            "appointment_sequence": message.appointment_sequence,
            "kind": message.kind,
            "channel": MessageChannel.PHONE,
            "recipient": request.phone.as_e164,
            "language": message.language,
            "subject": message.subject,
            "text": message.spoken,
            "message_id": f"<{uuid.uuid4().hex}@phone>",
            "created_at": now,
            "next_attempt_at": now,
        },
    )
    if is_new:
        RequestEvent.objects.create(
            request=request,
            kind=EventKind.MESSAGE,
            at=now,
            note=_("The e-mail “%(subject)s” could not be delivered. Please call.")
            % {"subject": message.subject},
        )
    return task


def readdress(request: "PatientRequest", now: datetime) -> None:
    """Has what waits go to the corrected address and number of `request`; without an address left, it is said
    on the phone. What is going out at this moment goes where it was sent."""
    theirs = Message.objects.filter(request_id=request.pk)
    theirs.phone_tasks().update(recipient=request.phone.as_e164)
    waiting = theirs.unsent().filter(leased_by=None)
    if request.email:
        waiting.update(recipient=request.email)
        return
    for message in waiting:
        ask_for_call(message, now)
    waiting.void()


def phone_task_done(message: Message, by: AbstractUser, now: datetime | None = None) -> bool:
    """Records that `by` has said it; False when somebody did so before, or the message no longer holds."""
    now = now or timezone.now()
    with transaction.atomic():
        won = (
            Message.objects.phone_tasks()
            .filter(pk=message.pk)
            .update(status=MessageStatus.SENT, sent_at=now, attempts=1)
        )
        if won and message.request_id:
            RequestEvent.objects.create(
                request_id=message.request_id,
                kind=EventKind.MESSAGE,
                by_id=by.pk,
                at=now,
                note=_("Told on the phone: %(subject)s") % {"subject": message.subject},
            )
    return bool(won)


def void_stale(now: datetime) -> int:
    """Takes the tasks off the list that have been overtaken; returns how many."""
    tasks = Message.objects.phone_tasks().select_related("appointment", "request")
    stale = [task.pk for task in tasks.iterator(500) if is_stale(task, now)]
    return (
        Message.objects.phone_tasks().filter(pk__in=stale).update(status=MessageStatus.VOID) if stale else 0
    )
