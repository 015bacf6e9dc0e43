"""What a text message costs: its alphabet and its segments (3GPP TS 23.038 and 23.040). Pure.

A text in GSM's own alphabet has 160 characters, in any other 70; a longer one is cut into parts that carry a
header each, and each part is paid for. One letter outside the alphabet makes the whole text cost twice.
"""

from dataclasses import dataclass
from itertools import groupby

GSM, UCS2 = "GSM-7", "UCS-2"
# By its code; 27 is the escape.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 27
_EXTENDED = {
    "\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101,
}  # fmt: skip
_CODES = {sign: bytes([code]) for code, sign in enumerate(_BASIC) if code != _ESCAPE} | {
    sign: bytes([_ESCAPE, code]) for sign, code in _EXTENDED.items()
}
_SIGNS = {code: sign for sign, code in _CODES.items()}
# What one text holds, and what one part of several does, in septets or in 16-bit units.
_ROOM = {GSM: (160, 153), UCS2: (70, 67)}
# What makes a text dear and says no more than its plain fellow.
_PLAIN: dict[str, str | int | None] = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
}
_PLAIN |= {"\u2026": "...", "\u00a0": " ", "\u202f": " "}
# Of Spanish, GSM's alphabet has the others; each Saturday would cost a text of its own.
_PLAIN |= dict(zip("áíóúÁÍÓÚ", "aiouAIOU", strict=True))


@dataclass(frozen=True)
class Cost:
    """The alphabet of a text, how much of it is used, and how many segments are paid for."""

    alphabet: str
    used: int
    segments: int


def plain(text: str) -> str:
    """The same words without the typographer's signs, and without the accents that a phone's own alphabet
    lacks."""
    return text.translate(str.maketrans(_PLAIN))


def cost_of(text: str) -> Cost:
    """What `text` costs to send once."""
    alphabet = GSM if _is_gsm(text) else UCS2
    sizes = [_size(sign, alphabet) for sign in text]
    whole, part = _ROOM[alphabet]
    used = sum(sizes)
    if used <= whole:
        return Cost(alphabet, used, 1)
    parts, left = 1, part
    for size in sizes:  # no sign is cut in two
        if size > left:
            parts, left = parts + 1, part
        left -= size
    return Cost(alphabet, used, parts)


def encoded(text: str) -> bytes:
    """The text in its alphabet: a septet in each byte, or UTF-16 with the high byte first."""
    return b"".join(_CODES[sign] for sign in text) if _is_gsm(text) else text.encode("utf-16-be")


def decoded(content: bytes) -> str:
    """What septets, one in each byte, say; a code that means nothing is a space."""
    said, escaped = [], False
    for code in content:
        if escaped:
            said.append(_SIGNS.get(bytes([_ESCAPE, code]), " "))
        elif code != _ESCAPE:
            said.append(_SIGNS.get(bytes([code]), " "))
        escaped = code == _ESCAPE and not escaped
    return "".join(said)


def dear_signs(text: str) -> str:
    """The signs for which the whole text costs twice, each once; '' where it doesn't."""
    return "".join(sign for sign, _same in groupby(sorted(text)) if sign not in _CODES)


def _is_gsm(text: str) -> bool:
    return all(sign in _CODES for sign in text)


def _size(sign: str, alphabet: str) -> int:
    return len(_CODES[sign]) if alphabet == GSM else len(sign.encode("utf-16-be")) // 2
