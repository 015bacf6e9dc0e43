"""Whom to offer a time that fell free: those who asked for an earlier one and whom it fits, best first."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from django.db.models import Exists, OuterRef

from appointments.availability import Availability, availability_of, doing
from appointments.lifecycle import Status
from appointments.models import (
    Appointment,
    AppointmentStatus,
    EarlierWish,
    FreedTime,
    OtherTime,
    OtherTimeState,
    PatientRequest,
)
from appointments.scheduling.free_times import FreeTime, Wishes, busy_spans, step_for
from appointments.scheduling.same_patient import OtherVisits
from clinic.models import Clinic, Practitioner
from clinic.time import quiet
from clinic.time.hours import Span, at, clinic_day, grid_starts

# Nobody is asked to come sooner than so long after having been asked.
LEAD = timedelta(hours=2)
# A patient has at least so long to answer.
SHORTEST_HOLD = timedelta(minutes=30)
# What the page of proposals shows at most.
MOST_TIMES, MOST_PATIENTS = 20, 5
# So many times that fell free are looked at; most of them are taken again.
MOST_LOOKED_AT = 200
# The calendar is read so far beyond a time that fell free.
BESIDE = timedelta(days=1)


@dataclass(frozen=True)
class Candidate:
    """A patient to whom a time can be offered: the wish, the booked time that stays until then (None without
    one), the time itself, and whether it is what the request wished for."""

    wish: EarlierWish
    booked: Appointment | None
    practitioner: Practitioner
    start: datetime
    end: datetime
    suits: bool

    @property
    def patient_request(self) -> PatientRequest:
        """The patient's request."""
        return self.wish.request


@dataclass(frozen=True)
class Proposal:
    """A time that fell free and is still, with whom to offer it to, best first."""

    freed: FreedTime
    candidates: list[Candidate]


def ends_at(now: datetime, start: datetime, clinic: Clinic) -> datetime:
    """Until when a time that begins at `start` is held, offered at `now`: so many hours of day as the
    clinic's setting says from when the patient is written to, never into the lead that a patient needs."""
    return min(quiet.after(now, timedelta(hours=clinic.earlier_hold_hours)), start - LEAD)


def can_be_asked(now: datetime, start: datetime) -> bool:
    """Whether a patient who is written to from `now` on has time enough to answer and to come."""
    return quiet.by_day(now) + SHORTEST_HOLD <= start - LEAD


def proposals(
    now: datetime, times: int = MOST_TIMES, most: int = MOST_PATIENTS, *, by_itself: bool = False
) -> list[Proposal]:
    """The first `times` that fell free and that somebody can be offered, each to the best `most` patients;
    `by_itself` without those from whom it was taken back, to whom only the desk offers it again.
    One query where nobody waits for one; else so many as the times' practitioners and the patients who come
    into question."""
    waiting = Waiting(now, by_itself=by_itself)
    if not waiting.wishes:
        return []
    freed = FreedTime.objects.ahead(now + LEAD).select_related("practitioner")[:MOST_LOOKED_AT]
    # A visit and a hold of another length that began together are one time to whoever offers it.
    longest = {(each.start, each.practitioner_id): each for each in freed}
    found = (Proposal(each, candidates_for(each, waiting, most)) for each in longest.values())
    return list(islice((each for each in found if each.candidates), times))


def candidates_for(freed: FreedTime, waiting: "Waiting", most: int) -> list[Candidate]:
    """The best `most` patients for a time that fell free; none once it isn't free any more."""
    fitting = [each for wish in waiting.wishes if (each := waiting.fit(wish, freed))]
    found: list[Candidate] = []
    for each in sorted(fitting, key=lambda each: _rank(each, freed)):
        if len(found) == most:
            break
        if waiting.keeps_distance(each):
            found.append(each)
    return found


def _rank(candidate: Candidate, freed: FreedTime) -> tuple[bool, bool, timedelta, datetime, timedelta]:
    """Urgent first; then whom it suits; whose visit leaves the least of it; who has waited longest; who comes
    the most days sooner."""
    left = max(timedelta(), freed.length - (candidate.end - candidate.start))
    sooner = candidate.booked.start - candidate.start if candidate.booked else timedelta(days=366)
    return (
        not candidate.patient_request.urgent, not candidate.suits, left, candidate.wish.since, -sooner,
    )  # fmt: skip


class Waiting:
    """Those who want to hear of an earlier time, with what has to be known of them; read once for all."""

    def __init__(
        self, now: datetime, only: Collection[int] | None = None, *, by_itself: bool = False
    ) -> None:
        self.now, self._by_itself = now, by_itself
        # Who holds an offer has been asked already: they choose first, and are among these once they have
        # taken one of its times, or its hold has ended.
        theirs = PatientRequest.objects.in_inbox().filter(pk=OuterRef("request"), decision_owed=False)
        # Not joined, as in own_move.waiting.
        waits = Exists(theirs.filter(status__in=(Status.BOOKED, Status.IN_PROGRESS)))
        rows = EarlierWish.objects.filter(waits).prefetch_related("request__treatment")
        if only is not None:
            rows = rows.filter(request__in=only)
        self.wishes = list(rows)
        self._there: dict[int, Availability] = {}
        self._busy: dict[int, list[Span]] = {}
        self._visits: dict[int, OtherVisits] = {}
        if self.wishes:
            self._read([each.request_id for each in self.wishes])

    def _read(self, pks: Sequence[int]) -> None:
        booked = Appointment.objects.filter(request__in=pks, status=AppointmentStatus.BOOKED)
        self._booked = {row.request_id: row for row in booked.select_related("practitioner")}
        self._asked = set(
            OtherTime.objects.open(self.now).filter(request__in=pks).values_list("request_id", flat=True)
        )
        # What a patient had, refused, gave up or let pass is not offered again; nor by itself what was taken
        # back. What kept another time from everybody else for them is told by that one.
        columns = ("request_id", "practitioner_id", "start")
        had = Appointment.objects.filter(request__in=pks, start__gt=self.now).values_list(*columns)
        were = OtherTime.objects.filter(request__in=pks, start__gt=self.now).values_list(*columns, "state")
        asked = [((of, who, start), state) for of, who, start, state in were]
        again = () if self._by_itself else (OtherTimeState.TAKEN_BACK,)
        self._known = set(had) - {key for key, _state in asked}
        self._known |= {key for key, state in asked if state not in again}
        self._doing, self._clinic = doing(), Clinic.facts()

    def fit(self, wish: EarlierWish, freed: FreedTime) -> Candidate | None:
        """The first start within the freed time that this patient could have, rather one that suits."""
        request, booked = wish.request, self._booked.get(wish.request_id)
        who = freed.practitioner
        if wish.request_id in self._asked or freed.was_of_id == wish.request_id:
            return None
        if (request.status == Status.BOOKED) != (booked is not None):
            return None
        if booked and who.pk != booked.practitioner_id and not wish.any_doctor:
            return None
        if booked and clinic_day(booked.start) <= clinic_day(freed.start):
            return None
        if request.earliest_date and clinic_day(freed.start) < request.earliest_date:
            return None
        wishes, starts = Wishes.of(request), list(self._starts(wish, booked, freed))
        if not starts:
            return None
        best = next((start for start, _end in starts if wishes.suit(start)), None)
        start, end = next(span for span in starts if best is None or span[0] == best)
        return Candidate(wish, booked, who, start, end, best is not None)

    def _starts(self, wish: EarlierWish, booked: Appointment | None, freed: FreedTime) -> Iterator[Span]:
        """The spans within the freed time that are free for a visit of this patient's length; it may reach
        beyond, where what follows is free too."""
        request = wish.request
        minutes = timedelta(minutes=0 if booked else request.visit_minutes(self._clinic))
        length = booked.end - booked.start if booked else minutes
        who = self._availability(freed.practitioner)
        buffer = timedelta(minutes=request.treatment.buffer_minutes if request.treatment else 0)
        busy = sorted((start - buffer, end) for start, end in self._busy_around(freed))
        free = FreeTime(who.hours, busy, length, self.now)
        done_by = self._doing.get(request.treatment_id, set())
        for start in _within(freed, length):
            known = (wish.request_id, freed.practitioner_id, start) in self._known
            possible = not known and can_be_asked(self.now, start)
            if possible and free.has(start) and not who.refusal(start, start + length, done_by):
                yield start, start + length

    def _availability(self, who: Practitioner) -> Availability:
        if who.pk not in self._there:
            self._there[who.pk] = availability_of([who.pk], self.now)[who.pk]
        return self._there[who.pk]

    def _busy_around(self, freed: FreedTime) -> list[Span]:
        if freed.pk not in self._busy:
            first, last = at(clinic_day(freed.start), time()), freed.end + BESIDE
            self._busy[freed.pk] = busy_spans(freed.practitioner, first, last, self.now)
        return self._busy[freed.pk]

    def keeps_distance(self, candidate: Candidate) -> bool:
        """Whether the patient has no other visit on that day, nor one from which it is nearer than the
        shortest interval. Four queries at most, once for each patient."""
        pk = candidate.wish.request_id
        if pk not in self._visits:
            self._visits[pk] = OtherVisits(candidate.patient_request, self.now)
        return not self._visits[pk].near([(candidate.start, candidate.end)])


def _within(freed: FreedTime, length: timedelta) -> Iterable[datetime]:
    """Where a visit may begin in it: at its start, and at the usual starts after it."""
    grid = grid_starts((freed.start, freed.end), timedelta(), step_for(length))
    return [freed.start, *(start for start in grid if freed.start < start < freed.end)]


def still_fitting(freed: FreedTime, pks: Collection[int], now: datetime) -> list[Candidate]:
    """Those of the requests `pks` to whom the time can be offered now, best first."""
    return candidates_for(freed, Waiting(now, pks), len(pks))
