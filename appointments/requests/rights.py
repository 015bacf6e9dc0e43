"""A patient's rights over their data: a copy of everything, and its erasure.

A person is every request that staff confirmed to be of one person. Both walk the models themselves, so a
table that is added later is neither forgotten in the copy nor left behind.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import capfirst

from appointments.messages.notices import without_link
from appointments.models import (
    Appointment,
    AppointmentStatus,
    ClinicalReview,
    FreedTime,
    OtherTime,
    PatientName,
    PatientRequest,
)
from appointments.models.appointment import COMING
from appointments.models.erasure import Erasure
from appointments.models.request import PatientRequestQuerySet
from appointments.roles import REVIEW, name_of
from clinic.jobs import sweeping
from clinic.models import AuditEntry

# How the site keeps things, not what it knows of the person; the token would open the patient's page.
_INTERNAL = {
    "id", "token", "submission_id", "submission_digest", "person", "version", "name_key",
    "email_key", "phone_digits", "phone_digits_reversed", "opened_by", "opened_at", "request", "key",
    "html", "unsubscribe_url", "leased_by", "lease_until", "next_attempt_at", "message_id", "uid",
    "sequence", "appointment_sequence", "is_record", "carrier_id",
}  # fmt: skip
_NOTE_FOR_DERMATOLOGISTS = (ClinicalReview, "note")

Row = dict[str, Any]


def requests_of(patient_request: PatientRequest) -> PatientRequestQuerySet:
    """Every request of the person who sent this one, oldest first."""
    return PatientRequest.objects.of_person(patient_request.person).order_by("received_at", "pk")


def copy_of(patient_request: PatientRequest, by: User) -> dict[str, Any]:
    """Everything about one person: field names with their values as words, ready for JSON.

    Clinical notes are in it when `by` may read them, which dermatologists may.
    """
    requests = list(requests_of(patient_request))
    with_notes = by.has_perm(REVIEW)
    return {
        "exported_at": _moment(timezone.now()),
        "clinical_notes_included": with_notes,
        "requests": [_whole(each, with_notes) for each in requests],
        "who_looked": [
            {
                "at": _moment(entry.at),
                "who": _words(entry.user),
                "what": entry.get_action_display(),
            }
            for entry in looked_at(requests)
        ],
    }


def looked_at(requests: Iterable[PatientRequest]) -> models.QuerySet[AuditEntry]:
    """The audit's entries about these requests, newest first."""
    label = PatientRequest._meta.label_lower
    return AuditEntry.objects.about(label, [each.pk for each in requests]).select_related("user")


def _whole(patient_request: PatientRequest, with_notes: bool) -> dict[str, Any]:
    parts = {
        capfirst(str(model._meta.verbose_name_plural)): [_row(row, with_notes) for row in rows]
        for model, rows in _parts(patient_request)
    }
    return {
        "reference": patient_request.shown_reference,
        "fields": _row(patient_request, with_notes),
        **parts,
    }


def _parts(patient_request: PatientRequest) -> Iterator[tuple[type[models.Model], list[models.Model]]]:
    """Each table that points at the request, with its rows about it; not other requests."""
    for relation in PatientRequest._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.related_model is PatientRequest:
            continue
        if relation.field.name != "request":
            # A decision about two requests tells about another one, which may be another person's.
            continue
        model = relation.related_model
        if model is PatientName:  # worked out from the name, which is in the copy
            continue
        rows = list(model._default_manager.filter(request=patient_request).order_by("pk"))
        if rows:
            yield model, rows


def _row(instance: models.Model, with_notes: bool) -> Row:
    found: Row = {}
    for field in instance._meta.concrete_fields:
        hidden = (type(instance), field.name) == _NOTE_FOR_DERMATOLOGISTS and not with_notes
        if field.name in _INTERNAL or hidden:
            continue
        shown = getattr(instance, f"get_{field.name}_display", None)
        value = shown() if shown else getattr(instance, field.name)
        if value not in (None, "", []):
            found[capfirst(str(field.verbose_name))] = _words(value)
    return found


def _words(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, User):
        return name_of(value)
    # A copy may lie about; the links in it would open the page for whoever finds it.
    return "" if value is None else without_link(str(value))


def _moment(moment: datetime) -> str:
    """In the clinic's time, for people and machines: '2026-11-22 09:30:00-08:00'."""
    return timezone.localtime(moment).isoformat(sep=" ", timespec="seconds")


def digest_of(patient_request: PatientRequest) -> str:
    """By what an erased request is known again. A random number's digest: nothing leads back to a person."""
    return hashlib.sha256(patient_request.submission_id.bytes).hexdigest()


def leave_files(pks: Iterable[int]) -> set[int]:
    """Has the files that staff asked for made anew without these requests, which the transaction goes on to
    delete; to be called before a row is locked. What is added until the commit to the set that is returned
    leaves them too."""
    gone = set(pks)
    # The line of a duplicate names the request that it repeats.
    gone.update(PatientRequest.objects.filter(duplicate_of__in=gone).values_list("pk", flat=True))
    sweeping.erased(gone)
    return gone


@transaction.atomic
def erase(patient_request: PatientRequest, by: User | None, reason: str) -> int:
    """Erases everything about the person who sent this request; returns how many requests there were."""
    gone = leave_files(requests_of(patient_request).values_list("pk", flat=True))
    requests = list(requests_of(patient_request).select_for_update())
    gone.update(each.pk for each in requests)
    for each in requests:
        Erasure.objects.get_or_create(digest=digest_of(each), defaults={"by": by, "reason": reason})
    _delete([each.pk for each in requests])
    return len(requests)


def _delete(pks: list[int]) -> None:
    """Deletes these requests; the times that they had fall free. One that others were offered together with
    one of them stays theirs: it is held for them with the next round."""
    others = OtherTime.objects.undecided().exclude(request__in=pks).values("wave")
    shared = OtherTime.objects.filter(request__in=pks, wave__in=others, hold__isnull=False).values("hold")
    theirs = Appointment.objects.filter(request__in=pks, status__in=(AppointmentStatus.PENDING, *COMING))
    times = theirs.exclude(pk__in=shared).values_list("practitioner_id", "start", "end")
    FreedTime.objects.note([(*each, None) for each in times], timezone.now())
    PatientRequest.objects.filter(pk__in=pks).delete()


def erasures() -> list[dict[str, Any]]:
    """Every erasure so far, for `reapply_erasures` to be given after a backup has been restored."""
    return [
        {"digest": row.digest, "at": row.at.isoformat(), "reason": row.reason}
        for row in Erasure.objects.order_by("at", "pk")
    ]


@transaction.atomic
def reapply_erasures(carried: Iterable[dict[str, Any]] = ()) -> int:
    """Erases again what a restored backup brought back; returns how many requests that were.

    `carried` is what `erasures()` said before the restore: a backup doesn't know of erasures after it.
    """
    for row in carried:
        Erasure.objects.get_or_create(
            digest=row["digest"], defaults={"at": datetime.fromisoformat(row["at"]), "reason": row["reason"]}
        )
    erased = set(Erasure.objects.values_list("digest", flat=True))
    back = [
        each.pk
        for each in PatientRequest.objects.only("pk", "submission_id").iterator()
        if digest_of(each) in erased
    ]
    leave_files(back)
    _delete(back)
    return len(back)
