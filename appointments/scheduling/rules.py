"""What all of scheduling shares: its one error, the transaction of each step, and what times can be given."""

import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from appointments.availability import Availability, done_by
from appointments.guards import OVERLAP
from appointments.lifecycle import MoveRefused
from appointments.models import Appointment, EventKind, PatientRequest, RequestEvent
from appointments.scheduling.free_times import LONGEST_BUFFER, kept_free, overlap
from clinic.models import Clinic, Practitioner, opening_times
from clinic.time.hours import OpeningTimes, Span, clinic_day
from treatments.models import Treatment

logger = logging.getLogger(__name__)

T = TypeVar("T")
ATTEMPTS = 5
# Of a visit, in minutes.
SHORTEST, LONGEST = 5, 480
# PostgreSQL gives one of two transactions up with these: a deadlock, a serialization failure.
WORTH_ANOTHER_TRY = {"40P01", "40001"}


class SchedulingError(Exception):
    """The rule says no. The message is for the person who tried."""


class TimeTaken(SchedulingError):
    """Somebody else has the time, or a part of it."""

    def __init__(self) -> None:
        super().__init__(_("That time has just been taken. Please choose another one."))


def whole(work: Callable[[], T]) -> T:
    """Runs `work` in one transaction, and again when the database gave it up for another one's sake.

    Refusals of the table of moves and of the database come out as SchedulingError.
    """
    nested = connection.in_atomic_block
    attempt = 1
    while True:
        try:
            with transaction.atomic():
                return work()
        except MoveRefused as refusal:
            raise SchedulingError(str(refusal)) from refusal
        except IntegrityError as error:
            raise _refused_by_database(error) from error
        except OperationalError as error:
            if nested or attempt == ATTEMPTS or not _given_up(error):
                raise
            logger.warning("A transaction of scheduling was given up and runs again, attempt %s", attempt + 1)
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 - only spreads the load
            attempt += 1


def _given_up(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in WORTH_ANOTHER_TRY


def _refused_by_database(error: IntegrityError) -> Exception:
    if OVERLAP in str(error):
        return TimeTaken()
    if "appointment_one_coming" in str(error) or "appointments_appointment.request_id" in str(error):
        return SchedulingError(_("This request has an appointment already."))
    return error


def locked(request_id: int, practitioner_id: int | None = None) -> PatientRequest:
    """The request as it is now, kept from others until the transaction ends.

    With a practitioner, others who write into that practitioner's time wait too: two inserts that wait for
    each other at the exclusion constraint would otherwise end in a deadlock. On SQLite a transaction is
    alone from its start.
    """
    patient_request = PatientRequest.objects.select_for_update().select_related(None).get(pk=request_id)
    if practitioner_id is not None:
        list(Practitioner.objects.select_for_update(no_key=True).filter(pk=practitioner_id).values_list("pk"))
    return patient_request


def spans_of(
    starts: Iterable[datetime],
    length: timedelta,
    practitioner: Practitioner,
    now: datetime,
    treatment: Treatment | None = None,
    but: Appointment | None = None,
) -> list[Span]:
    """The times from each start, in order. Raises SchedulingError for one that can't be given to anybody:
    past, at a time or for a `treatment` for which the practitioner isn't there, too close to another visit,
    or overlapping another of them. `but` is the appointment that moves. Called under the lock. Four queries.
    """
    who, doing = Availability.of(practitioner, now), done_by(treatment)
    spans: list[Span] = []
    for start in sorted(starts):
        end = start + length
        if start <= now:
            raise SchedulingError(_("That time has passed. Please choose a later one."))
        if refusal := who.refusal(start, end, doing):
            raise SchedulingError(refusal)
        if spans and start < spans[-1][1]:
            raise SchedulingError(_("Two of the times overlap. Please choose times that don't."))
        spans.append((start, end))
    buffer = timedelta(minutes=treatment.buffer_minutes if treatment else 0)
    if spans and _is_too_close(spans, buffer, practitioner, but):
        raise SchedulingError(_("That is too close to another visit: some time is kept free after it."))
    return spans


def _is_too_close(
    spans: Sequence[Span], buffer: timedelta, practitioner: Practitioner, but: Appointment | None
) -> bool:
    """Whether the time kept free after one visit reaches into another; overlaps are the database's."""
    near = Appointment.objects.filter(practitioner=practitioner).active()
    near = near.between(spans[0][0] - LONGEST_BUFFER, spans[-1][1] + LONGEST_BUFFER)
    if but is not None:
        near = near.exclude(pk=but.pk)
    others = near.values_list("start", "end", "request__treatment__buffer_minutes")
    return any(
        overlap(span, kept_free(other_start, other_end, timedelta(minutes=kept or 0), buffer))
        and not overlap(span, (other_start, other_end))
        for span in spans
        for other_start, other_end, kept in others
    )


def length_of(patient_request: PatientRequest, minutes: int | None) -> timedelta:
    """How long a visit of the request takes: `minutes` where they were chosen for it, else as usual.
    Raises SchedulingError for a length that no visit has."""
    if minutes is None:
        minutes = patient_request.visit_minutes(Clinic.facts())
    elif not SHORTEST <= minutes <= LONGEST:
        raise SchedulingError(_("A visit takes 5 minutes to 8 hours."))
    return timedelta(minutes=minutes)


def hold_ends(now: datetime, clinic: Clinic, times: OpeningTimes | None = None) -> datetime:
    """Until when a time offered at `now` is held at most: the close of the clinic day that the clinic's
    setting names. `times` are the clinic's where the caller has read them; else one query."""
    times = times or opening_times(since=clinic_day(now))
    return times.end_of_clinic_day(now, clinic.hold_days)


def require_aware(starts: Iterable[datetime]) -> list[datetime]:
    """The starts as a list. Raises SchedulingError for one that names no time zone."""
    listed = list(starts)
    if any(start.tzinfo is None for start in listed):
        raise SchedulingError(_("A time needs its time zone."))
    return listed


def lock_again(appointment: Appointment) -> tuple[PatientRequest, Appointment]:
    """The appointment's request and the appointment as they are now, kept from others."""
    patient_request = locked(appointment.request_id, appointment.practitioner_id)
    return patient_request, Appointment.objects.select_related("practitioner").get(pk=appointment.pk)


def look_again(appointment: Appointment) -> None:
    """Brings the caller's own copy up to what has become of it."""
    appointment.refresh_from_db(
        fields=[
            "status",
            "hold_until",
            "cancelled_at",
            "cancellation_reason",
            "sequence",
            "confirmed_at",
            "treatment_followed",
        ]
    )


def note_change(
    patient_request: PatientRequest,
    by: User | None,
    now: datetime,
    note: str,
    kind: EventKind = EventKind.APPOINTMENT,
) -> RequestEvent:
    """An event for a change of an appointment that leaves the status of its request as it is."""
    PatientRequest.objects.filter(pk=patient_request.pk).update(version=F("version") + 1)
    return RequestEvent.objects.create(request=patient_request, kind=kind, by=by, at=now, note=note)
