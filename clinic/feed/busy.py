"""What takes a practitioner's time, as a calendar shows it. The apps bring theirs by `register`.

A calendar lies with Google, Apple, Microsoft and on every device of its owner: `words` name no treatment, no
reason and no whole name, and what staff wrote is never among them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.models import CalendarFeed
from clinic.time.hours import clinic_day

BACK, AHEAD = timedelta(weeks=4), timedelta(days=366)
# Of each source, the earliest: more than a doctor works in that time.
MOST = 2000


@dataclass(frozen=True)
class Repeat:
    """`frequency` is iCalendar's DAILY or WEEKLY. Up to `until`, itself included (None: without end), and
    `without` these starts."""

    frequency: str
    until: date | datetime | None
    without: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Busy:
    """Time that is taken: from `start` up to `end`, days or moments both. A moment that repeats is one of the
    clinic's clock, every other is one of UTC.

    `key` is the same for the same thing and for no other. `sequence` grows with each change, `stamp` is when
    it was made: what is stored alone decides both, so that two answers about the same are the same.
    """

    key: str
    start: date | datetime
    end: date | datetime
    words: str
    stamp: datetime
    sequence: int = 0
    is_tentative: bool = False
    repeat: Repeat | None = None


@dataclass(frozen=True)
class Asked:
    """Whose time is asked for, and which days, both included, as of `now`."""

    feed: CalendarFeed
    first: date
    last: date
    now: datetime


@dataclass(frozen=True)
class Calendar:
    """A practitioner's calendar; `last` is the last year that it tells of."""

    name: str
    last: int
    events: tuple[Busy, ...]


Source = Callable[[Asked], Iterable[Busy]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Has a calendar hold what `source` gives: up to MOST, in as many queries whatever there is."""
    if source not in _sources:
        _sources.append(source)


def calendar_of(feed: CalendarFeed, now: datetime) -> Calendar:
    """All that takes the practitioner's time, from some weeks back to a year ahead."""
    today = clinic_day(now)
    asked = Asked(feed, today - BACK, today + AHEAD, now)
    events = tuple(each for source in _sources for each in source(asked))
    return Calendar(feed.practitioner.name, asked.last.year, events)
