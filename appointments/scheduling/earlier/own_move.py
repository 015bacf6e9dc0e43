"""The patient would like another time and keeps the booked one until then: the wish, and the times that the
desk opens for it."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.lifecycle import Action
from appointments.messages import notices
from appointments.models import (
    Appointment,
    OtherTime,
    OtherTimeState,
    OtherTimeWish,
    PatientRequest,
    RequestEvent,
)
from appointments.requests.moves import require_desk
from appointments.scheduling.earlier.answering import booked_of, kept_in_words
from appointments.scheduling.earlier.offering import end_wave, hold_for, let_go, lock_requests
from appointments.scheduling.earlier.proposals import SHORTEST_HOLD
from appointments.scheduling.offers import Agreed, release_expired, require_few
from appointments.scheduling.rules import (
    SchedulingError,
    hold_ends,
    length_of,
    locked,
    require_aware,
    spans_of,
    whole,
)
from appointments.scheduling.same_patient import require_looked_at
from clinic.models import Clinic, Practitioner
from clinic.time import quiet
from clinic.time.hours import Span

# So many of those who wait stand on Today.
MOST_WAITING = 20


def ask(
    patient_request: PatientRequest, words: str, by: User | None = None, *, now: datetime | None = None
) -> None:
    """Notes that the patient would like another time, with their words, and keeps the booked one until then.
    How long they wait counts from the first time. `by` is None for the patient, or who heard it. Raises
    SchedulingError without a booked time."""
    now = now or timezone.now()

    def work() -> None:
        row = locked(patient_request.pk)
        booked_of(row)
        row.move(Action.ASK_OTHER, by, words.strip(), wish_of_patient=True, now=now)
        OtherTimeWish.objects.get_or_create(request=row, defaults={"since": now})

    whole(work)


def keep(patient_request: PatientRequest, by: User | None = None, *, now: datetime | None = None) -> bool:
    """The patient keeps the booked time after all: nobody looks for another one any more, and none is held.
    Whether that changed anything. `by` is None for the patient, or who heard it."""
    now = now or timezone.now()

    def work() -> bool:
        row = locked(patient_request.pk)
        gone, _rows = OtherTimeWish.objects.filter(request=row).delete()
        opened = OtherTime.objects.undecided().filter(request=row, is_earlier=False)
        waves = set(opened.values_list("wave", flat=True))
        opened.end(OtherTimeState.KEPT, now)
        for wave in waves:
            let_go(wave, now)
        if gone or waves:
            row.move(Action.KEEP_TIME, by, kept_in_words(row), wish_of_patient=True, tell=False, now=now)
        return bool(gone or waves)

    return whole(work)


def waiting() -> list[PatientRequest]:
    """The first `MOST_WAITING` who wait for other times, the longest first, each with `since` when, the
    `words` said with it and when the `booked_start` is. One query."""
    booked = Appointment.objects.coming().filter(request=OuterRef("pk"))
    rows = PatientRequest.objects.wanting_another_time().annotate(
        words=words_of_wish(),
        since=F("other_time_wish__since"),
        booked_start=Subquery(booked.values("start")[:1]),
    )
    return list(rows.order_by("since", "pk")[:MOST_WAITING])


def words_of_wish() -> Subquery:
    """What the patients of requests said last with the wish that nobody has answered yet."""
    waits = Exists(OtherTimeWish.objects.filter(request=OuterRef("request"), since__lte=OuterRef("at")))
    asked = RequestEvent.objects.filter(waits, request=OuterRef("pk"), action=Action.ASK_OTHER)
    return Subquery(asked.exclude(note="").order_by("-at", "-pk").values("note")[:1])


def offer_beside(
    appointment: Appointment,
    practitioner: Practitioner,
    starts: Iterable[datetime],
    by: User,
    **agreed: Unpack[Agreed],
) -> list[OtherTime]:
    """Holds one to three other times for a patient who keeps the booked one until one of them is taken, and
    writes to them. Other times offered so before are taken back. Raises SchedulingError."""
    now = agreed.get("now") or timezone.now()
    wanted = require_aware(starts)
    require_few(wanted)
    require_desk(by)
    release_expired(now, practitioner)

    def work() -> list[OtherTime]:
        row = lock_requests([appointment.request_id], practitioner.pk)[appointment.request_id]
        seen = agreed.get("seen_version")
        if seen is not None and seen != row.version:
            raise SchedulingError(_("A colleague was faster: the request has changed since you opened it."))
        booked = booked_of(row)
        _take_back_before(row, by, now)
        minutes = agreed.get("minutes")
        length = length_of(row, minutes) if minutes else booked.end - booked.start
        spans = spans_of(wanted, length, practitioner, now, row.treatment)
        require_looked_at(row, spans, agreed.get("looked_at"), now)
        return _hold(row, booked, practitioner, spans, by, now)

    return whole(work)


def ends_at(end_of_day: datetime, booked: Appointment, starts: Iterable[datetime]) -> datetime:
    """Until when other times are held, offers being held until `end_of_day`: until the booked visit or the
    first of them begins at most."""
    return min(end_of_day, booked.start, *starts)


def _take_back_before(row: PatientRequest, by: User, now: datetime) -> None:
    opened = OtherTime.objects.undecided().filter(request=row, is_earlier=False)
    for wave in set(opened.values_list("wave", flat=True)):
        end_wave(wave, by, OtherTimeState.TAKEN_BACK, now)


def _hold(
    row: PatientRequest,
    booked: Appointment,
    practitioner: Practitioner,
    spans: list[Span],
    by: User,
    now: datetime,
) -> list[OtherTime]:
    starts = [start for start, _end in spans]
    wave, until = uuid.uuid4(), ends_at(hold_ends(now, Clinic.facts()), booked, starts)
    if until < quiet.by_day(now) + SHORTEST_HOLD:
        raise SchedulingError(_("The patient would have no time to answer. Please call, and move the visit."))
    event = row.move(Action.OFFER_OTHER, by, tell=False, now=now)
    held = []
    for start, end in spans:
        one = OtherTime.objects.create(
            request=row,
            practitioner=practitioner,
            start=start,
            end=end,
            until=until,
            wave=wave,
            is_earlier=False,
            offered_at=now,
            offered_by=by,
        )
        hold_for(one, end, now)
        held.append(one)
    OtherTimeWish.objects.filter(request=row).delete()
    notices.queue(
        row,
        "times_beside",
        event,
        not_before=quiet.by_day(now),
        starts=starts,
        old_start=booked.start,
        until=until,
        doctor=practitioner.name if practitioner.pk != booked.practitioner_id else "",
    )
    return held
