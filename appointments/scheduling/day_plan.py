"""A practitioner's day as a list of stretches without gaps: taken, free, blocked, outside hours. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from appointments.models import Appointment
from clinic.time.hours import OpeningTimes, Span, at, clinic_day, clinic_zone, subtract

# One line of the schedule's grid.
LINE = timedelta(minutes=5)
LINES_OF_HOUR = timedelta(hours=1) // LINE


class Stretch(StrEnum):
    """What a stretch of a day is. What would be open by the week's hours and isn't is blocked."""

    TAKEN = "taken"
    FREE = "free"
    BLOCKED = "blocked"
    OUTSIDE = "outside"


def place(origin: datetime, start: datetime, end: datetime) -> str:
    """The classes of schedule-grid.css for [start, end) in a grid that begins at `origin`: where it begins
    and how long it is, each in whole hours and lines of five minutes beyond them."""
    first, last = round((start - origin) / LINE), round((end - origin) / LINE)
    length = max(1, last - first)
    return (
        f"a{first // LINES_OF_HOUR} s{first % LINES_OF_HOUR} "
        f"h{length // LINES_OF_HOUR} f{length % LINES_OF_HOUR}"
    )


@dataclass(frozen=True)
class Part:
    """One stretch of a day. `appointment` is there exactly when it is taken."""

    what: Stretch
    start: datetime
    end: datetime
    appointment: Appointment | None = None


def window(days: Sequence[tuple[OpeningTimes, date]], taken: Sequence[Appointment]) -> tuple[time, time]:
    """The full hours of the wall clock from which and until which all of `days` are shown: every opening and
    every appointment lies within them. 23:59 stands for midnight."""
    zone = clinic_zone()
    opens = [opening for hours, day in days for opening, _closes in hours.on(day)]
    closes = [closing for hours, day in days for _opens, closing in hours.on(day)]
    for each in taken:
        start, end = each.start.astimezone(zone), each.end.astimezone(zone)
        opens.append(start.time())
        closes.append(end.time() if end.date() == start.date() else time(23, 59))
    if not opens:
        return time(9), time(17)
    last = max(closes)
    if last > time(last.hour):
        last = time(last.hour + 1) if last.hour < 23 else time(23, 59)
    return time(min(opens).hour), last


def parts(
    day: date, shown: tuple[time, time], hours: OpeningTimes, taken: Sequence[Appointment]
) -> list[Part]:
    """The stretches of `day` from the one to the other of the `shown` wall-clock times, in order."""
    whole = (at(day, shown[0]), at(day, shown[1]))
    here = [each for each in taken if clinic_day(each.start) == day]
    found = [Part(Stretch.TAKEN, each.start, each.end, each) for each in here]
    openings, usual = hours.spans(day), OpeningTimes(hours.weekly).spans(day)
    if usual and not openings:
        usual = [whole]  # closed altogether: one stretch, whatever the week's hours are made of
    for gap in subtract(whole, [(each.start, each.end) for each in here]):
        found += _of_gap(gap, openings, usual)
    return sorted(found, key=lambda part: part.start)


def _of_gap(gap: Span, openings: Sequence[Span], usual: Sequence[Span]) -> list[Part]:
    found = []
    away = subtract(gap, openings)
    for span in away:
        outside = subtract(span, usual)
        found += [Part(Stretch.OUTSIDE, *each) for each in outside]
        found += [Part(Stretch.BLOCKED, *each) for each in subtract(span, outside)]
    return [*found, *(Part(Stretch.FREE, *each) for each in subtract(gap, away))]
