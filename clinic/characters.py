"""Characters of any script: which are to be seen, which are digits. Pure."""

import unicodedata

# Blank on the screen, though Unicode counts them among letters or symbols.
LOOKS_EMPTY = frozenset("\u2800\u3164\u115f\u1160\uffa0\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f")


def is_control(character: str) -> bool:
    """A control character or a line break of any kind."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}


def is_invisible(character: str) -> bool:
    """Whether nothing is to be seen of `character` when it stands alone."""
    category = unicodedata.category(character)
    variation = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return category in {"Zs", "Zl", "Zp", "Cc", "Cf"} or variation or character in LOOKS_EMPTY


def without_invisible(text: str) -> str:
    """What is to be seen of `text`."""
    return "".join(character for character in text if not is_invisible(character))


def ascii_digits(text: str) -> str:
    """`text` with the digits of every script as 0 to 9."""
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character for character in text
    )


def digits_of(text: str) -> str:
    """The decimal digits in `text`, of any script, as ASCII."""
    return "".join(character for character in ascii_digits(text) if character in "0123456789")
