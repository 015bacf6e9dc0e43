"""The clinic itself: its one row of facts and settings, its opening hours, closures and practitioners."""

import tomllib
from datetime import date, time
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Subquery
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinic.audit_entry import AuditAction as AuditAction
from clinic.audit_entry import AuditEntry as AuditEntry
from clinic.hours import ASSUMED_HOURS, Interval, OpeningTimes

# What is known before anybody edits the clinic's row; the page for a failure takes its phone from here.
FIRST_FACTS: dict[str, str] = tomllib.loads((Path(__file__).parent / "facts.toml").read_text("utf-8"))


class Weekday(models.IntegerChoices):
    """ISO weekday less one, as `date.weekday()` counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Clinic(models.Model):
    """The clinic: one row. What is not known stays empty, and the pages leave it out."""

    name = models.CharField(_("name"), max_length=120)
    area = models.CharField(_("area"), max_length=120, blank=True, help_text=_("Such as 'Los Angeles area'."))
    phone = PhoneNumberField(_("phone"))
    email = models.EmailField(
        _("e-mail"), blank=True, help_text=_("Shown to patients, and where staff get notices.")
    )
    street_address = models.CharField(_("street address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=2, blank=True)
    postal_code = models.CharField(_("ZIP code"), max_length=10, blank=True)
    demo_note = models.CharField(
        _("demo note"),
        max_length=120,
        blank=True,
        help_text=_(
            "Shown on every page of a demonstration, so that nobody takes it for the clinic's own site."
        ),
    )

    answer_within_days = models.PositiveSmallIntegerField(
        _("answer within (clinic days)"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    hold_days = models.PositiveSmallIntegerField(
        _("hold offered times for (clinic days)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    cancel_notice_hours = models.PositiveSmallIntegerField(
        _("patients may cancel online until (hours before)"), default=24, validators=[MaxValueValidator(336)]
    )
    consultation_minutes = models.PositiveSmallIntegerField(
        _("length of a consultation (minutes)"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
    )
    call_gap_minutes = models.PositiveSmallIntegerField(
        _("wait between two calls (minutes)"), default=120, validators=[MinValueValidator(5)]
    )
    call_attempts = models.PositiveSmallIntegerField(
        _("calls before a patient counts as unreachable"), default=3, validators=[MinValueValidator(1)]
    )
    reminder_days = models.PositiveSmallIntegerField(
        _("remind patients (days before)"),
        default=2,
        validators=[MaxValueValidator(14)],
        help_text=_("At the time of day of the appointment. 0 sends none."),
    )
    reminder_morning = models.TimeField(
        _("remind patients on the morning before, at"),
        default=time(9),
        null=True,
        blank=True,
        help_text=_("On the day before the appointment. Empty sends none."),
    )
    keep_finished_days = models.PositiveSmallIntegerField(
        _("keep finished requests for (days)"),
        default=730,
        help_text=_("Requests that never became a visit. Visits belong to the medical record."),
    )

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinic")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="clinic_one_row")]

    def __str__(self) -> str:
        return self.name

    _last_read: ClassVar["Clinic | None"] = None

    @classmethod
    def current(cls) -> "Clinic":
        """The one row; before `load_content` an unsaved one without facts. One query.

        Carries `lead_doctor_slug` and `lead_doctor_name` for the site's navigation.
        """
        doctors = Practitioner.objects.filter(is_active=True)
        row = (
            cls.objects.filter(pk=1)
            .annotate(
                lead_doctor_slug=Subquery(doctors.values("slug")[:1]),
                lead_doctor_name=Subquery(doctors.values("name")[:1]),
            )
            .first()
        )
        if row is not None:
            Clinic._last_read = row
        return row or cls(pk=1, name=str(_("The clinic")))

    @classmethod
    def last_known(cls) -> "Clinic":
        """The row as this process read it last, else the first facts. Never asks the database."""
        return cls._last_read or cls(pk=1, **FIRST_FACTS)

    @property
    def address_lines(self) -> list[str]:
        """The postal address as lines to show; empty until it is known."""
        if not self.street_address:
            return []
        place = " ".join(part for part in (self.state, self.postal_code) if part)
        return [self.street_address, ", ".join(part for part in (self.city, place) if part)]


class Practitioner(models.Model):
    """A doctor of the clinic: the page about them, and whose time appointments take."""

    slug = models.SlugField(_("address of the page"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=160, blank=True)
    role_es = models.CharField(_("role in Spanish"), max_length=160, blank=True)
    biography = models.TextField(_("about"), blank=True)
    biography_es = models.TextField(_("about, in Spanish"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff account"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="practitioner",
    )
    is_active = models.BooleanField(_("sees patients"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("doctor", args=[self.slug])

    @property
    def shown_role(self) -> str:
        """The role in the language of the page."""
        return (self.role_es if get_language() == "es" else "") or self.role

    @property
    def shown_biography(self) -> str:
        """The text about the practitioner in the language of the page."""
        return (self.biography_es if get_language() == "es" else "") or self.biography


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


class RateCount(models.Model):
    """How often something happened within one window of time; counted by clinic.limits."""

    key = models.CharField(max_length=80, help_text="What is counted and a keyed digest of for whom.")
    window = models.DateTimeField(help_text="When the window began.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="ratecount_once")]
        indexes = [models.Index(fields=["window"], name="ratecount_window")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}"


class Heartbeat(models.Model):
    """When a program that runs beside the site last said that it is alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
