"""The clinic's hours as a visitor reads them: the week in few lines, and the days soon that differ. Only what
the clinic has said itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic.models import Weekday
from clinic.time.holidays import holidays_of
from clinic.time.hours import Interval, OpeningTimes, at
from clinic.time.words import day as day_words
from clinic.time.words import wall_clock

# So many days ahead the days that differ are told, and so long a closure is followed to its end.
AHEAD, FOLLOWED = 14, 60
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class HoursInWords:
    """`week` is days with their hours; `differing` is whole sentences, the soonest first."""

    week: list[tuple[str, str]]
    differing: list[str]


def hours_in_words(times: OpeningTimes | None, today: date, state: str) -> HoursInWords | None:
    """None before the clinic has set its hours. `state` says whose holidays are named."""
    if times is None:
        return None
    return HoursInWords(list(_week(times)), list(_differing(times, today, state)))


def _week(times: OpeningTimes) -> Iterator[tuple[str, str]]:
    """Days in a row with the same hours share a line; the closed ones are named too."""
    usual = OpeningTimes(times.weekly)
    monday = date(2024, 1, 1)
    for hours, run in groupby(range(7), key=lambda weekday: usual.on(monday + weekday * ONE_DAY)):
        yield capfirst(_days(list(run))), _stretches(hours) or pgettext("opening hours", "closed")


def _days(weekdays: list[int]) -> str:
    first, last = Weekday(weekdays[0]).label, Weekday(weekdays[-1]).label
    if len(weekdays) == 1:
        return str(first)
    two, more = pgettext("weekdays", "%(first)s and %(last)s"), pgettext("weekdays", "%(first)s to %(last)s")
    return (two if len(weekdays) == 2 else more) % {"first": first, "last": last}


def _stretches(hours: list[Interval]) -> str:
    words = _("%(opens)s to %(closes)s")
    return ", ".join(words % {"opens": wall_clock(o), "closes": wall_clock(c)} for o, c in hours)


def _differing(times: OpeningTimes, today: date, state: str) -> Iterator[str]:
    usual, day = OpeningTimes(times.weekly), today
    while day < today + AHEAD * ONE_DAY:
        hours, last = times.on(day), day
        if hours == usual.on(day):
            day += ONE_DAY
            continue
        if not hours:
            last = _last_closed(times, usual, day)
        holiday = _holiday(day, state) if day in times.holidays else ""
        said = {"day": _named(day), "last": _named(last), "holiday": holiday, "hours": _stretches(hours)}
        yield (_today if day == today else _later)(said, last != day) % said
        day = last + ONE_DAY


def _last_closed(times: OpeningTimes, usual: OpeningTimes, first: date) -> date:
    """The last of the days in a row that are closed and else are not; weekends between them don't part them.
    A holiday stands alone."""
    last, day = first, first
    while first not in times.holidays and day < first + FOLLOWED * ONE_DAY and not times.on(day):
        if usual.on(day):
            last = day
        day += ONE_DAY
    return last


def _today(said: dict[str, str], is_longer: bool) -> str:
    """How today is told, and with it the days that are closed after it."""
    if said["hours"]:
        return _("Today, %(day)s, we are open from %(hours)s.")
    if said["holiday"]:
        return _("We are closed today, %(day)s, for %(holiday)s.")
    return (
        _("We are closed today, %(day)s, through %(last)s.")
        if is_longer
        else _("We are closed today, %(day)s.")
    )


def _later(said: dict[str, str], is_longer: bool) -> str:
    if said["hours"]:
        return _("On %(day)s, we are open from %(hours)s.")
    if said["holiday"]:
        return _("We are closed on %(day)s, for %(holiday)s.")
    return _("We are closed from %(day)s to %(last)s.") if is_longer else _("We are closed on %(day)s.")


def _named(day: date) -> str:
    return day_words(at(day, time(12)))


def _holiday(day: date, state: str) -> str:
    return next((each.shown_name for each in holidays_of(day.year, state) if each.day == day), "")
