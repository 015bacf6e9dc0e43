"""When the clinic, or one practitioner, is there: opening hours and closures."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.models.practitioner import Practitioner
from clinic.time.hours import ASSUMED_HOURS, Interval, OpeningTimes


class Weekday(models.IntegerChoices):
    """ISO weekday less one, as `date.weekday()` counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OpeningHours(models.Model):
    """One stretch of one weekday on which the clinic, or one practitioner, is there."""

    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name=_("practitioner"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text=_("Empty for the clinic as a whole."),
    )
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
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Closure(models.Model):
    """Days, both included, on which the clinic or one practitioner is away."""

    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name=_("practitioner"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text=_("Empty for the clinic as a whole."),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120, blank=True, help_text=_("For staff."))

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="closure_first_before_last",
                violation_error_message=_("The last day can't come before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m-%d} - {self.last_day:%Y-%m-%d}"


def opening_times(practitioner: Practitioner | None = None, since: date | None = None) -> OpeningTimes:
    """When the clinic is open, or, with a practitioner, when that practitioner works there.

    A practitioner without hours of their own works whenever the clinic is open; with hours of their own
    only where both overlap. `since` leaves closures out that ended before it. Two queries.
    """
    rows = OpeningHours.objects.filter(Q(practitioner=None) | Q(practitioner=practitioner))
    weekly: dict[int | None, dict[int, list[Interval]]] = {}
    for row in rows:
        days = weekly.setdefault(row.practitioner_id, {})
        days.setdefault(row.weekday, []).append((row.opens, row.closes))
    closures = Closure.objects.filter(Q(practitioner=None) | Q(practitioner=practitioner))
    if since is not None:
        closures = closures.filter(last_day__gte=since)
    times = OpeningTimes(
        weekly=weekly.get(None) or ASSUMED_HOURS,
        closed=tuple(closures.values_list("first_day", "last_day")),
    )
    own = weekly.get(practitioner.pk) if practitioner else None
    return times.within(own) if own else times
