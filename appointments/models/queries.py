"""The questions that are asked of requests."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import connection, models
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from appointments import lifecycle, references
from appointments.lifecycle import Action, Status
from appointments.models.choices import Decision, EventKind, Kind, PartOfDay
from appointments.models.review import ClinicalReview
from appointments.models.timeline import RequestEvent
from appointments.names import digits_of, search_key
from clinic.hours import clinic_zone

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest


# As literals: SQLite uses the partial index of what waits only for a query that spells its condition out.
_WAITING = tuple(RawSQL(f"'{status.value}'", ()) for status in lifecycle.WAITING)  # noqa: S611 - constants only


class PatientRequestQuerySet(models.QuerySet["PatientRequest"]):
    """Questions asked of requests. Time is passed in."""

    def in_inbox(self) -> Self:
        """Without the suspected spam, which waits apart until somebody frees or clears it."""
        return self.filter(suspected_spam=False)

    def waiting(self) -> Self:
        """The clinic owes the next step."""
        return self.in_inbox().filter(status__in=_WAITING)

    def with_open_question(self) -> Self:
        """The dermatologist has asked the patient, who owes the answer (see reviewing.open_question). They
        stay in the inbox, due when the patient's time for the answer is over, so that none is forgotten."""
        needs = Q(decision=Decision.NEEDS_INFORMATION)
        return (
            self.filter(clinical_hold=True, status__in=(Status.NEW, Status.IN_PROGRESS))
            .alias(
                asked=_latest(ClinicalReview.objects.filter(needs)),
                decided=_latest(ClinicalReview.objects.exclude(needs)),
                turned=_latest(RequestEvent.objects.filter(action=Action.DECIDE)),
                answered=_latest(RequestEvent.objects.filter(kind=EventKind.ANSWER)),
            )
            .filter(asked__gt=F("decided"), turned__gt=F("answered"))
        )

    def overdue(self, now: datetime) -> Self:
        """Waiting past the promise."""
        return self.waiting().filter(respond_by__lt=now)

    def due_between(self, start: datetime, end: datetime) -> Self:
        """Waiting, with the promise falling into [start, end)."""
        return self.waiting().filter(respond_by__gte=start, respond_by__lt=end)

    def most_urgent_first(self) -> Self:
        """Waiting before all others, urgent first among them, then by the promise."""
        return self.alias(
            is_waiting=models.Case(models.When(status__in=lifecycle.WAITING, then=0), default=1)
        ).order_by("is_waiting", "-urgent", "respond_by", "pk")

    def calls_due(self, now: datetime) -> Self:
        """Open callbacks whose next call is due, in the part of the day in which the patient wants it.

        An urgent one doesn't wait for its part of the day.
        """
        other = PartOfDay.AFTERNOON if now.astimezone(clinic_zone()).hour < 12 else PartOfDay.MORNING
        return (
            self.waiting()
            .filter(kind=Kind.CALLBACK)
            .filter(Q(next_call_at=None) | Q(next_call_at__lte=now))
            .filter(Q(urgent=True) | ~Q(preferred_times=[other.value]))
        )

    def of_person(self, person: uuid.UUID) -> Self:
        """Every request that staff confirmed to be of one person."""
        return self.filter(person=person)

    def with_reference(self, typed: str) -> Self:
        """The request whose reference somebody typed, forgivingly; none for a wrong check character."""
        code = references.read(typed)
        return self.filter(reference=code) if code else self.none()

    def with_email(self, typed: str) -> Self:
        """Requests with this e-mail address, case aside."""
        return self.filter(email_key=typed.strip().casefold())

    def with_phone(self, typed: str) -> Self:
        """Requests whose phone number begins or ends with the digits in `typed`."""
        digits = digits_of(typed).lstrip("0")
        if len(digits) < 3:
            return self.none()
        starts = _prefix("phone_digits", digits) | _prefix("phone_digits", "1" + digits)
        return self.filter(starts | _prefix("phone_digits_reversed", digits[::-1]))

    def like(self, row: "PatientRequest") -> Self:
        """Sent under the name and from the phone of `row`, whose search keys are set; `row` among them."""
        return self.filter(phone_digits=row.phone_digits, given_key=row.given_key)

    def with_name(self, typed: str) -> Self:
        """Requests whose name begins with `typed`, first or last name first."""
        key = search_key(typed)
        return self.filter(_prefix("given_key", key) | _prefix("family_key", key)) if key else self.none()

    def search(self, typed: str) -> Self:
        """What a person typed into the one search box: a reference, an e-mail, a phone number or a name.

        The shape decides which index is asked, so each search is one look-up.
        """
        typed = typed.strip()
        if "@" in typed:
            return self.with_email(typed)
        if references.looks_like(typed) and self.with_reference(typed).exists():
            return self.with_reference(typed)
        if digits_of(typed) and not any(character.isalpha() for character in typed):
            return self.with_phone(typed)
        return self.with_name(typed)


def _latest(rows: "models.QuerySet[Any]") -> Coalesce:
    """The greatest key of a request's `rows`, 0 for none; unlike the first of a sort, read from the index."""
    of_one = rows.filter(request=OuterRef("pk")).order_by().values("request")
    return Coalesce(Subquery(of_one.annotate(latest=Max("pk")).values("latest")), 0)


def _prefix(field: str, prefix: str) -> Q:
    """`field` begins with `prefix`, in words that the index of either database can serve.

    PostgreSQL has a pattern index for LIKE; SQLite's LIKE ignores its index, a range does not.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "\U0010ffff"})
    return Q(**{f"{field}__startswith": prefix})
