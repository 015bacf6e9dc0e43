"""Retention: finished requests that never became a visit are deleted after the time that the clinic set."""

from collections import Counter
from datetime import datetime, timedelta

from appointments import lifecycle
from appointments.models import AppointmentStatus, Message, PatientRequest
from appointments.models.queries import PatientRequestQuerySet
from clinic.models import Clinic

# Seen by a practitioner: such a request belongs to the medical record.
VISITED = (AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED)
AT_ONCE = 200


def outlived(now: datetime) -> PatientRequestQuerySet:
    """The requests that may be deleted at `now`."""
    before = now - timedelta(days=Clinic.current().keep_finished_days)
    return PatientRequest.objects.filter(status__in=lifecycle.FINISHED, finished_at__lt=before).exclude(
        appointments__status__in=VISITED
    )


def counts(now: datetime) -> Counter[tuple[str, str]]:
    """How many would be deleted at `now`, by kind and status."""
    return Counter(outlived(now).values_list("kind", "status"))


def clear(now: datetime) -> int:
    """Deletes what has outlived its time, a batch at once; returns how many requests went."""
    pks = list(outlived(now).values_list("pk", flat=True)[:AT_ONCE])
    if pks:
        outlived(now).filter(pk__in=pks).delete()
    before = now - timedelta(days=Clinic.current().keep_finished_days)
    old_notices = Message.objects.filter(request=None, created_at__lt=before)
    if old_notices.exists():
        old_notices.delete()
    return len(pks)
