"""The other visits of a patient that stand oddly beside one more: staff are asked before they give it, and
told of what came about all the same."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.requests.known.interval import ANY_TIME, TREATED, Interval, interval_among, visits_since
from appointments.requests.known.persons import perhaps_with
from appointments.requests.known.visits import KnownVisit
from appointments.scheduling.rules import SchedulingError
from clinic.models import Clinic
from clinic.time.hours import Span, clinic_day


class NotLookedAt(SchedulingError):
    """Somebody has to look at the patient's other visits first."""

    def __init__(self) -> None:
        super().__init__(_("This patient has another visit near that time. Please look, and tick it."))


@dataclass(frozen=True)
class Nearby:
    """A visit of the same patient near a time, and whether the shortest interval to it isn't kept."""

    visit: KnownVisit
    is_too_soon: bool

    @property
    def pk(self) -> int:
        """The id of the appointment."""
        return self.visit.appointment.pk


class OtherVisits:
    """The patient's other visits, with whomever: what took place, is booked, or is held for another request.

    For who is the same patient the search keys of the request have to be set. Four queries at most.
    """

    def __init__(self, patient_request: PatientRequest, now: datetime) -> None:
        self._request, self._now = patient_request, now

    @cached_property
    def is_consultation(self) -> bool:
        """Whether the visit that is looked for is one, to which no interval applies."""
        return self._request.is_for_consultation()

    @cached_property
    def perhaps(self) -> set[uuid.UUID]:
        """The other persons with a time who are perhaps this patient."""
        return perhaps_with(self._request, Appointment.objects.all())

    @cached_property
    def _visits(self) -> list[KnownVisit]:
        held = Q(status=AppointmentStatus.PENDING, hold_until__gt=self._now)
        return visits_since(self._request, self._now, TREATED | held, self.perhaps)

    @cached_property
    def interval(self) -> Interval:
        """The shortest interval that a time has to keep."""
        return ANY_TIME if self.is_consultation else interval_among(self._request, self._visits)

    @property
    def days(self) -> set[date]:
        """The clinic's days on which the patient has one."""
        return {each.day for each in self._visits}

    def near(self, spans: Collection[Span]) -> list[Nearby]:
        """Those on the same day as one of `spans`, or from which it is nearer than the shortest interval; the
        earliest first."""
        days = {clinic_day(start) for start, _end in spans}
        too_soon = [visit for day in days for visit in self.interval.broken_by(day)]
        visits = self._visits if days else []
        return [Nearby(each, each in too_soon) for each in visits if each in too_soon or each.day in days]


def other_visits(patient_request: PatientRequest, spans: Collection[Span], now: datetime) -> list[Nearby]:
    """The patient's other visits near `spans`."""
    return OtherVisits(patient_request, now).near(spans)


def require_looked_at(
    patient_request: PatientRequest, spans: Collection[Span], looked_at: Collection[int] | None, now: datetime
) -> None:
    """Raises NotLookedAt unless somebody has looked at each of the patient's other visits near `spans`; None
    stands for a caller who isn't asked. Within the caller's transaction, in which two desks that give one
    patient two times wait for each other."""
    if looked_at is None:
        return
    list(Clinic.objects.select_for_update(no_key=True).values_list("pk"))
    if any(each.pk not in looked_at for each in other_visits(patient_request, spans, now)):
        raise NotLookedAt


def twice_at_once(now: datetime) -> list[tuple[Appointment, Appointment]]:
    """Visits ahead of one patient that overlap, the earlier first: patients may take an offered time although
    they have another visit then. One query, and one more where there are any.

    The same patient is who shares the `person` key, or name and phone.
    """
    ahead = Appointment.objects.coming().filter(start__gt=now).order_by("start", "pk")
    coming = ahead.values_list(
        "pk", "start", "end", "request__person", "request__phone_digits", "request__name_key"
    )
    pairs, running = [], list[Any]()
    for row in coming:
        pk, start, _end, person, phone, name = row
        running = [each for each in running if each[2] > start]
        same = [each for each in running if each[3] == person or each[4:] == (phone, name)]
        pairs += [(each[0], pk) for each in same]
        running.append(row)
    rows = Appointment.objects.select_related("practitioner", "request").in_bulk(
        {pk for pair in pairs for pk in pair}
    )
    return [(rows[first], rows[second]) for first, second in pairs]
