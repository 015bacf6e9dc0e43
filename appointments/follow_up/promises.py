"""The promise clock: 'we answer by'. Warns before it breaks, and answers for it when it has."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from appointments.lifecycle import DUE_NOW
from appointments.messages.notices import queue
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet, promise_from
from appointments.requests.reviewing import open_question
from clinic.models import opening_times
from clinic.operations.batches import one_by_one
from clinic.time.hours import OpeningTimes, at, clinic_day

# Of clinic time: so long before a promise breaks it counts as due soon.
WARNING = timedelta(hours=2)
# An urgent request is promised 'today, within opening hours, as soon as we can': until the close of the day,
# and for this long where it comes in shortly before.
URGENT = timedelta(hours=1)
# Broken within this time; older ones are from before the clinic used this, or from a long pause.
LOOK_BACK = timedelta(days=14)


def due_soon(now: datetime) -> PatientRequestQuerySet:
    """Waiting requests whose promise breaks within the next two hours of clinic time."""
    return PatientRequest.objects.due_between(now, _clinic_time_ahead(opening_times(), now, WARNING))


def promised(patient_request: PatientRequest) -> datetime:
    """By when the patient was told to hear from us. 'Due now' is for the inbox: to the patient, whose offers
    ended or who asked for another time, it is a clinic day like the first. At most four queries."""
    if patient_request.urgent:
        today = opening_times().spans(clinic_day(patient_request.respond_by))
        return max([patient_request.respond_by + URGENT, *(ends for _starts, ends in today)])
    turned = patient_request.events.filter(action__in=DUE_NOW, at=patient_request.respond_by)
    return promise_from(patient_request.respond_by) if turned.exists() else patient_request.respond_by


def new_time(patient_request: PatientRequest) -> datetime:
    """After a broken promise: by when the patient was told then."""
    return promise_from(patient_request.promise_broken_at or patient_request.respond_by)


def answer_for_broken(now: datetime) -> int:
    """Owns up to each promise that has broken, once: marks the request, notes it, tells the patient."""
    late = PatientRequest.objects.overdue(now).filter(promise_broken_at=None, respond_by__gt=now - LOOK_BACK)
    rows = late.order_by("respond_by")[:500]
    return one_by_one("promise", rows, lambda each: _is_broken(each, now) and _own_up(each, now))


def _is_broken(patient_request: PatientRequest, now: datetime) -> bool:
    return open_question(patient_request) is None and promised(patient_request) < now


def _own_up(patient_request: PatientRequest, now: datetime) -> bool:
    with transaction.atomic():
        # Somebody may answer, or another worker own up, at the same moment; `version` is theirs to move.
        won = (
            PatientRequest.objects.waiting()
            .filter(pk=patient_request.pk, version=patient_request.version, promise_broken_at=None)
            .update(promise_broken_at=now)
        )
        if not won:
            return False
        event = RequestEvent.objects.create(
            request=patient_request,
            kind=EventKind.MARK,
            at=now,
            note=_("The promised time has passed without an answer."),
        )
        queue(patient_request, "missed_promise", event, new_time=promise_from(now))
    return True


def _clinic_time_ahead(times: OpeningTimes, now: datetime, length: timedelta) -> datetime:
    """The moment by which `length` of opening time has passed since `now`."""
    opening = times.next_opening(now)
    for start, end in times.spans(clinic_day(opening)):
        start = max(start, opening)
        if end - start >= length:
            return start + length
        length -= max(end - start, timedelta())
    # The rest falls into the next open day; its first opening is long enough for any clinic.
    following = times.next_opening(at(clinic_day(opening) + timedelta(days=1), time()))
    return following + length
