"""Reference codes: eight characters that can be read out on the phone, the last one a check character.

Crockford's base 32 (no I, L, O, U). The check character is the sum, over the field with 32 elements, of each
character times a different power of its generator, so every single wrong character and every swap of two
is noticed.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_REDUCING_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)


def _times_generator(value: int) -> int:
    value <<= 1
    return value ^ _REDUCING_POLYNOMIAL if value & 32 else value


def check_character(body: str) -> str:
    """The check character for the seven characters of `body`."""
    total = 0
    for character in reversed(body):
        total = _times_generator(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def new_reference() -> str:
    """A random reference, without its hyphen."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def shown(reference: str) -> str:
    """The reference as people see it, `XXXX-XXXX`."""
    return f"{reference[:4]}-{reference[4:]}"


def plain(typed: str) -> str:
    """What somebody typed of a reference, forgiving case, spaces, hyphens, O for 0, I and L for 1; empty when
    it can't be a part of one."""
    code = "".join(typed.upper().split()).replace("-", "").translate(_LOOKALIKES)
    return code if all(character in ALPHABET for character in code) else ""


def read(typed: str) -> str | None:
    """The stored form of a reference that somebody typed; None for everything else, a wrong check character
    included."""
    code = plain(typed)
    if len(code) != LENGTH:
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def looks_like(typed: str) -> bool:
    """Whether `typed` has a reference's shape, its check character right or wrong: eight characters of the
    alphabet with a digit or a hyphen among them, so that a surname isn't taken for one."""
    return len(plain(typed)) == LENGTH and any(character.isdigit() or character == "-" for character in typed)
