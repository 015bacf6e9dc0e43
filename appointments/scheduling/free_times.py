"""Free starts for a request: what the opening times leave when held and booked time is taken out of them.

The core is pure; `free_time` asks the database the same number of questions however full the months are.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models.functions import Coalesce

from appointments.models import Appointment, PartOfDay, PatientRequest, WeekdayCode
from appointments.requests.known.interval import ANY_TIME, Interval
from clinic.models import Practitioner, opening_times
from clinic.time.hours import OpeningTimes, Span, at, clinic_day, clinic_zone, grid_starts, subtract

# As far ahead as a time can be looked for.
AHEAD = timedelta(days=366)
# So far ahead times are compared before the first three that fit are proposed.
COMPARED = timedelta(weeks=3)
# So many times a patient is offered at once, and so many are proposed.
MOST_OFFERED = 3
# No treatment keeps more free after a visit.
LONGEST_BUFFER = timedelta(minutes=240)


@dataclass(frozen=True)
class Wishes:
    """What suits the patient; an empty tuple or None means that anything does. The shortest interval to the
    visits that the clinic knows of counts as one of the wishes."""

    days: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    earliest: date | None = None
    interval: Interval = ANY_TIME
    refused: frozenset[datetime] = frozenset()

    @classmethod
    def of(
        cls,
        patient_request: PatientRequest,
        interval: Interval = ANY_TIME,
        refused: frozenset[datetime] = frozenset(),
    ) -> "Wishes":
        """The wishes that came with a request, and the times that the patient has refused since."""
        return cls(
            tuple(patient_request.preferred_days),
            tuple(patient_request.preferred_times),
            patient_request.earliest_date,
            interval,
            refused,
        )

    def begin(self, today: date) -> date:
        """The first day that suits, whatever the day of the week."""
        return self.interval.earliest(max(self.earliest or today, today))

    def suit(self, start: datetime) -> bool:
        """Whether an appointment at `start` is what the patient asked for, on the clinic's clock."""
        local = start.astimezone(clinic_zone())
        part = PartOfDay.MORNING if local.hour < 12 else PartOfDay.AFTERNOON
        return (
            (not self.days or WeekdayCode.values[local.weekday()] in self.days)
            and (not self.parts or part in self.parts)
            and (self.earliest is None or local.date() >= self.earliest)
            and self.interval.keeps(local.date())
            and start not in self.refused
        )


def by_day(starts: Sequence[datetime]) -> list[tuple[date, list[datetime]]]:
    """Ordered starts as pairs of the clinic's day and the starts on it."""
    return [(day, list(on_day)) for day, on_day in groupby(starts, clinic_day)]


def step_for(length: timedelta) -> timedelta:
    """The grid on which visits of `length` start: half hours where it is made of them, else quarters."""
    half_hour = timedelta(minutes=30)
    return half_hour if not length % half_hour else timedelta(minutes=15)


def days_from(first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last`, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def starts_between(
    hours: OpeningTimes, busy: Sequence[Span], length: timedelta, since: datetime, until: datetime
) -> list[datetime]:
    """Every free start from `since` on, for visits that end by `until`, earliest first."""
    free = FreeTime(hours, sorted(busy), length, since)
    days = days_from(clinic_day(since), clinic_day(until))
    return [start for day in days for start in free.on(day) if start + length <= until]


@dataclass(frozen=True)
class FreeTime:
    """A practitioner's free time after `now` for visits of one length. `busy` is in order."""

    hours: OpeningTimes
    busy: Sequence[Span]
    length: timedelta
    now: datetime

    def on(self, day: date) -> list[datetime]:
        """The free starts of a day."""
        return [
            start
            for opens, closes in self.hours.spans(day)
            for free in subtract((opens, closes), self._busy_near(opens, closes))
            for start in grid_starts(free, self.length, step_for(self.length))
            if start > self.now
        ]

    def has(self, start: datetime) -> bool:
        """Whether a visit can begin at `start`, also beside the grid."""
        end = start + self.length
        return (
            in_reach(start, self.now)
            and self.hours.contains(start, end)
            and not any(overlap((start, end), busy) for busy in self._busy_near(start, end))
        )

    def _busy_near(self, start: datetime, end: datetime) -> Sequence[Span]:
        """What may overlap [start, end): nothing busy is longer than a day."""
        first = bisect_left(self.busy, (start - timedelta(days=1), start))
        return self.busy[first : bisect_left(self.busy, (end, end))]

    def fitting(self, wishes: "Wishes") -> Iterator[datetime]:
        """The starts that suit the patient, from the day of the wish on, as far as twelve months ahead."""
        today = clinic_day(self.now)
        days = days_from(wishes.begin(today), today + AHEAD)
        return (start for day in days for start in self.on(day) if wishes.suit(start))

    def proposed(self, wishes: "Wishes", rather_after: datetime) -> list[datetime]:
        """Up to three times: the best of the first weeks in which three are found."""
        found: list[datetime] = []
        for _week, starts in groupby(
            self.fitting(wishes), lambda start: (clinic_day(start) - clinic_day(self.now)).days // 7
        ):
            found += starts
            enough = found[-1] - found[0] >= COMPARED - timedelta(weeks=1)
            if enough and len(propose(found, self.length, rather_after)) == MOST_OFFERED:
                break
        return propose(found, self.length, rather_after)


def in_reach(start: datetime, now: datetime) -> bool:
    """Whether a visit may be given so far ahead."""
    return now < start < now + AHEAD


def propose(fitting: Sequence[datetime], length: timedelta, rather_after: datetime) -> list[datetime]:
    """Up to three of `fitting` that don't overlap: on different days as far as there are, which gives the
    patient a choice, and rather after the end of the hold, which an earlier time would shorten."""
    first_of_days = {starts[0] for _day, starts in by_day([s for s in fitting if s >= rather_after])}
    ranked = sorted(fitting, key=lambda start: (start < rather_after, start not in first_of_days, start))
    chosen: list[datetime] = []
    for start in ranked:
        if all(abs(start - other) >= length for other in chosen):
            chosen.append(start)
        if len(chosen) == MOST_OFFERED:
            break
    return sorted(chosen)


def kept_free(start: datetime, end: datetime, after: timedelta, buffer: timedelta) -> Span:
    """What a visit from `start` to `end` takes from another one: `after` is kept free at its end, and the
    other one keeps `buffer` free at its own end, which has to come before this one's start."""
    return start - buffer, end + after


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans have any time in common."""
    return one[0] < other[1] and other[0] < one[1]


def busy_spans(
    practitioner: Practitioner,
    since: datetime,
    until: datetime,
    now: datetime,
    but: Appointment | None = None,
    buffer: timedelta = timedelta(),
) -> list[Span]:
    """The held and booked time of a practitioner with what is kept free after it, in order, holds that have
    ended aside. One query.

    `but` names an appointment to leave out: the one that is about to move. `buffer` is what the visit that
    is looked for keeps free.
    """
    rows = Appointment.objects.filter(practitioner=practitioner).active()
    rows = rows.between(since - LONGEST_BUFFER, until + LONGEST_BUFFER)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    spans = rows.values_list("start", "end", "hold_until", Coalesce("request__treatment__buffer_minutes", 0))
    return sorted(
        kept_free(start, end, timedelta(minutes=after), buffer)
        for start, end, hold_until, after in spans
        if hold_until is None or hold_until > now
    )


def free_time(
    patient_request: PatientRequest,
    practitioner: Practitioner,
    now: datetime,
    length: timedelta,
    but: Appointment | None = None,
    hours: OpeningTimes | None = None,
) -> FreeTime:
    """A practitioner's free time for a visit of the request, twelve months ahead. One query, and one more
    where the caller hasn't read the practitioner's `hours`."""
    treatment = patient_request.treatment
    buffer = timedelta(minutes=treatment.buffer_minutes if treatment else 0)
    until = at(clinic_day(now) + AHEAD + timedelta(days=1), time())
    hours = hours or opening_times(practitioner, since=clinic_day(now))
    return FreeTime(hours, busy_spans(practitioner, now, until, now, but, buffer), length, now)
