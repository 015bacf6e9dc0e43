"""The appointment: a held offer, a booked time, a visit. FHIR R4's statuses."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from appointments.lifecycle import Action, Status
from appointments.models.choices import AppointmentStatus
from appointments.models.earlier import FreedTime, OtherTime, OtherTimeWish
from appointments.models.lists import literal
from appointments.models.timeline import RequestEvent
from clinic.constraints import choices_check
from clinic.models import Clinic, Practitioner
from clinic.time import words

# No two rows of one practitioner in one of these overlap; the database sees to it (see appointments.overlap).
ACTIVE_STATUSES = (
    AppointmentStatus.PENDING,
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.FULFILLED,
)
COMING = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)

# As literals: SQLite uses the partial indexes of what is coming and of what is held only for a query that
# spells their condition out.
_COMING = tuple(literal(status.value) for status in COMING)
_HELD = literal(AppointmentStatus.PENDING.value)

# No appointment is longer, which the database sees to: so those that are under way at a moment have begun
# within this time before it, and no look at a day reads the years before.
LONGEST = timedelta(days=1)


def _keeps_another_time() -> Exists:
    """Whether the row keeps a time beside a booked one from everybody else, or did."""
    return Exists(OtherTime.objects.filter(hold=OuterRef("pk")))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Questions asked of appointments. Time is passed in."""

    def active(self) -> Self:
        """Those that take the practitioner's time."""
        return self.filter(status__in=ACTIVE_STATUSES)

    def held(self) -> Self:
        """Offers that wait for the patient."""
        return self.filter(status=_HELD)

    def coming(self) -> Self:
        """Booked, the patient perhaps here already."""
        return self.filter(status__in=_COMING)

    def unfinished(self, day_began: datetime) -> Self:
        """Visits of days before `day_began` of which nobody has said what became of them."""
        return self.filter(status__in=_COMING, start__lt=day_began)

    def unconfirmed(self, start: datetime, end: datetime) -> Self:
        """Booked visits that begin in [start, end) and of which the patient hasn't said that they come."""
        booked = self.coming().filter(status=AppointmentStatus.BOOKED, confirmed_at=None)
        return booked.filter(start__gte=start, start__lt=end)

    def expired(self, now: datetime) -> Self:
        """Held offers whose hold has ended."""
        return self.held().filter(hold_until__lte=now)

    def no_longer_beside(self) -> Self:
        """Without those that kept another time beside the booked one and no longer do: the timeline says what
        became of it."""
        return self.exclude(_keeps_another_time(), status=AppointmentStatus.CANCELLED)

    def refused(self) -> list[tuple[datetime, str]]:
        """The times that patients gave up as none suited, each with the words said then, newest first."""
        said = RequestEvent.objects.filter(
            request=OuterRef("request"), action=Action.NONE_SUITS, at=OuterRef("cancelled_at")
        )
        ended = self.filter(Exists(said), status=AppointmentStatus.CANCELLED).order_by(
            "-cancelled_at", "start"
        )
        return list(ended.values_list("start", Subquery(said.values("note")[:1])))

    def between(self, start: datetime, end: datetime) -> Self:
        """Those that overlap [start, end)."""
        return self.filter(start__lt=end, start__gt=start - LONGEST, end__gt=start)

    def under_way_or_ahead(self, now: datetime) -> Self:
        """Those that have not ended."""
        return self.filter(start__gt=now - LONGEST, end__gt=now)

    def take(self, now: datetime) -> int:
        """Books those that are held and whose hold lasts; returns how many."""
        return self.held().filter(hold_until__gt=now).update(status=AppointmentStatus.BOOKED, hold_until=None)

    def cancel(self, now: datetime, reason: str = "") -> int:
        """Cancels all of them, held or booked; returns how many. Their times fall free. What kept another
        time from everybody else for who was asked was nobody's. The caller has locked their requests."""
        ending = self.filter(status__in=(AppointmentStatus.PENDING, *COMING)).order_by()
        whose = Case(When(_keeps_another_time(), then=None), default=F("request_id"))
        rows = list(ending.values_list("pk", "practitioner_id", "start", "end", whose))
        if not rows:
            return 0
        FreedTime.objects.note((row[1:] for row in rows), now)
        still = Appointment.objects.filter(pk__in=[row[0] for row in rows])
        return still.filter(status__in=(AppointmentStatus.PENDING, *COMING)).update(
            status=AppointmentStatus.CANCELLED,
            hold_until=None,
            cancelled_at=now,
            cancellation_reason=reason,
            sequence=F("sequence") + 1,
        )

    def settle(self, status: str, now: datetime, reason: str = "") -> None:
        """Brings the appointments of requests in line with the status that these have moved to.

        Holds end with every move but the one that offers them; a booked time ends with the request, for
        `reason`, and is fulfilled when the request is completed.
        """
        if status != Status.OFFERED:
            self.held().cancel(now)
        ended = 0
        if status == Status.COMPLETED:
            ended = self.coming().update(status=AppointmentStatus.FULFILLED)
        elif status != Status.BOOKED:
            ended = self.coming().cancel(now, reason)
        if ended:  # with the time, the wish for another one in its place
            OtherTimeWish.objects.filter(request__in=self.values("request")).delete()


class Appointment(models.Model):
    """A practitioner's time, held or booked for one request."""

    request = models.ForeignKey(
        "appointments.PatientRequest",
        verbose_name=_("request"),
        on_delete=models.CASCADE,
        related_name="appointments",
    )
    practitioner = models.ForeignKey(
        Practitioner,
        verbose_name=_("practitioner"),
        on_delete=models.PROTECT,
        related_name="appointments",
        db_index=False,  # appointment_schedule
    )
    status = models.CharField(
        _("status"), max_length=9, choices=AppointmentStatus.choices, default=AppointmentStatus.PENDING
    )
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    hold_until = models.DateTimeField(_("held until"), null=True, blank=True)
    is_consultation = models.BooleanField(
        _("a consultation"),
        default=False,
        db_default=False,
        help_text=_("Nothing is treated at this visit: the dermatologist talks with the patient."),
    )
    treatment_followed = models.BooleanField(
        _("the treatment followed"),
        default=False,
        db_default=False,
        help_text=_("At a consultation that took place: the treatment was given at once."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(
        _("confirmed at"),
        null=True,
        blank=True,
        help_text=_("The patient has said that they are coming at this time."),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancellation_reason = models.CharField(_("reason"), max_length=500, blank=True)
    uid = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="UID of the calendar entry."
    )
    sequence = models.PositiveIntegerField(
        default=0, editable=False, help_text="SEQUENCE of the calendar entry: grows with each change."
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["start"]
        default_permissions = ("view",)
        constraints = [
            choices_check("status", AppointmentStatus, "appointment_status"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="appointment_starts_before_end"),
            models.CheckConstraint(
                condition=Q(status=AppointmentStatus.PENDING, hold_until__isnull=False)
                | (~Q(status=AppointmentStatus.PENDING) & Q(hold_until=None)),
                name="appointment_held_until",
            ),
            models.CheckConstraint(
                condition=Q(treatment_followed=False)
                | Q(is_consultation=True, status=AppointmentStatus.FULFILLED),
                name="appointment_treatment_followed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None)
                | (~Q(status=AppointmentStatus.PENDING) & Q(confirmed_at__lt=F("start"))),
                name="appointment_confirmed",
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(status__in=COMING), name="appointment_one_coming"
            ),
        ]
        indexes = [
            models.Index(fields=["practitioner", "start"], name="appointment_schedule"),
            models.Index(
                fields=["hold_until"],
                condition=Q(status=AppointmentStatus.PENDING),
                name="appointment_holds",
            ),
            models.Index(fields=["start", "status"], name="appointment_start_status"),
            models.Index(fields=["start"], condition=Q(status__in=COMING), name="appointment_coming"),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} {self.start:%Y-%m-%d %H:%M}"

    @property
    def is_talk_alone(self) -> bool:
        """Whether nothing is or was treated at it."""
        return self.is_consultation and not self.treatment_followed

    @property
    def shown_day(self) -> str:
        """The clinic's day of it, in words."""
        return words.day(self.start)

    @property
    def shown_time(self) -> str:
        """When it begins on the clinic's clock, in words."""
        return words.clock(self.start)

    @property
    def leaf(self) -> tuple[str, str]:
        """Month and number of its day, as on the leaf of a calendar."""
        return words.month_and_number(self.start)

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return round((self.end - self.start) / timedelta(minutes=1))

    @property
    def shown_end_of_hold(self) -> str:
        """Until when it is held, in words; '' when it isn't."""
        return words.day_and_clock(self.hold_until) if self.hold_until else ""

    @property
    def is_held(self) -> bool:
        """Whether it is an offer that waits for the patient."""
        return self.status == AppointmentStatus.PENDING

    @property
    def is_coming(self) -> bool:
        """Whether it is booked, the patient perhaps here already."""
        return self.status in COMING

    @property
    def shown_confirmed(self) -> str:
        """When the patient said that they are coming, in words; '' where they haven't."""
        return words.day_and_clock(self.confirmed_at) if self.confirmed_at else ""

    def can_confirm(self, now: datetime) -> bool:
        """Whether the patient can still say that they are coming: once, until it begins."""
        return self.status == AppointmentStatus.BOOKED and self.confirmed_at is None and now < self.start

    def is_confirmed_ahead(self, now: datetime) -> bool:
        """Whether a confirmation can still be taken back."""
        return self.status == AppointmentStatus.BOOKED and self.confirmed_at is not None and now < self.start

    def can_cancel(self, now: datetime) -> bool:
        """Whether the patient can still give it up: until it begins."""
        return self.is_coming and now < self.start

    def is_late(self, clinic: Clinic, now: datetime) -> bool:
        """Whether giving it up now leaves the clinic less than the notice that it asks for."""
        return now > self.start - timedelta(hours=clinic.cancel_notice_hours)
