"""When the clinic, or one practitioner, is there: opening hours and closures."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from functools import partial
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from clinic.models.practitioner import Practitioner
from clinic.time.holidays import ClosedHolidays
from clinic.time.hours import ASSUMED_HOURS, Block, Interval, OpeningTimes
from clinic.time.words import long_date, wall_clock


class Weekday(models.IntegerChoices):
    """ISO weekday less one, as `date.weekday()` counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OfClinicOrOne(models.Model):
    """What the clinic as a whole has, or one practitioner."""

    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name=_("practitioner"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text=_("Empty for the clinic as a whole."),
    )

    class Meta:
        abstract = True


class OpeningHours(OfClinicOrOne):
    """One stretch of one weekday on which the clinic, or one practitioner, is there."""

    weekday = models.SmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")),
                name="openinghours_opens_before_closes",
                violation_error_message=_("Closing has to come after opening."),
            ),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="openinghours_weekday"),
            # Two constraints, because NULLs count as different and SQLite can't be told otherwise.
            models.UniqueConstraint(fields=["practitioner", "weekday", "opens"], name="openinghours_once"),
            models.UniqueConstraint(
                fields=["weekday", "opens"],
                condition=Q(practitioner=None),
                name="openinghours_clinic_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}, {_hours(self.opens, self.closes)}"


def _hours(first: time, last: time) -> str:
    return _("%(first)s to %(last)s") % {"first": wall_clock(first), "last": wall_clock(last)}


class Closure(OfClinicOrOne):
    """A time in which the clinic or one practitioner is away.

    Whole days, both included; or, with `starts` and `ends`, that part of each day; `weekly`, only on the
    weekday of the first day. A part of the day and what is weekly can go on without a last day: lunch and
    free Wednesdays, not a vacation.
    """

    first_day = models.DateField(_("first day"))
    last_day = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("Empty for what goes on: a part of the day, or the same weekday every week."),
    )
    starts = models.TimeField(_("from"), null=True, blank=True, help_text=_("Empty for whole days."))
    ends = models.TimeField(_("to"), null=True, blank=True)
    weekly = models.BooleanField(
        _("every week"), default=False, db_default=False, help_text=_("Only on the weekday of the first day.")
    )
    reason = models.CharField(_("reason"), max_length=120, blank=True, help_text=_("For staff."))

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(first_day__lte=F("last_day")),
                name="closure_first_before_last",
                violation_error_message=_("The last day can't come before the first."),
            ),
            models.CheckConstraint(
                condition=(Q(starts=None, ends=None) & (Q(weekly=True) | Q(last_day__isnull=False)))
                | Q(starts__isnull=False, ends__isnull=False),
                name="closure_whole_or_part",
                violation_error_message=_("Give both times or neither, and for whole days a last day."),
            ),
            models.CheckConstraint(
                condition=Q(starts=None) | Q(starts__lt=F("ends")),
                name="closure_starts_before_ends",
                violation_error_message=_("The end has to come after the start."),
            ),
        ]

    def __str__(self) -> str:
        days = long_date(self.first_day)
        if self.last_day is None:
            days = _("from %(day)s on") % {"day": days}
        elif self.last_day != self.first_day:
            days = _("%(first)s to %(last)s") % {"first": days, "last": long_date(self.last_day)}
        return f"{days}, {_hours(self.starts, self.ends)}" if self.starts and self.ends else str(days)


class SpecialOpening(OfClinicOrOne):
    """A stretch of one day on which the clinic, or one practitioner, is there besides the usual hours."""

    day = models.DateField(_("day"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    reason = models.CharField(_("reason"), max_length=120, blank=True, help_text=_("For staff."))

    class Meta:
        verbose_name = _("special opening")
        verbose_name_plural = _("special openings")
        ordering = ["day", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")),
                name="specialopening_opens_before_closes",
                violation_error_message=_("Closing has to come after opening."),
            )
        ]

    def __str__(self) -> str:
        return f"{long_date(self.day)}, {_hours(self.opens, self.closes)}"


class HolidayDecision(models.Model):
    """Whether the clinic is closed on a public holiday, once it has decided."""

    day = models.DateField(_("day"), unique=True)
    is_closed = models.BooleanField(_("closed"))

    class Meta:
        verbose_name = _("decision about a holiday")
        verbose_name_plural = _("public holidays")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


def opening_times(practitioner: Practitioner | None = None, since: date | None = None) -> OpeningTimes:
    """When the clinic is open, or, with a practitioner, when that practitioner works there.

    A practitioner without hours of their own works whenever the clinic is open; with hours of their own
    only where both overlap. `since` leaves out what ended before it. One query.
    """
    whom = practitioner.pk if practitioner else None
    return opening_times_of([whom], since)[whom]


def stated_times(since: date) -> OpeningTimes | None:
    """When the clinic is open, as far as it has said so itself: no assumed hours, no holiday that it has not
    decided. None before it has set any hours. One query."""
    times = opening_times(since=since)
    if times.weekly is ASSUMED_HOURS or not isinstance(times.holidays, ClosedHolidays):
        return None
    decided = times.holidays.decided.items()
    return replace(times, holidays=frozenset(day for day, is_closed in decided if is_closed))


def opening_times_of(
    practitioners: Collection[int | None], since: date | None = None
) -> dict[int | None, OpeningTimes]:
    """The same for each of several practitioners, by their keys; None is the clinic. One query."""
    theirs = Q(practitioner=None) | Q(practitioner__in=[whom for whom in practitioners if whom])
    weekly: dict[int | None, dict[int, list[Interval]]] = {}
    differing: list[_Row] = []
    for row in map(_Row._make, _rows(theirs, since)):
        if row.what == _HOURS:
            days = weekly.setdefault(row.whom, {})
            days.setdefault(row.weekday, []).append((row.starts, row.ends))
        else:
            differing.append(row)
    times = {}
    for whom in practitioners:
        clinics = _times(weekly.get(None) or ASSUMED_HOURS, [e for e in differing if e.whom in (None, whom)])
        own = weekly.get(whom) if whom else None
        times[whom] = clinics.within(own) if own else clinics
    return times


_HOURS, _CLOSURE, _OPENING, _HOLIDAY = range(4)


class _Row(NamedTuple):
    """A row of one of the four tables; `flag` is whether it repeats weekly or, for a holiday, whether the
    clinic is closed."""

    what: int
    whom: int | None
    weekday: int
    first: date
    last: date
    starts: Any
    ends: Any
    flag: bool


def _times(weekly: Mapping[int, Sequence[Interval]], differing: Iterable[_Row]) -> OpeningTimes:
    closed: list[tuple[date, date]] = []
    blocks: list[Block] = []
    extra: list[tuple[date, Interval]] = []
    decided: dict[date, bool] = {}
    for row in differing:
        if row.what == _HOLIDAY:
            decided[row.first] = row.flag
        elif row.what == _OPENING:
            extra.append((row.first, (row.starts, row.ends)))
        elif row.starts is None and not row.flag:
            closed.append((row.first, row.last))
        else:
            starts, ends = row.starts or time.min, row.ends or time.max
            blocks.append(Block(row.first, row.last, starts, ends, row.flag))
    return OpeningTimes(weekly, closed, blocks, extra, ClosedHolidays(decided))


def _rows(theirs: Q, since: date | None) -> Iterable[tuple[Any, ...]]:
    """The weekly hours and what differs from them, of four tables in one query, as `_Row` has them."""
    closures, openings = Closure.objects.filter(theirs), SpecialOpening.objects.filter(theirs)
    hours, holidays = OpeningHours.objects.filter(theirs), HolidayDecision.objects.all()
    if since is not None:
        closures = closures.filter(Q(last_day=None) | Q(last_day__gte=since))
        openings, holidays = openings.filter(day__gte=since), holidays.filter(day__gte=since)
    no_day, no_time = Value(None, models.DateField()), Value(None, models.TimeField())
    no_one, no = Value(None, models.BigIntegerField()), Value(False, models.BooleanField())
    number = partial(Value, output_field=models.SmallIntegerField())
    whose, none = "practitioner_id", number(0)
    return (
        closures.order_by()
        .values_list(number(_CLOSURE), whose, none, "first_day", "last_day", "starts", "ends", "weekly")
        .union(
            hours.order_by().values_list(
                number(_HOURS), whose, "weekday", no_day, no_day, "opens", "closes", no
            ),
            openings.order_by().values_list(
                number(_OPENING), whose, none, "day", no_day, "opens", "closes", no
            ),
            holidays.order_by().values_list(
                number(_HOLIDAY), no_one, none, "day", no_day, no_time, no_time, "is_closed"
            ),
            all=True,
        )
    )
