"""What a text costs, against the figures of 3GPP TS 23.038 and by code of others."""

import pytest
import smpplib.gsm
from hypothesis import given
from hypothesis import strategies as st

from appointments.messages.texts.segments import GSM, UCS2, cost_of, dear_signs, decoded, encoded, plain

ALPHABET = "".join(sign for sign in smpplib.gsm.GSM_CHARACTER_TABLE[:128] if sign not in "\x1b`")


@pytest.mark.parametrize(
    ("text", "alphabet", "segments"),
    [
        ("", GSM, 1),
        ("a" * 160, GSM, 1),
        ("a" * 161, GSM, 2),
        ("a" * 306, GSM, 2),
        ("a" * 307, GSM, 3),
        ("€" * 80, GSM, 1),
        ("€" * 81, GSM, 2),
        ("a" * 152 + "€" + "a" * 150, GSM, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 3),  # the pair would be cut in two
        ("á" * 70, UCS2, 1),
        ("á" * 71, UCS2, 2),
        ("á" + "a" * 134, UCS2, 3),
        ("🙂" * 35, UCS2, 1),
        ("🙂" * 36, UCS2, 2),
    ],
)
def test_what_is_paid_for(text: str, alphabet: str, segments: int) -> None:
    cost = cost_of(text)
    assert (cost.alphabet, cost.segments) == (alphabet, segments)


@given(st.text(st.sampled_from(ALPHABET), max_size=300))
def test_the_alphabet_is_that_of_others(text: str) -> None:
    assert encoded(text) == smpplib.gsm.gsm_encode(text)
    assert decoded(encoded(text)) == text


@given(st.text(max_size=200))
def test_any_words_can_be_sent(text: str) -> None:
    text = text.encode("utf-16", "ignore").decode("utf-16")
    cost = cost_of(text)
    assert (cost.alphabet == UCS2) == bool(dear_signs(text))
    assert len(encoded(text)) == cost.used * (1 if cost.alphabet == GSM else 2)


def test_typographers_signs_cost_nothing() -> None:
    assert plain("It’s “ready” – 5:30\u00a0p.\u00a0m.…") == 'It\'s "ready" - 5:30 p. m....'
    assert cost_of(plain("It’s “ready”")).alphabet == GSM
