"""Times that were given and no longer stand, because a day was closed, hours were shortened, or a doctor
left: ending the held ones."""

from datetime import datetime
from functools import partial

from appointments.availability import clashes
from appointments.models import Appointment
from appointments.scheduling.offers import drop_held
from appointments.scheduling.rules import locked, whole
from clinic.operations.batches import one_by_one


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
