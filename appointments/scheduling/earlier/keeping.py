"""What time brings to other times that were offered: nobody answered, the hold was lost, or they are over."""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from appointments.availability import Availability
from appointments.lifecycle import Status
from appointments.models import (
    Appointment,
    AppointmentStatus,
    FreedTime,
    OtherTime,
    OtherTimeState,
    PatientRequest,
)
from appointments.scheduling.earlier.answering import hand_on
from appointments.scheduling.earlier.offering import let_go, lock_requests, note_end
from appointments.scheduling.rules import whole
from clinic.operations.batches import one_by_one

# So long after it has passed a time that fell free is still known.
KEPT = timedelta(days=2)


def keep_up(now: datetime) -> int:
    """Ends what nobody has answered in time and what can't be taken any more, and holds again what has lost
    its hold while others can still take it; returns of how many waves. Any number of workers may do so at
    once."""
    held = Appointment.objects.filter(
        practitioner=OuterRef("practitioner"), start=OuterRef("start"), status=AppointmentStatus.PENDING
    )
    opened = OtherTime.objects.undecided()
    over = opened.filter(Q(until__lte=now) | ~Q(request__status=Status.BOOKED) | ~Exists(held))
    waves = sorted(set(over.values_list("wave", flat=True)))
    return one_by_one("other time", waves, lambda wave: whole(partial(_see_to, wave, now)))


def _see_to(wave: uuid.UUID, now: datetime) -> bool:
    theirs = OtherTime.objects.filter(wave=wave)
    rows = lock_requests(
        theirs.values_list("request_id", flat=True), *theirs.values_list("practitioner_id", flat=True)
    )
    still = theirs.undecided().select_related("practitioner")
    # Whoever has no booked time any more can't take another one for it.
    still.exclude(request__status=Status.BOOKED).end(OtherTimeState.KEPT, now)
    late = list(still.filter(until__lte=now))
    theirs.filter(until__lte=now).end(OtherTimeState.LAPSED, now)
    for one in {each.request_id: each for each in late}.values():
        note_end(rows[one.request_id], one, None, now)
    if not still.exists():
        let_go(wave, now)
    for one in {(each.start, each.practitioner_id): each for each in still}.values():
        _hold_again(one, rows, now)
    return True


def _hold_again(one: OtherTime, rows: dict[int, PatientRequest], now: datetime) -> None:
    """Holds the time of `one` for who is left. Where somebody else has got it meanwhile, or nobody is there
    then any more, it is over."""
    state = OtherTimeState.TAKEN_BACK
    if not Availability.of(one.practitioner, now).refusal(one.start, one.end):
        state = OtherTimeState.MISSED
        with suppress(IntegrityError), transaction.atomic():
            hand_on(one, now)
            return
    still = OtherTime.objects.undecided().filter(
        wave=one.wave, start=one.start, practitioner=one.practitioner_id
    )
    over = list(still)
    still.end(state, now)
    for each in over:
        note_end(rows[each.request_id], each, None, now)


def forget(now: datetime) -> int:
    """Deletes what fell free and has passed; returns how many."""
    gone, _rows = FreedTime.objects.filter(end__lt=now - KEPT).delete()
    return gone
