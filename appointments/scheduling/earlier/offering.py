"""Other times, offered to patients who keep the booked one until they take it."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from appointments.lifecycle import Action
from appointments.messages import notices
from appointments.models import (
    Appointment,
    AppointmentStatus,
    FreedTime,
    OtherTime,
    OtherTimeState,
    PatientRequest,
)
from appointments.requests.moves import require_desk
from appointments.scheduling.earlier.proposals import Candidate, ends_at, still_fitting
from appointments.scheduling.offers import give, release_expired
from appointments.scheduling.rules import SchedulingError, whole
from clinic.models import Clinic, Practitioner
from clinic.time import quiet
from clinic.time.words import day_and_clock

# So many patients are asked at once; the first to take the time gets it.
MOST_AT_ONCE = 3


def lock_requests(pks: Iterable[int], *practitioners: int) -> dict[int, PatientRequest]:
    """These requests as they are now, kept from others until the transaction ends, and others out of the
    practitioners' time. In one order everywhere, so that patients who race for one time wait for each other
    and don't block each other."""
    rows = PatientRequest.objects.select_for_update().select_related(None).filter(pk__in=set(pks))
    found = {row.pk: row for row in rows.order_by("pk")}
    who = Practitioner.objects.select_for_update(no_key=True).filter(pk__in=set(practitioners))
    list(who.order_by("pk").values_list("pk"))
    return found


def offer(
    freed: FreedTime, pks: Collection[int], by: User | None, *, now: datetime | None = None
) -> list[OtherTime]:
    """Offers a time that fell free to the patients of these requests, three at most, and writes to them; the
    first to take it gets it. `by` is None where the clinic lets it happen by itself.

    Where a patient has no appointment yet, it is an ordinary offer, to one alone; then nothing is returned.
    Raises SchedulingError, also when it no longer fits one of them.
    """
    now = now or timezone.now()
    if by is not None:
        require_desk(by)
    if not 1 <= len(set(pks)) <= MOST_AT_ONCE:
        raise SchedulingError(_("Choose one to three patients."))
    release_expired(now, freed.practitioner)

    def work() -> list[OtherTime]:
        rows = lock_requests(pks, freed.practitioner_id)
        candidates = still_fitting(freed, rows, now)
        if len(candidates) != len(set(pks)):
            raise SchedulingError(
                _("A colleague was faster, or the time is too near or no longer fits. Please look.")
            )
        if any(each.booked is None for each in candidates):
            _offer_alone(candidates, by, now)
            return []
        return _ask(candidates, rows, by, now)

    return whole(work)


def together(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of them who can be asked at once, three at most: they have an appointment, and can come at the
    very same time as the best."""
    same = [each for each in candidates if each.booked and each.start == candidates[0].start]
    return same[:MOST_AT_ONCE]


def _offer_alone(candidates: Sequence[Candidate], by: User | None, now: datetime) -> None:
    """An ordinary offer to a patient who has no appointment yet."""
    if len(candidates) > 1:
        raise SchedulingError(_("To somebody without an appointment it can only be offered alone."))
    [one] = candidates
    give(one.patient_request, one.practitioner, [one.start], by, Action.OFFER, now=now)


def _ask(
    candidates: Sequence[Candidate], rows: dict[int, PatientRequest], by: User | None, now: datetime
) -> list[OtherTime]:
    """One wave: a row for each patient, one hold for all."""
    start = candidates[0].start
    if any(each.start != start for each in candidates):
        raise SchedulingError(_("It fits these patients at different times: offer it to one of them first."))
    wave, until = uuid.uuid4(), ends_at(now, start, Clinic.facts())
    asked = [
        OtherTime.objects.create(
            request=rows[each.wish.request_id],
            practitioner=each.practitioner,
            start=each.start,
            end=each.end,
            until=until,
            wave=wave,
            offered_at=now,
            offered_by=by,
        )
        for each in candidates
    ]
    for one, candidate in zip(asked, candidates, strict=True):
        if candidate.booked is None:
            raise SchedulingError(_("There is no booked appointment."))
        _tell(one, candidate.booked, by, now, several=len(asked) > 1)
    hold_for(asked[0], max(each.end for each in asked), now)
    return asked


def _tell(one: OtherTime, booked: Appointment, by: User | None, now: datetime, *, several: bool) -> None:
    """The step on the timeline, and the message, which waits for the morning."""
    event = one.request.move(Action.OFFER_OTHER, by, when_of(one), tell=False, now=now)
    is_another = one.practitioner_id != booked.practitioner_id
    notices.queue(
        one.request,
        "earlier_time",
        event,
        not_before=quiet.by_day(now),
        starts=[one.start],
        old_start=booked.start,
        until=one.until,
        doctor=one.practitioner.name if is_another else "",
        several=several,
    )


def when_of(one: OtherTime | Appointment) -> str:
    """Day and time of it, for staff."""
    with translation.override(settings.LANGUAGE_CODE):
        return day_and_clock(one.start)


def hold_for(one: OtherTime, end: datetime, now: datetime) -> Appointment:
    """Keeps the time of `one` from everybody else, up to `end`, on behalf of its patient, until its wave
    ends. The database refuses one that somebody has."""
    hold = Appointment.objects.create(
        request=one.request,
        practitioner=one.practitioner,
        status=AppointmentStatus.PENDING,
        start=one.start,
        end=end,
        hold_until=one.until,
        is_consultation=one.request.is_for_consultation(),
        created_by=one.offered_by,
    )
    OtherTime.objects.filter(pk=one.pk).update(hold=hold)
    one.hold = hold
    return hold


def let_go(wave: uuid.UUID, now: datetime) -> None:
    """Ends the holds of a wave."""
    holds = OtherTime.objects.filter(wave=wave).exclude(hold=None).values("hold")
    Appointment.objects.filter(pk__in=holds).held().cancel(now)


def take_back(wave: uuid.UUID, by: User | None, *, now: datetime | None = None) -> int:
    """Takes a wave back: nobody can take its time any more, and it is free again. Everybody keeps the booked
    one. Returns how many patients had still been asked. Raises SchedulingError for who may not."""
    now = now or timezone.now()
    if by is not None:
        require_desk(by)
    return whole(lambda: end_wave(wave, by, OtherTimeState.TAKEN_BACK, now))


def end_wave(wave: uuid.UUID, by: User | None, state: OtherTimeState, now: datetime) -> int:
    """Ends what is open of a wave, within the caller's transaction; says so on each timeline."""
    theirs = OtherTime.objects.filter(wave=wave)
    rows = lock_requests(theirs.values_list("request_id", flat=True))
    still = list(theirs.undecided())
    theirs.end(state, now)
    let_go(wave, now)
    for one in still:
        note_end(rows[one.request_id], one, by, now)
    return len(still)


def note_end(row: PatientRequest, one: OtherTime, by: User | None, now: datetime) -> None:
    """Says on the timeline that a time is no longer offered, where the request still stands as it did."""
    if Action.OTHER_ENDED in row.possible_actions(by):
        row.move(Action.OTHER_ENDED, by, when_of(one), tell=False, now=now)
