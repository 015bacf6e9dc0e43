"""Two requests are of one person, or of two: what staff say about it.

Nothing merges by itself and nothing that a patient sent is changed: requests of one person share the `person`
key, that is all. What it means for the shortest interval is screened anew.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.lifecycle import MoveRefused
from appointments.models import EventKind, IdentityDecision, PatientRequest, RequestEvent
from appointments.requests import screening
from appointments.requests.moves import require_desk


class IdentityRefused(MoveRefused):
    """Two requests can't be joined or parted like this. The message is for the person who tried."""


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
        patient_request.person = mine
        screening.look_again(screening.affected_by(patient_request), now)
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
        both = screening.affected_by(patient_request) | screening.affected_by(other)
        screening.look_again(both, now)


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
        affected = screening.affected_by(patient_request)
        PatientRequest.objects.filter(pk=patient_request.pk).update(person=uuid.uuid4())
        for row in others:
            _remember(patient_request, row, False, by, now)
            _tell(patient_request, row, _("Same person as %(reference)s: separated"), by, now)
        screening.look_again(affected, now)
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
