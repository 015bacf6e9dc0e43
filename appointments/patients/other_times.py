"""What the patient's page says of earlier times: the wish, what is offered beside the booked time, and what
became of that."""

from datetime import datetime
from typing import Any

from appointments.availability import practitioners_for
from appointments.lifecycle import Status
from appointments.models import (
    Appointment,
    OtherTime,
    OtherTimeState,
    OtherTimeWish,
    PatientRequest,
)
from appointments.scheduling.earlier.wishes import may_wish


def shown(patient_request: PatientRequest, booked: Appointment | None, now: datetime) -> dict[str, Any]:
    """For the page's templates. Three queries where an appointment is booked, else none: the wish is read
    with the request."""
    is_booked = patient_request.status == Status.BOOKED and booked is not None
    theirs = OtherTime.objects.filter(request=patient_request, start__gt=now).order_by("start", "pk")
    rows = list(theirs.select_related("practitioner")) if is_booked else []
    opened = [each for each in rows if each.state == OtherTimeState.OPEN and each.until > now]
    can_wish = may_wish(patient_request)
    waits = is_booked and OtherTimeWish.objects.filter(request=patient_request).exists()
    wish = getattr(patient_request, "earlier_wish", None)
    several = is_booked and wish is None and len(practitioners_for(patient_request.treatment)) > 1
    return {
        "other_times": opened,
        "last_time": _last_of(rows, booked) if booked and not opened else None,
        "wants_another": waits,
        "can_wish_earlier": can_wish,
        "earlier_wish": wish,
        "several_doctors": several,
    }


def _last_of(rows: list[OtherTime], booked: Appointment) -> OtherTime | None:
    """Of the times that were offered last, the one that says what became of them: that which was taken, if
    one was and is still theirs. None where nothing was offered."""
    wave = max(rows, key=lambda each: (each.offered_at, each.pk)).wave if rows else None
    theirs = [each for each in rows if each.wave == wave]
    last = max(theirs, key=lambda each: (each.state == OtherTimeState.TAKEN, each.start), default=None)
    # It is theirs if they took it, and only then; else the booking has changed since.
    is_of_today = last and (last.state == OtherTimeState.TAKEN) == (last.start == booked.start)
    return last if is_of_today else None
