"""The columns of the schedule: practitioners' days beside each other along an axis of hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from appointments.models import Appointment, AppointmentStatus
from appointments.scheduling.day_plan import Part, Stretch, parts, place, window
from appointments.staff.schedule.stretches import Book, Shown
from clinic.models import Practitioner
from clinic.time.hours import OpeningTimes, at, clinic_day
from clinic.time.words import clock, day

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Column:
    """One practitioner's day. The queries fill in the admin's forms to block a part of it and to open it
    longer."""

    practitioner: Practitioner
    day: date
    label: str
    is_today: bool
    shown: Sequence[Shown]
    block_query: str
    open_query: str


@dataclass(frozen=True)
class Grid:
    """The columns, the hours along them (label and place), and the classes that say how large it is; `now` is
    the line of the present moment, where any column has it."""

    columns: Sequence[Column]
    axis: Sequence[tuple[str, str]]
    now: Shown | None
    size: str
    has_alarm: bool


def grid_of(pairs: Sequence[tuple[Practitioner, date]], book: Book) -> Grid:
    """A column for each of `pairs`, at least one; all show the same hours of the clock."""
    shown = window([(book.hours[who.pk], on) for who, on in pairs], book.rows)
    columns = [_column(who, on, shown, book) for who, on in pairs]
    hours = max(ceil((at(on, shown[1]) - at(on, shown[0])) / HOUR) for _who, on in pairs)
    origin = at(pairs[0][1], shown[0])
    return Grid(
        columns=columns,
        axis=[
            (clock(each), place(origin, each, each + HOUR))
            for each in (origin + HOUR * number for number in range(hours))
        ],
        now=next((each for column in columns for each in column.shown if each.state == "now"), None),
        size=f"h{hours} f0 c{len(columns)}",
        has_alarm=any(each.alarm for column in columns for each in column.shown),
    )


def _column(who: Practitioner, on: date, shown: tuple[time, time], book: Book) -> Column:
    hours, origin, end = book.hours[who.pk], at(on, shown[0]), at(on, shown[1])
    rows = [row for row in book.rows if row.practitioner_id == who.pk and clinic_day(row.start) == on]
    active = [row for row in rows if row.status != AppointmentStatus.NOSHOW]
    told = [
        (part.start, order, book.shown(part, who, on, active, place(origin, part.start, part.end) + lane))
        for part, order, lane in _with_lanes(on, shown, hours, rows, book.now)
    ]
    is_today = on == clinic_day(book.now)
    if is_today and origin <= book.now < end:
        line = Shown("now", _("Now"), clock(book.now), "", place(origin, book.now, book.now))
        told.append((book.now, 2, line))
    return Column(
        practitioner=who,
        day=on,
        label=day(at(on, time(12)), year=False),
        is_today=is_today,
        shown=[each for _start, _order, each in sorted(told, key=lambda each: each[:2])],
        **_prefilled(who, on, hours, book.here),
    )


def _with_lanes(
    on: date, shown: tuple[time, time], hours: OpeningTimes, rows: Sequence[Appointment], now: datetime
) -> list[tuple[Part, int, str]]:
    """The stretches of a day, each with its order among those of one start and the class of its lane.

    The time of a no-show is free again. It is a stretch of its own once it has passed and nobody else got it;
    until then it stands beside what is made of it.
    """
    active = [row for row in rows if row.status != AppointmentStatus.NOSHOW]
    gone = [row for row in rows if row.status == AppointmentStatus.NOSHOW]
    beside = [row for row in gone if row.end > now or any(_overlap(row, other) for other in active)]
    alone = [row for row in rows if row not in beside]
    found = [
        (part, 0, " narrow" if any(_overlap(part, row) for row in beside) else "")
        for part in parts(on, shown, hours, alone)
    ]
    return found + [(Part(Stretch.TAKEN, row.start, row.end, row), 1, " beside") for row in beside]


def _overlap(one: Part | Appointment, other: Part | Appointment) -> bool:
    return one.start < other.end and other.start < one.end


def _prefilled(who: Practitioner, on: date, hours: OpeningTimes, here: str) -> dict[str, str]:
    """What the forms begin with; saved, they lead back to this page, `here`."""
    spans = hours.spans(on)
    first, last = (clock(spans[0][0]), clock(spans[-1][1])) if spans else ("9am", "5pm")
    whose = {"practitioner": who.pk, "next": here}
    block = whose | {"first_day": on, "last_day": on, "starts": first, "ends": last}
    longer = {"day": on, "opens": last} if spans else {"day": on, "opens": first, "closes": last}
    return {"block_query": urlencode(block), "open_query": urlencode(whose | longer)}
