"""Who would like to come earlier, which times fell free, and which other times patients were offered beside
the booked one."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.lists import literal
from clinic.constraints import choices_check
from clinic.models import Practitioner
from clinic.time import words

# A practitioner's key, start, end, and the key of the request whose time it was; None for nobody's.
Fallen = tuple[int, datetime, datetime, int | None]


class EarlierWish(models.Model):
    """The patient wants to hear of an earlier time. The row goes when they no longer do."""

    request = models.OneToOneField(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="earlier_wish"
    )
    since = models.DateTimeField(_("since"))
    any_doctor = models.BooleanField(_("with any doctor"), default=False, db_default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: the patient."),
    )

    class Meta:
        verbose_name = _("wish for an earlier time")
        verbose_name_plural = _("wishes for an earlier time")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"


class OtherTimeWish(models.Model):
    """The patient would like another time and keeps the booked one until then. The row goes once other times
    are offered; the patient's words stand on the timeline."""

    request = models.OneToOneField(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="other_time_wish"
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("wish for another time")
        verbose_name_plural = _("wishes for another time")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"


class FreedTimeQuerySet(models.QuerySet["FreedTime"]):
    """Questions asked of times that fell free. Time is passed in."""

    def note(self, fallen: Iterable[Fallen], now: datetime) -> None:
        """Keeps the times that lie ahead, each once; one that falls free again is new, and what was nobody's
        stays that of whoever gave it up before. A query for those of somebody, and one for those of nobody.
        Called in the transaction that frees them."""
        rows = [
            self.model(practitioner_id=who, start=start, end=end, was_of_id=was_of, freed_at=now)
            for who, start, end, was_of in sorted(fallen, key=lambda each: each[:3])
            if end > now
        ]
        self._store([row for row in rows if row.was_of_id], "was_of")
        self._store([row for row in rows if not row.was_of_id])

    def _store(self, rows: "list[FreedTime]", *also: str) -> None:
        if rows:
            self.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["practitioner", "start", "end"],
                update_fields=["freed_at", "left_at", *also],
            )

    def ahead(self, after: datetime) -> Self:
        """Those that end after a moment and that nobody has left free on purpose, the earliest first; of
        those that begin together the shortest."""
        return self.filter(end__gt=after, left_at=None).order_by("start", "end", "pk")


class FreedTime(models.Model):
    """A practitioner's time that was held or booked and fell free. Whether it still is says the calendar."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="+")
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    freed_at = models.DateTimeField(_("fell free at"))
    was_of = models.ForeignKey(
        "appointments.PatientRequest", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    left_at = models.DateTimeField(_("left free since"), null=True, blank=True)

    objects = FreedTimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("time that fell free")
        verbose_name_plural = _("times that fell free")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "start", "end"], name="freed_time_once"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="freed_time_starts_before_end"),
        ]
        indexes = [models.Index(fields=["end"], name="freed_time_end")]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M}"

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start


class OtherTimeState(models.TextChoices):
    """What became of another time that was offered beside the booked one."""

    OPEN = "open", _("Waits for the patient")
    TAKEN = "taken", _("Taken")
    KEPT = "kept", _("The patient keeps the booked time")
    MISSED = "missed", _("Another one was taken, or somebody else was faster")
    LAPSED = "lapsed", _("No answer in time")
    TAKEN_BACK = "taken_back", _("Taken back")


# As a literal: SQLite uses a partial index only for a query that spells its condition out.
_OPEN = literal(OtherTimeState.OPEN.value)


class OtherTimeQuerySet(models.QuerySet["OtherTime"]):
    """Questions asked of other times. Time is passed in."""

    def undecided(self) -> Self:
        """Those that nobody has decided, in time or not."""
        return self.filter(state=_OPEN)

    def open(self, now: datetime) -> Self:
        """Those that the patient can still take."""
        return self.undecided().filter(until__gt=now)

    def end(self, state: OtherTimeState, now: datetime) -> int:
        """Ends those that nobody has decided yet; returns how many."""
        return self.undecided().update(state=state, ended_at=now)


class OtherTime(models.Model):
    """Another time, offered to a patient who keeps the booked one until this is taken.

    Those of one `wave` are offered together, one time to several patients or several times to one, and at
    most one of them is taken. What keeps the time from everybody else is `hold`, an Appointment with status
    'pending' of one of the patients who were asked.
    """

    request = models.ForeignKey(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="other_times"
    )
    practitioner = models.ForeignKey(
        Practitioner, verbose_name=_("practitioner"), on_delete=models.PROTECT, related_name="+"
    )
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    until = models.DateTimeField(_("held until"))
    wave = models.UUIDField(default=uuid.uuid4, editable=False)
    is_earlier = models.BooleanField(_("an earlier time"), default=True, db_default=True)
    state = models.CharField(
        _("status"), max_length=10, choices=OtherTimeState.choices, default=OtherTimeState.OPEN
    )
    hold = models.ForeignKey(
        "appointments.Appointment", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    offered_at = models.DateTimeField(_("offered at"))
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("offered by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: by itself."),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = OtherTimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("other time offered")
        verbose_name_plural = _("other times offered")
        default_permissions = ()
        ordering = ["start", "pk"]
        constraints = [
            choices_check("state", OtherTimeState, "other_time_state"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="other_time_starts_before_end"),
            models.UniqueConstraint(
                fields=["wave"], condition=Q(state=OtherTimeState.TAKEN), name="other_time_one_taken"
            ),
            models.UniqueConstraint(
                fields=["request", "practitioner", "start"],
                condition=Q(state=OtherTimeState.OPEN),
                name="other_time_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["wave"], name="other_time_wave"),
            models.Index(
                fields=["until"], condition=Q(state=OtherTimeState.OPEN), name="other_time_open_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M}"

    @property
    def shown_day(self) -> str:
        """The clinic's day of it, in words."""
        return words.day(self.start)

    @property
    def shown_time(self) -> str:
        """When it begins on the clinic's clock, in words."""
        return words.clock(self.start)

    @property
    def shown_until(self) -> str:
        """Until when the patient can take it, in words."""
        return words.day_and_clock(self.until)
