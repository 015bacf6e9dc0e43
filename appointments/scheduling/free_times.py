"""Free starts for a request: what the opening times leave when held and booked time is taken out of them.

The core is pure; `free_times` asks the database the same number of questions however full the weeks are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from appointments.models import Appointment, PartOfDay, PatientRequest, WeekdayCode
from appointments.scheduling.rules import hold_ends
from clinic.models import Clinic, Practitioner, opening_times
from clinic.time.hours import (
    OpeningTimes,
    Span,
    at,
    clinic_day,
    clinic_zone,
    grid_starts,
    subtract,
)

AHEAD = timedelta(weeks=3)
MOST_PROPOSED = 3


@dataclass(frozen=True)
class Wishes:
    """What suits the patient; an empty tuple or None means that anything does."""

    days: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    earliest: date | None = None

    @classmethod
    def of(cls, patient_request: PatientRequest) -> "Wishes":
        """The wishes that came with a request."""
        return cls(
            tuple(patient_request.preferred_days),
            tuple(patient_request.preferred_times),
            patient_request.earliest_date,
        )

    def suit(self, start: datetime) -> bool:
        """Whether an appointment at `start` is what the patient asked for, on the clinic's clock."""
        local = start.astimezone(clinic_zone())
        part = PartOfDay.MORNING if local.hour < 12 else PartOfDay.AFTERNOON
        return (
            (not self.days or WeekdayCode.values[local.weekday()] in self.days)
            and (not self.parts or part in self.parts)
            and (self.earliest is None or local.date() >= self.earliest)
        )


@dataclass(frozen=True)
class FreeTimes:
    """Free starts, earliest first: those that suit the patient, the others, and those to propose."""

    fitting: list[datetime]
    others: list[datetime]
    proposed: list[datetime]


def by_day(starts: Sequence[datetime]) -> list[tuple[date, list[datetime]]]:
    """Ordered starts as pairs of the clinic's day and the starts on it."""
    return [(day, list(on_day)) for day, on_day in groupby(starts, clinic_day)]


def step_for(length: timedelta) -> timedelta:
    """The grid on which visits of `length` start: half hours where it is made of them, else quarters."""
    half_hour = timedelta(minutes=30)
    return half_hour if not length % half_hour else timedelta(minutes=15)


def starts_between(
    hours: OpeningTimes, busy: Sequence[Span], length: timedelta, since: datetime, until: datetime
) -> list[datetime]:
    """Every free start from `since` on, for visits that end by `until`, earliest first."""
    step = step_for(length)
    starts: list[datetime] = []
    day = clinic_day(since)
    while day <= clinic_day(until):
        for opens, closes in hours.spans(day):
            for free in subtract((opens, closes), busy):
                starts += [s for s in grid_starts(free, length, step) if s > since and s + length <= until]
        day += timedelta(days=1)
    return starts


def propose(fitting: Sequence[datetime], length: timedelta, rather_after: datetime) -> list[datetime]:
    """Up to three of `fitting` that don't overlap: on different days as far as there are, which gives the
    patient a choice, and rather after the end of the hold, which an earlier time would shorten."""
    first_of_days = {starts[0] for _day, starts in by_day([s for s in fitting if s >= rather_after])}
    ranked = sorted(fitting, key=lambda start: (start < rather_after, start not in first_of_days, start))
    chosen: list[datetime] = []
    for start in ranked:
        if all(abs(start - other) >= length for other in chosen):
            chosen.append(start)
        if len(chosen) == MOST_PROPOSED:
            break
    return sorted(chosen)


def busy_spans(
    practitioner: Practitioner,
    since: datetime,
    until: datetime,
    now: datetime,
    but: Appointment | None = None,
) -> list[Span]:
    """The held and booked time of a practitioner, holds that have ended aside. One query.

    `but` names an appointment to leave out: the one that is about to move.
    """
    rows = Appointment.objects.filter(practitioner=practitioner).active().between(since, until)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    spans = rows.values_list("start", "end", "hold_until")
    return [(start, end) for start, end, hold_until in spans if hold_until is None or hold_until > now]


def free_times(
    patient_request: PatientRequest,
    practitioner: Practitioner,
    now: datetime,
    *,
    length: timedelta | None = None,
    but: Appointment | None = None,
) -> FreeTimes:
    """The free starts of a practitioner for a request in the next three weeks. At most seven queries."""
    clinic = Clinic.current()
    length = length or timedelta(minutes=patient_request.visit_minutes(clinic))
    until = at(clinic_day(now + AHEAD) + timedelta(days=1), time())
    starts = starts_between(
        opening_times(practitioner, since=clinic_day(now)),
        busy_spans(practitioner, now, until, now, but),
        length,
        now,
        until,
    )
    wishes = Wishes.of(patient_request)
    fitting = [start for start in starts if wishes.suit(start)]
    return FreeTimes(
        fitting=fitting,
        others=[start for start in starts if not wishes.suit(start)],
        proposed=propose(fitting, length, hold_ends(now, clinic)),
    )
