"""What becomes of booked times that no longer stand: other times are held instead, somebody else takes
over, or they are cancelled; and of held ones that fell: others are held. Each for itself, whole or not at
all: one that fails leaves the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from appointments.availability import Availability, practitioners_for
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.requests.known.interval import ANY_TIME
from appointments.requests.moves import move
from appointments.scheduling.free_times import Wishes, busy_spans, propose, starts_between
from appointments.scheduling.offers import end_of_hold, hold, offer, release_expired
from appointments.scheduling.rules import SchedulingError, hold_ends, lock_again, locked, require_aware, whole
from appointments.scheduling.same_patient import Nearby, OtherVisits
from clinic.models import Clinic, Practitioner
from clinic.time.hours import Span, at, clinic_day

# How far ahead other times are looked for: first soon, then as far as it takes.
WINDOWS = (timedelta(weeks=3), timedelta(weeks=12), timedelta(weeks=52))


@dataclass(frozen=True)
class Proposal:
    """Times to hold for the patient of a booked time that no longer stands; none where nothing is free. And
    the patient's `others`: visits near the time that was booked, at which somebody has to look before
    another practitioner takes it over."""

    appointment: Appointment
    practitioner: Practitioner
    starts: list[datetime]
    others: list[Nearby]


@dataclass
class _Calendar:
    """One practitioner's free time as the proposals so far leave it."""

    who: Availability
    busy: list[Span] = field(default_factory=list)


def propose_for(appointments: Iterable[Appointment], now: datetime) -> list[Proposal]:
    """Up to three times for each patient, by their wishes as far as these can be met, of the practitioner
    they had where that one is there; no two of all of them overlap."""
    rather_after, calendars = hold_ends(now, Clinic.facts()), dict[int, _Calendar]()
    return [_propose(each, calendars, rather_after, now) for each in appointments]


def _propose(
    appointment: Appointment, calendars: dict[int, _Calendar], rather_after: datetime, now: datetime
) -> Proposal:
    patient_request, length = appointment.request, appointment.end - appointment.start
    possible = practitioners_for(patient_request.treatment)
    possible.sort(key=lambda who: who.pk != appointment.practitioner_id)
    visits = OtherVisits(patient_request, now)
    near = visits.near([(appointment.start, appointment.end)])
    interval = visits.interval
    if not interval.keeps(clinic_day(appointment.start)):
        interval = ANY_TIME  # staff were asked about the time that was booked
    taken = visits.days
    wishes = Wishes.of(patient_request, interval)
    treatment = patient_request.treatment
    buffer = timedelta(minutes=treatment.buffer_minutes if treatment else 0)
    for ahead in WINDOWS:
        until = at(clinic_day(now + ahead) + timedelta(days=1), time())
        for who in possible:
            calendar = _calendar_of(who, calendars, now)
            # What this visit keeps free at its end has to come before the next one's start.
            busy = [(start - buffer, end) for start, end in calendar.busy]
            starts = starts_between(calendar.who.hours, busy, length, now, until)
            days = {day for day in map(clinic_day, starts) if day not in taken and interval.keeps(day)}
            free = [start for start in starts if clinic_day(start) in days]
            fitting = [start for start in free if wishes.suit(start)] or free
            starts = propose(fitting, length, rather_after)
            if starts:
                calendar.busy += [(start, start + length + buffer) for start in starts]
                return Proposal(appointment, who, starts, near)
    return Proposal(appointment, appointment.practitioner, [], near)


def _calendar_of(who: Practitioner, calendars: dict[int, _Calendar], now: datetime) -> _Calendar:
    if who.pk not in calendars:
        until = now + WINDOWS[-1] + timedelta(days=2)
        calendars[who.pk] = _Calendar(Availability.of(who, now), busy_spans(who, now, until, now))
    return calendars[who.pk]


def offer_instead(
    appointment: Appointment,
    practitioner: Practitioner,
    starts: Sequence[datetime],
    by: User,
    words: str,
    now: datetime,
) -> list[Appointment]:
    """Cancels a booked time and holds others for the patient, who reads `words` and the times in one message.
    They last as long as the one that was booked. Raises SchedulingError."""
    wanted, minutes = require_aware(starts), round((appointment.end - appointment.start).total_seconds() / 60)
    if not wanted:
        raise SchedulingError(_("No other time is free."))

    def work() -> list[Appointment]:
        patient_request = locked(appointment.request_id, practitioner.pk)
        booked = _still_booked(patient_request, appointment)
        event = move(patient_request, Action.APPOINTMENT_CANCELLED, by, words, tell=False, now=now)
        _may_be_offered(patient_request)
        held = hold(patient_request, practitioner, wanted, by, now, minutes)
        move(patient_request, Action.OFFER, by, tell=False, now=now)
        booked.refresh_from_db()
        notices.queue(
            patient_request,
            "other_times",
            event,
            booked,
            reason=words,
            starts=wanted,
            until=end_of_hold(now, wanted),
            doctor=practitioner.name if practitioner.pk != booked.practitioner_id else "",
        )
        return held

    release_expired(now, practitioner)
    return whole(work)


def offer_again(
    fallen: Appointment, practitioner: Practitioner, starts: Sequence[datetime], by: User, now: datetime
) -> list[Appointment]:
    """Holds other times for the patient whose held ones fell, `fallen` among them, as long as that one.
    Raises SchedulingError."""
    if not starts:
        raise SchedulingError(_("No other time is free."))
    minutes = round((fallen.end - fallen.start).total_seconds() / 60)
    return offer(fallen.request, practitioner, starts, by, minutes=minutes, now=now)


def _may_be_offered(patient_request: PatientRequest) -> None:
    """Raises SchedulingError when the visit's cancellation has sent the request to the dermatologist."""
    if patient_request.decision_owed:
        raise SchedulingError(
            _(
                "Nothing was changed: the patient comes sooner than the shortest interval, so no other times"
                " can be offered before the dermatologist decides. Move the visit, or cancel it: the request"
                " then goes to her."
            )
        )


def cancel_fallen(appointment: Appointment, by: User, words: str, now: datetime) -> None:
    """Cancels a booked time for `words`, which the patient reads; the request is back in the inbox, due now.
    Raises SchedulingError."""

    def work() -> None:
        patient_request, _fresh = lock_again(appointment)
        _still_booked(patient_request, appointment)
        move(patient_request, Action.APPOINTMENT_CANCELLED, by, words, now=now)

    whole(work)


def _still_booked(patient_request: PatientRequest, appointment: Appointment) -> Appointment:
    fresh = Appointment.objects.get(pk=appointment.pk)
    if fresh.status != AppointmentStatus.BOOKED or patient_request.status != Status.BOOKED:
        raise SchedulingError(_("A colleague was faster: this appointment isn't booked any more."))
    if fresh.sequence != appointment.sequence:
        raise SchedulingError(_("A colleague was faster: this appointment has moved."))
    return fresh
