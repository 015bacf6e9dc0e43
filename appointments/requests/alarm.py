"""Signs of alarm in what a patient says: found on receipt and in every later word, kept on the request, told
to staff at once, and over when somebody has spoken to the patient.

Spam detection never hides a sign. What counts as one is in treatments.alarm.signs.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from appointments.messages.to_staff import urgent
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.requests import screening
from appointments.requests.moves import require_desk
from clinic.models import Clinic, opening_times
from treatments.alarm.signs import Level, worst
from treatments.alarm.words import level_named


def mark(
    patient_request: PatientRequest, answered: str, affirmed: Iterable[str], now: datetime, clinic: Clinic
) -> None:
    """Says on an unsaved request which sign it names, if any: by what was `answered` to the question about
    signs (a Level, '' for none), by the message, or by a screening question that was `affirmed`, with what
    was written about it. Such a question asks for what lasts, so that a sign in it makes the request urgent,
    no more."""
    asked = Level.CALL_US if level_named("\n".join(affirmed), clinic) else None
    level = worst(answered, level_named(patient_request.message, clinic), asked)
    if level is None:
        return
    patient_request.alarm, patient_request.alarm_at, patient_request.urgent = level, now, True
    patient_request.suspected_spam = False


def event_of(patient_request: PatientRequest, by: User | None, now: datetime) -> RequestEvent:
    """The sign as the timeline says it; not stored yet."""
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        label = str(Level(patient_request.alarm).label)
        note = _("A sign of alarm. On the page: %(told)s.") % {"told": label[:1].lower() + label[1:]}
    return RequestEvent(request=patient_request, kind=EventKind.MARK, by=by, at=now, note=note)


def tell(patient_request: PatientRequest, by: User | None, now: datetime) -> None:
    """Notes the sign on the timeline and writes to staff, within the caller's transaction."""
    event_of(patient_request, by, now).save()
    urgent.write(patient_request, now, by.pk if by else None)


def hear(patient_request: PatientRequest, words: str, now: datetime) -> None:
    """Looks for a sign in what the patient of a stored request has just written, within the caller's
    transaction. A new one is called about at once, whatever was said before it."""
    level = level_named(words)
    if level is None:
        return
    stored = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
    was_suspected = stored.suspected_spam
    before = stored.alarm if stored.alarm_met_at is None else None
    changes = {
        "alarm": worst(level, before), "alarm_at": now, "alarm_met_at": None, "urgent": True,
        "respond_by": opening_times().next_opening(now), "promise_broken_at": None, "next_call_at": None,
        "calling_ended_at": None, "suspected_spam": False,
    }  # fmt: skip
    PatientRequest.objects.filter(pk=stored.pk).update(**changes, version=F("version") + 1)
    stored.refresh_from_db()
    tell(stored, None, now)
    if was_suspected:
        screening.screen(stored, now)


def met(patient_request: PatientRequest, by: User, now: datetime) -> bool:
    """Somebody has spoken to the patient about the sign: it leads no list any more. False where there is
    none, or a colleague was faster. Raises NotYours."""
    require_desk(by)
    with transaction.atomic():
        rows = PatientRequest.objects.exclude(alarm="").filter(pk=patient_request.pk, alarm_met_at=None)
        won = rows.update(alarm_met_at=now, urgent=False, version=F("version") + 1)
        if won:
            note = _("Spoken to about the sign of alarm.")
            RequestEvent.objects.create(
                request_id=patient_request.pk, kind=EventKind.MARK, by=by, at=now, note=note
            )
    return bool(won)
