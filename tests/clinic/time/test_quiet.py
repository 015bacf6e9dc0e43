"""Quiet hours of one's own, on the clinic's clock."""

from datetime import date, time, timedelta

import pytest

from clinic.time import quiet
from clinic.time.hours import at

DAY = date(2026, 12, 2)
NEXT = DAY + timedelta(days=1)
# The clocks of Los Angeles go on and back in these nights.
SPRING, AUTUMN = date(2027, 3, 14), date(2026, 11, 1)


@pytest.mark.parametrize(
    ("clock", "begins", "until", "ends"),
    [
        (time(19, 59), time(20), time(7), None),
        (time(20), time(20), time(7), (NEXT, time(7))),
        (time(23, 30), time(20), time(7), (NEXT, time(7))),
        (time(0), time(20), time(7), (DAY, time(7))),
        (time(6, 59), time(20), time(7), (DAY, time(7))),
        (time(7), time(20), time(7), None),
        (time(12), time(20), time(7), None),
        (time(12), time(12), time(13), (DAY, time(13))),
        (time(13), time(12), time(13), None),
        (time(23, 59), time(12), time(13), None),
        (time(23), time(22), time(0), (NEXT, time(0))),
        (time(0), time(22), time(0), None),
    ],
)
def test_they_may_pass_midnight(
    clock: time, begins: time, until: time, ends: tuple[date, time] | None
) -> None:
    assert quiet.ends(at(DAY, clock), begins, until) == (at(*ends) if ends else None)


@pytest.mark.parametrize(("night", "hours"), [(SPRING, 8), (AUTUMN, 10), (DAY, 9)])
def test_they_are_as_long_as_the_clock_says(night: date, hours: int) -> None:
    begins = at(night - timedelta(days=1), time(22))
    ends = quiet.ends(begins, time(22), time(7))
    assert ends == at(night, time(7))
    assert ends - begins == timedelta(hours=hours)
    assert quiet.ends(ends - timedelta(minutes=1), time(22), time(7)) == ends
    assert quiet.ends(ends, time(22), time(7)) is None


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_an_end_that_the_clock_leaves_out_or_shows_twice_comes_once(night: date) -> None:
    end = time(2, 30) if night == SPRING else time(1, 30)
    begins = at(night - timedelta(days=1), time(22))
    minutes = [begins + timedelta(minutes=each) for each in range(0, 9 * 60, 10)]
    held = [quiet.ends(each, time(22), end) for each in minutes]
    assert held == sorted(held, key=lambda each: each is None), "one stretch, then none"
    assert {each for each in held if each} == {at(night, end)}
