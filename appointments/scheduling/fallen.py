"""Times that were given and no longer stand, because a day was closed, hours were shortened, or a doctor
left: finding them, ending the held ones, and giving the patients of the booked ones other times."""

from datetime import datetime
from functools import partial

from django.db.models import Q
from django.utils import timezone

from appointments.models import Appointment, AppointmentStatus
from appointments.scheduling.availability import availability_of, doing
from appointments.scheduling.offers import drop_held
from appointments.scheduling.rules import locked, whole
from clinic.operations.batches import one_by_one


def clashes(now: datetime | None = None) -> list[Appointment]:
    """The held and booked times after `now` that the present availability no longer allows, the earliest
    first. One query where nothing lies ahead, else at most six."""
    now = now or timezone.now()
    ahead = list(
        Appointment.objects.filter(start__gt=now)
        .filter(Q(status=AppointmentStatus.BOOKED) | Q(status=AppointmentStatus.PENDING, hold_until__gt=now))
        .values_list("pk", "practitioner_id", "start", "end", "request__treatment_id")
    )
    if not ahead:
        return []
    calendars = availability_of({row[1] for row in ahead}, now)
    does = doing()
    broken = [
        pk for pk, who, start, end, about in ahead if calendars[who].refusal(start, end, does.get(about, ()))
    ]
    found = Appointment.objects.filter(pk__in=broken).select_related("practitioner", "request__treatment")
    return list(found.order_by("start", "pk")) if broken else []


def end_fallen_holds(now: datetime) -> int:
    """Ends the held times that no longer stand, request by request; a request without any other held time is
    back in the inbox, due now. Returns of how many requests. Any number of workers may do so at once."""
    fallen: dict[int, list[int]] = {}
    for appointment in clashes(now):
        if appointment.is_held:
            fallen.setdefault(appointment.request_id, []).append(appointment.pk)
    return one_by_one(
        "fallen hold", list(fallen.items()), lambda each: whole(partial(_end_fallen, *each, now))
    )


def _end_fallen(request_id: int, pks: list[int], now: datetime) -> bool:
    patient_request = locked(request_id)
    held = Appointment.objects.filter(request=patient_request).held()
    if not held.filter(pk__in=pks).exists():
        return False
    drop_held(patient_request, pks, now)
    return True
