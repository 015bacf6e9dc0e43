"""Retention: finished requests that never became a visit are deleted after the time that the clinic set, for
all of them (`Clinic.keep_finished_days`) or, shorter, for one kind and status (`RetentionPeriod`)."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from appointments import lifecycle
from appointments.models import AppointmentStatus, Message, PatientRequest, RetentionPeriod
from appointments.models.request import PatientRequestQuerySet
from clinic.jobs import sweeping
from clinic.models import Clinic

# Seen by a practitioner: such a request belongs to the medical record.
VISITED = (AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED)
AT_ONCE = 200


def outlived(now: datetime) -> PatientRequestQuerySet:
    """The requests that may be deleted at `now`. Reads the clinic's settings: two queries."""
    longest = Q(finished_at__lt=_longest(now))
    shorter = [
        Q(kind=period.kind, status=period.status, finished_at__lt=now - timedelta(days=period.days))
        for period in RetentionPeriod.objects.all()
    ]
    return PatientRequest.objects.filter(
        Q(longest, *shorter, _connector=Q.OR), status__in=lifecycle.FINISHED
    ).exclude(appointments__status__in=VISITED)


def counts(now: datetime) -> Counter[tuple[str, str]]:
    """How many would be deleted at `now`, by kind and status."""
    rows = outlived(now).order_by().values("kind", "status").annotate(number=Count("pk"))
    return Counter({(row["kind"], row["status"]): row["number"] for row in rows})


def clear(now: datetime) -> int:
    """Deletes what has outlived its time, a batch at once; returns how many requests went."""
    rows = outlived(now)
    pks = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if pks:
        with transaction.atomic():
            sweeping.erased()
            rows.filter(pk__in=pks).delete()
    old_notices = Message.objects.filter(request=None, created_at__lt=_longest(now))
    if old_notices.exists():
        old_notices.delete()
    return len(pks)


def _longest(now: datetime) -> datetime:
    return now - timedelta(days=Clinic.facts().keep_finished_days)
