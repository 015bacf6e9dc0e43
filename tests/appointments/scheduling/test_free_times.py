"""Free times: what is left of the opening times, and which of it suits the patient."""

from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, PatientRequest
from appointments.scheduling.free_times import (
    FreeTime,
    Wishes,
    free_time,
    kept_free,
    propose,
    starts_between,
    step_for,
)
from clinic.models import Clinic, Closure, OpeningHours, Practitioner
from clinic.time.hours import OpeningTimes, at, clinic_day
from tests import builders

NOW = builders.WEDNESDAY
HALF_HOUR = timedelta(minutes=30)
NINE_TO_FIVE = OpeningTimes({day: [(time(9), time(17))] for day in range(5)})


def on(starts: list[datetime], day: date) -> list[datetime]:
    return [start for start in starts if clinic_day(start) == day]


def free_for(patient_request: PatientRequest, who: Practitioner, now: datetime) -> FreeTime:
    minutes = patient_request.visit_minutes(Clinic.current())
    return free_time(patient_request, who, now, timedelta(minutes=minutes))


def all_of(free: FreeTime) -> list[datetime]:
    """Every free start of three weeks."""
    today = clinic_day(free.now)
    return [start for number in range(22) for start in free.on(today + timedelta(days=number))]


@pytest.mark.parametrize(("minutes", "step"), [(30, 30), (60, 30), (90, 30), (15, 15), (20, 15), (45, 15)])
def test_the_grid_goes_by_the_length_of_the_visit(minutes: int, step: int) -> None:
    assert step_for(timedelta(minutes=minutes)) == timedelta(minutes=step)


@pytest.mark.parametrize("sunday", [date(2026, 11, 1), date(2027, 3, 14)])
def test_starts_keep_their_wall_clock_over_the_clock_change(sunday: date) -> None:
    since = at(sunday - timedelta(days=3), time())
    starts = starts_between(NINE_TO_FIVE, [], HALF_HOUR, since, since + timedelta(days=6))
    assert on(starts, sunday) == []
    for day in (sunday - timedelta(days=2), sunday + timedelta(days=1)):
        clocks = on(starts, day)
        assert [clocks[0], clocks[-1]] == [at(day, time(9)), at(day, time(16, 30))]
        assert len(clocks) == 16


def test_a_day_on_which_the_clocks_change_has_the_hours_it_has() -> None:
    nights = OpeningTimes({6: [(time(0), time(6))]})
    for sunday, hours in ((date(2026, 11, 1), 7), (date(2027, 3, 14), 5)):
        since = at(sunday, time()) - timedelta(seconds=1)
        starts = starts_between(nights, [], HALF_HOUR, since, since + timedelta(days=1))
        assert len(starts) == len(set(starts)) == 2 * hours


@pytest.mark.parametrize(
    ("wishes", "suits"),
    [
        (Wishes(), True),
        (Wishes(days=("wed",)), True),
        (Wishes(days=("mon", "tue")), False),
        (Wishes(parts=("morning",)), True),
        (Wishes(parts=("afternoon",)), False),
        (Wishes(earliest=date(2026, 12, 2)), True),
        (Wishes(earliest=date(2026, 12, 3)), False),
    ],
)
def test_what_suits_a_patient_on_a_wednesday_morning(wishes: Wishes, suits: bool) -> None:
    assert wishes.suit(at(date(2026, 12, 2), time(11, 30))) is suits


def test_midday_is_the_afternoon() -> None:
    assert Wishes(parts=("afternoon",)).suit(at(date(2026, 12, 2), time(12)))


def test_three_days_are_proposed_after_the_hold_ends() -> None:
    day = date(2026, 12, 3)
    fitting = [
        at(day + timedelta(days=number), clock) for number in range(5) for clock in (time(9), time(10))
    ]
    hold = at(date(2026, 12, 4), time(17))
    chosen = propose(fitting, HALF_HOUR, hold)
    assert chosen == [at(date(2026, 12, number), time(9)) for number in (5, 6, 7)]
    assert propose(fitting[:4], HALF_HOUR, hold) == fitting[:3]
    assert propose([], HALF_HOUR, hold) == []


def test_proposed_times_never_overlap() -> None:
    quarters = [at(date(2026, 12, 4), time(9)) + number * timedelta(minutes=15) for number in range(8)]
    chosen = propose(quarters, timedelta(minutes=45), quarters[0])
    assert chosen == [quarters[0], quarters[3], quarters[6]]


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def in_progress(**values: object) -> PatientRequest:
    return builders.appointment_request(status=Status.IN_PROGRESS, **values)


@pytest.mark.django_db
def test_three_weeks_ahead_less_what_is_past(doctor: Practitioner) -> None:
    starts = all_of(free_for(in_progress(), doctor, NOW))
    assert starts[0] == NOW + HALF_HOUR
    assert starts[-1] == at(date(2026, 12, 23), time(16, 30))
    assert all(clinic_day(start).weekday() < 5 for start in starts)


@pytest.mark.django_db
def test_closures_and_own_hours_count(doctor: Practitioner) -> None:
    Closure.objects.create(first_day=date(2026, 12, 4), last_day=date(2026, 12, 4))
    Closure.objects.create(practitioner=doctor, first_day=date(2026, 12, 7), last_day=date(2026, 12, 7))
    OpeningHours.objects.create(practitioner=doctor, weekday=3, opens=time(14), closes=time(15))
    OpeningHours.objects.create(practitioner=doctor, weekday=0, opens=time(14), closes=time(15))
    starts = all_of(free_for(in_progress(), doctor, NOW))
    assert starts[:3] == [
        at(date(2026, 12, 3), time(14)),
        at(date(2026, 12, 3), time(14, 30)),
        at(date(2026, 12, 10), time(14)),
    ]
    other = all_of(free_for(in_progress(), builders.practitioner(), NOW))
    assert on(other, date(2026, 12, 4)) == []
    assert len(on(other, date(2026, 12, 7))) == 16


@pytest.mark.django_db
def test_held_and_booked_time_is_not_free_and_ended_time_is(doctor: Practitioner, front_desk: User) -> None:
    friday = date(2026, 12, 4)
    first, second, third = (at(friday, clock) for clock in (time(9), time(10), time(11)))
    scheduling.offer(in_progress(), doctor, [first], front_desk, now=NOW)
    scheduling.book(in_progress(), doctor, second, front_desk, now=NOW)
    builders.appointment(in_progress(), doctor, third, status=AppointmentStatus.CANCELLED)
    free = on(all_of(free_for(in_progress(), doctor, NOW)), friday)
    assert first not in free
    assert second not in free
    assert third in free
    assert len(free) == 14
    after_the_hold = at(date(2026, 12, 3), time(17))
    assert first in all_of(free_for(in_progress(), doctor, after_the_hold))


@pytest.mark.django_db
def test_a_long_visit_fits_only_where_it_ends_in_time(doctor: Practitioner, front_desk: User) -> None:
    friday = date(2026, 12, 4)
    scheduling.book(in_progress(), doctor, at(friday, time(10)), front_desk, now=NOW)
    request = in_progress(treatment=builders.treatment(visit_minutes=90))
    free = on(all_of(free_for(request, doctor, NOW)), friday)
    assert free[0] == at(friday, time(10, 30))
    assert free[-1] == at(friday, time(15, 30))


@pytest.mark.django_db
def test_fitting_times_come_apart_from_the_others(doctor: Practitioner) -> None:
    request = in_progress(
        preferred_days=["mon"], preferred_times=["afternoon"], earliest_date=date(2026, 12, 8)
    )
    free, wishes = free_for(request, doctor, NOW), Wishes.of(request)
    fitting = [start for start in all_of(free) if wishes.suit(start)]
    assert {clinic_day(start) for start in fitting} == {date(2026, 12, 14), date(2026, 12, 21)}
    assert len(fitting) == 20
    assert list(islice(free.fitting(wishes), 20)) == fitting
    proposed = free.proposed(wishes, NOW)
    assert len(proposed) == 3
    assert all(free.has(start) and wishes.suit(start) for start in proposed)


@pytest.mark.django_db
def test_a_wish_in_three_months_is_met_there(doctor: Practitioner) -> None:
    earliest = date(2027, 3, 3)
    free = free_for(in_progress(earliest_date=earliest), doctor, NOW)
    proposed = free.proposed(Wishes(earliest=earliest), NOW)
    assert proposed == [at(date(2027, 3, day), time(9)) for day in (3, 4, 5)]


@pytest.mark.django_db
def test_the_search_goes_on_until_three_times_fit_and_ends_after_twelve_months(doctor: Practitioner) -> None:
    Closure.objects.create(first_day=date(2026, 12, 3), last_day=date(2027, 5, 30))
    free = free_for(in_progress(), doctor, NOW)
    rather_after = at(date(2026, 12, 3), time())
    proposed = free.proposed(Wishes(days=("mon",)), rather_after)
    assert [clinic_day(start) for start in proposed] == [
        date(2027, 6, 7),
        date(2027, 6, 14),
        date(2027, 6, 21),
    ]
    Closure.objects.create(first_day=date(2026, 12, 3), last_day=date(2028, 12, 31))
    closed = free_for(in_progress(), doctor, NOW)
    assert closed.proposed(Wishes(days=("mon",)), rather_after) == []


@pytest.mark.django_db
def test_a_time_beside_the_grid_is_free_too_and_one_beyond_twelve_months_is_not(
    doctor: Practitioner, front_desk: User
) -> None:
    friday = date(2026, 12, 4)
    scheduling.book(in_progress(), doctor, at(friday, time(10)), front_desk, now=NOW)
    free = free_for(in_progress(), doctor, NOW)
    assert free.has(at(friday, time(10, 40)))
    assert not free.has(at(friday, time(9, 40)))
    assert not free.has(at(friday, time(16, 40)))
    assert not free.has(NOW - HALF_HOUR)
    assert free.has(at(date(2027, 12, 1), time(9)))
    assert not free.has(at(date(2027, 12, 6), time(9)))
    assert not free.has(at(date(2199, 12, 2), time(9)))


def test_time_is_kept_free_at_the_end_of_both_visits() -> None:
    nine = at(date(2026, 12, 4), time(9))
    ten = nine + timedelta(hours=1)
    assert kept_free(nine, ten, timedelta(minutes=20), timedelta(minutes=10)) == (
        nine - timedelta(minutes=10),
        ten + timedelta(minutes=20),
    )


@pytest.mark.django_db
def test_a_buffer_keeps_free_times_away_and_the_rule_refuses_them(
    doctor: Practitioner, front_desk: User
) -> None:
    friday = date(2026, 12, 4)
    long_after = builders.treatment(visit_minutes=30, buffer_minutes=45)
    scheduling.book(in_progress(treatment=long_after), doctor, at(friday, time(10)), front_desk, now=NOW)
    plain = on(all_of(free_for(in_progress(), doctor, NOW)), friday)
    assert [start for start in plain if start < at(friday, time(12))] == [
        at(friday, clock) for clock in (time(9), time(9, 30), time(11, 30))
    ]
    both = on(all_of(free_for(in_progress(treatment=long_after), doctor, NOW)), friday)
    assert both[0] == at(friday, time(11, 30)), "its own 45 minutes would reach into the visit at 10"
    assert both[-1] == at(friday, time(16, 30)), "after the last visit of the day nobody waits"
    with pytest.raises(scheduling.SchedulingError, match="too close"):
        scheduling.book(in_progress(), doctor, at(friday, time(11)), front_desk, now=NOW)
    with pytest.raises(scheduling.SchedulingError, match="too close"):
        scheduling.book(in_progress(treatment=long_after), doctor, at(friday, time(9)), front_desk, now=NOW)
    scheduling.book(in_progress(), doctor, at(friday, time(9, 30)), front_desk, now=NOW)


MINUTE = timedelta(minutes=1)
DAY = date(2026, 12, 4)


@given(
    visits=st.lists(
        st.tuples(st.integers(0, 470), st.integers(5, 90), st.sampled_from([0, 10, 60])), max_size=8
    ),
    length=st.sampled_from([15, 20, 30, 45, 60]),
    buffer=st.sampled_from([0, 15, 60]),
)
def test_no_free_time_comes_near_a_visit_and_none_is_forgotten(
    visits: list[tuple[int, int, int]], length: int, buffer: int
) -> None:
    opens = at(DAY, time(9))
    rows = [(opens + start * MINUTE, opens + (start + long) * MINUTE, after) for start, long, after in visits]
    busy = sorted(kept_free(start, end, after * MINUTE, buffer * MINUTE) for start, end, after in rows)
    free = FreeTime(NINE_TO_FIVE, busy, length * MINUTE, NOW)
    found = set(free.on(DAY))
    step = step_for(length * MINUTE)
    for number in range(timedelta(hours=8) // step):
        start = opens + number * step
        end = start + length * MINUTE
        is_apart = all(
            end + buffer * MINUTE <= begins or start >= ends + after * MINUTE for begins, ends, after in rows
        )
        assert (start in found) == free.has(start) == (is_apart and end <= at(DAY, time(17)))


@pytest.mark.django_db
def test_the_same_number_of_queries_however_full(
    doctor: Practitioner, front_desk: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    request = in_progress()
    for number in range(12):
        start = at(date(2026, 12, 4), time(9)) + number * HALF_HOUR
        scheduling.book(in_progress(), doctor, start, front_desk, now=NOW)
    with django_assert_max_num_queries(5):
        free_for(request, doctor, NOW)
