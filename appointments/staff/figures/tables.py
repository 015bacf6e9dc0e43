"""The figures as tables: a line of periods, and one period by treatment, source and language."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from math import ceil
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth, TruncWeek
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.follow_up.day_counts import LONGER
from appointments.lifecycle import ClosedReason
from appointments.models.choices import RequestSource
from appointments.models.counts import DayCount, Figure
from appointments.models.request import promise_from
from appointments.staff.figures.groups import Cell, Numbers, cells_of, hide_together, hours_until, sum_of
from clinic.models import Clinic
from clinic.time.hours import OpeningTimes, at
from treatments.models import Language

Key = tuple[str, str]
# No figure of its own: the requests of this source. In the tables by parts they would tell what those hide.
RECALLS: Key = ("recalls", "")
Row = tuple[str, list[str]]
SHARES = (0.5, 0.9)
PERIODS = {"week": 13, "month": 12}
DASH = "–"  # noqa: RUF001
# Each row of a table: a figure, and the detail where it has a row for each.
ROWS: tuple[Key, ...] = (
    *((figure.value, "") for figure in Figure if figure != Figure.CLOSED),
    *((Figure.CLOSED.value, reason.value) for reason in ClosedReason if reason != ClosedReason.SPAM),
)
# The answers that kept no promise: nobody's row, but the others would tell it.
LATE_ANSWERS: Key = ("late_answers", "")
# Rows that add up to another one: an offer is taken, not taken or refused, an answer is in time or late.
LINES: tuple[tuple[Key, ...], ...] = (
    tuple((figure.value, "") for figure in (Figure.TAKEN, Figure.NOT_TAKEN, Figure.REFUSED)),
    ((Figure.KEPT.value, ""), (Figure.BROKEN.value, "")),
    ((Figure.KEPT.value, ""), LATE_ANSWERS),
)
# Recalls that came back stand below the earlier times.
RECALLS_AT = ROWS.index((Figure.EARLIER.value, "")) + 1
# The hours that half and nine in ten are promised an answer within; '' where nobody can say.
Promised = tuple[str, str]
NOTHING_PROMISED: Promised = ("", "")


@dataclass(frozen=True)
class Table:
    """What is in each column, and of each row its words and what is shown in each column."""

    title: str
    columns: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Periods:
    """The numbers of periods that follow each other, the last one being that which is looked at."""

    starts: list[date]
    numbers: dict[date, Numbers]
    recalls: dict[date, Cell]
    is_over: bool  # the last one

    def cells(self, key: Key) -> list[Cell]:
        """What may be shown of one row of the table."""
        if key == RECALLS:
            return [self.recalls[start] for start in self.starts]
        return [self._shown[start][key] for start in self.starts]

    @cached_property
    def _shown(self) -> dict[date, dict[Key, Cell]]:
        return {start: cells_of(_column(numbers), LINES) for start, numbers in self.numbers.items()}


def starts_until(by: str, shown: date) -> list[date]:
    """The first days of the periods up to the one in which `shown` lies, oldest first."""
    start = first_day(by, shown)
    found = [start]
    for _number in range(PERIODS[by] - 1):
        found.append(first_day(by, found[-1] - timedelta(days=1)))
    return found[::-1]


def first_day(by: str, day: date) -> date:
    """The Monday of its week, or the first of its month."""
    return day.replace(day=1) if by == "month" else day - timedelta(days=day.weekday())


def next_start(by: str, start: date) -> date:
    """The first day of the period after the one that begins on `start`."""
    return first_day(by, start + timedelta(days=32)) if by == "month" else start + timedelta(days=7)


def line(by: str, shown: date, today: date) -> Periods:
    """The numbers of all requests in the periods up to `shown`. One query, whatever has been counted."""
    starts, after = starts_until(by, shown), next_start(by, first_day(by, shown))
    rows = DayCount.objects.filter(day__gte=starts[0], day__lt=after)
    begins = TruncMonth("day_id") if by == "month" else TruncWeek("day_id")
    found: dict[date, dict[Key, int]] = {start: defaultdict(int) for start in starts}
    sources: dict[date, dict[str, int]] = {start: dict.fromkeys(RequestSource.values, 0) for start in starts}
    summed = rows.annotate(begins=begins).order_by().values_list("begins", "source", "figure", "detail")
    for start, source, figure, detail, number in summed.annotate(sum=Sum("number")):
        found[start][figure, detail] += number
        if figure == Figure.REQUESTS:
            sources[start][source] += number
    # As hidden as in the table by source, which would else give its neighbours away.
    recalls = {start: hide_together(sources[start])[RequestSource.RECALL] for start in starts}
    return Periods(starts, dict(found), recalls, after <= today)


def as_table(periods: Periods, promised: Promised = NOTHING_PROMISED) -> Table:
    """A column for each period, the newest first, the one before beside it, and between them what has changed
    if the newest is over."""
    rows = []
    for key in (*ROWS[:RECALLS_AT], RECALLS, *ROWS[RECALLS_AT:]):
        cells = periods.cells(key)[::-1]
        rows.append(
            (words_of(key), _with_change([cell.shown for cell in cells], changed(*cells[:2]), periods))
        )
    starts = periods.starts[::-1]
    answers = _answers([periods.numbers[start] for start in starts], promised)
    rows += [(words, _with_change(cells, DASH, periods)) for words, cells in answers]
    first, *others = [short_day(start) for start in starts]
    columns = [first, _("Change"), *others] if periods.is_over else [_so_far(first), *others]
    return Table(_("All requests"), columns, rows)


def changed(now: Cell, before: Cell) -> str:
    """'+4 (+20%)'; a dash where either number may not be shown."""
    if now.value is None or before.value is None:
        return DASH
    difference = now.value - before.value
    words = f"{difference:+,}" if difference else "0"
    return f"{words} ({round(100 * difference / before.value):+}%)" if before.value and difference else words


def _with_change(cells: list[str], change: str, periods: Periods) -> list[str]:
    return [cells[0], change, *cells[1:]] if periods.is_over else cells


def _so_far(column: str) -> str:
    return _("%(period)s, so far") % {"period": column}


def by_parts(by: str, shown: date, titles: Mapping[int, str]) -> Iterable[Table]:
    """The last period by treatment, by source and by language, each beside the period before. Two queries
    each."""
    start = first_day(by, shown)
    both = [
        DayCount.objects.filter(day__gte=first, day__lt=next_start(by, first))
        for first in (start, first_day(by, start - timedelta(days=1)))
    ]
    yield _part(_("By treatment"), both, "treatment", lambda pk: titles.get(pk, "") or _("No treatment"))
    yield _part(_("By source"), both, "source", lambda name: str(RequestSource(name).label))
    yield _part(_("By language"), both, "language", lambda name: str(Language(name).label))


def _part(title: str, periods: Iterable[Any], column: str, words: Callable[[Any], str]) -> Table:
    """Two columns for each part: of the first of the periods, and of the other."""
    both = [_numbers(rows, column) for rows in periods]
    names = sorted(
        {*both[0], *both[1]}, key=lambda name: (-sum_of(both[0][name], Figure.REQUESTS), str(name))
    )
    # What is hidden of a period hangs on that period alone, which is shown with its sum above.
    sides = [_shown(numbers, names) for numbers in both]
    columns = [
        head for name in names for head in (words(name), _("%(part)s, before") % {"part": words(name)})
    ]
    rows = [
        (label, [cell for pair in zip(now, before, strict=True) for cell in pair])
        for (label, now), (_label, before) in zip(*sides, strict=True)
    ]
    return Table(title, columns, rows)


def _shown(numbers: Mapping[Any, Numbers], names: list[Any]) -> list[Row]:
    """What may be shown of one period: a cell for each name in each row."""
    columns = {name: _column(numbers[name]) for name in names}
    lines = [[(key, name) for name in names] for key in (*ROWS, LATE_ANSWERS)]
    lines += [[(key, name) for key in line] for line in LINES for name in names]
    all_numbers = {(key, name): number for name, column in columns.items() for key, number in column.items()}
    cells = cells_of(all_numbers, lines)
    shown = [(words_of(key), [cells[key, name].shown for name in names]) for key in ROWS]
    answered = (Figure.ANSWERED.value, "")
    known = [{} if cells[answered, name].value is None else numbers[name] for name in names]
    return shown + _answers(known)


def _column(numbers: Numbers) -> dict[Key, int]:
    """Each row's number, and what these would tell besides."""
    late = sum_of(numbers, Figure.ANSWERED) - sum_of(numbers, Figure.KEPT)
    return {key: number_of(numbers, key) for key in ROWS} | {LATE_ANSWERS: max(late, 0)}


def promised(times: OpeningTimes, clinic: Clinic) -> Promised:
    """Of those who ask at any hour of a usual week, day and night, the hours within which half and nine in
    ten are promised an answer. No query."""
    usual, monday = OpeningTimes(times.weekly), date(2024, 1, 1)
    if not usual.weekdays():
        return NOTHING_PROMISED
    asked = [at(monday, time()) + timedelta(hours=hour) for hour in range(7 * 24)]
    waits = sorted(promise_from(moment, usual, clinic) - moment for moment in asked)
    half, most = (waits[ceil(len(waits) * share) - 1] for share in SHARES)
    return f"{round(half / timedelta(hours=1))}", f"{round(most / timedelta(hours=1))}"


def _answers(groups: Iterable[Numbers], promised: Promised = NOTHING_PROMISED) -> list[Row]:
    groups = list(groups)
    words = (_("Half of the first answers within"), _("Nine in ten within"))
    return [
        (_beside(each, hours), [hours_words(hours_until(group, share)) for group in groups])
        for each, hours, share in zip(words, promised, SHARES, strict=True)
    ]


def _beside(words: str, hours: str) -> str:
    return (
        _("%(words)s (promised now: %(hours)s hours)") % {"words": words, "hours": hours} if hours else words
    )


def _numbers(rows: Any, group: str) -> dict[Any, dict[Key, int]]:
    found: dict[Any, dict[Key, int]] = defaultdict(dict)
    summed = rows.order_by().values_list(group, "figure", "detail").annotate(sum=Sum("number"))
    for name, figure, detail, number in summed:
        found[name][figure, detail] = number
    return found


def number_of(numbers: Numbers, key: Key) -> int:
    """The number of one row; of a figure without rows for its details, all of them together."""
    return numbers.get(key, 0) if key[1] else sum_of(numbers, key[0])


def words_of(key: Key) -> str:
    """What the row is called."""
    figure, detail = key
    if key == RECALLS:
        return _("Recalls that came back")
    if detail:
        return _("Closed: %(reason)s") % {"reason": ClosedReason(detail).label}
    return _("First answers") if figure == Figure.ANSWERED else str(Figure(figure).label)


def hours_words(hours: str) -> str:
    """'24 hours'; a dash where nothing may be said."""
    if hours == LONGER:
        return _("more than two weeks")
    if not hours:
        return DASH
    return ngettext("%(hours)s hour", "%(hours)s hours", int(hours)) % {"hours": hours}


def tick(by: str, start: date) -> str:
    """The period that begins on `start`, below a chart."""
    return f"{start:%b %Y}" if by == "month" else f"{start:%b} {start.day}"


def short_day(day: date) -> str:
    """The first day of a period, as a column's head."""
    return f"{day:%b} {day.day}, {day.year}"
