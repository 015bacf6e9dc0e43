"""The request: one table for both kinds, one inbox, one timeline."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from appointments import emails, lifecycle, names, phones, references
from appointments.lifecycle import Action, ClosedReason, Status
from appointments.models import lists, search
from appointments.models.choices import (
    ContactBy,
    Decision,
    EventKind,
    Kind,
    PartOfDay,
    RequestSource,
    Topic,
    WeekdayCode,
)
from appointments.models.earlier import OtherTimeWish
from appointments.models.review import ClinicalReview
from appointments.models.texting import TextToRead
from appointments.models.timeline import RequestEvent
from appointments.roles import actors_of
from clinic.constraints import choices_check
from clinic.models import Clinic, opening_times, privacy_version
from clinic.time.hours import OpeningTimes, clinic_day
from treatments.alarm.signs import Level
from treatments.models import Language, Treatment


def new_token() -> str:
    """A patient's link token: 128 random bits, URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)


# Of rows that know their latest question, decision, step to the patient and answer. Joined one by one: a Q
# sorts its words by name, and what asks other tables would be asked of every row first.
_IS_ASKED = (
    Q(decision_owed=True)
    & Q(status__in=(Status.NEW, Status.IN_PROGRESS))
    & Q(asked__gt=F("decided"))
    & Q(turned__gt=F("answered"))
)

_BY_STATUS_WITH_PATIENT = Q(status__in=(Status.OFFERED, Status.BOOKED))

# More at once are beyond any list; Today counts them.
MOST_ALARMING = 100


class PatientRequestQuerySet(models.QuerySet["PatientRequest"]):
    """Questions asked of requests. Time is passed in."""

    def in_inbox(self) -> Self:
        """Without the suspected spam, which waits apart until somebody frees or clears it."""
        return self.filter(lists.IN_INBOX)

    def in_quarantine(self) -> Self:
        """The suspected spam that waits to be freed or cleared."""
        return self.filter(lists.QUARANTINED)

    def waiting(self) -> Self:
        """The clinic owes the next step."""
        return self.filter(lists.WAITING)

    def with_open_question(self) -> Self:
        """The dermatologist has asked the patient, who owes the answer (see reviewing.open_question). They
        stay in the inbox, due when the patient's time for the answer is over, so that none is forgotten."""
        return self._knowing_who_is_asked().filter(_IS_ASKED)

    def with_patient(self) -> Self:
        """The patient owes the next step: an answer, a choice of the times, the visit."""
        rows = self._knowing_who_is_asked().filter(lists.PERHAPS_WITH_PATIENT)
        return rows.filter(_BY_STATUS_WITH_PATIENT | _IS_ASKED)

    def with_patient_apart(self) -> tuple[Self, Self]:
        """The same as two lists that have nothing in common, for counting: of those whose status tells it
        nothing else has to be asked."""
        rows = self.filter(lists.PERHAPS_WITH_PATIENT)
        return rows.filter(_BY_STATUS_WITH_PATIENT), rows._knowing_who_is_asked().filter(_IS_ASKED)

    def _knowing_who_is_asked(self) -> Self:
        needs = Q(decision=Decision.NEEDS_INFORMATION)
        return self.alias(
            asked=_latest(ClinicalReview.objects.filter(needs)),
            decided=_latest(ClinicalReview.objects.exclude(needs)),
            turned=_latest(RequestEvent.objects.filter(action=Action.DECIDE)),
            answered=_latest(RequestEvent.objects.filter(kind=EventKind.ANSWER)),
        )

    def last_moved_by(self, action: Action) -> Self:
        """In progress since `action`, the last step that anybody has taken."""
        return self.filter(lists.IN_PROGRESS, last_action=action)

    def overdue(self, now: datetime) -> Self:
        """Waiting past the promise."""
        return self.waiting().filter(respond_by__lt=now)

    def due_between(self, start: datetime, end: datetime) -> Self:
        """Waiting, with the promise falling into [start, end)."""
        return self.waiting().filter(respond_by__gte=start, respond_by__lt=end)

    def alarming(self) -> Self:
        """With a sign of alarm about which nobody has spoken to the patient yet, the worst and oldest first;
        one that was withdrawn meanwhile too."""
        rows = self.filter(alarm_met_at=None, status__in=(*lifecycle.OPEN, Status.WITHDRAWN))
        rows = rows.filter(lists.FLAGS["alarm"], alarm_at__isnull=False)
        return rows.order_by("alarm", "alarm_at", "pk")

    def owed(self) -> Self:
        """What the clinic owes the next step, and what has a sign of alarm about which nobody has spoken to
        the patient yet, offered or booked meanwhile."""
        return self.filter(lists.WAITING_OR_UNMET, ~lists.OVER_BUT_WITHDRAWN)

    def with_text_to_read(self) -> Self:
        """The patient has texted something that nobody has read yet, whatever became of the request. Not
        joined: for the few of these, SQLite would go through all requests."""
        return self.filter(pk__in=TextToRead.objects.values("request"))

    def wanting_another_time(self) -> Self:
        """Booked, and the patient would rather have another time, which nobody has offered yet. Not joined
        either."""
        return self.filter(pk__in=OtherTimeWish.objects.values("request"), status=Status.BOOKED)

    def most_urgent_first(self) -> Self:
        """Of what waits the urgent first, then by the promise."""
        return self.order_by("-urgent", "respond_by", "pk")

    def calls_due(self, now: datetime) -> Self:
        """Open callbacks whose next call is due, in the part of the day in which the patient wants it.

        An urgent one doesn't wait for its part of the day.
        """
        return self.waiting().filter(lists.calls_due(now))

    def of_person(self, person: uuid.UUID) -> Self:
        """Every request that staff confirmed to be of one person."""
        return self.filter(person=person)

    def with_reference(self, typed: str) -> Self:
        """The request whose reference somebody typed, forgivingly; none for a wrong check character."""
        code = references.read(typed)
        return self.filter(reference=code) if code else self.none()

    def like(self, row: "PatientRequest") -> Self:
        """Sent under the name and from the phone of `row`, whose search keys are set; `row` among them."""
        return self.filter(phone_digits=row.phone_digits, name_key=row.name_key)

    def search(self, typed: str) -> Self:
        """What a person typed into the one search box: a name or any words of it, a phone number, an e-mail,
        a date of birth, a reference, or the beginning of one of them (of a reference, either half).

        At most `MOST_FOUND`. Each thing that may be meant is asked of its own index, all in one query.
        """
        typed = typed.strip()
        if references.read(typed) and self.with_reference(typed).exists():
            return self.with_reference(typed)
        rows = self.model.objects.order_by().alias(second_half=search.SECOND_HALF)
        ways: list[models.QuerySet[Any, Any]] = [
            rows.filter(condition).annotate(way=F("pk")).values_list("way")
            for condition in (search.by_columns(typed, clinic_day(timezone.now())) if typed else ())
        ]
        ways += [found.annotate(way=F("request_id")).values_list("way") for found in search.by_name(typed)]
        if not ways:
            return self.none()
        found = ways[0].union(*ways[1:], all=True)
        return self.filter(pk__in=found[: search.MOST_FOUND])

    def bulk_create(
        self, objs: Iterable["PatientRequest"], *args: Any, **kwargs: Any
    ) -> list["PatientRequest"]:
        """With the search keys, as `save` keeps them."""
        rows = list(objs)
        for row in rows:
            row.set_search_keys()
        with transaction.atomic():
            stored = super().bulk_create(rows, *args, **kwargs)
            search.keep_names((row.pk, row.first_name, row.last_name) for row in stored)
        return stored


def _latest(rows: "models.QuerySet[Any]") -> Coalesce:
    """The greatest key of a request's `rows`, 0 for none; unlike the first of a sort, read from the index."""
    of_one = rows.filter(request=OuterRef("pk")).order_by().values("request")
    return Coalesce(Subquery(of_one.annotate(latest=Max("pk")).values("latest")), 0)


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
    name_key = models.CharField(max_length=names.LONGEST_KEY, editable=False)
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
        _("e-mail to check"),
        default=False,
        help_text=_("The domain mixes scripts, or is one slip from a common one."),
    )
    contact_by = models.CharField(
        _("contact by"), max_length=5, choices=ContactBy.choices, default=ContactBy.PHONE
    )
    voicemail_ok = models.BooleanField(_("voicemail allowed"), null=True, blank=True)

    treatment = models.ForeignKey(
        Treatment,
        verbose_name=_("treatment"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,  # see `lists`
    )
    topic = models.CharField(_("topic"), max_length=15, choices=Topic.choices, blank=True)
    preferred_days = models.JSONField(_("preferred days"), default=list, blank=True)
    preferred_times = models.JSONField(_("preferred times"), default=list, blank=True)
    earliest_date = models.DateField(_("earliest date"), null=True, blank=True)
    returning_patient = models.BooleanField(_("has been here before"), null=True, blank=True)
    message = models.TextField(_("message"), blank=True)

    consented_at = models.DateTimeField(_("consented at"))
    privacy_version = models.CharField(_("version of the privacy notice"), max_length=20)
    recall_consent = models.BooleanField(_("may be reminded of the next visit"), default=False)
    recall_opted_out_at = models.DateTimeField(_("wants no more reminders since"), null=True, blank=True)

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
        db_index=False,  # see `lists`
    )
    urgent = models.BooleanField(_("urgent"), default=False)
    alarm = models.CharField(
        _("sign of alarm"), max_length=8, choices=Level.choices, blank=True, default="", db_default=""
    )
    alarm_at = models.DateTimeField(_("sign of alarm seen at"), null=True, blank=True)
    alarm_met_at = models.DateTimeField(_("spoken to about it at"), null=True, blank=True)
    screening_flagged = models.BooleanField(_("screening answer flagged"), default=False)
    age_flagged = models.BooleanField(_("age outside the treatment's range"), default=False)
    interval_flagged = models.BooleanField(
        _("sooner than the shortest interval"), default=False, db_default=False
    )
    possible_duplicate = models.BooleanField(_("possible duplicate"), default=False)
    crowded = models.BooleanField(
        _("many requests under this phone or e-mail"), default=False, db_default=False, editable=False
    )
    suspected_spam = models.BooleanField(_("suspected spam"), default=False)
    decision_owed = models.BooleanField(
        _("waits for a dermatologist's decision"),
        default=False,
        help_text=_("While set, nothing can be offered or booked."),
    )
    # As the timeline says it too; a request from before it was kept here, and that is over, has none.
    last_action = models.CharField(
        _("last step"), max_length=21, choices=Action.choices, blank=True, db_default="", editable=False
    )

    received_at = models.DateTimeField(_("received at"))
    respond_by = models.DateTimeField(_("due"))
    promise_broken_at = models.DateTimeField(_("promise broken at"), null=True, blank=True)
    next_call_at = models.DateTimeField(_("next call"), null=True, blank=True)
    calling_ended_at = models.DateTimeField(
        _("calling ended"),
        null=True,
        blank=True,
        help_text=_("The patient was reached, or the number is wrong: no further call is due."),
    )
    call_attempts = models.PositiveSmallIntegerField(_("calls made"), default=0)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    is_record = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Finished long ago and kept as a visit: retention needn't look at it again.",
    )
    # Without an index, which each look at a request would change.
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
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
                condition=Q(decision_owed=False) | ~Q(status__in=lifecycle.BARRED_WHILE_DECISION_OWED),
                name="request_decision_owed",
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
            models.CheckConstraint(
                condition=Q(alarm="", alarm_at=None, alarm_met_at=None)
                | Q(alarm__in=Level.values, alarm_at__isnull=False),
                name="request_alarm_whole",
            ),
            # Until somebody has spoken to the patient it leads the lists, and no list leaves it out.
            models.CheckConstraint(
                condition=Q(alarm="") | Q(alarm_met_at__isnull=False) | Q(urgent=True, suspected_spam=False),
                name="request_alarm_is_urgent",
            ),
        ]
        indexes = [
            *lists.INDEXES,
            models.Index(fields=["name_key"], name="request_name_key"),
            models.Index(fields=["date_of_birth"], name="request_date_of_birth"),
            models.Index(search.SECOND_HALF, name="request_reference_end"),
            models.Index(fields=["status"], condition=Q(decision_owed=True), name="request_owed"),
            models.Index(
                fields=["alarm_at"], condition=~Q(alarm="") & Q(alarm_met_at=None), name="request_alarm"
            ),
        ]

    def __str__(self) -> str:
        return self.shown_reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the search keys beside what they are made of, and dates a new request."""
        self.set_search_keys()
        is_new = self._state.adding
        if is_new:
            self._set_dates()
        # Whoever is in a transaction already gives it up where this fails: a savepoint would be for nothing.
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            if is_new:
                search.keep_names([(self.pk, self.first_name, self.last_name)])
            else:
                search.renew_names(self.pk, self.first_name, self.last_name)

    def get_absolute_url(self) -> str:
        """The patient's page; whoever has this address is taken for the patient."""
        return reverse("request-status", args=[self.token])

    def set_search_keys(self) -> None:
        """Works the keys of the look-ups out from the name, the phone and the e-mail beside them; once, as
        long as these stay the same objects."""
        made_of = self.first_name, self.last_name, self.phone, self.email
        before = vars(self).get("_keys_made_of", (None,) * len(made_of))
        if all(one is other for one, other in zip(made_of, before, strict=True)):
            return
        self.name_key = names.key(self.first_name, self.last_name)
        self.email_key = emails.key(self.email)
        self.phone_digits = phones.digits(self.phone)
        self.phone_digits_reversed = self.phone_digits[::-1]
        vars(self)["_keys_made_of"] = made_of

    def _set_dates(self) -> None:
        """What a request has from its first moment on, where whoever makes it has not said otherwise."""
        self.received_at = self.received_at or timezone.now()
        self.respond_by = self.respond_by or promise_from(self.received_at)
        self.consented_at = self.consented_at or self.received_at
        self.privacy_version = self.privacy_version or privacy_version(self.received_at)

    @property
    def shown_reference(self) -> str:
        """The reference as people see it, `XXXX-XXXX`."""
        return references.shown(self.reference)

    @property
    def full_name(self) -> str:
        """First and last name; some people have one name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def shown_phone(self) -> str:
        """The phone number as people dial it."""
        return phones.shown(self.phone)

    @property
    def shown_days(self) -> str:
        """The days that suit the patient, in words; '' where any does."""
        return ", ".join(str(WeekdayCode(code).label) for code in self.preferred_days)

    @property
    def shown_times(self) -> str:
        """The parts of the day that suit, in words; '' where any does."""
        return ", ".join(str(PartOfDay(code).label) for code in self.preferred_times)

    @property
    def email_meant(self) -> str:
        """The address that the patient may have meant; empty unless a slip in the domain is likely."""
        return emails.nearest(self.email)

    @property
    def is_open(self) -> bool:
        """Whether anything can still come of it."""
        return self.status in lifecycle.OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether the clinic owes the next step."""
        return self.status in lifecycle.WAITING

    @property
    def is_alarming(self) -> bool:
        """Whether the patient's page says what to do about a sign of alarm: until somebody has spoken to them
        or the request has ended, other than by the very words that named it."""
        if not self.alarm or self.alarm_at is None or self.alarm_met_at is not None:
            return False
        return self.is_open or (self.finished_at is not None and self.finished_at <= self.alarm_at)

    @property
    def is_flagged(self) -> bool:
        """Whether an answer, the age or an earlier visit asks for the dermatologist's look."""
        return self.screening_flagged or self.age_flagged or self.interval_flagged

    def age_on(self, day: date) -> int | None:
        """Full years of age on `day`; None for a callback, which doesn't ask."""
        born = self.date_of_birth
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def visit_minutes(self, clinic: Clinic, is_consultation: bool | None = None) -> int:
        """How long the visit takes: the treatment's, or a consultation's. One query, if nobody says which."""
        if is_consultation is None:
            is_consultation = self.is_for_consultation()
        if self.treatment is None or is_consultation:
            return clinic.consultation_minutes
        return self.treatment.visit_minutes

    def is_for_consultation(self) -> bool:
        """Whether the next visit is a consultation: no treatment is asked for, or the dermatologist wants to
        talk before it. One query where there is a treatment."""
        return self.treatment_id is None or self.is_consultation_first()

    def is_consultation_first(self) -> bool:
        """Whether the dermatologist wants to talk before the treatment that is asked for."""
        if self.pk is None:
            return False
        return self.clinical_reviews.values_list("decision", flat=True).first() == Decision.CONSULTATION_FIRST

    def possible_actions(self, by: AbstractUser | None) -> list[Action]:
        """What `by` could do now, in the table's order; a decision that is owed bars offering and booking."""
        actions = lifecycle.actions_from(self.status, actors_of(by))
        if not self.decision_owed:
            return actions
        barred = {row.action for row in lifecycle.MOVES if row.target in lifecycle.BARRED_WHILE_DECISION_OWED}
        return [action for action in actions if action not in barred]

    def move(
        self, action: str, by: AbstractUser | None = None, note: str = "", **options: Any
    ) -> "RequestEvent":
        """The door to `appointments.requests.moves.move`, which says what it takes and what it raises.

        By name, as Django's settings name their middleware: rows know nothing of what is done with them.
        """
        event: RequestEvent = import_string("appointments.requests.moves.move")(
            self, action, by, note, **options
        )
        return event


def promise_from(now: datetime, times: OpeningTimes | None = None, clinic: Clinic | None = None) -> datetime:
    """By when a request that reaches the inbox at `now` is answered: the close of the clinic day that the
    clinic's own setting names. Three queries, fewer for what is given.
    """
    within = (clinic or Clinic.facts()).answer_within_days
    return (opening_times() if times is None else times).end_of_clinic_day(now, within)
