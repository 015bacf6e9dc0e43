"""Suspected spam: freed as a patient's own request, or closed."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from appointments import lifecycle
from appointments.lifecycle import Action, ClosedReason
from appointments.messages import notices
from appointments.messages.to_staff import urgent
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet, promise_from
from appointments.requests.moves import chunks, move_many, require_desk
from appointments.requests.screening import screen


def close_as_spam(patient_requests: PatientRequestQuerySet, by: User, now: datetime) -> int:
    """Closes each from where the table of moves allows it; returns how many. Raises NotYours."""
    return move_many(patient_requests, Action.CLOSE, by, reason=ClosedReason.SPAM, now=now)


def reopen(patient_requests: PatientRequestQuerySet, by: User, now: datetime) -> int:
    """Opens again what was closed as spam and is a patient's after all, and frees it; returns how many.

    Raises NotYours.
    """
    closed = patient_requests.filter(status=lifecycle.Status.CLOSED, closed_reason=ClosedReason.SPAM)
    rows = PatientRequest.objects.filter(pk__in=list(closed.values_list("pk", flat=True)))
    reopened = move_many(rows, Action.REOPEN, by, _("Not spam after all"), now=now)
    free(rows, by, now)
    return reopened


def free(patient_requests: PatientRequestQuerySet, by: User, now: datetime) -> int:
    """Takes the suspicion off each, and does what was left undone on receipt; returns how many.

    A promise that has passed meanwhile is made anew. Raises NotYours.
    """
    require_desk(by)
    promise = promise_from(now)
    freed = 0
    for ids in chunks(patient_requests):
        with transaction.atomic():
            suspected = PatientRequest.objects.select_for_update().filter(pk__in=ids, suspected_spam=True)
            rows = list(suspected.exclude(status__in=lifecycle.FINISHED))
            received = {
                event.request_id: event
                for event in RequestEvent.objects.filter(request__in=rows, kind=EventKind.RECEIVED)
            }
            for row in rows:
                _free(row, received.get(row.pk), promise, by, now)
        freed += len(rows)
    return freed


def _free(
    row: PatientRequest, received: RequestEvent | None, promise: datetime, by: User, now: datetime
) -> None:
    row.suspected_spam = False
    row.version += 1
    row.respond_by = row.respond_by if row.respond_by >= now else promise
    PatientRequest.objects.filter(pk=row.pk).update(
        suspected_spam=False, version=row.version, respond_by=row.respond_by
    )
    RequestEvent.objects.create(request=row, kind=EventKind.MARK, note=_("Not spam"), by=by, at=now)
    if row.urgent:
        urgent.write(row, now, by.pk)
    if received:
        notices.after_receipt(row, received, now)
    screen(row, now)
