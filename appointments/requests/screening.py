"""What a patient's answers, age and earlier visits mean: the flags, and whether the dermatologist's decision
is owed.

Asked when a request comes in or comes back, when suspected spam is freed, when something is corrected, when
staff say who is the same person, and when a visit is booked, moved, cancelled, noted or undone. It lifts what
it set itself, and nothing that a person asked for or decided.
"""

from collections.abc import Iterable
from datetime import date, datetime

from appointments.lifecycle import BARRED_WHILE_DECISION_OWED, WAITING, Action, Status
from appointments.models import AppointmentStatus, Kind, PatientRequest, RequestEvent
from appointments.requests.known import persons
from appointments.requests.known.interval import interval_of
from appointments.requests.moves import begin_with, move
from clinic.time.hours import clinic_day


def set_age_flag(patient_request: PatientRequest, today: date) -> None:
    """Says on the row whether the age lies outside the range of the treatment."""
    age, treatment = patient_request.age_on(today), patient_request.treatment
    patient_request.age_flagged = treatment is not None and age is not None and not treatment.suits_age(age)


def is_too_soon(patient_request: PatientRequest, now: datetime, wanted: date | None = None) -> bool:
    """Whether the day that is `wanted` is nearer to a visit that the clinic knows of than the shortest
    interval, whatever the patient answered. Five queries at most."""
    if patient_request.kind != Kind.APPOINTMENT:
        return False
    interval = interval_of(patient_request, now)
    return bool(interval.visits) and not interval.keeps(wanted or _wanted(patient_request, now))


def _wanted(patient_request: PatientRequest, now: datetime) -> date:
    """The first day that the patient asks for, or the last that was given to them, whichever is later."""
    given = None
    if patient_request.pk:
        starts = patient_request.appointments.values_list("start", flat=True)
        given = starts.exclude(status=AppointmentStatus.FULFILLED).order_by("-start").first()
    days = [clinic_day(now), patient_request.earliest_date, clinic_day(given) if given else None]
    return max(day for day in days if day)


def screen(patient_request: PatientRequest, now: datetime, wanted: date | None = None) -> None:
    """Sends a stored, locked request to the dermatologist or takes it off her list, as its flags say.

    Suspected spam reaches her only when staff free it; until then the owed decision alone bars
    offers. What she has decided or asked stays hers. `wanted` is the day for which staff take it down.
    """
    _set_interval_flag(patient_request, now, wanted)
    flagged = patient_request.is_flagged
    if not flagged and not patient_request.decision_owed:
        return
    if patient_request.clinical_reviews.exists():
        return
    if flagged and not patient_request.suspected_spam:
        if patient_request.status in (Status.NEW, Status.IN_PROGRESS):
            move(patient_request, Action.ASK_REVIEW, None, now=now)
        return
    asked = patient_request.events.filter(action=Action.ASK_REVIEW).order_by("-at", "-pk").first()
    if asked is not None and asked.by_id is not None:
        return
    if patient_request.status == Status.CLINICAL_REVIEW:
        if asked is not None:
            move(patient_request, Action.SCREENING_LIFTED, None, to=Status(asked.from_status), now=now)
    elif patient_request.status not in BARRED_WHILE_DECISION_OWED:
        patient_request.decision_owed = flagged
        PatientRequest.objects.filter(pk=patient_request.pk).update(decision_owed=flagged)


def screen_new(
    patient_request: PatientRequest, now: datetime, wanted: date | None = None, *, may_be_known: bool = True
) -> RequestEvent | None:
    """The same for a request that is not stored yet: sets what `screen` would, and returns the event of the
    step to the dermatologist, if it takes one. Two queries at most; none unless something `may_be_known` of
    the patient."""
    patient_request.interval_flagged = may_be_known and is_too_soon(patient_request, now, wanted)
    if not patient_request.is_flagged:
        return None
    if patient_request.suspected_spam:
        patient_request.decision_owed = True
        return None
    return begin_with(patient_request, Action.ASK_REVIEW, now)


def _set_interval_flag(patient_request: PatientRequest, now: datetime, wanted: date | None) -> None:
    """Says on the row whether it is asked for too soon; while times are offered or booked it stays as it
    is, because staff were asked about that very time."""
    if not patient_request.is_waiting:
        return
    flagged = is_too_soon(patient_request, now, wanted)
    if flagged != patient_request.interval_flagged:
        patient_request.interval_flagged = flagged
        PatientRequest.objects.filter(pk=patient_request.pk).update(interval_flagged=flagged)


def affected_by(patient_request: PatientRequest) -> set[int]:
    """The waiting requests that may be of the same person as this one, itself among them. Two queries."""
    waiting = persons.around(patient_request).filter(kind=Kind.APPOINTMENT, status__in=WAITING)
    return set(waiting.values_list("pk", flat=True))


def look_again(ids: Iterable[int], now: datetime) -> None:
    """Screens those of them for which the shortest interval says something else by now."""
    rows = PatientRequest.objects.filter(pk__in=ids, status__in=WAITING).select_related("treatment")
    for row in rows.order_by("pk"):
        if is_too_soon(row, now) != row.interval_flagged:
            screen(PatientRequest.objects.select_for_update().get(pk=row.pk), now)


def after_move(patient_request: PatientRequest, now: datetime) -> None:
    """Screens what has come back to where times can be offered, and whom a change of its visit concerns."""
    if patient_request.is_waiting:
        screen(patient_request, now)
    look_again(affected_by(patient_request) - {patient_request.pk}, now)
