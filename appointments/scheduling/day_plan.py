"""A practitioner's day as a list of stretches without gaps: booked, held, free, outside hours. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from appointments.models import Appointment
from clinic.time.hours import OpeningTimes, Span, at, clinic_day, clinic_zone, subtract


class Stretch(StrEnum):
    """What a stretch of a day is."""

    TAKEN = "taken"
    FREE = "free"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Part:
    """One stretch of a day. `appointment` is there exactly when it is taken."""

    what: Stretch
    start: datetime
    end: datetime
    appointment: Appointment | None = None

    @property
    def size(self) -> str:
        """The classes of schedule.css for its length: whole hours, and five-minute steps beyond them."""
        steps = max(1, round((self.end - self.start) / timedelta(minutes=5)))
        return f"h{steps // 12} f{steps % 12}"


def window(days: Sequence[date], hours: OpeningTimes, taken: Sequence[Appointment]) -> tuple[time, time]:
    """The wall-clock times from which and until which all of `days` are shown: every opening and every
    appointment lies within them."""
    zone = clinic_zone()
    opens = [opening for day in days for opening, _closes in hours.on(day)]
    closes = [closing for day in days for _opens, closing in hours.on(day)]
    for each in taken:
        start, end = each.start.astimezone(zone), each.end.astimezone(zone)
        opens.append(start.time())
        closes.append(end.time() if end.date() == start.date() else time(23, 59))
    if not opens:
        return time(9), time(17)
    return min(opens), max(closes)


def parts(
    day: date, shown: tuple[time, time], hours: OpeningTimes, taken: Sequence[Appointment]
) -> list[Part]:
    """The stretches of `day` from the one to the other of the `shown` wall-clock times, in order."""
    whole = (at(day, shown[0]), at(day, shown[1]))
    here = [each for each in taken if clinic_day(each.start) == day]
    found = [Part(Stretch.TAKEN, each.start, each.end, each) for each in here]
    for gap in subtract(whole, [(each.start, each.end) for each in here]):
        found += _of_gap(gap, hours.spans(day))
    return sorted(found, key=lambda part: part.start)


def _of_gap(gap: Span, openings: Sequence[Span]) -> list[Part]:
    outside = subtract(gap, openings)
    free = subtract(gap, outside)
    return [
        *(Part(Stretch.OUTSIDE, start, end) for start, end in outside),
        *(Part(Stretch.FREE, start, end) for start, end in free),
    ]
