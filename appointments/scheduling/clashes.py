"""Times that were given and no longer stand, because a day was closed, hours were shortened, or a doctor
left: finding them, ending the held ones, and giving the patients of the booked ones other times."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _

from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.requests import moves
from appointments.scheduling.availability import Availability
from appointments.scheduling.bookings import note_change
from appointments.scheduling.rules import locked, whole
from clinic.models import Practitioner
from clinic.operations.batches import one_by_one
from treatments.models import Treatment

# How far ahead other times are looked for.
AHEAD = timedelta(weeks=6)


def clashes(now: datetime) -> list[Appointment]:
    """The held and booked times after `now` that the present availability no longer allows, the earliest
    first. Three queries, and two for each practitioner with times ahead."""
    ahead = (
        Appointment.objects.filter(start__gt=now)
        .filter(Q(status=AppointmentStatus.BOOKED) | Q(status=AppointmentStatus.PENDING, hold_until__gt=now))
        .order_by("practitioner_id", "start")
        .values_list("pk", "practitioner_id", "start", "end", "request__treatment_id")
    )
    doing: dict[int, set[int]] = {}
    for treatment_id, practitioner_id in Treatment.practitioners.through.objects.values_list(
        "treatment_id", "practitioner_id"
    ):
        doing.setdefault(treatment_id, set()).add(practitioner_id)
    broken = []
    for practitioner_id, rows in groupby(ahead, key=lambda row: row[1]):
        who = Availability.of(Practitioner.objects.get(pk=practitioner_id), now)
        broken += [
            pk for pk, _who, start, end, about in rows if who.refusal(start, end, doing.get(about or 0, ()))
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
    drop_held(patient_request, held.filter(pk__in=pks).values_list("pk", flat=True), now)
    return True


def drop_held(patient_request: PatientRequest, pks: Iterable[int], now: datetime) -> None:
    """Ends these held times of a locked request, because the clinic is not there then."""
    held = Appointment.objects.filter(request=patient_request).held()
    words = _("Held times ended: the clinic isn't there at those times any more.")
    gone = list(pks)
    held.filter(pk__in=gone).cancel(now, str(words)[:500])
    if patient_request.status == Status.OFFERED and not held.exists():
        moves.move(patient_request, Action.HOLD_ENDED, None, words, now=now)
        return
    note_change(patient_request, None, now, words)
