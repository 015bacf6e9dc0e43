"""Reminders of booked appointments, by the clinic's wall clock: two days before at the time of day of the
appointment, and on the morning before, also when the clocks change in between."""

from datetime import datetime, timedelta

from django.db.models import Max, Q

from appointments import scheduling
from appointments.lifecycle import BESIDE_BOOKED
from appointments.messages.notices import queue
from appointments.models import Appointment, AppointmentStatus, EventKind, Message
from clinic.models import Clinic
from clinic.operations.batches import one_by_one
from clinic.time.hours import at, clinic_day, clinic_zone

DAYS, MORNING = "reminder_days", "reminder_morning"


def due_moments(start: datetime, clinic: Clinic) -> list[tuple[datetime, str]]:
    """When an appointment at `start` is reminded of, and with which message, earliest first."""
    moments = []
    day = clinic_day(start)
    if clinic.reminder_days:
        same_clock = start.astimezone(clinic_zone()).time()
        moments.append((at(day - timedelta(days=clinic.reminder_days), same_clock), DAYS))
    if clinic.reminder_morning is not None:
        moments.append((at(day - timedelta(days=1), clinic.reminder_morning), MORNING))
    return sorted(moments)


def asked_from(start: datetime, clinic: Clinic) -> datetime:
    """From when the patient is asked whether they come: from the first reminder, or from two days before
    where none goes out."""
    moments = due_moments(start, clinic)
    return moments[0][0] if moments else start - timedelta(days=2)


def due_now(start: datetime, told_at: datetime, clinic: Clinic, now: datetime) -> str | None:
    """The reminder that an appointment is owed at `now`: the latest whose moment has come since the patient
    was told of the time. After a pause only that one, not all that were missed."""
    if start <= now:
        return None
    kinds = [kind for moment, kind in due_moments(start, clinic) if told_at < moment <= now]
    return kinds[-1] if kinds else None


def remind(now: datetime) -> int:
    """Queues the reminders that are due; returns how many. Each is written once for each time booked; nobody
    is reminded of a time that no longer stands, of which the front desk is about to tell them."""
    clinic = Clinic.facts()
    ahead = timedelta(days=max(clinic.reminder_days, 1) + 1)
    booked = (
        Appointment.objects.filter(status=AppointmentStatus.BOOKED, start__gt=now, start__lte=now + ahead)
        .annotate(
            told_at=Max(
                "request__events__at",
                filter=Q(request__events__kind__in=(EventKind.MOVED, EventKind.APPOINTMENT))
                & ~Q(request__events__action__in=BESIDE_BOOKED),
            )
        )
        .select_related("request")
    )
    owed = []
    for appointment in booked:
        told_at: datetime = getattr(appointment, "told_at", None) or appointment.created_at
        # What somebody has confirmed they are reminded of in writing, unasked; nobody is called about it.
        is_settled = appointment.confirmed_at is not None and not appointment.request.email
        if not is_settled and (kind := due_now(appointment.start, told_at, clinic, now)):
            owed.append((appointment, kind))
    if owed:
        fallen = {each.pk for each in scheduling.clashes(now)}
        owed = [(appointment, kind) for appointment, kind in owed if appointment.pk not in fallen]
    known = set(Message.objects.filter(key__in=_keys(owed)).values_list("key", flat=True))

    def write(each: tuple[Appointment, str]) -> bool:
        appointment, kind = each
        later = MORNING if kind == DAYS else DAYS
        if _key(appointment, kind) in known or (kind == DAYS and _key(appointment, later) in known):
            return False
        return (
            queue(appointment.request, kind, None, appointment, cause=_cause(appointment), now=now)
            is not None
        )

    return one_by_one("reminder", owed, write)


def _cause(appointment: Appointment) -> str:
    return f"appointment:{appointment.pk}.{appointment.sequence}"


def _key(appointment: Appointment, kind: str) -> str:
    return f"{kind}:{_cause(appointment)}:patient"


def _keys(owed: list[tuple[Appointment, str]]) -> list[str]:
    return [_key(appointment, kind) for appointment, _kind in owed for kind in (DAYS, MORNING)]
