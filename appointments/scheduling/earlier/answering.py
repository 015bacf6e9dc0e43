"""What a patient answers to another time: takes it, and the booked one falls free in the same transaction; or
keeps the booked one."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.availability import Availability, done_by
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import (
    Appointment,
    AppointmentStatus,
    OtherTime,
    OtherTimeState,
    OtherTimeWish,
    PatientRequest,
)
from appointments.scheduling.bookings import from_to, shift
from appointments.scheduling.earlier.offering import (
    end_wave,
    hold_for,
    let_go,
    lock_requests,
    note_end,
    when_of,
)
from appointments.scheduling.rules import SchedulingError, whole


def take(one: OtherTime, by: User | None = None, *, now: datetime | None = None) -> Appointment:
    """Gives the patient this time in place of the booked one, which falls free; returns the appointment as it
    is then. Whoever else was asked keeps theirs.

    `by` is None for the patient, or who heard it on the phone. Raises SchedulingError when somebody was
    faster, the time for it has passed, or the practitioner isn't there any more; nothing changes then.
    """
    now = now or timezone.now()

    def work() -> Appointment | None:
        rows, fresh = _locked(one)
        patient_request = rows[fresh.request_id]
        booked = booked_of(patient_request)
        _require_open(fresh, now)
        there = Availability.of(fresh.practitioner, now)
        if there.refusal(fresh.start, fresh.end, done_by(patient_request.treatment)):
            end_wave(fresh.wave, None, OtherTimeState.TAKEN_BACK, now)
            return None
        _win(fresh, rows, now)
        before, was_with = booked.start, booked.practitioner_id
        shift(patient_request, booked, fresh.practitioner, fresh.start, fresh.end - fresh.start, now)
        words = from_to(before, fresh.start)
        event = patient_request.move(Action.TAKE_OTHER, by, words, wish_of_patient=True, tell=False, now=now)
        doctor = fresh.practitioner.name if fresh.practitioner_id != was_with else ""
        notices.queue(patient_request, "moved", event, booked, old_start=before, doctor=doctor)
        return booked

    taken = whole(work)
    one.refresh_from_db()
    if taken is None:
        raise SchedulingError(_("We are sorry: that time isn't possible any more. You keep your time."))
    return taken


def keep(one: OtherTime, by: User | None = None, *, now: datetime | None = None) -> None:
    """The patient keeps the booked time: of the wave, nothing waits for this patient any more, and the time
    waits for the others who were asked. Once more changes nothing. Raises SchedulingError."""
    now = now or timezone.now()

    def work() -> None:
        rows, fresh = _locked(one)
        mine = OtherTime.objects.filter(wave=fresh.wave, request=fresh.request_id)
        if not mine.end(OtherTimeState.KEPT, now):
            return
        row = rows[fresh.request_id]
        if not fresh.is_earlier:
            OtherTimeWish.objects.filter(request=row).delete()
        row.move(Action.KEEP_TIME, by, kept_in_words(row), wish_of_patient=True, tell=False, now=now)
        hand_on(fresh, now)

    whole(work)
    one.refresh_from_db()


def kept_in_words(patient_request: PatientRequest) -> str:
    """The day and time that the patient keeps, for staff; '' where none is booked any more."""
    kept = Appointment.objects.coming().filter(request=patient_request).first()
    return when_of(kept) if kept else ""


def hand_on(one: OtherTime, now: datetime) -> bool:
    """Sees to it that the time of `one` is held for those of its wave who can still take it, and for nobody
    else; whether anybody can. Within the caller's transaction and locks."""
    wave = OtherTime.objects.filter(wave=one.wave, start=one.start, practitioner=one.practitioner_id)
    left = list(wave.open(now).select_related("request", "practitioner").order_by("pk"))
    holds = Appointment.objects.filter(pk__in=wave.exclude(hold=None).values("hold")).held()
    if left and holds.filter(request__in=[each.request_id for each in left]).exists():
        return True
    holds.cancel(now)
    if left:
        hold_for(left[0], max(each.end for each in left), now)
    return bool(left)


def _locked(one: OtherTime) -> tuple[dict[int, PatientRequest], OtherTime]:
    """The requests of the wave and the time as they are now, kept from others."""
    theirs = OtherTime.objects.filter(wave=one.wave).values_list("request_id", flat=True)
    rows = lock_requests(theirs, one.practitioner_id)
    return rows, OtherTime.objects.select_related("practitioner").get(pk=one.pk)


def booked_of(patient_request: PatientRequest) -> Appointment:
    """The booked appointment of a locked request. Raises SchedulingError without one."""
    row = Appointment.objects.filter(request=patient_request, status=AppointmentStatus.BOOKED)
    booked = row.select_related("practitioner").first()
    if booked is None or patient_request.status != Status.BOOKED:
        raise SchedulingError(_("You have no appointment any more that this time could take the place of."))
    return booked


def _require_open(one: OtherTime, now: datetime) -> None:
    """Raises SchedulingError where it can't be taken any more."""
    if one.state == OtherTimeState.OPEN and one.until > now:
        return
    if one.state in (OtherTimeState.TAKEN, OtherTimeState.MISSED):
        words = _(
            "We are sorry: that time has gone to somebody else. Nothing has changed: you keep your time."
        )
    else:
        words = _("That time isn't held for you any more. Nothing has changed: you keep your time.")
    raise SchedulingError(words)


def _win(one: OtherTime, rows: dict[int, PatientRequest], now: datetime) -> None:
    """Marks this one as taken, which the database lets only one of a wave be, and ends the others and the
    hold."""
    OtherTime.objects.filter(pk=one.pk).end(OtherTimeState.TAKEN, now)
    others = list(OtherTime.objects.undecided().filter(wave=one.wave))
    OtherTime.objects.filter(wave=one.wave).end(OtherTimeState.MISSED, now)
    let_go(one.wave, now)
    for other in others:
        if other.request_id != one.request_id:
            note_end(rows[other.request_id], other, None, now)
