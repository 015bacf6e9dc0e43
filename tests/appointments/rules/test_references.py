"""Reference codes: read out on the phone, written down, typed again."""

import string

from hypothesis import given
from hypothesis import strategies as st

from appointments import references

bodies = st.text(alphabet=references.ALPHABET, min_size=7, max_size=7)


@given(bodies, st.integers(0, 7), st.sampled_from(references.ALPHABET))
def test_every_single_wrong_character_is_noticed(body: str, position: int, other: str) -> None:
    code = body + references.check_character(body)
    wrong = code[:position] + other + code[position + 1 :]
    assert references.read(wrong) == (code if wrong == code else None)


@given(bodies, st.integers(0, 6))
def test_every_swap_of_neighbours_is_noticed(body: str, position: int) -> None:
    code = body + references.check_character(body)
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert references.read(swapped) == (code if swapped == code else None)


def test_what_people_type_is_forgiven() -> None:
    body = "01A10B2"
    code = body + references.check_character(body)
    shown = references.shown(code)
    for typed in (
        code,
        shown,
        shown.lower(),
        f" {code[:4]} {code[4:]} ",
        code.replace("0", "O"),
        code.replace("1", "I"),
        code.replace("1", "l"),
        "-".join(code),
    ):
        assert references.read(typed) == code, typed


def test_what_can_be_no_reference_is_none() -> None:
    for typed in ("", "ABCD", "ABCD-EFG", "ABCD-EFGH-J", "UUUU-UUUU", "ÄÄÄÄ-ÄÄÄÄ", "٠٠٠٠٠٠٠٠"):
        assert references.read(typed) is None, typed


def test_new_references_are_their_own_kind() -> None:
    made = {references.new_reference() for _ in range(200)}
    assert len(made) == 200
    assert all(references.read(code) == code for code in made)
    assert set("".join(made)) <= set(string.ascii_uppercase + string.digits) - set("ILOU")


def test_a_surname_is_not_taken_for_a_reference() -> None:
    assert not references.looks_like("Schwartz")
    assert references.looks_like("0AB1-CDEF")
