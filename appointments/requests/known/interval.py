"""The shortest interval between two treatments, by what the clinic itself knows: the one room of its rule.

Days are the clinic's, months are added as `add_months` does: from August 31 three months lead to November 30.
A consultation doesn't count, because nothing is treated at it, unless the treatment followed at once.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q

from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.models.appointment import COMING
from appointments.requests.known.visits import KnownVisit, known_visits
from clinic.time.hours import at, clinic_day
from treatments.shown import add_months

TREATED = Q(status__in=(AppointmentStatus.FULFILLED, *COMING))


def keeps(one: date, other: date, months: int) -> bool:
    """Whether two treatments on these days are at least so many months apart."""
    return max(one, other) >= add_months(min(one, other), months)


def earliest(since: date, days: Iterable[date], months: int) -> date:
    """The first day from `since` on that is at least so many months from each of `days`."""
    found = since
    for day in sorted(days):
        if not keeps(found, day, months):
            found = add_months(day, months)
    return found


@dataclass(frozen=True)
class Interval:
    """How many months have to lie between two treatments, and the visits that it counts from."""

    months: int = 0
    visits: tuple[KnownVisit, ...] = ()

    def keeps(self, day: date) -> bool:
        """Whether a treatment on `day` is far enough from each visit."""
        return not self.broken_by(day)

    def broken_by(self, day: date) -> list[KnownVisit]:
        """The visits from which a treatment on `day` is not far enough."""
        return [visit for visit in self.visits if not keeps(day, visit.day, self.months)]

    def earliest(self, since: date) -> date:
        """The first day from `since` on that keeps it."""
        return earliest(since, (visit.day for visit in self.visits), self.months)


ANY_TIME = Interval()


def interval_of(patient_request: PatientRequest, now: datetime) -> Interval:
    """The shortest interval of the treatment that is asked for, with the visits that it counts from: those
    that took place or are booked. One query for a treatment without one, else four at most."""
    if not _months(patient_request):
        return ANY_TIME
    return interval_among(patient_request, visits_since(patient_request, now))


def interval_among(patient_request: PatientRequest, visits: Iterable[KnownVisit]) -> Interval:
    """The same, from visits that are read already."""
    months = _months(patient_request)
    counted = (each for each in visits if months and _counts_for(each.appointment, patient_request))
    return Interval(months, tuple(counted))


def visits_since(
    patient_request: PatientRequest,
    now: datetime,
    counted: Q = TREATED,
    perhaps: set[uuid.UUID] | None = None,
) -> list[KnownVisit]:
    """The visits of the patient, of whatever treatment, that can matter to the interval now or later; of who
    is `perhaps` the same, too. Three queries at most."""
    since = at(add_months(clinic_day(now), -_months(patient_request)), time())
    return known_visits(patient_request, Appointment.objects.filter(counted, start__gte=since), perhaps)


def _months(patient_request: PatientRequest) -> int:
    treatment = patient_request.treatment
    return (treatment.min_interval_months or 0) if treatment else 0


def _counts_for(visit: Appointment, patient_request: PatientRequest) -> bool:
    return not visit.is_talk_alone and visit.request.treatment_id == patient_request.treatment_id
