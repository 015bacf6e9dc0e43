"""Clinic-time arithmetic, clock changes included: 2026-11-01 is 25 hours long, 2027-03-14 is 23."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.time.hours import (
    ASSUMED_HOURS,
    Block,
    NoOpenDay,
    OpeningTimes,
    at,
    clinic_day,
    grid_starts,
    merge,
    subtract,
)

NINE_TO_FIVE = OpeningTimes({day: [(time(9), time(17))] for day in range(5)})
EVERY_DAY = OpeningTimes({day: [(time(0), time(8))] for day in range(7)})
BACK, FORTH = date(2026, 11, 1), date(2027, 3, 14)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def moments(*hours: float) -> list[datetime]:
    return [utc(2026, 12, 2) + timedelta(hours=hour) for hour in hours]


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        (date(2026, 10, 31), time(9), utc(2026, 10, 31, 16)),
        (BACK, time(9), utc(2026, 11, 1, 17)),
        (BACK, time(1, 30), utc(2026, 11, 1, 8, 30)),
        (date(2027, 3, 13), time(9), utc(2027, 3, 13, 17)),
        (FORTH, time(9), utc(2027, 3, 14, 16)),
        (FORTH, time(2, 30), utc(2027, 3, 14, 10, 30)),
    ],
)
def test_a_clock_time_is_one_moment_in_utc(day: date, clock: time, moment: datetime) -> None:
    found = at(day, clock)
    assert found == moment
    assert found.tzinfo is UTC


def test_the_clinics_day_ends_at_its_own_midnight() -> None:
    assert clinic_day(utc(2026, 12, 3, 7, 30)) == date(2026, 12, 2)
    assert clinic_day(utc(2026, 12, 3, 8)) == date(2026, 12, 3)


@pytest.mark.parametrize(("day", "hours"), [(BACK, 9), (FORTH, 7), (date(2026, 12, 2), 8)])
def test_an_opening_over_the_clock_change_is_as_long_as_it_is(day: date, hours: int) -> None:
    [(start, end)] = EVERY_DAY.spans(day)
    assert end - start == timedelta(hours=hours)
    assert EVERY_DAY.open_time_between(start, end) == timedelta(hours=hours)
    assert len(grid_starts((start, end), timedelta(minutes=30), timedelta(minutes=30))) == 2 * hours


def test_one_clinic_day_over_the_clock_change_is_the_same_wall_clock() -> None:
    friday, monday = date(2026, 10, 30), date(2026, 11, 2)
    assert (
        NINE_TO_FIVE.end_of_clinic_day(at(friday, time(10)), 1) == at(monday, time(17)) == utc(2026, 11, 3, 1)
    )
    assert NINE_TO_FIVE.end_of_clinic_day(utc(2027, 3, 12, 18), 1) == utc(2027, 3, 16, 0)


def test_closed_days_are_skipped() -> None:
    closed = OpeningTimes(NINE_TO_FIVE.weekly, closed=[(date(2026, 12, 24), date(2027, 1, 1))])
    assert closed.end_of_clinic_day(at(date(2026, 12, 23), time(10)), 1) == at(date(2027, 1, 4), time(17))
    assert not closed.is_open_on(date(2026, 12, 25))
    with pytest.raises(NoOpenDay):
        OpeningTimes({}).end_of_clinic_day(utc(2026, 12, 2), 1)
    with pytest.raises(NoOpenDay):
        OpeningTimes({}).next_opening(utc(2026, 12, 2))


def test_a_closure_to_the_wrong_year_leaves_the_weeks_hours() -> None:
    closed = OpeningTimes(NINE_TO_FIVE.weekly, closed=[(date(2026, 12, 1), date(2072, 12, 4))])
    assert closed.end_of_clinic_day(at(date(2026, 12, 2), time(10)), 1) == at(date(2026, 12, 3), time(17))
    assert closed.next_opening(at(date(2026, 12, 2), time(6))) == at(date(2026, 12, 2), time(9))


def test_a_practitioners_hours_lie_within_the_clinics() -> None:
    own = NINE_TO_FIVE.within({2: [(time(8), time(11)), (time(13), time(20))], 6: [(time(9), time(12))]})
    assert own.on(date(2026, 12, 2)) == [(time(9), time(11)), (time(13), time(17))]
    assert own.weekdays() == [2]


def test_merging_openings() -> None:
    assert merge([(time(13), time(17)), (time(9), time(12)), (time(11), time(13))]) == [(time(9), time(17))]
    assert merge([(time(9), time(12)), (time(13), time(17))]) == [(time(9), time(12)), (time(13), time(17))]


@pytest.mark.parametrize(
    ("busy", "free"),
    [
        ([], [(0, 8)]),
        ([(0, 8)], []),
        ([(-1, 9)], []),
        ([(0, 1)], [(1, 8)]),
        ([(7, 8)], [(0, 7)]),
        ([(2, 3), (3, 4)], [(0, 2), (4, 8)]),
        ([(5, 6), (2, 4), (3, 5)], [(0, 2), (6, 8)]),
        ([(-2, -1), (8, 9)], [(0, 8)]),
        ([(1, 7), (2, 3)], [(0, 1), (7, 8)]),
    ],
)
def test_taking_busy_time_out(busy: list[tuple[float, float]], free: list[tuple[float, float]]) -> None:
    def spans(pairs: list[tuple[float, float]]) -> list[tuple[datetime, datetime]]:
        return [(first, second) for pair in pairs for first, second in [moments(*pair)]]

    [whole] = spans([(0, 8)])
    assert subtract(whole, spans(busy)) == spans(free)


def test_the_grid_starts_on_the_clock() -> None:
    start, end = utc(2026, 12, 2, 17, 10), utc(2026, 12, 2, 18, 30)
    half_hour = timedelta(minutes=30)
    assert grid_starts((start, end), half_hour, half_hour) == [
        utc(2026, 12, 2, 17, 30),
        utc(2026, 12, 2, 18, 0),
    ]
    quarters = grid_starts((start, end), timedelta(minutes=45), timedelta(minutes=15))
    assert quarters == [utc(2026, 12, 2, 17, 15), utc(2026, 12, 2, 17, 30), utc(2026, 12, 2, 17, 45)]
    assert grid_starts((start, start + timedelta(minutes=20)), half_hour, half_hour) == []


MONDAY = date(2026, 12, 7)


def test_lunch_is_taken_out_of_each_day_and_goes_on() -> None:
    times = OpeningTimes(ASSUMED_HOURS, blocks=[Block(MONDAY, None, time(12), time(13))])
    for days in (0, 1, 200):
        day = MONDAY + timedelta(days=days)
        if day.weekday() < 5:
            assert times.on(day) == [(time(9), time(12)), (time(13), time(17))]
    assert times.on(MONDAY - timedelta(days=3)) == [(time(9), time(17))]


def test_a_weekly_block_falls_on_its_weekday_until_its_last_day() -> None:
    times = OpeningTimes(
        ASSUMED_HOURS, blocks=[Block(MONDAY, MONDAY + timedelta(days=7), time(9), time(17), weekly=True)]
    )
    assert times.on(MONDAY) == times.on(MONDAY + timedelta(days=7)) == []
    assert times.is_open_on(MONDAY + timedelta(days=1))
    assert times.is_open_on(MONDAY + timedelta(days=14))


def test_a_special_opening_counts_on_a_weekend_and_on_a_holiday_but_not_in_a_closure() -> None:
    saturday, holiday, away = date(2026, 12, 12), date(2026, 12, 25), date(2026, 12, 19)
    extra = [(day, (time(10), time(14))) for day in (saturday, holiday, away)]
    times = OpeningTimes(ASSUMED_HOURS, closed=[(away, away)], extra=extra, holidays={holiday})
    assert times.on(saturday) == times.on(holiday) == [(time(10), time(14))]
    assert times.on(away) == []
