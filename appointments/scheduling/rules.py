"""What all of scheduling shares: its one error, the transaction of each step, and what times can be given."""

import logging
import random
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from appointments.guards import OVERLAP
from appointments.lifecycle import MoveRefused
from appointments.models import Appointment, PatientRequest
from clinic.models import Clinic, Practitioner, opening_times
from clinic.time.hours import Span, clinic_day

logger = logging.getLogger(__name__)

T = TypeVar("T")
ATTEMPTS = 5
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
    starts: Iterable[datetime], length: timedelta, practitioner: Practitioner, now: datetime
) -> list[Span]:
    """The times from each start, in order. Raises SchedulingError for one that can't be given to anybody:
    past, outside the practitioner's opening times, or overlapping another of them. Two queries."""
    if not practitioner.is_active:
        raise SchedulingError(_("%(name)s sees no patients at present.") % {"name": practitioner.name})
    hours = opening_times(practitioner, since=clinic_day(now))
    spans: list[Span] = []
    for start in sorted(starts):
        end = start + length
        if start <= now:
            raise SchedulingError(_("That time has passed. Please choose a later one."))
        if not any(opens <= start and end <= closes for opens, closes in hours.spans(clinic_day(start))):
            raise SchedulingError(_("The practitioner isn't there at that time. Please choose another one."))
        if spans and start < spans[-1][1]:
            raise SchedulingError(_("Two of the times overlap. Please choose times that don't."))
        spans.append((start, end))
    return spans


def hold_ends(now: datetime, clinic: Clinic) -> datetime:
    """Until when a time offered at `now` is held at most: the close of the clinic day that the clinic's
    setting names. Two queries."""
    return opening_times(since=clinic_day(now)).end_of_clinic_day(now, clinic.hold_days)


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
