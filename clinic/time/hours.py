"""Clinic-time arithmetic: open days, 'one clinic day from now', open time between two moments.

Pure: no database, no current time; everything is passed in. Moments are aware datetimes, days are
the clinic's calendar days in its own time zone. An opening is a pair of wall-clock times, so a day on
which the clocks change is as long as its clock says, not 24 hours.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings

Interval = tuple[time, time]
Span = tuple[datetime, datetime]
Point = TypeVar("Point", time, datetime)

# Taken for arithmetic and choices until the clinic has set its own; shown to nobody as a fact.
ASSUMED_HOURS: Mapping[int, Sequence[Interval]] = {day: [(time(9), time(17))] for day in range(5)}

# How far ahead to look for an open day before giving up: a clinic closed for longer has no next day.
HORIZON = timedelta(days=400)


def clinic_zone() -> ZoneInfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.TIME_ZONE)


def clinic_day(moment: datetime) -> date:
    """The clinic's calendar day at `moment`."""
    return moment.astimezone(clinic_zone()).date()


def at(day: date, clock: time) -> datetime:
    """The moment, in UTC, at which the clinic's clock shows `clock` on `day`; a time skipped by the clock
    change is moved an hour on, one that comes twice is the first. UTC, because Python compares and
    subtracts two moments of one local zone by their wall clocks."""
    return datetime.combine(day, clock, tzinfo=clinic_zone()).astimezone(UTC)


def merge(intervals: Sequence[Interval]) -> list[Interval]:
    """The same time without overlaps, in order."""
    merged: list[Interval] = []
    for opens, closes in sorted(intervals):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def subtract(span: tuple[Point, Point], busy: Sequence[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """What is left of `span` without the `busy` spans; half-open, in order."""
    free: list[tuple[Point, Point]] = []
    start, end = span
    for busy_start, busy_end in sorted(busy):
        if busy_end <= start or busy_start >= end:
            continue
        if busy_start > start:
            free.append((start, busy_start))
        start = max(start, busy_end)
        if start >= end:
            return free
    free.append((start, end))
    return free


def grid_starts(span: Span, length: timedelta, step: timedelta) -> list[datetime]:
    """The starts at which `length` fits into `span`, on the clinic's clock in steps from midnight on.

    `step` divides an hour, as do the shifts of the clock, so a step on the clock is a step in time.
    """
    start, end = span
    clock = start.astimezone(clinic_zone())
    past_midnight = timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )
    candidate = start + -past_midnight % step
    starts: list[datetime] = []
    while candidate + length <= end:
        starts.append(candidate)
        candidate += step
    return starts


@dataclass(frozen=True)
class Block:
    """A part of the day that is not open: from `starts` to `ends` on each day from `first` to `last`, or,
    `weekly`, on the weekday of `first` alone. Without a `last` it goes on."""

    first: date
    last: date | None
    starts: time
    ends: time
    weekly: bool = False

    def falls_on(self, day: date) -> bool:
        """Whether it takes a part of `day`."""
        in_time = self.first <= day and (self.last is None or day <= self.last)
        return in_time and (not self.weekly or day.weekday() == self.first.weekday())


@dataclass(frozen=True)
class OpeningTimes:
    """When somebody is there: weekday (0 is Monday) to intervals of wall-clock time, and what differs.

    `closed` stretches of days (both ends included) come before all else. On a day of `holidays` the week's
    hours don't count. `extra` openings of one day are added, also on a holiday; `blocks` are taken out.
    """

    weekly: Mapping[int, Sequence[Interval]]
    closed: Sequence[tuple[date, date]] = ()
    blocks: Sequence[Block] = ()
    extra: Sequence[tuple[date, Interval]] = ()
    holidays: Container[date] = frozenset()

    def within(self, own: Mapping[int, Sequence[Interval]]) -> "OpeningTimes":
        """The part of these times that lies within `own` weekly hours too."""
        both: dict[int, list[Interval]] = {}
        for day, intervals in self.weekly.items():
            for opens, closes in merge(intervals):
                for own_opens, own_closes in merge(own.get(day, ())):
                    start, end = max(opens, own_opens), min(closes, own_closes)
                    if start < end:
                        both.setdefault(day, []).append((start, end))
        return replace(self, weekly=both)

    def weekdays(self) -> list[int]:
        """The weekdays with any opening, Monday first."""
        return sorted(day for day, intervals in self.weekly.items() if intervals)

    def on(self, day: date) -> list[Interval]:
        """The openings of `day`, merged and in order; empty when closed."""
        if any(first <= day <= last for first, last in self.closed):
            return []
        hours = [*self.weekly.get(day.weekday(), ())] if day not in self.holidays else []
        hours += [interval for extra_day, interval in self.extra if extra_day == day]
        taken = [(block.starts, block.ends) for block in self.blocks if block.falls_on(day)]
        return [part for interval in merge(hours) for part in subtract(interval, taken)]

    def is_open_on(self, day: date) -> bool:
        """Whether there is any opening on `day`."""
        return bool(self.on(day))

    def spans(self, day: date) -> list[Span]:
        """The openings of `day` as moments."""
        return [(at(day, opens), at(day, closes)) for opens, closes in self.on(day)]

    def contains(self, start: datetime, end: datetime) -> bool:
        """Whether all of [start, end) lies within one opening."""
        return any(opens <= start and end <= closes for opens, closes in self.spans(clinic_day(start)))

    def covers(self, moment: datetime) -> bool:
        """Whether `moment` lies within an opening, its close included."""
        return any(opens <= moment <= closes for opens, closes in self.spans(clinic_day(moment)))

    def usually_covers(self, moment: datetime) -> bool:
        """The same by the week's hours alone."""
        return OpeningTimes(self.weekly).covers(moment)

    def open_days_after(self, day: date) -> Iterator[date]:
        """The open days after `day`, in order, up to the horizon."""
        for offset in range(1, HORIZON.days):
            candidate = day + timedelta(days=offset)
            if self.is_open_on(candidate):
                yield candidate

    def end_of_clinic_day(self, moment: datetime, days: int) -> datetime:
        """The close of the `days`-th open day after the day of `moment`: what 'within `days` clinic days'
        promises. A closure beyond the horizon is a slip of whoever typed it: the week's hours count then.
        Raises NoOpenDay when there are none."""
        for number, day in enumerate(self.open_days_after(clinic_day(moment)), start=1):
            if number == days:
                return self.spans(day)[-1][1]
        return self._usual().end_of_clinic_day(moment, days)

    def close_from(self, moment: datetime, now: datetime) -> datetime:
        """The last close of the day of `moment` that is still ahead of `now`; without one, that of the next
        open day. Raises NoOpenDay as `end_of_clinic_day` does."""
        closes = [close for _opens, close in self.spans(clinic_day(moment)) if close > now]
        return closes[-1] if closes else self.end_of_clinic_day(moment, 1)

    def open_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much opening lies between two moments; negative when `end` comes before `start`."""
        if end < start:
            return -self.open_time_between(end, start)
        total = timedelta()
        day = clinic_day(start)
        while day <= clinic_day(end):
            for opens, closes in self.spans(day):
                total += max(timedelta(), min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return total

    def next_opening(self, moment: datetime) -> datetime:
        """`moment` itself while open, else the next moment at which it opens; beyond the horizon by the
        week's hours. Raises NoOpenDay when there are none."""
        today = clinic_day(moment)
        for opens, closes in self.spans(today):
            if moment < closes:
                return max(moment, opens)
        for day in self.open_days_after(today):
            return self.spans(day)[0][0]
        return self._usual().next_opening(moment)

    def _usual(self) -> "OpeningTimes":
        """The week's hours alone."""
        usual = OpeningTimes(self.weekly)
        if self == usual or not self.weekdays():
            raise NoOpenDay
        return usual


class NoOpenDay(Exception):
    """Nobody is ever there."""
