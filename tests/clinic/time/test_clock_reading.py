"""Times of day as people type them."""

from datetime import time

import pytest

from clinic.time.clock_reading import read_clock


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("9", time(9)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9:00 AM", time(9)),
        ("9 a.m.", time(9)),
        ("9:30 p. m.", time(21, 30)),
        ("9.30", time(9, 30)),
        ("0930", time(9, 30)),
        ("17:00", time(17)),
        ("17:00:00", time(17)),
        ("12am", time(0)),
        ("12 pm", time(12)),
        ("noon", time(12)),
        (" 5:30PM ", time(17, 30)),
        ("9a", time(9)),
        ("5p", time(17)),
        ("12:00 AM", time(0)),
        ("0900", time(9)),
        ("900", time(9)),
        ("17h", time(17)),
        ("17h30", time(17, 30)),
        ("9,30", time(9, 30)),
        ("9 o’clock", time(9)),
        ("12 noon", time(12)),
        ("Midnight", time(0)),
        ("٩:٣٠", time(9, 30)),
        ("９：３０ｐｍ", time(21, 30)),
    ],
)
def test_it_is_read_as_it_is_meant(typed: str, read: time) -> None:
    assert read_clock(typed) == read


@pytest.mark.parametrize(
    "typed",
    ["", "25", "9:60", "13pm", "0am", "abc", "9:5", "-9", "9 9 9 9", "24:00", "17pm", "9:000", "9h5"],
)
def test_anything_else_is_no_time(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that is the contract
        read_clock(typed)
