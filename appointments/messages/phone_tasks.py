"""Messages that somebody has to say on the phone: the patient has no e-mail, or the e-mail can't arrive."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Replace
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.messages.making import BY_PHONE, note_on_timeline, write
from appointments.messages.staleness import is_stale
from appointments.models.choices import MessageStatus
from appointments.models.message import Message, MessageQuerySet

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest


def task_instead_of(message: Message) -> MessageQuerySet:
    """The phone task that stands for e-mail `message`, if there is one."""
    return Message.objects.filter(key=f"{message.key}:phone")


def ask_for_call(message: Message, now: datetime) -> Message | None:
    """Turns an e-mail that ended in failure into a phone task, once; None for one that nobody needs to hear.

    Called inside the transaction that records the failure.
    """
    patient_request = message.request
    if patient_request is None or not message.spoken:
        return None
    task, is_new = write(
        f"{message.key}:phone",
        now,
        patient_request.phone.as_e164,
        BY_PHONE,
        request=patient_request,
        event=message.event,
        appointment=message.appointment,
        appointment_sequence=message.appointment_sequence,
        kind=message.kind,
        language=message.language,
        subject=message.subject,
        text=message.spoken,
    )
    if message.tried_since and task_instead_of(message).reopen():
        task.refresh_from_db()
    if is_new or message.tried_since:
        is_open = task.status == MessageStatus.QUEUED
        please_call = _("The e-mail “%(subject)s” could not be delivered. Please call.")
        note = please_call if is_open else _("The e-mail “%(subject)s” could not be delivered again.")
        note_on_timeline(message, note, now)
    return task


def readdress(patient_request: "PatientRequest", now: datetime) -> None:
    """Has what waits go to the corrected address and number of `patient_request`; without an address left, it
    is said on the phone. What is going out at this moment goes where it was sent."""
    theirs = Message.objects.filter(request_id=patient_request.pk)
    theirs.phone_tasks().update(recipient=patient_request.phone.as_e164)
    waiting = theirs.unsent().filter(leased_by=None)
    if patient_request.email:
        waiting.update(recipient=patient_request.email)
        # Staff may send these again; never to the address that was wrong.
        theirs.failed().update(recipient=patient_request.email)
        return
    for message in waiting:
        ask_for_call(message, now)
    waiting.void()


def relink(patient_request: "PatientRequest", old_token: str) -> None:
    """Has the e-mails that may still go out to the address on file lead to the new link; any other keeps the
    old one, which is dead."""
    if not patient_request.email:
        return
    old, new = Value(f"/{old_token}/"), Value(f"/{patient_request.token}/")
    waiting = Message.objects.filter(request_id=patient_request.pk, recipient=patient_request.email)
    waiting.exclude(status=MessageStatus.SENT).update(
        text=Replace("text", old, new), html=Replace("html", old, new)
    )


def phone_task_done(message: Message, by: AbstractUser, now: datetime | None = None) -> bool:
    """Records that `by` has said it; False when somebody did so before, or the message no longer holds."""
    now = now or timezone.now()
    with transaction.atomic():
        won = (
            Message.objects.phone_tasks()
            .filter(pk=message.pk)
            .update(status=MessageStatus.SENT, sent_at=now, attempts=1)
        )
        if won:
            note_on_timeline(message, _("Told on the phone: %(subject)s"), now, by)
    return bool(won)


def void_stale(now: datetime) -> int:
    """Takes the tasks off the list that have been overtaken; returns how many."""
    tasks = Message.objects.phone_tasks().select_related("appointment", "request")
    stale = [task.pk for task in tasks.iterator(500) if is_stale(task, now)]
    return (
        Message.objects.phone_tasks().filter(pk__in=stale).update(status=MessageStatus.VOID) if stale else 0
    )
