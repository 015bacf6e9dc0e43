"""Messages that somebody has to say on the phone: the patient has no e-mail, or what is sent can't arrive."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Replace
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.messages.making import BY_PHONE, note_on_timeline, write
from appointments.messages.staleness import about_fallen, is_stale
from appointments.models.choices import MessageStatus
from appointments.models.message import Message, MessageQuerySet

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

# Mail waits for its server and for the set-up as long as it takes; the patient doesn't.
CALL_AFTER = timedelta(days=3)
CALLS_AT_ONCE = 100
# Whoever hears at once that something could not be delivered, in the same transaction; registered from above.
undelivered: list[Callable[[Message, datetime], None]] = []


def task_instead_of(message: Message) -> MessageQuerySet:
    """The phone task that stands for `message`, an e-mail or a text, if there is one."""
    return Message.objects.filter(key=f"{message.key}:phone")


def ask_for_call(
    message: Message, now: datetime, *, has_failed: bool = True, is_known: bool = False
) -> Message | None:
    """Turns what ended in failure, or isn't sent any more, into a phone task, once; None for what nobody
    needs to hear. Staff hear of it, unless it `is_known`: they took its address away themselves.

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
        note_on_timeline(message, _note(has_failed=has_failed, is_open=is_open), now)
        for hear in undelivered if is_open and not is_known else ():
            hear(message, now)
    return task


def _note(*, has_failed: bool, is_open: bool) -> str:
    if has_failed and is_open:
        return _("The %(what)s “%(subject)s” could not be delivered. Please call.")
    if has_failed:
        return _("The %(what)s “%(subject)s” could not be delivered again.")
    if is_open:
        return _("The %(what)s “%(subject)s” is not sent any more. Please call.")
    return _("The %(what)s “%(subject)s” is not sent any more.")


def call_meanwhile(now: datetime) -> None:
    """Asks for a call about each message that has waited for CALL_AFTER while none could go out, once. It
    waits on, and `sending_again.gone_out` ends the call when it is sent first."""
    waiting = (
        Message.objects.on_their_way()
        .annotate(since=Coalesce(F("tried_since"), F("created_at")))
        .filter(since__lte=now - CALL_AFTER, next_attempt_at__lte=now + timedelta(days=1), leased_by=None)
    )
    fallen = about_fallen(waiting, now)
    rows = waiting.exclude(pk__in=fallen).select_related("appointment", "request")
    for message in rows.order_by("since", "pk")[:CALLS_AT_ONCE]:
        if is_stale(message, now):
            continue
        with transaction.atomic():
            # Whoever claims it from now on knows that a call may stand for it.
            if (
                waiting.filter(pk=message.pk).update(tried_since=now)
                and not task_instead_of(message).exists()
            ):
                ask_for_call(message, now)


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
        ask_for_call(message, now, has_failed=False, is_known=True)
    waiting.void()


def relink(patient_request: "PatientRequest", old_token: str) -> None:
    """Has what may still go out to the address or number on file lead to the new link; any other keeps the
    old one, which is dead."""
    on_file = [patient_request.phone.as_e164, *filter(None, [patient_request.email])]
    old, new = Value(f"/{old_token}/"), Value(f"/{patient_request.token}/")
    waiting = Message.objects.filter(request_id=patient_request.pk, recipient__in=on_file)
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
