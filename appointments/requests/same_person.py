"""Which requests are likely from one person: suggested with reasons, confirmed or refused by staff.

Nothing merges by itself and nothing that a patient sent is changed: requests of one person share the `person`
key, that is all. A family that shares a phone or an e-mail stays several people: another first name or
another date of birth makes a suggestion weak, whatever else is the same.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import names
from appointments.lifecycle import MoveRefused
from appointments.models import EventKind, IdentityDecision, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet
from appointments.requests.moves import require_desk

MOST_CANDIDATES = 50
LIKELY_FROM = 50
# What two requests have in common, and how much it says.
SAME = {
    "date_of_birth": (40, gettext_lazy("same date of birth")),
    "name": (30, gettext_lazy("same name")),
    "phone": (20, gettext_lazy("same phone number")),
    "email": (20, gettext_lazy("same e-mail address")),
}
OTHER_FIRST_NAME = gettext_lazy("another first name")
OTHER_BIRTHDAY = gettext_lazy("another date of birth")


class IdentityRefused(MoveRefused):
    """Two requests can't be joined or parted like this. The message is for the person who tried."""


@dataclass(frozen=True)
class Suggestion:
    """A request that may be of the same person, with what speaks for it and what against."""

    request: PatientRequest
    score: int
    reasons: tuple[str | Promise, ...]
    against: tuple[str | Promise, ...]

    @property
    def is_likely(self) -> bool:
        """Whether more speaks for one person than a shared phone; nothing may speak against it."""
        return self.score >= LIKELY_FROM and not self.against


def compare(one: PatientRequest, other: PatientRequest) -> Suggestion:
    """What `one` and `other` have in common, as a suggestion about `other`."""
    both_born = one.date_of_birth is not None and other.date_of_birth is not None
    common = {
        "date_of_birth": both_born and one.date_of_birth == other.date_of_birth,
        "name": one.name_key in _either_way(other),
        "phone": one.phone_digits == other.phone_digits,
        "email": bool(one.email_key) and one.email_key == other.email_key,
    }
    first_names = {names.key(patient_request.first_name) for patient_request in (one, other)}
    against: list[str | Promise] = []
    if len(first_names) > 1 and not common["name"]:
        against.append(OTHER_FIRST_NAME)
    if both_born and not common["date_of_birth"]:
        against.append(OTHER_BIRTHDAY)
    return Suggestion(
        request=other,
        score=sum(SAME[name][0] for name, is_same in common.items() if is_same),
        reasons=tuple(SAME[name][1] for name, is_same in common.items() if is_same),
        against=tuple(against),
    )


def _either_way(patient_request: PatientRequest) -> tuple[str, str]:
    """The keys of the name, the first name first and last: forms mix them up."""
    first, last = patient_request.first_name, patient_request.last_name
    return names.key(first, last), names.key(last, first)


def _candidates(patient_request: PatientRequest) -> PatientRequestQuerySet:
    alike = Q(phone_digits=patient_request.phone_digits)
    if patient_request.email_key:
        alike |= Q(email_key=patient_request.email_key)
    if patient_request.date_of_birth:
        alike |= Q(name_key__in=_either_way(patient_request), date_of_birth=patient_request.date_of_birth)
    return PatientRequest.objects.in_inbox().filter(alike).exclude(person=patient_request.person)


def _refused_persons(person: uuid.UUID) -> set[uuid.UUID]:
    """The persons of whom staff said, about any of their requests, that they are not `person`."""
    pairs = IdentityDecision.objects.filter(
        Q(request_low__person=person) | Q(request_high__person=person), is_same=False
    ).values_list("request_low__person", "request_high__person")
    return {each for pair in pairs for each in pair} - {person}


def suggestions(patient_request: PatientRequest) -> list[Suggestion]:
    """Who may be the same person, the best first: one for each other person, none that staff refused.

    Two queries.
    """
    refused = _refused_persons(patient_request.person)
    rows = _candidates(patient_request).select_related("treatment").order_by("-received_at")[:MOST_CANDIDATES]
    best: dict[uuid.UUID, Suggestion] = {}
    for row in rows:
        found = compare(patient_request, row)
        known = best.get(row.person)
        if row.person not in refused and (known is None or _rank(found) > _rank(known)):
            best[row.person] = found
    return sorted(best.values(), key=_rank, reverse=True)


def _rank(suggestion: Suggestion) -> tuple[bool, int]:
    return suggestion.is_likely, suggestion.score


def others_of(patient_request: PatientRequest) -> PatientRequestQuerySet:
    """The other requests of the same person, the newest first."""
    same = PatientRequest.objects.of_person(patient_request.person).exclude(pk=patient_request.pk)
    return same.select_related("treatment").order_by("-received_at")


def confirm(
    patient_request: PatientRequest, other: PatientRequest, by: User, now: datetime | None = None
) -> None:
    """Records that both requests, and all that are joined to either, are of one person.

    Raises IdentityRefused when staff said of two of them that they are different people.
    """
    require_desk(by)
    now = now or timezone.now()
    with transaction.atomic():
        mine, theirs = _lock(patient_request, other)
        if mine == theirs:
            return
        _check_no_refusal_between(mine, theirs, except_for=_pair(patient_request, other))
        PatientRequest.objects.filter(person=theirs).update(person=mine)
        _remember(patient_request, other, True, by, now)
        _tell(patient_request, other, _("Same person as %(reference)s: confirmed"), by, now)
    patient_request.refresh_from_db(fields=["person"])
    other.refresh_from_db(fields=["person"])


def refuse(
    patient_request: PatientRequest, other: PatientRequest, by: User, now: datetime | None = None
) -> None:
    """Records that both requests are of different people, so that it is not suggested again.

    Raises IdentityRefused when they are joined: they have to be separated first.
    """
    require_desk(by)
    now = now or timezone.now()
    with transaction.atomic():
        mine, theirs = _lock(patient_request, other)
        if mine == theirs:
            raise IdentityRefused(_("These requests are joined as one person. Separate them first."))
        _remember(patient_request, other, False, by, now)
        _tell(patient_request, other, _("Same person as %(reference)s: refused"), by, now)


def separate(patient_request: PatientRequest, by: User, now: datetime | None = None) -> None:
    """Takes one request out of its person again; the others stay joined to each other."""
    require_desk(by)
    now = now or timezone.now()
    with transaction.atomic():
        group = list(
            PatientRequest.objects.select_for_update().of_person(patient_request.person).order_by("pk")
        )
        others = [row for row in group if row.pk != patient_request.pk]
        if not others or len(others) == len(group):
            raise IdentityRefused(_("This request is not joined to another one."))
        PatientRequest.objects.filter(pk=patient_request.pk).update(person=uuid.uuid4())
        for row in others:
            _remember(patient_request, row, False, by, now)
            _tell(patient_request, row, _("Same person as %(reference)s: separated"), by, now)
    patient_request.refresh_from_db(fields=["person"])


def _lock(patient_request: PatientRequest, other: PatientRequest) -> tuple[uuid.UUID, uuid.UUID]:
    """Locks everything that is joined to either request; the person keys of the two."""
    if patient_request.pk == other.pk:
        raise IdentityRefused(_("This is the same request."))
    persons = PatientRequest.objects.filter(pk__in=(patient_request.pk, other.pk)).values_list(
        "person", flat=True
    )
    rows = PatientRequest.objects.select_for_update().filter(person__in=list(persons)).order_by("pk")
    person_of = {row.pk: row.person for row in rows.only("pk", "person")}
    if not {patient_request.pk, other.pk} <= person_of.keys():
        raise IdentityRefused(_("A colleague was faster. Please look again."))
    return person_of[patient_request.pk], person_of[other.pk]


def _check_no_refusal_between(mine: uuid.UUID, theirs: uuid.UUID, except_for: tuple[int, int]) -> None:
    low, high = except_for
    between = Q(request_low__person=mine, request_high__person=theirs)
    between |= Q(request_low__person=theirs, request_high__person=mine)
    refused = (
        IdentityDecision.objects.filter(between, is_same=False)
        .exclude(request_low=low, request_high=high)
        .select_related("request_low", "request_high")
        .first()
    )
    if refused:
        words = _("Staff decided that %(one)s and %(other)s are different people. Look at those two first.")
        one, other = refused.request_low, refused.request_high
        raise IdentityRefused(words % {"one": one.shown_reference, "other": other.shown_reference})


def _pair(one: PatientRequest, other: PatientRequest) -> tuple[int, int]:
    return min(one.pk, other.pk), max(one.pk, other.pk)


def _remember(one: PatientRequest, other: PatientRequest, is_same: bool, by: User, now: datetime) -> None:
    low, high = _pair(one, other)
    IdentityDecision.objects.update_or_create(
        request_low_id=low, request_high_id=high, defaults={"is_same": is_same, "by": by, "at": now}
    )


def _tell(one: PatientRequest, other: PatientRequest, words: str, by: User, now: datetime) -> None:
    """Writes `words`, with the reference of the one, on the timeline of the other, both ways."""
    pairs: Iterable[tuple[PatientRequest, PatientRequest]] = ((one, other), (other, one))
    RequestEvent.objects.bulk_create(
        RequestEvent(
            request=here,
            kind=EventKind.SAME_PERSON,
            by=by,
            at=now,
            note=words % {"reference": there.shown_reference},
        )
        for here, there in pairs
    )
