"""The clinic's hours as search engines read them: the week's, and the days that differ. Only what the clinic
has said itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from clinic.time.hours import Interval, OpeningTimes

Node = dict[str, Any]
# So many days ahead the days that differ are told.
DAYS = 60
# By `date.weekday()`.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours_nodes(times: OpeningTimes | None, today: date) -> Node:
    """The two properties of a place; none of them before the clinic has set its hours."""
    if times is None:
        return {}
    return {
        "openingHoursSpecification": list(_weekly(times)),
        "specialOpeningHoursSpecification": list(_special(times, today)),
    }


def _weekly(times: OpeningTimes) -> Iterator[Node]:
    usual = OpeningTimes(times.weekly)
    monday = date(2024, 1, 1)
    days: dict[Interval, list[str]] = {}
    for weekday in usual.weekdays():
        for interval in usual.on(monday + timedelta(days=weekday)):
            days.setdefault(interval, []).append(f"https://schema.org/{WEEKDAYS[weekday]}")
    for interval, names in days.items():
        yield {**_hours(interval), "dayOfWeek": names}


def _special(times: OpeningTimes, today: date) -> Iterator[Node]:
    """A day that differs, or several in a row that differ alike."""
    usual = OpeningTimes(times.weekly)
    days = [today + timedelta(days=ahead) for ahead in range(DAYS)]
    different = [(day, tuple(times.on(day)) if times.on(day) != usual.on(day) else None) for day in days]
    for hours, run in groupby(different, key=lambda found: found[1]):
        if hours is None:
            continue
        between = [day for day, _ in run]
        # Opening and closing at midnight is how schema.org says that a place is closed all day.
        for opens, closes in hours or [(None, None)]:
            yield {
                **_hours((opens, closes)),
                "validFrom": between[0].isoformat(),
                "validThrough": between[-1].isoformat(),
            }


def _hours(interval: tuple[Any, Any]) -> Node:
    opens, closes = (f"{clock:%H:%M}" if clock else "00:00" for clock in interval)
    return {"@type": "OpeningHoursSpecification", "opens": opens, "closes": closes}
