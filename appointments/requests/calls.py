"""The callback ledger: attempts to call a patient, the gap between them, and when to stop."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments import lifecycle
from appointments.lifecycle import MoveRefused
from appointments.models import CallOutcome, EventKind, PatientRequest, RequestEvent
from appointments.requests.moves import require_desk
from clinic.models import Clinic, opening_times


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
    """Records one attempt to call, and when the next one is due; returns its event of the timeline.

    Two colleagues who call at once both leave their attempt. Raises CallRefused.
    """
    now = now or timezone.now()
    if outcome not in CallOutcome.values:
        raise CallRefused(_("Say how the call ended."))
    require_desk(by)
    with transaction.atomic():
        stored = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
        if outcome not in outcomes_for(stored):
            raise CallRefused(_("The patient doesn't want a voicemail."))
        counted = PatientRequest.objects.filter(pk=patient_request.pk, status__in=lifecycle.OPEN).update(
            call_attempts=F("call_attempts") + 1, next_call_at=next_call(now), version=F("version") + 1
        )
        if not counted:
            raise CallRefused(_("The request is finished: reopen it first."))
        event = RequestEvent.objects.create(
            request_id=patient_request.pk, kind=EventKind.CALL, outcome=outcome, by=by, at=now, note=note
        )
    patient_request.refresh_from_db()
    return event


def next_call(now: datetime) -> datetime:
    """When to call again: after the clinic's gap, and while it is open."""
    return opening_times().next_opening(now + timedelta(minutes=Clinic.current().call_gap_minutes))


def counts_as_unreachable(patient_request: PatientRequest, clinic: Clinic, last_outcome: str) -> bool:
    """Whether the page should suggest to close the request: enough attempts, and the last reached nobody."""
    return patient_request.call_attempts >= clinic.call_attempts and last_outcome != CallOutcome.REACHED
