"""Times that were given and no longer stand, because a day was closed, hours were shortened, or a doctor
left: ending the held ones, and whose they were."""

from datetime import datetime
from functools import partial
from itertools import groupby

from django.db.models import OuterRef, Subquery

from appointments.availability import clashes
from appointments.lifecycle import Action
from appointments.models import Appointment, AppointmentStatus, PatientRequest, RequestEvent
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


def fallen_offers() -> list[list[Appointment]]:
    """The held times that fell, the earliest first, of each request that has got no others since; who waits
    longest comes first. One query."""
    fell = RequestEvent.objects.filter(request=OuterRef("request"), action=Action.HOLD_FALLEN)
    rows = (
        Appointment.objects.filter(request__in=PatientRequest.objects.last_moved_by(Action.HOLD_FALLEN))
        .filter(status=AppointmentStatus.CANCELLED)
        .filter(cancelled_at=Subquery(fell.order_by("-at", "-pk").values("at")[:1]))
        .select_related("practitioner", "request__treatment")
        .order_by("cancelled_at", "request", "start", "pk")
    )
    return [list(group) for _pk, group in groupby(rows, lambda row: row.request_id)]


def _end_fallen(request_id: int, pks: list[int], now: datetime) -> bool:
    patient_request = locked(request_id)
    held = Appointment.objects.filter(request=patient_request).held()
    if not held.filter(pk__in=pks).exists():
        return False
    drop_held(patient_request, pks, now)
    return True
