"""The digits by which phone numbers are found again."""

import pytest

from appointments import phones


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("(310) 555-0315 ext. 42", "13105550315"),
        ("310-555-0315 x42", "13105550315"),
        ("tel:+1-310-555-0315;ext=42", "13105550315"),
        ("555-0315 ext. 42", "5550315"),
        ("+39 06 6982 1234", "390669821234"),
        ("+39 06 69", "390669"),
        ("+44 (0)20 7946 0958", "442079460958"),
        ("310-CALL-NOW", "13102255669"),
        ("\u0663\u0661\u0660 \u0665\u0665\u0665", "310555"),
        ("12", ""),
        ("Ana 12345", ""),
        ("", ""),
    ],
)
def test_what_is_typed_is_read_like_what_was_stored(typed: str, digits: str) -> None:
    assert phones.digits_typed(typed) == digits


@pytest.mark.parametrize("shown", ["(310) 555-0315 ext. 42", "+39 06 6982 1234", "+44 20 7946 0958"])
def test_a_number_is_shown_as_people_dial_it(shown: str) -> None:
    assert phones.shown(phones.read(shown)) == shown
