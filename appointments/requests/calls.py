"""The callback ledger: attempts to call a patient, the gap between them, and when to stop."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments import lifecycle
from appointments.lifecycle import Action, MoveRefused, Status
from appointments.models import CallOutcome, EventKind, Kind, Message, PatientRequest, RequestEvent
from appointments.requests import alarm
from appointments.requests.moves import require_desk
from clinic.models import Clinic, opening_times
from clinic.time.words import day_and_clock

# After these nobody is to be called again, unless somebody says so.
ENDS_CALLING = (CallOutcome.REACHED, CallOutcome.WRONG_NUMBER)


class CallRefused(MoveRefused):
    """An attempt that can't be logged like this. The message is for the person who tried."""


def outcomes_for(patient_request: PatientRequest) -> list[CallOutcome]:
    """How a call may end: a voicemail only where the patient allows one."""
    return [
        outcome for outcome in CallOutcome if outcome != CallOutcome.VOICEMAIL or patient_request.voicemail_ok
    ]


def log_attempt(
    patient_request: PatientRequest, outcome: str, by: User, note: str = "", now: datetime | None = None
) -> RequestEvent:
    """Records one attempt to call; returns its event of the timeline. Another call is due after the clinic's
    gap, unless the patient was reached or the number is wrong: then the calling ends.

    Reaching the patient of a new request takes it. Two colleagues who call at once both leave their attempt.
    Raises CallRefused.
    """
    now = now or timezone.now()
    if outcome not in CallOutcome.values:
        raise CallRefused(_("Say how the call ended."))
    require_desk(by)
    ends = outcome in ENDS_CALLING
    changes: dict[str, Any] = {"next_call_at": None if ends else next_call(now)}
    changes["calling_ended_at"] = now if ends else None
    if outcome == CallOutcome.WRONG_NUMBER:
        changes["phone_to_check"] = True
    with transaction.atomic():
        stored = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
        if outcome not in outcomes_for(stored):
            raise CallRefused(_("The patient doesn't want a voicemail."))
        if not stored.is_open:
            raise CallRefused(_("The request is finished: reopen it first."))
        PatientRequest.objects.filter(pk=stored.pk).update(
            call_attempts=F("call_attempts") + 1, version=F("version") + 1, **changes
        )
        event = _event(stored.pk, outcome, by, note, now)
        if outcome == CallOutcome.REACHED:
            alarm.met(stored, by, now)
        if outcome == CallOutcome.REACHED and stored.status == Status.NEW:
            stored.move(Action.TAKE, by, now=now)
    patient_request.refresh_from_db()
    return event


def call_again(patient_request: PatientRequest, at: datetime, by: User, now: datetime | None = None) -> None:
    """The patient was reached and wants another call at `at`, which is what is promised now.

    Raises CallRefused for a time that isn't ahead, within a year.
    """
    now = now or timezone.now()
    require_desk(by)
    if not now < at < now + timedelta(days=366):
        raise CallRefused(_("Choose a time that is still to come."))
    with transaction.atomic():
        again = {"next_call_at": at, "calling_ended_at": None, "respond_by": at, "promise_broken_at": None}
        waiting = PatientRequest.objects.filter(pk=patient_request.pk, status__in=lifecycle.WAITING)
        if not waiting.update(**again, version=F("version") + 1):
            raise CallRefused(_("The request is finished: reopen it first."))
        note = _("Call again: %(when)s") % {"when": day_and_clock(at)}
        RequestEvent.objects.create(
            request_id=patient_request.pk, kind=EventKind.MARK, by=by, at=now, note=note
        )
    patient_request.refresh_from_db()


def settle(callbacks: Iterable[int], became: PatientRequest, by: User, now: datetime) -> None:
    """Completes the callbacks of the same person, by id, of which the appointment request `became` came,
    within the caller's transaction. One that somebody has finished meanwhile stays as it is."""
    rows = PatientRequest.objects.select_for_update().filter(
        pk__in=callbacks, kind=Kind.CALLBACK, person=became.person
    )
    for callback in rows.filter(status__in=(Status.NEW, Status.IN_PROGRESS)):
        if callback.status == Status.NEW:
            callback.move(Action.TAKE, by, now=now)
        note = _("It became the appointment request %(reference)s.") % {"reference": became.shown_reference}
        callback.move(Action.COMPLETE, by, note, now=now)
        came = _("Came of the callback %(reference)s.") % {"reference": callback.shown_reference}
        RequestEvent.objects.create(request=became, kind=EventKind.MARK, by=by, at=now, note=came)


def not_reached(task: Message, by: User, now: datetime | None = None) -> bool:
    """Nobody answered when the words of phone task `task` were to be said: they are due again after the
    clinic's gap. False when a colleague has said them meanwhile."""
    now = now or timezone.now()
    require_desk(by)
    with transaction.atomic():
        still = Message.objects.phone_tasks().filter(pk=task.pk)
        won = still.update(attempts=F("attempts") + 1, next_attempt_at=next_call(now))
        if won and task.request_id:
            _event(task.request_id, CallOutcome.NO_ANSWER, by, task.subject, now)
    return bool(won)


def _event(pk: int, outcome: str, by: User, note: str, now: datetime) -> RequestEvent:
    return RequestEvent.objects.create(
        request_id=pk, kind=EventKind.CALL, outcome=outcome, by=by, at=now, note=note
    )


def next_call(now: datetime) -> datetime:
    """When to call again: after the clinic's gap, and while it is open."""
    return opening_times().next_opening(now + timedelta(minutes=Clinic.facts().call_gap_minutes))


def counts_as_unreachable(patient_request: PatientRequest, clinic: Clinic, last_outcome: str) -> bool:
    """Whether the page should suggest to close the request: enough attempts, and the last reached nobody."""
    return patient_request.call_attempts >= clinic.call_attempts and last_outcome != CallOutcome.REACHED
