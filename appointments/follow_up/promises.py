"""The promise clock: 'we answer by'. Moves with the calendar, warns before it breaks, and answers for it when
it has."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.lifecycle import DUE_NOW
from appointments.messages.notices import queue, renew
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet, promise_from
from appointments.requests.reviewing import open_question
from clinic.models import opening_times
from clinic.operations.batches import one_by_one
from clinic.time.hours import OpeningTimes, at, clinic_day
from clinic.time.words import day_and_clock

# Of clinic time: so long before a promise breaks it counts as due soon.
WARNING = timedelta(hours=2)
# An urgent request is promised 'today, within opening hours, as soon as we can': until the close of the day,
# and for this long where it comes in shortly before.
URGENT = timedelta(hours=1)
# Broken within this time; older ones are from before the clinic used this, or from a long pause.
LOOK_BACK = timedelta(days=14)
# What the timeline says of a broken promise.
PASSED = gettext_lazy("The promised time has passed without an answer.")


def due_soon(now: datetime, rows: PatientRequestQuerySet | None = None) -> PatientRequestQuerySet:
    """The waiting requests, of `rows` if given, whose promise breaks within two hours of clinic time."""
    rows = PatientRequest.objects.all() if rows is None else rows
    return rows.due_between(now, _clinic_time_ahead(opening_times(), now, WARNING))


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


def pass_on(now: datetime, *, changed: bool = False) -> int:
    """Has each promise that is still to be kept, at a time at which nobody is there any more, pass on to the
    next at which somebody is, and tells the patients. Returns how many.

    Where the calendar has `changed` this is a part of that change, under the lock of a booking: rows that
    somebody else has locked may wait for that very lock, so they are left to the worker, which comes a minute
    later and also finds who asked while the calendar was changing.
    """
    ahead = PatientRequest.objects.waiting().filter(respond_by__gt=now)
    times = opening_times(since=clinic_day(now))
    moments = ahead.order_by().values_list("respond_by", flat=True).distinct()
    fallen = [moment for moment in moments if not times.covers(moment)]
    if not fallen:
        return 0
    with transaction.atomic():
        rows = ahead.filter(respond_by__in=fallen).order_by("pk").select_for_update(skip_locked=changed)
        return sum(_pass_on(row, times, now) for row in rows)


def _pass_on(patient_request: PatientRequest, times: OpeningTimes, now: datetime) -> bool:
    """Whether it had to. What was agreed with the patient outside the week's hours stands."""
    was = patient_request.respond_by
    agreed = patient_request.next_call_at == was
    if agreed and not times.usually_covers(was):
        return False
    due = times.next_opening(was) if agreed or patient_request.urgent else times.close_from(was, now)
    if not times.covers(due):  # closed for longer than anybody looks ahead
        return False
    patient_request.respond_by = due
    changes = {"respond_by": due} | ({"next_call_at": due} if agreed else {})
    PatientRequest.objects.filter(pk=patient_request.pk).update(**changes)
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        note = _("Nobody is there at the promised time any more. It is due %(when)s now.")
        note %= {"when": day_and_clock(due)}
    event = RequestEvent.objects.create(request=patient_request, kind=EventKind.MARK, at=now, note=note)
    told_anew = renew(patient_request, "acknowledgement")
    # The words about something urgent name no day, and while the patient owes an answer nothing is promised.
    was_told = not patient_request.urgent and open_question(patient_request) is None
    if was_told and due > was and not told_anew:
        queue(patient_request, "promise_moved", event)
    return True


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
            note=str(PASSED),
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
