"""Calendar days as people type them."""

from datetime import date

import pytest

from clinic.time.dates import birthday, read_birthday

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("month", "day", "year", "born"),
    [
        ("Sept", "9", "1985", "1985-09-09"), ("Sept.", "9th", "85", "1985-09-09"),
        ("ene.", "1º", "1985", "1985-01-01"), ("MZO.", "1ro", "’85", "1985-03-01"),
        ("agto", "31", "04", "2004-08-31"), ("setiembre", "9", "1985", "1985-09-09"),
        ("٣", "٢٧", "٨٥", "1985-03-27"), ("3.", "27.", "1985.", "1985-03-27"),
        ("11", "25", "26", "2026-11-25"), ("11", "26", "26", "1926-11-26"), ("feb", "29", "00", "2000-02-29"),
    ],
)  # fmt: skip
def test_a_birthday_in_three_fields(month: str, day: str, year: str, born: str) -> None:
    assert birthday(year, month, day, TODAY) == date.fromisoformat(born)


@pytest.mark.parametrize(
    ("month", "day", "year"),
    [
        ("ma", "1", "85"),
        ("ju", "1", "85"),
        ("13", "1", "85"),
        ("feb", "29", "01"),
        ("3", "1", "985"),
        ("3", "st", "85"),
    ],
)
def test_what_is_no_day(month: str, day: str, year: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - all that it says
        birthday(year, month, day, TODAY)


@pytest.mark.parametrize(
    "typed",
    [
        "1985-03-27", "1985/3/27", "3/27/85", "3.27.1985", "Mar. 27, '85", "March 27th, 1985",
        "27th of March 1985", "27 de marzo del 1985", "27 mzo. 85", "٣/٢٧/١٩٨٥",
    ],
)  # fmt: skip
def test_a_birthday_in_one_line(typed: str) -> None:
    assert read_birthday(typed, TODAY) == date(1985, 3, 27)
