"""Keys under which names and phone numbers are found again."""

import unicodedata


def search_key(*parts: str) -> str:
    """The parts joined for a search by prefix: case folded, accents off, single spaces."""
    decomposed = unicodedata.normalize("NFKD", " ".join(parts).casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.split())[:250]


def digits_of(text: str) -> str:
    """The decimal digits in `text`, of any script, as ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in text if unicodedata.decimal(c, None) is not None)
