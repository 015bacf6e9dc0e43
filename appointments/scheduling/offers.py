"""Held offers: one to three times kept for one patient, until one is taken or the hold ends."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from appointments.availability import Availability, done_by
from appointments.lifecycle import Action, MoveRefused, Status
from appointments.messages import notices
from appointments.models import (
    Appointment,
    AppointmentStatus,
    Message,
    MessageStatus,
    PatientRequest,
    RequestEvent,
)
from appointments.requests.moves import move
from appointments.scheduling.free_times import MOST_OFFERED
from appointments.scheduling.rules import (
    SchedulingError,
    hold_ends,
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
from clinic.models import Clinic, Practitioner
from clinic.operations.batches import one_by_one


def end_of_hold(now: datetime, starts: Iterable[datetime]) -> datetime:
    """Until when times offered at `now` are held: the close of the clinic day that the clinic's setting
    names, but never past the first of them. Two queries."""
    return min(*starts, hold_ends(now, Clinic.facts()))


class Agreed(TypedDict, total=False):
    """How times are given. `take` takes a new request on the way. `seen_version` is the version of the
    request that the person was looking at. `minutes` is how long the visit takes if not as long as usual.
    `looked_at` are the patient's other visits that the person has looked at (see same_patient)."""

    take: bool
    seen_version: int | None
    minutes: int | None
    looked_at: Collection[int] | None
    now: datetime | None


class WrongNumber(SchedulingError):
    """No time, or more than can be offered at once."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Choose one to three times."))


def require_few(starts: Sequence[datetime]) -> None:
    """Raises WrongNumber unless so many times can be offered at once."""
    if not 1 <= len(starts) <= MOST_OFFERED:
        raise WrongNumber


def offer(
    patient_request: PatientRequest,
    /,
    practitioner: Practitioner,
    starts: Iterable[datetime],
    by: User | None,
    **agreed: Unpack[Agreed],
) -> list[Appointment]:
    """Holds 1 to 3 times for the patient and tells them; returns the held appointments, earliest first.
    Raises SchedulingError."""
    wanted = list(starts)
    require_few(wanted)
    return give(patient_request, practitioner, wanted, by, Action.OFFER, **agreed)


def give(
    patient_request: PatientRequest,
    practitioner: Practitioner,
    starts: Iterable[datetime],
    by: User | None,
    action: Action,
    *,
    take: bool = False,
    seen_version: int | None = None,
    minutes: int | None = None,
    looked_at: Collection[int] | None = None,
    now: datetime | None = None,
) -> list[Appointment]:
    """Holds the times where `action` offers, books them where it books, and makes that move, whole or not at
    all."""
    now = now or timezone.now()
    wanted = require_aware(starts)

    def work() -> list[Appointment]:
        row = locked(patient_request.pk, practitioner.pk)
        version = _take_first(row, by, now, seen_version) if take else seen_version
        given = hold(row, practitioner, wanted, by, now, minutes, books=action == Action.BOOK)
        require_looked_at(row, [(each.start, each.end) for each in given], looked_at, now)
        row.move(action, by, seen_version=version, now=now)
        return given

    release_expired(now, practitioner)
    given = whole(work)
    patient_request.refresh_from_db()
    return given


def hold(
    patient_request: PatientRequest,
    practitioner: Practitioner,
    starts: Sequence[datetime],
    by: User | None,
    now: datetime,
    minutes: int | None = None,
    *,
    books: bool = False,
) -> list[Appointment]:
    """Holds these times for a locked request, or books them, within the caller's transaction. Raises
    SchedulingError."""
    length = length_of(patient_request, minutes)
    hold_until = None if books else end_of_hold(now, starts)
    is_consultation = patient_request.is_for_consultation()
    return [
        Appointment.objects.create(
            request=patient_request,
            practitioner=practitioner,
            status=AppointmentStatus.BOOKED if books else AppointmentStatus.PENDING,
            start=start,
            end=end,
            hold_until=hold_until,
            is_consultation=is_consultation,
            created_by=by,
        )
        for start, end in spans_of(starts, length, practitioner, now, patient_request.treatment)
    ]


def _take_first(row: PatientRequest, by: User | None, now: datetime, seen: int | None) -> int | None:
    """Takes the locked request `row` when it is new; returns the version to go on with."""
    if row.status != Status.NEW:
        return seen
    row.move(Action.TAKE, by, seen_version=seen, now=now)
    return None


def accept(appointment: Appointment, by: User | None = None, *, now: datetime | None = None) -> Appointment:
    """Books a held time for its patient and frees the others; returns it as it is then.

    `by` is None for the patient, or the member of staff who heard the choice on the phone. Raises
    SchedulingError when the hold has ended, one of the times has been taken already, or the practitioner
    isn't there at that time any more; then the hold ends, and without another one the request is due now.
    """
    now = now or timezone.now()

    def work() -> Appointment | None:
        patient_request, fresh = lock_again(appointment)
        doing = done_by(patient_request.treatment)
        stands = not Availability.of(fresh.practitioner, now).refusal(fresh.start, fresh.end, doing)
        if not stands and fresh.is_held and fresh.hold_until and fresh.hold_until > now:
            drop_held(patient_request, [fresh.pk], now)
            return None
        if not Appointment.objects.filter(pk=fresh.pk).take(now):
            raise _gone(patient_request, fresh)
        patient_request.move(Action.TAKE_OFFER, by, now=now)
        fresh.refresh_from_db()
        return fresh

    booked = whole(work)
    look_again(appointment)
    if booked is None:
        raise SchedulingError(_("We are sorry: that time isn't possible any more. We look for another one."))
    return booked


def drop_held(patient_request: PatientRequest, pks: Collection[int], now: datetime) -> None:
    """Ends these held times of a locked request, because nobody is there then. Without another one the
    request is back in the inbox, due now, and the patient is told."""
    held = Appointment.objects.filter(request=patient_request).held()
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        words = _("A held time has ended: nobody is there at that time any more.")
    held.filter(pk__in=pks).cancel(now, words)
    if patient_request.status != Status.OFFERED or held.exists():
        event = note_change(patient_request, None, now, words)
    else:
        event = move(patient_request, Action.HOLD_FALLEN, None, words, now=now)
    _word_anew(patient_request, list(held.select_related("practitioner").order_by("start")), event)


def _word_anew(patient_request: PatientRequest, held: Sequence[Appointment], event: RequestEvent) -> None:
    """Has an offer that nobody has read yet name the times that are left. One that cancels a visit besides
    says at least that, where none is left."""
    unread = Message.objects.filter(
        request=patient_request,
        kind__in=("offers", "other_times"),
        status=MessageStatus.QUEUED,
        leased_by=None,
    )
    for message in list(unread):
        Message.objects.filter(pk=message.pk).void()
        said: dict[str, Any] = {}
        if held:
            said["until"] = min(each.hold_until for each in held if each.hold_until)
            said["starts"] = [each.start for each in held]
        if message.kind == "other_times":
            said |= _about_cancelled(patient_request, held)
        if held or message.kind == "other_times":
            notices.queue(patient_request, message.kind if held else "cancelled", event, **said)


def _about_cancelled(patient_request: PatientRequest, held: Sequence[Appointment]) -> dict[str, Any]:
    """What `mending.offer_instead` told of the booked time."""
    event = patient_request.events.filter(action=Action.APPOINTMENT_CANCELLED).order_by("-at", "-pk").first()
    rows = patient_request.appointments.filter(cancelled_at=event.at if event else None)
    booked = rows.order_by("pk").first()
    if event is None or booked is None:
        return {}
    is_another = bool(held) and held[0].practitioner_id != booked.practitioner_id
    doctor = held[0].practitioner.name if is_another else ""
    return {"start": booked.start, "reason": event.note, "doctor": doctor}


def _gone(patient_request: PatientRequest, appointment: Appointment) -> SchedulingError:
    if patient_request.status == Status.BOOKED:
        return SchedulingError(_("An appointment is booked for this request already."))
    if appointment.status == AppointmentStatus.PENDING:
        return SchedulingError(_("The time was held for you until a little while ago; the hold has ended."))
    return SchedulingError(_("This time isn't held any more."))


def none_suits(
    patient_request: PatientRequest, words: str = "", by: User | None = None, *, now: datetime | None = None
) -> None:
    """None of the held times suits: frees them and puts the request back into the inbox, due now.

    The patient's words stay on the timeline. Raises SchedulingError.
    """
    whole(lambda: patient_request.move(Action.NONE_SUITS, by, words.strip(), now=now))


def release_expired(now: datetime, practitioner: Practitioner | None = None) -> int:
    """Ends the holds whose time has come, request by request; returns how many requests went back.

    Any number of workers may do so at once. `practitioner` limits it to the holds on one practitioner's time.
    """
    expired = Appointment.objects.expired(now)
    if practitioner is not None:
        expired = expired.filter(practitioner=practitioner)
    # Sorted here: for the order SQLite would go through the requests of all appointments.
    pks = sorted(set(expired.order_by().values_list("request_id", flat=True)))
    return one_by_one("hold", pks, lambda pk: whole(partial(_release, pk, now)))


def _release(request_id: int, now: datetime) -> bool:
    """Ends the expired holds of one request; whether it went back to the inbox by that."""
    patient_request = locked(request_id)
    held = Appointment.objects.filter(request=patient_request).held()
    if not held.expired(now).exists():
        return False
    if patient_request.status != Status.OFFERED or held.filter(hold_until__gt=now).exists():
        held.expired(now).cancel(now)
        return False
    try:
        patient_request.move(Action.HOLD_ENDED, None, now=now)
    except MoveRefused:
        return False
    return True
