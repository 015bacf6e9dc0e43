"""What staff do to many requests at once. Each change is on the timeline of its request."""

from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from appointments import lifecycle
from appointments.lifecycle import Action, ClosedReason
from appointments.messages import notices
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet, promise_from
from appointments.requests import moves
from appointments.requests.moves import chunks


def take(requests: PatientRequestQuerySet, by: User, now: datetime) -> int:
    """Takes each that is still free to take; returns how many."""
    return moves.move_many(requests, Action.TAKE, by, now=now)


def assign(requests: PatientRequestQuerySet, to: User, by: User, now: datetime) -> int:
    """Gives each that is still open to a colleague; returns how many."""
    _may_handle(by)
    note = _("Assigned to %(name)s") % {"name": to.get_full_name() or to.get_username()}
    assigned = 0
    for ids in chunks(requests):
        with transaction.atomic():
            still = PatientRequest.objects.select_for_update().filter(pk__in=ids, status__in=lifecycle.OPEN)
            changing = list(still.exclude(assignee=to).values_list("pk", flat=True))
            PatientRequest.objects.filter(pk__in=changing).update(assignee=to, version=F("version") + 1)
            _write(changing, EventKind.ASSIGNED, note, by, now)
        assigned += len(changing)
    return assigned


def close_as_spam(requests: PatientRequestQuerySet, by: User, now: datetime) -> int:
    """Closes each as spam from where the table of moves allows it; returns how many."""
    return moves.move_many(requests, Action.CLOSE, by, reason=ClosedReason.SPAM, now=now)


def free(requests: PatientRequestQuerySet, by: User, now: datetime) -> int:
    """Takes the suspicion off each, and sends the acknowledgement that was held back; returns how many.

    A promise that has passed meanwhile is made anew.
    """
    _may_handle(by)
    promise = promise_from(now)
    freed = 0
    for ids in chunks(requests):
        with transaction.atomic():
            held = PatientRequest.objects.select_for_update().filter(pk__in=ids, suspected_spam=True)
            rows = list(held.exclude(status__in=lifecycle.FINISHED))
            late = [row.pk for row in rows if row.respond_by < now]
            free_ids = [row.pk for row in rows]
            PatientRequest.objects.filter(pk__in=free_ids).update(
                suspected_spam=False, version=F("version") + 1
            )
            PatientRequest.objects.filter(pk__in=late).update(respond_by=promise)
            _write(free_ids, EventKind.MARK, _("Not spam"), by, now)
            received = {
                event.request_id: event
                for event in RequestEvent.objects.filter(request__in=free_ids, kind=EventKind.RECEIVED)
            }
            for row in rows:
                _acknowledge(
                    row, received.get(row.pk), max(row.respond_by, promise if row.pk in late else now), now
                )
        freed += len(rows)
    return freed


def _acknowledge(
    row: PatientRequest, received: RequestEvent | None, promise: datetime, now: datetime
) -> None:
    """What was held back on receipt: the acknowledgement, and the dermatologist's look where it is owed."""
    row.suspected_spam = False
    row.version += 1
    row.respond_by = promise
    if received:
        notices.after_receipt(row, received, now)
    flagged = row.screening_flagged or row.age_flagged
    if flagged and row.status == lifecycle.Status.NEW and not row.clinical_reviews.exists():
        row.move(Action.ASK_REVIEW, None, now=now)


def _write(ids: list[int], kind: EventKind, note: str, by: User, now: datetime) -> None:
    RequestEvent.objects.bulk_create(
        RequestEvent(request_id=pk, kind=kind, by=by, at=now, note=note) for pk in ids
    )


def _may_handle(by: User) -> None:
    if not by.has_perm("appointments.handle_patientrequest"):
        raise PermissionDenied
