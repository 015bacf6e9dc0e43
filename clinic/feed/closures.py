"""The closures of the clinic and of one practitioner as busy time, without their reasons, and the public
holidays on which the clinic is closed."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.feed.busy import MOST, Asked, Busy, Repeat
from clinic.models import Closure, opening_times
from clinic.time.hours import Block, at, clinic_zone

DAY = timedelta(days=1)


def closures(asked: Asked) -> Iterator[Busy]:
    """One query."""
    theirs = Q(practitioner=None) | Q(practitioner=asked.feed.practitioner_id)
    in_force = Q(last_day=None) | Q(last_day__gte=asked.first)
    rows = Closure.objects.filter(theirs, in_force, first_day__lte=asked.last).order_by("first_day", "pk")
    changing = [day for day in _days(asked.first, asked.last) if changes_clocks(day)]
    for row in rows[:MOST]:
        if row.starts is None or row.ends is None:
            yield _whole_days(row, asked)
        else:
            yield from _parts_of_days(row, row.starts, row.ends, asked, changing)


def holidays(asked: Asked) -> Iterator[Busy]:
    """The holidays that close a day of the practitioner's week, as the schedule reckons them: those that
    nobody has decided too, and none with an opening of its own. One query."""
    times = opening_times(asked.feed.practitioner, since=asked.first)
    for day in _days(asked.first, asked.last):
        if day in times.holidays and times.weekly.get(day.weekday()) and not times.on(day):
            key = f"holiday-{asked.feed.pk}-{day:%Y%m%d}"
            yield Busy(key, day, day + DAY, _("Clinic closed"), asked.feed.made_at)


def changes_clocks(day: date) -> bool:
    """Whether the clinic's clock is put forward or back on `day`."""
    return at(day + DAY, time()) - at(day, time()) != DAY


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days + 1))


def _whole_days(row: Closure, asked: Asked) -> Busy:
    last = row.first_day if row.weekly else (row.last_day or row.first_day)
    repeat = Repeat("WEEKLY", row.last_day) if row.weekly else None
    return Busy(_key(row, asked), row.first_day, last + DAY, _words(row), asked.feed.made_at, repeat=repeat)


def _parts_of_days(
    row: Closure, starts: time, ends: time, asked: Asked, changing: list[date]
) -> Iterator[Busy]:
    """One that repeats on the clinic's clock; and, each by itself, the days on which the clocks change: there
    calendars disagree about how long it lasts, and about a time that comes twice or never."""
    block = Block(row.first_day, row.last_day, starts, ends, row.weekly)
    alone = [day for day in changing if block.falls_on(day)]
    key, words, stamp = _key(row, asked), _words(row), asked.feed.made_at
    step = 7 * DAY if row.weekly else DAY
    first = row.first_day
    while changes_clocks(first):
        first += step
    if block.falls_on(first):
        without = tuple(_on_the_clock(day, starts) for day in alone if day > first)
        until = at(row.last_day, time.max) if row.last_day else None
        repeat = Repeat("WEEKLY" if row.weekly else "DAILY", until, without)
        is_one = row.last_day is not None and first + step > row.last_day
        yield Busy(
            key, _on_the_clock(first, starts), _on_the_clock(first, ends), words, stamp,
            repeat=None if is_one else repeat,
        )  # fmt: skip
    for day in alone:
        yield Busy(f"{key}-{day:%Y%m%d}", at(day, starts), at(day, ends), words, stamp)


def _on_the_clock(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=clinic_zone())


def _words(row: Closure) -> str:
    """What kind of closure it is; never its reason, which may be somebody's illness."""
    if row.practitioner_id is None:
        return _("Clinic closed")
    return _("Away") if row.starts is None else _("Blocked")


def _key(row: Closure, asked: Asked) -> str:
    """Another one for a closure that was changed: closures don't count their changes, and a calendar that
    knows the key would keep the old one. The practitioner is in it: one account may show two calendars."""
    said = (row.pk, asked.feed.pk, row.first_day, row.last_day, row.starts, row.ends, row.weekly)
    return f"closure-{hashlib.sha256(repr(said).encode()).hexdigest()[:24]}"
