"""Which requests are likely from one person: suggested with reasons, for staff to confirm or refuse.

A family that shares a phone or an e-mail stays several people: another first name or another date of birth
makes a suggestion weak, whatever else is the same.
"""

import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from appointments import names
from appointments.models import IdentityDecision, PatientRequest
from appointments.models.appointment import AppointmentQuerySet
from appointments.models.request import PatientRequestQuerySet

MOST_CANDIDATES = 50
# Of those who were treated: far more than a household has.
MOST_WITH_VISITS = 500
LIKELY_FROM = 50
# What two requests have in common, and how much it says.
SAME = {
    "date_of_birth": (40, gettext_lazy("same date of birth")),
    "name": (30, gettext_lazy("same name")),
    "phone": (20, gettext_lazy("same phone number")),
    "email": (20, gettext_lazy("same e-mail address")),
}
# What `compare` looks at, and whose it is.
_COMPARED = (
    "person", "first_name", "last_name", "name_key", "date_of_birth", "phone_digits", "email_key",
)  # fmt: skip
OTHER_FIRST_NAME = gettext_lazy("another first name")
OTHER_BIRTHDAY = gettext_lazy("another date of birth")


@dataclass(frozen=True)
class Suggestion:
    """A request that may be of the same person, with what speaks for it and what against."""

    patient_request: PatientRequest
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
        patient_request=other,
        score=sum(SAME[name][0] for name, is_same in common.items() if is_same),
        reasons=tuple(SAME[name][1] for name, is_same in common.items() if is_same),
        against=tuple(against),
    )


def _either_way(patient_request: PatientRequest) -> tuple[str, str]:
    """The keys of the name, the first name first and last: forms mix them up."""
    first, last = patient_request.first_name, patient_request.last_name
    return names.key(first, last), names.key(last, first)


def alike(patient_request: PatientRequest) -> Q:
    """Who shares enough to be looked at; never everybody who has no phone number yet."""
    shares = Q(phone_digits=patient_request.phone_digits) if patient_request.phone_digits else Q(pk=None)
    if patient_request.email_key:
        shares |= Q(email_key=patient_request.email_key)
    if patient_request.date_of_birth:
        shares |= Q(name_key__in=_either_way(patient_request), date_of_birth=patient_request.date_of_birth)
    return shares


def _candidates(patient_request: PatientRequest) -> PatientRequestQuerySet:
    rows = PatientRequest.objects.in_inbox().filter(alike(patient_request))
    return rows.exclude(person=patient_request.person)


def around(patient_request: PatientRequest) -> PatientRequestQuerySet:
    """Whose requests may be of the person of this one: theirs, and all that share a sign with one of them.
    One query at once, for what staff joined."""
    joined = [patient_request, *PatientRequest.objects.of_person(patient_request.person)]
    shares = Q(person=patient_request.person)
    for row in joined:
        shares |= alike(row)
    return PatientRequest.objects.in_inbox().filter(shares)


def perhaps_with(patient_request: PatientRequest, visits: AppointmentQuerySet) -> set[uuid.UUID]:
    """The other persons with one of `visits` who are perhaps the same as this one's, but for those whom staff
    refused: the likely ones, and who has the same name and phone, because a date of birth is misheard easily.
    One query, a second where there is any."""
    theirs = Exists(visits.filter(request__person=OuterRef("person")))
    rows = _candidates(patient_request).filter(theirs).only(*_COMPARED).order_by("-pk")[:MOST_WITH_VISITS]
    found = {
        row.person
        for row in rows
        if compare(patient_request, row).is_likely
        or (row.name_key, row.phone_digits) == (patient_request.name_key, patient_request.phone_digits)
    }
    return found - _refused_persons(patient_request.person) if found else found


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
