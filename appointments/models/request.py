"""The request: one table for both kinds, one inbox, one timeline."""

import secrets
import uuid
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from appointments import lifecycle, notices, references
from appointments.lifecycle import Action, Actor, ClosedReason, ColleagueWasFaster, Move, MoveRefused, Status
from appointments.models.appointment import Appointment
from appointments.models.choices import ContactBy, Decision, EventKind, Kind, RequestSource, Topic
from appointments.models.queries import PatientRequestQuerySet
from appointments.models.review import ClinicalReview
from appointments.models.timeline import RequestEvent
from appointments.names import search_key
from clinic.constraints import choices_check
from clinic.hours import NoOpenDay, OpeningTimes
from clinic.models import Clinic, opening_times
from clinic.privacy import PRIVACY_VERSION
from treatments.models import Language, Treatment


def actors_of(by: AbstractUser | None) -> set[Actor]:
    """The roles in which `by` acts: staff by their permissions, nobody is the patient or the clock."""
    if by is None:
        return {Actor.PATIENT, Actor.SYSTEM}
    actors = set()
    if by.has_perm("appointments.handle_patientrequest"):
        actors.add(Actor.FRONT_DESK)
    if by.has_perm("appointments.review_patientrequest"):
        actors.add(Actor.DERMATOLOGIST)
    return actors


def new_token() -> str:
    """A patient's link token: 128 random bits, URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)


class PatientRequest(models.Model):
    """A patient's request for an appointment or for a call. Never an appointment itself."""

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    source = models.CharField(
        _("source"), max_length=8, choices=RequestSource.choices, default=RequestSource.WEB
    )
    reference = models.CharField(
        _("reference"), max_length=8, unique=True, default=references.new_reference, editable=False
    )
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    submission_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    submission_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="SHA-256 of what was sent, to tell a repeat from other content.",
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH
    )

    first_name = models.CharField(_("first name"), max_length=120)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    given_key = models.CharField(max_length=250, editable=False, db_index=True)
    family_key = models.CharField(max_length=250, editable=False, db_index=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    phone = PhoneNumberField(_("phone"))
    phone_digits = models.CharField(max_length=40, editable=False, db_index=True)
    phone_digits_reversed = models.CharField(max_length=40, editable=False, db_index=True)
    phone_to_check = models.BooleanField(
        _("phone to check"), default=False, help_text=_("Possible, but in no range that is assigned yet.")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False, db_index=True)
    email_to_check = models.BooleanField(
        _("e-mail to check"), default=False, help_text=_("The domain mixes scripts.")
    )
    contact_by = models.CharField(
        _("contact by"), max_length=5, choices=ContactBy.choices, default=ContactBy.PHONE
    )
    voicemail_ok = models.BooleanField(_("voicemail allowed"), null=True, blank=True)

    treatment = models.ForeignKey(
        Treatment, verbose_name=_("treatment"), null=True, blank=True, on_delete=models.PROTECT
    )
    topic = models.CharField(_("topic"), max_length=15, choices=Topic.choices, blank=True)
    preferred_days = models.JSONField(_("preferred days"), default=list, blank=True)
    preferred_times = models.JSONField(_("preferred times"), default=list, blank=True)
    earliest_date = models.DateField(_("earliest date"), null=True, blank=True)
    returning_patient = models.BooleanField(_("has been here before"), null=True, blank=True)
    message = models.TextField(_("message"), blank=True)

    consented_at = models.DateTimeField(_("consented at"))
    privacy_version = models.CharField(_("version of the privacy notice"), max_length=20)
    recall_consent = models.BooleanField(_("may be asked back"), default=False)
    recall_opted_out_at = models.DateTimeField(_("opted out of being asked back at"), null=True, blank=True)

    status = models.CharField(_("status"), max_length=15, choices=Status.choices, default=Status.NEW)
    closed_reason = models.CharField(_("reason"), max_length=12, choices=ClosedReason.choices, blank=True)
    duplicate_of = models.ForeignKey(
        "self",
        verbose_name=_("duplicate of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="duplicates",
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_requests",
    )
    urgent = models.BooleanField(_("urgent"), default=False)
    screening_flagged = models.BooleanField(_("screening answer flagged"), default=False)
    age_flagged = models.BooleanField(_("age outside the treatment's range"), default=False)
    possible_duplicate = models.BooleanField(_("possible duplicate"), default=False)
    suspected_spam = models.BooleanField(_("suspected spam"), default=False)
    clinical_hold = models.BooleanField(
        _("waits for a dermatologist's decision"),
        default=False,
        help_text=_("While set, nothing can be offered or booked."),
    )

    received_at = models.DateTimeField(_("received at"))
    respond_by = models.DateTimeField(_("due"))
    promise_broken_at = models.DateTimeField(_("promise broken at"), null=True, blank=True)
    next_call_at = models.DateTimeField(_("next call"), null=True, blank=True)
    call_attempts = models.PositiveSmallIntegerField(_("calls made"), default=0)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    person = models.UUIDField(
        default=uuid.uuid4,
        editable=False,
        db_index=True,
        help_text="Shared by requests that staff confirmed to be of one person.",
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PatientRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("inbox")
        default_permissions = ("view",)
        permissions = [
            ("handle_patientrequest", "Can work on requests: take, note, offer, book, close"),
            ("review_patientrequest", "Can decide what is suitable, as a dermatologist"),
            ("export_patientrequest", "Can export requests"),
        ]
        constraints = [
            choices_check("kind", Kind, "request_kind"),
            choices_check("source", RequestSource, "request_source"),
            choices_check("status", Status, "request_status"),
            choices_check("language", Language, "request_language"),
            choices_check("contact_by", ContactBy, "request_contact_by"),
            models.CheckConstraint(
                condition=Q(topic="", kind=Kind.APPOINTMENT) | Q(topic__in=Topic.values, kind=Kind.CALLBACK),
                name="request_topic",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.APPOINTMENT, date_of_birth__isnull=False)
                | Q(kind=Kind.CALLBACK, date_of_birth=None),
                name="request_date_of_birth",
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.CLOSED) & Q(closed_reason__in=ClosedReason.values))
                | (~Q(status=Status.CLOSED) & Q(closed_reason="")),
                name="request_closed_reason",
            ),
            models.CheckConstraint(
                condition=Q(clinical_hold=False) | ~Q(status__in=lifecycle.BARRED_BY_CLINICAL_HOLD),
                name="request_clinical_hold",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, status__in=lifecycle.OPEN)
                | Q(finished_at__isnull=False, status__in=lifecycle.FINISHED),
                name="request_finished_at",
            ),
            models.CheckConstraint(
                condition=~Q(first_name="") & Q(contact_by=ContactBy.PHONE)
                | ~Q(first_name="") & ~Q(email=""),
                name="request_can_be_reached",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="request_not_its_own_duplicate"),
        ]
        indexes = [
            models.Index(
                fields=["-urgent", "respond_by"],
                condition=Q(status__in=lifecycle.WAITING, suspected_spam=False),
                name="request_waiting",
            ),
            models.Index(fields=["status", "received_at"], name="request_status_received"),
            models.Index(fields=["assignee", "status"], name="request_assignee_status"),
            models.Index(fields=["kind", "received_at"], name="request_kind_received"),
            models.Index(fields=["received_at"], name="request_received"),
            models.Index(fields=["received_at"], condition=Q(suspected_spam=True), name="request_spam"),
            models.Index(fields=["status"], condition=Q(clinical_hold=True), name="request_hold"),
        ]

    def __str__(self) -> str:
        return self.shown_reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the search keys beside what they are made of, and dates a new request."""
        self.set_search_keys()
        if self._state.adding:
            self._set_dates()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The patient's page; whoever has this address is taken for the patient."""
        return reverse("request-status", args=[self.token])

    def set_search_keys(self) -> None:
        """Works the keys of the look-ups out from the name, the phone and the e-mail beside them."""
        self.given_key = search_key(self.first_name, self.last_name)
        self.family_key = search_key(self.last_name, self.first_name)
        self.email_key = self.email.strip().casefold()
        self.phone_digits = f"{self.phone.country_code}{self.phone.national_number}"
        self.phone_digits_reversed = self.phone_digits[::-1]

    def _set_dates(self) -> None:
        """What a request has from its first moment on, where whoever makes it has not said otherwise."""
        self.received_at = self.received_at or timezone.now()
        self.respond_by = self.respond_by or promise_from(self.received_at)
        self.consented_at = self.consented_at or self.received_at
        self.privacy_version = self.privacy_version or PRIVACY_VERSION

    @property
    def shown_reference(self) -> str:
        """The reference as people see it, `XXXX-XXXX`."""
        return references.shown(self.reference)

    @property
    def full_name(self) -> str:
        """First and last name; some people have one name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_open(self) -> bool:
        """Whether anything can still come of it."""
        return self.status in lifecycle.OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether the clinic owes the next step."""
        return self.status in lifecycle.WAITING

    def age_on(self, day: date) -> int | None:
        """Full years of age on `day`; None for a callback, which doesn't ask."""
        born = self.date_of_birth
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def visit_minutes(self, clinic: Clinic) -> int:
        """How long the visit takes: the treatment's, or a consultation's. One query."""
        if self.treatment is None or self.is_consultation_first():
            return clinic.consultation_minutes
        return self.treatment.visit_minutes

    def is_consultation_first(self) -> bool:
        """Whether the dermatologist wants to talk before the treatment that is asked for."""
        if self.pk is None:
            return False
        return self.clinical_reviews.values_list("decision", flat=True).first() == Decision.CONSULTATION_FIRST

    def possible_actions(self, by: AbstractUser | None) -> list[Action]:
        """What `by` could do now, in the table's order; a clinical hold bars offering and booking."""
        actions = lifecycle.actions_from(self.status, actors_of(by))
        if not self.clinical_hold:
            return actions
        barred = {row.action for row in lifecycle.MOVES if row.target in lifecycle.BARRED_BY_CLINICAL_HOLD}
        return [action for action in actions if action not in barred]

    def move(
        self,
        action: str,
        by: AbstractUser | None = None,
        note: str = "",
        *,
        reason: str = "",
        to: Status | None = None,
        seen_version: int | None = None,
        reviewed: bool = False,
        now: datetime | None = None,
    ) -> "RequestEvent":
        """Makes one move of the table, whole or not at all, and returns its event of the timeline.

        `by` is a member of staff, or None for the patient and for the clock. `note` is kept on the
        timeline. `close` needs a `reason` (a value of ClosedReason; the note may be it). `to` picks among the
        rows of an action that has several. `seen_version` is the version that the person was looking at.
        `decide` that leads on records the decision 'suitable' and lifts the hold, unless the caller has
        `reviewed`, that is, written a review of its own (see appointments.reviewing).

        Raises MoveRefused when the table, the clinical hold or a missing reason says no, and
        ColleagueWasFaster when the request has been moved since.
        """
        now = now or timezone.now()
        row = self._row(action, by, to)
        if action == Action.CLOSE:
            reason = reason or note
            if reason not in ClosedReason.values:
                raise MoveRefused(_("Say why: could not reach the patient, a duplicate, or spam."))
        if action in lifecycle.NEEDS_NOTE and not note.strip():
            raise MoveRefused(_("Write a note that says why."))
        with transaction.atomic():
            before = (
                PatientRequest.objects.select_for_update()
                .only("status", "version", "clinical_hold")
                .get(pk=self.pk)
            )
            refusal = before._refusal(row, seen_version)
            if refusal:
                raise refusal
            changes = self._changes(row, by, reason, now)
            if row.action == Action.DECIDE and row.target == Status.IN_PROGRESS and not reviewed:
                ClinicalReview.objects.create(
                    request_id=self.pk,
                    decision=Decision.SUITABLE,
                    by_id=by.pk,  # type: ignore[union-attr]  # the table has it done by staff
                    at=now,
                )
                changes["clinical_hold"] = False
            won = PatientRequest.objects.filter(
                pk=self.pk, status=before.status, version=before.version
            ).update(**changes)
            if not won:
                raise ColleagueWasFaster(_("A colleague was faster."))
            Appointment.objects.filter(request=self).settle(row.target, now)
            event = RequestEvent.objects.create(
                request_id=self.pk,
                kind=EventKind.MOVED,
                action=row.action,
                from_status=before.status,
                to_status=row.target,
                by_id=by.pk if by else None,
                at=now,
                note=note,
            )
            self.refresh_from_db()
            notices.after_move(self, event)
        return event

    def _row(self, action: str, by: AbstractUser | None, to: Status | None) -> Move:
        rows = [row for row in lifecycle.rows_for(action) if to is None or row.target == to]
        if not rows:
            raise MoveRefused(_("This step doesn't lead there."))
        if not actors_of(by) & set(rows[0].actors):
            raise MoveRefused(_("This step is for somebody else to take."))
        return rows[0]

    def _refusal(self, row: Move, seen_version: int | None) -> MoveRefused | None:
        """Why `row` can't be applied to this row of the database, or None."""
        if self.status not in row.sources:
            faster = _("A colleague was faster. The request is now: %(status)s.")
            return ColleagueWasFaster(faster % {"status": self.get_status_display()})
        if seen_version is not None and seen_version != self.version:
            return ColleagueWasFaster(
                _("A colleague was faster: the request has changed since you opened it.")
            )
        if self.clinical_hold and row.target in lifecycle.BARRED_BY_CLINICAL_HOLD:
            return MoveRefused(_("The dermatologist has to decide first."))
        return None

    def _changes(self, row: Move, by: AbstractUser | None, reason: str, now: datetime) -> dict[str, Any]:
        """The columns that `row` changes beside the status."""
        changes: dict[str, Any] = {"status": row.target, "version": F("version") + 1}
        changes["finished_at"] = now if row.target in lifecycle.FINISHED else None
        changes["closed_reason"] = reason if row.target == Status.CLOSED else ""
        if row.action in (Action.TAKE, Action.REOPEN):
            changes["assignee"] = by
        elif row.action == Action.PUT_BACK:
            changes["assignee"] = None
        elif row.action == Action.ASK_REVIEW:
            changes["clinical_hold"] = True
        if row.action == Action.REOPEN:
            changes |= {"respond_by": promise_from(now), "promise_broken_at": None, "duplicate_of": None}
        elif row.action in lifecycle.DUE_NOW:
            changes |= {"respond_by": now, "promise_broken_at": None}
        return changes


def promise_from(now: datetime) -> datetime:
    """By when a request that reaches the inbox at `now` is answered: the close of the clinic day that the
    clinic's own setting names. Three queries.

    A closure that goes on for more than a year is a slip of whoever typed it: the week's hours count then, so
    that no request is turned away for it.
    """
    times, days = opening_times(), Clinic.current().answer_within_days
    try:
        return times.end_of_clinic_day(now, days)
    except NoOpenDay:
        return OpeningTimes(times.weekly).end_of_clinic_day(now, days)


class _OfKind(models.Manager["PatientRequest"]):
    """Rows of one kind of request."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> PatientRequestQuerySet:
        return PatientRequestQuerySet(self.model, using=self._db).filter(kind=self.kind)


class AppointmentRequest(PatientRequest):
    """A request for an appointment."""

    objects = _OfKind(Kind.APPOINTMENT)  # type: ignore[assignment,misc]

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("appointment request")
        verbose_name_plural = _("appointment requests")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Sets the kind that the class stands for."""
        self.kind = Kind.APPOINTMENT
        super().save(*args, **kwargs)


class CallbackRequest(PatientRequest):
    """A request for a call."""

    objects = _OfKind(Kind.CALLBACK)  # type: ignore[assignment,misc]

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("callback request")
        verbose_name_plural = _("callback requests")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Sets the kind that the class stands for."""
        self.kind = Kind.CALLBACK
        super().save(*args, **kwargs)
