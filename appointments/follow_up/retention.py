"""Retention: finished requests that never became a visit are deleted after the time that the clinic set, for
all of them (`Clinic.keep_finished_days`) or, shorter, for one kind and status (`RetentionPeriod`)."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from appointments import lifecycle
from appointments.models import (
    Appointment,
    AppointmentStatus,
    Kind,
    Message,
    PatientRequest,
    RetentionPeriod,
    lists,
)
from appointments.models.request import PatientRequestQuerySet
from appointments.requests import rights
from clinic.models import Clinic

# Seen by a practitioner: such a request belongs to the medical record.
VISITED = (AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED)
AT_ONCE = 200
MARKED_AT_ONCE = 2000

_VISITS = Appointment.objects.filter(request=OuterRef("pk"), status__in=VISITED)


def outlived(now: datetime) -> PatientRequestQuerySet:
    """The requests that may be deleted at `now`. Reads the clinic's settings: two queries."""
    return _past_their_time(now).filter(~Exists(_VISITS))


def _past_their_time(now: datetime) -> PatientRequestQuerySet:
    """Those that ended long enough ago, but for the visits among them that were looked at before."""
    longest = _longest(now)
    periods = {(kind, status): longest for kind in Kind for status in lifecycle.FINISHED}
    for shorter in RetentionPeriod.objects.all():
        of_both = Kind(shorter.kind), lifecycle.Status(shorter.status)
        periods[of_both] = max(periods[of_both], now - timedelta(days=shorter.days))
    # Each for itself, so that each is a range of the index.
    first, *others = [
        PatientRequest.objects.filter(lists.TO_ERASE_IN_TIME)
        .filter(kind=kind, status=status, finished_at__lt=before)
        .values("pk")
        for (kind, status), before in periods.items()
    ]
    return PatientRequest.objects.filter(pk__in=first.union(*others, all=True))


def counts(now: datetime) -> Counter[tuple[str, str]]:
    """How many would be deleted at `now`, by kind and status."""
    rows = outlived(now).order_by().values("kind", "status").annotate(number=Count("pk"))
    return Counter({(row["kind"], row["status"]): row["number"] for row in rows})


def clear(now: datetime) -> int:
    """Deletes what has outlived its time, a batch at once; returns how many requests went."""
    _set_visits_apart(now)
    rows = outlived(now)
    pks = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if pks:
        with transaction.atomic():
            rights.leave_files(pks)
            rows.filter(pk__in=pks).delete()
    old_notices = Message.objects.filter(request=None, created_at__lt=_longest(now))
    if old_notices.exists():
        old_notices.delete()
    return len(pks)


def _set_visits_apart(now: datetime) -> None:
    """So that the visits of all the years are not looked at anew each time. A move takes the mark away; it
    decides nothing: what has no mark is deleted only if no visit is found."""
    visits = _past_their_time(now).filter(Exists(_VISITS))
    pks = list(visits.values_list("pk", flat=True)[:MARKED_AT_ONCE])
    if pks:
        visits.filter(pk__in=pks).update(is_record=True)  # if nobody has moved it meanwhile


def _longest(now: datetime) -> datetime:
    return now - timedelta(days=Clinic.facts().keep_finished_days)
