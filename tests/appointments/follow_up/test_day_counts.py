"""The counts of each day: equal to a second count that is made another way, and right again after changes."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Min, Q, Sum
from django.test.utils import CaptureQueriesContext

from appointments.follow_up import day_counts
from appointments.lifecycle import MOVES, Action, ClosedReason, Status
from appointments.models import (
    Appointment,
    AppointmentStatus,
    CallOutcome,
    CountedDay,
    DayCount,
    EventKind,
    Figure,
    Message,
    MessageStatus,
    OtherTime,
    OtherTimeState,
    PatientRequest,
    RequestEvent,
    RequestSource,
)
from clinic.models import Clinic, Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.builders import WEDNESDAY
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Key = tuple[object, ...]


class History:
    """Requests of five days with whatever became of them, made up from a seed; midnights included."""

    def __init__(self, seed: int, who: Practitioner, treatments: list[Treatment | None]) -> None:
        self.dice = random.Random(seed)
        self.who, self.treatments = who, treatments
        self.free = WEDNESDAY + 60 * DAY

    def make(self) -> None:
        for _number in range(12):
            self._request()

    def _request(self) -> None:
        dice = self.dice
        midnight = at(clinic_day(WEDNESDAY) + DAY * dice.randrange(4), time())
        received = midnight + dice.choice([-timedelta(seconds=1), timedelta(), HOUR * dice.randrange(24)])
        over = dice.random() < 0.4
        row = builders.appointment_request(
            received_at=received,
            treatment=dice.choice(self.treatments),
            source=dice.choice(RequestSource.values),
            language=dice.choice(["en", "es"]),
            status=Status.CLOSED if over else Status.IN_PROGRESS,
            closed_reason=dice.choice(ClosedReason.values) if over else "",
            finished_at=received + DAY if over else None,
            promise_broken_at=received + 2 * DAY if dice.random() < 0.3 else None,
            suspected_spam=dice.random() < 0.1,
        )
        for _number in range(dice.randrange(6)):
            self._event(row, received + timedelta(minutes=dice.randrange(1, 30_000)))
        for number in range(dice.randrange(2)):
            Message.objects.create(
                request=row, key=f"{row.pk}-{number}", kind="acknowledgement", recipient="a@example.org",
                language="en", subject="s", text="t", message_id=f"<{row.pk}-{number}@example.org>",
                status=dice.choice([MessageStatus.FAILED, MessageStatus.QUEUED]),
                next_attempt_at=received, created_at=received,
            )  # fmt: skip

    def _event(self, row: PatientRequest, when: datetime) -> None:
        if self.dice.random() < 0.3:
            outcome = self.dice.choice(CallOutcome.values)
            RequestEvent.objects.create(request=row, kind=EventKind.CALL, outcome=outcome, at=when)
            return
        move = self.dice.choice(MOVES)
        RequestEvent.objects.create(
            request=row,
            kind=EventKind.MOVED,
            action=move.action,
            from_status=self.dice.choice(move.sources),
            to_status=move.target,
            at=when,
        )
        status = self.dice.choice(["fulfilled", "noshow", "cancelled"])
        self.free += HOUR
        start = self.free
        if status == "cancelled":
            start = when + self.dice.choice([1, 23, 24, 25]) * HOUR
        ended = {"cancelled_at": when} if status == "cancelled" else {}
        builders.appointment(row, self.who, start, status=status, **ended)
        if self.dice.random() < 0.3:
            OtherTime.objects.create(
                request=row, practitioner=self.who, start=start, end=start + HOUR, until=start,
                is_earlier=self.dice.random() < 0.7, state=OtherTimeState.TAKEN,
                offered_at=when, ended_at=when,
            )  # fmt: skip


def second_count() -> Counter[Key]:
    """The same figures, asked of the database one request and one figure at a time."""
    found: Counter[Key] = Counter()
    rows = PatientRequest.objects.filter(suspected_spam=False).exclude(closed_reason="spam")
    for row in rows:
        group = (clinic_day(row.received_at), row.treatment_id, row.source, row.language)
        for figure, detail, number in _figures(row):
            found[*group, figure, detail] += number
    return Counter({key: number for key, number in found.items() if number})


def _figures(row: PatientRequest) -> Iterator[tuple[str, str, int]]:
    moved = row.events.filter(kind="moved")
    yield "requests", "", 1
    told = Q(to_status__in=["offered", "booked", "completed", "declined", "closed"])
    waiting = Q(from_status__in=["new", "in_progress", "clinical_review"])
    first = row.events.filter((told & waiting) | Q(outcome="reached")).aggregate(first=Min("at"))["first"]
    if first:
        hours = (first - row.received_at).total_seconds() / 3600
        edges = [edge for edge in (1, 2, 4, 8, 12, 24, 36, 48, 72, 96, 120, 168, 336) if hours <= edge]
        yield "answered", str(edges[0]) if edges else "longer", 1
        yield "kept", "", int(row.promise_broken_at is None)
    yield "broken", "", int(row.promise_broken_at is not None)
    yield "offers", "", moved.filter(action="offer").count()
    yield "taken", "", moved.filter(action="take_offer").count()
    yield "not_taken", "", moved.filter(action="hold_ended").count()
    yield "refused", "", moved.filter(action="none_suits").count()
    yield "visits", "", int(row.appointments.filter(status="fulfilled").exists())
    yield "no_shows", "", row.appointments.filter(status="noshow").count()
    gone = row.appointments.filter(cancelled_at__gt=F("start") - DAY).values("cancelled_at")
    left = moved.filter(action__in=["appointment_cancelled", "withdraw"], from_status="booked")
    yield "late", "", left.filter(at__in=gone).count()
    if row.closed_reason:
        yield "closed", row.closed_reason, 1
    yield "earlier", "", row.other_times.filter(is_earlier=True, state="taken").count()
    yield "failed", "", row.messages.filter(status="failed").count()


def kept() -> Counter[Key]:
    columns = ("day_id", "treatment_id", "source", "language", "figure", "detail", "number")
    return Counter({tuple(row[:-1]): row[-1] for row in DayCount.objects.values_list(*columns)})


def test_the_counts_equal_a_second_count_of_50_histories(clinic: Clinic) -> None:
    treatments = [builders.treatment(), builders.treatment(), None]
    seen: Counter[object] = Counter()
    for seed in range(50):
        with transaction.atomic():
            History(seed, builders.practitioner(), treatments).make()
            day_counts.count_days(WEDNESDAY + 6 * DAY)
            assert kept() == second_count(), f"seed {seed}"
            for key, number in kept().items():
                seen[key[4]] += number
            transaction.set_rollback(True)
    assert set(seen) == set(Figure.values), "each figure occurs in them"


def test_an_unchanged_day_keeps_its_counts_and_a_changed_one_is_counted_anew(
    clinic: Clinic, front_desk: User
) -> None:
    row = builders.appointment_request(received_at=WEDNESDAY)
    gone = builders.appointment_request(received_at=WEDNESDAY, language="es")
    day_counts.count_days(WEDNESDAY + HOUR)
    before = kept()
    day_counts.count_days(WEDNESDAY + HOUR)
    assert kept() == before
    row.move(Action.TAKE, front_desk, now=WEDNESDAY + HOUR)
    row.move(Action.CLOSE, front_desk, now=WEDNESDAY + 3 * HOUR, reason=ClosedReason.ANSWERED)
    PatientRequest.objects.filter(pk=gone.pk).delete()  # as retention and erasure do
    for _round in range(2):  # the days since come first, which never were counted
        day_counts.count_days(WEDNESDAY + 20 * DAY)
    assert kept() == second_count()
    assert {key[4]: key[5] for key in kept()} == {
        "requests": "",
        "answered": "4",
        "kept": "",
        "closed": "answered",
    }


def test_every_day_has_its_turn_the_oldest_count_first(clinic: Clinic) -> None:
    builders.appointment_request(received_at=WEDNESDAY)
    now = WEDNESDAY + 30 * DAY
    assert day_counts.count_days(now) == 31, "days that never were counted wait for nothing"
    assert CountedDay.objects.count() == 31
    for minute in range(1, 4):
        more = day_counts.count_days(now + timedelta(minutes=minute))
        assert more == day_counts.RECENT_DAYS + day_counts.OTHERS_AT_ONCE
    assert not CountedDay.objects.filter(counted_at__lte=now).exists()
    assert DayCount.objects.aggregate(all=Sum("number"))["all"] == 1


def test_a_day_is_counted_in_as_many_queries_however_many_requests_it_has(clinic: Clinic) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            day_counts.count_day(clinic_day(WEDNESDAY), WEDNESDAY)
        return len(asked)

    builders.appointment_request(received_at=WEDNESDAY)
    queries()
    one = queries()
    for _number in range(3):
        builders.appointment_request(received_at=WEDNESDAY)
    assert queries() == one


@pytest.mark.parametrize("treated", [True, False])
def test_the_database_holds_each_count_once(clinic: Clinic, treated: bool) -> None:
    day = CountedDay.objects.create(day=clinic_day(WEDNESDAY), counted_at=WEDNESDAY)
    same = {"day": day, "source": "web", "language": "en", "figure": Figure.OFFERS, "number": 1}
    same["treatment"] = builders.treatment() if treated else None
    DayCount.objects.create(**same)
    with pytest.raises(IntegrityError), transaction.atomic():
        DayCount.objects.create(**same)


def test_a_held_offer_that_ends_is_no_late_cancellation(clinic: Clinic) -> None:
    row = builders.appointment_request(received_at=WEDNESDAY)
    builders.appointment(
        row, builders.practitioner(), WEDNESDAY + HOUR,
        status=AppointmentStatus.CANCELLED, cancelled_at=WEDNESDAY,
    )  # fmt: skip
    assert Appointment.objects.exists()
    day_counts.count_days(WEDNESDAY)
    assert not DayCount.objects.filter(figure=Figure.LATE).exists()


@pytest.mark.parametrize(("notice", "late"), [(48, 1), (24, 0)])
def test_late_is_what_comes_within_the_notice_that_the_clinic_asks_for(
    clinic: Clinic, notice: int, late: int
) -> None:
    Clinic.objects.update(cancel_notice_hours=notice)
    row = builders.appointment_request(received_at=WEDNESDAY, status=Status.BOOKED)
    visit = builders.appointment(row, builders.practitioner(), WEDNESDAY + 30 * HOUR)
    row.move("withdraw", now=WEDNESDAY)
    Appointment.objects.filter(pk=visit.pk).update(status=AppointmentStatus.CANCELLED, cancelled_at=WEDNESDAY)
    day_counts.count_day(clinic_day(WEDNESDAY), WEDNESDAY)
    assert DayCount.objects.filter(figure=Figure.LATE).count() == late
