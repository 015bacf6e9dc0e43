"""Public holidays: which there are, how they are called, and when the clinic is closed on them."""

from datetime import date

import pytest
from django.utils import translation

from clinic.time.holidays import ClosedHolidays, holidays_of, next_holidays
from clinic.time.hours import ASSUMED_HOURS, OpeningTimes

THANKSGIVING, DAY_AFTER = date(2026, 11, 26), date(2026, 11, 27)


@pytest.mark.parametrize("state", ["", "CA", "ca", "nowhere"])
def test_california_is_assumed_and_has_its_own_days(state: str) -> None:
    days = {each.day: each for each in holidays_of(2026, state)}
    assert days[THANKSGIVING].is_federal
    assert days[DAY_AFTER].name == "Day After Thanksgiving"
    assert not days[DAY_AFTER].is_federal


def test_another_state_has_others() -> None:
    assert date(2026, 12, 24) in {each.day for each in holidays_of(2026, "TX")}
    assert date(2026, 12, 24) not in {each.day for each in holidays_of(2026, "CA")}


def test_a_federal_day_that_the_state_leaves_out_is_there_too() -> None:
    assert "Columbus Day" in {each.name for each in holidays_of(2026, "CA")}


def test_each_of_the_next_years_has_a_spanish_name() -> None:
    with translation.override("es"):
        for year in range(2026, 2036):
            for each in holidays_of(year, "CA"):
                assert each.shown_name != each.name, each.name


def test_twelve_months_from_today_on() -> None:
    found = next_holidays(THANKSGIVING, "CA")
    assert found[0].day == THANKSGIVING
    assert found[-1].day <= date(2027, 11, 26)


def test_until_it_is_decided_federal_days_are_closed_and_others_open() -> None:
    closed = ClosedHolidays()
    assert THANKSGIVING in closed
    assert DAY_AFTER not in closed
    decided = ClosedHolidays({THANKSGIVING: False, DAY_AFTER: True})
    assert THANKSGIVING not in decided
    assert DAY_AFTER in decided


def test_nobody_is_promised_an_answer_on_thanksgiving() -> None:
    times = OpeningTimes(ASSUMED_HOURS, holidays=ClosedHolidays())
    assert not times.is_open_on(THANKSGIVING)
    assert times.is_open_on(DAY_AFTER)
