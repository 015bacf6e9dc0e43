"""Moments and what is due, as words in clinic time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from clinic.models import Closure, opening_times
from clinic.time import words
from clinic.time.hours import ASSUMED_HOURS, OpeningTimes
from clinic.time.words import (
    ago_words,
    clinic_days_between,
    counted_since,
    dated_words,
    due_words,
    is_overdue,
    moment_words,
)

TIMES = OpeningTimes(ASSUMED_HOURS)
# Wednesday, 10:00 in Los Angeles.
NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=2), "in 2 hours"),
        (timedelta(hours=2, milliseconds=-40), "in 2 hours"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(seconds=5), "due now"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(days=-1), "overdue by 1 day"),
        (timedelta(days=-1, milliseconds=-40), "overdue by 1 day"),
        (timedelta(minutes=-40), "overdue by 40 minutes"),
        # Friday and Monday, not the five days of the calendar.
        (timedelta(days=5), "in 3 days"),
    ],
)
def test_due_as_words(ahead: timedelta, words: str) -> None:
    assert due_words(NOW + ahead, NOW, TIMES) == words


def test_a_weekend_is_not_counted() -> None:
    friday_evening = datetime(2026, 12, 5, 1, 0, tzinfo=UTC)
    monday_morning = datetime(2026, 12, 7, 18, 0, tzinfo=UTC)
    assert due_words(friday_evening, monday_morning, TIMES) == "overdue by 1 day"
    closed_monday = OpeningTimes(ASSUMED_HOURS, ((date(2026, 12, 7), date(2026, 12, 7)),))
    tuesday = monday_morning + timedelta(days=1)
    assert due_words(friday_evening, tuesday, TIMES) == "overdue by 2 days"
    assert due_words(friday_evening, tuesday, closed_monday) == "overdue by 1 day"


def test_a_long_way_off_counts_the_calendars_days() -> None:
    assert clinic_days_between(date(2026, 1, 1), date(2026, 12, 31), TIMES) == 364


def test_the_clock_change_is_an_hour_of_the_clock_only() -> None:
    """On 2026-11-01 the clocks go back: 20 hours by the clock's face are 21 to the patient who waits."""
    before, after = datetime(2026, 11, 1, 6, 0, tzinfo=UTC), datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
    assert due_words(after, before, TIMES) == "in 21 hours"


def test_moments_are_on_the_clinics_clock() -> None:
    assert moment_words(datetime(2026, 12, 3, 1, 30, tzinfo=UTC)) == "Wed, Dec 2, 5:30pm"
    assert dated_words(datetime(2027, 1, 1, 1, 30, tzinfo=UTC)) == "Dec 31, 2026, 5:30pm"
    assert moment_words(datetime(2026, 12, 2, 20, 0, tzinfo=UTC)) == "Wed, Dec 2, noon"


def test_ago() -> None:
    assert ago_words(NOW - timedelta(minutes=3), NOW) == "3 minutes ago"
    assert ago_words(NOW + timedelta(seconds=2), NOW) == "just now"


def test_overdue_only_past_the_moment() -> None:
    assert not is_overdue(NOW, NOW)
    assert is_overdue(NOW - timedelta(seconds=1), NOW)


@pytest.mark.django_db
def test_days_on_which_the_clinic_was_closed_are_not_counted_once_they_have_passed() -> None:
    """Due on Wednesday, closed from Thursday to Tuesday: on the Wednesday after it is late by one day."""
    Closure.objects.create(first_day=date(2026, 12, 3), last_day=date(2026, 12, 8))
    a_week_on = NOW + timedelta(days=7)
    times = opening_times(since=counted_since(a_week_on))
    assert due_words(NOW, a_week_on, times) == "overdue by 1 day"


@pytest.mark.parametrize(
    ("moment", "english", "spanish"),
    [
        (datetime(2027, 1, 1, 1, tzinfo=UTC), "Thursday, December 31", "jueves 31 de diciembre"),
        (datetime(2027, 1, 1, 9, tzinfo=UTC), "Friday, January 1, 2027", "viernes 1 de enero de 2027"),
        (
            datetime(2025, 12, 30, 18, tzinfo=UTC),
            "Tuesday, December 30, 2025",
            "martes 30 de diciembre de 2025",
        ),
        (
            datetime(2027, 11, 24, 18, tzinfo=UTC),
            "Wednesday, November 24, 2027",
            "miércoles 24 de noviembre de 2027",
        ),
    ],
)
def test_the_year_stands_where_it_is_not_plain(moment: datetime, english: str, spanish: str) -> None:
    assert words.day(moment) == english
    with translation.override("es"):
        assert words.day(moment) == spanish


def test_the_year_stands_once_beside_words_that_name_it() -> None:
    moment = datetime(2027, 11, 24, 18, tzinfo=UTC)
    assert words.day(moment, year=True) == "Wednesday, November 24, 2027"
    assert words.day(moment, year=False) == "Wednesday, November 24"
