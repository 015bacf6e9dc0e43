"""Booked times: book, move, cancel."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Unpack

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from appointments.lifecycle import Action
from appointments.messages import notices
from appointments.models import Appointment, AppointmentStatus, FreedTime, OtherTimeWish, PatientRequest
from appointments.requests import screening
from appointments.requests.moves import require_desk
from appointments.scheduling.offers import Agreed, give, release_expired
from appointments.scheduling.rules import (
    SchedulingError,
    length_of,
    lock_again,
    locked,
    look_again,
    note_change,
    require_aware,
    spans_of,
    whole,
)
from appointments.scheduling.same_patient import require_looked_at
from clinic.models import Practitioner
from clinic.time.words import day_and_clock


def book(
    patient_request: PatientRequest,
    /,
    practitioner: Practitioner,
    start: datetime,
    by: User | None,
    **agreed: Unpack[Agreed],
) -> Appointment:
    """Books a time at once, as agreed with the patient on the phone. Raises SchedulingError."""
    [booked] = give(patient_request, practitioner, [start], by, Action.BOOK, **agreed)
    return booked


def move_appointment(
    appointment: Appointment,
    start: datetime,
    by: User | None,
    practitioner: Practitioner | None = None,
    *,
    seen_version: int | None = None,
    minutes: int | None = None,
    looked_at: Collection[int] | None = None,
    now: datetime | None = None,
) -> Appointment:
    """Moves a booked appointment to another time, and to another practitioner if one is given, in one step:
    the old time is freed and the new one taken, or nothing changes. Tells the patient.

    `seen_version` is the version of the request that the person was looking at. `minutes` is how long the
    visit takes from now on, `looked_at` as in `book`. Raises SchedulingError.
    """
    now = now or timezone.now()
    require_aware([start])
    who = practitioner or appointment.practitioner

    def work() -> Appointment:
        require_desk(by)
        patient_request = locked(appointment.request_id, who.pk)
        _require_unchanged(patient_request, seen_version)
        fresh = Appointment.objects.select_related("practitioner").get(pk=appointment.pk)
        if fresh.status != AppointmentStatus.BOOKED:
            raise SchedulingError(_("Only a booked appointment can be moved."))
        length = length_of(patient_request, minutes) if minutes else fresh.end - fresh.start
        if (fresh.start, fresh.end, fresh.practitioner_id) == (start, start + length, who.pk):
            raise SchedulingError(_("The appointment is at that time already."))
        before, was_with = fresh.start, fresh.practitioner_id
        shift(patient_request, fresh, who, start, length, now)
        require_looked_at(patient_request, [(fresh.start, fresh.end)], looked_at, now)
        event = note_change(patient_request, by, now, from_to(before, fresh.start))
        doctor = who.name if who.pk != was_with else ""
        notices.queue(patient_request, "moved", event, appointment=fresh, old_start=before, doctor=doctor)
        screening.after_move(patient_request, now)
        return fresh

    release_expired(now, who)
    return whole(work)


def from_to(before: datetime, after: datetime) -> str:
    """That an appointment has moved, for staff, whatever the patient reads."""
    with translation.override(settings.LANGUAGE_CODE):
        words = _("Moved from %(before)s to %(after)s.")
        return words % {"before": day_and_clock(before), "after": day_and_clock(after)}


def shift(
    patient_request: PatientRequest,
    booked: Appointment,
    practitioner: Practitioner,
    start: datetime,
    length: timedelta,
    now: datetime,
) -> None:
    """Brings a booked appointment to another time, within the caller's transaction and lock; the old time
    falls free. Raises SchedulingError."""
    [(begin, end)] = spans_of([start], length, practitioner, now, patient_request.treatment, but=booked)
    was = (booked.practitioner_id, booked.start, booked.end, patient_request.pk)
    booked.start, booked.end, booked.practitioner = begin, end, practitioner
    booked.sequence += 1
    if begin != was[1]:
        booked.confirmed_at = None  # it was another time that the patient confirmed
        OtherTimeWish.objects.filter(request=patient_request).delete()  # this is another one
    booked.save(update_fields=["start", "end", "practitioner", "sequence", "confirmed_at"])
    FreedTime.objects.note([was], now)


def cancel(
    appointment: Appointment,
    by: User | None,
    reason: str = "",
    *,
    seen_version: int | None = None,
    now: datetime | None = None,
) -> None:
    """Cancels a booked appointment, or ends one held time; the time is free at once.

    The request goes back to the inbox, due now, when no other time is left to it. `reason` reaches the
    patient when staff cancel. `by` is None for the patient, who can do so until it begins.
    `seen_version` is the version of the request that the person was looking at. Raises SchedulingError.
    """
    now = now or timezone.now()
    reason = reason.strip()[:500]

    def work() -> None:
        patient_request, fresh = lock_again(appointment)
        _require_unchanged(patient_request, seen_version)
        if fresh.is_held:
            _end_one_hold(patient_request, fresh, by, reason, now)
            return
        if not fresh.is_coming:
            raise SchedulingError(_("This appointment has ended or is cancelled already."))
        patient_request.move(Action.APPOINTMENT_CANCELLED, by, reason, now=now)

    whole(work)
    look_again(appointment)


def _end_one_hold(
    patient_request: PatientRequest, held: Appointment, by: User | None, reason: str, now: datetime
) -> None:
    others = Appointment.objects.filter(request=patient_request).held().exclude(pk=held.pk)
    Appointment.objects.filter(pk=held.pk).cancel(now, reason)
    if others.exists():
        note_change(
            patient_request,
            by,
            now,
            _("%(time)s is no longer offered.") % {"time": day_and_clock(held.start)},
        )
    else:
        patient_request.move(Action.NONE_SUITS, by, reason, now=now)


def _require_unchanged(patient_request: PatientRequest, seen_version: int | None) -> None:
    if seen_version is not None and seen_version != patient_request.version:
        raise SchedulingError(_("A colleague was faster: the request has changed since you opened it."))
