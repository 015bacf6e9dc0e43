"""The patient says that they are coming: on their page, by an answer to a text, or on the phone."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.lifecycle import Action
from appointments.models import Appointment, AppointmentStatus
from appointments.requests.moves import require_desk
from appointments.scheduling.rules import SchedulingError, locked, look_again, whole


def confirm(
    appointment: Appointment, by: User | None = None, *, sequence: int, now: datetime | None = None
) -> bool:
    """Notes that the patient is coming; whether that is new. Said twice, or twice at once, it is one event.

    `by` is None for the patient, or who heard it. `sequence` is the appointment's as the patient was asked
    or shown it: an answer about a time that has moved since confirms nothing. Raises SchedulingError then,
    after a cancellation and from the start on; nothing changes.
    """
    now = now or timezone.now()

    def work() -> bool:
        patient_request = locked(appointment.request_id)
        fresh = Appointment.objects.get(pk=appointment.pk)
        _require_same(fresh, sequence)
        if fresh.confirmed_at is not None:
            return False
        if not fresh.can_confirm(now):
            raise SchedulingError(_("The appointment has begun, so there is nothing to confirm any more."))
        Appointment.objects.filter(pk=fresh.pk).update(confirmed_at=now)
        patient_request.move(Action.CONFIRM, by, wish_of_patient=True, tell=False, now=now)
        return True

    is_new = whole(work)
    look_again(appointment)
    return is_new


def _require_same(fresh: Appointment, sequence: int) -> None:
    """Raises SchedulingError unless the appointment stands as the patient knows it."""
    if not fresh.is_coming:
        raise SchedulingError(
            _("This appointment has ended or is cancelled, so there is nothing to confirm.")
        )
    if fresh.sequence != sequence:
        raise SchedulingError(
            _("The appointment has changed since. Nothing is confirmed yet: please look at the time first.")
        )


def take_back_confirmation(appointment: Appointment, by: User, *, now: datetime | None = None) -> None:
    """The desk noted it by mistake: the visit counts as not confirmed again. Raises SchedulingError."""
    now = now or timezone.now()

    def work() -> None:
        require_desk(by)
        patient_request = locked(appointment.request_id)
        booked = Appointment.objects.filter(pk=appointment.pk, status=AppointmentStatus.BOOKED)
        if not booked.exclude(confirmed_at=None).update(confirmed_at=None):
            raise SchedulingError(_("There is no confirmation to take back."))
        patient_request.move(Action.CONFIRM_UNDONE, by, tell=False, now=now)

    whole(work)
    look_again(appointment)
