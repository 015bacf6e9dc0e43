"""Times of day as people type them. Pure."""

import re
import unicodedata
from datetime import time

_NAMED = {"noon": time(12), "midday": time(12), "mediodía": time(12), "midnight": time(0)}
_NAMED |= {f"12{name}": at for name, at in _NAMED.items()}
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.,h-]?(?P<minute>\d{2}))?(?::00)?(?:o'clock|hrs?|h)?(?:(?P<half>[ap])\.?(?:m\.?)?)?"
)


def read_clock(typed: str) -> time:
    """'9', '9am', '9:00 AM', '9 a.m.', '9.30', '0930', '17:00', '17h', 'noon', in the digits and the wide
    letters of any keyboard. Raises ValueError for all else.

    Without 'am' or 'pm' the hours are those of the day from 0 to 23.
    """
    text = _plain(typed)
    if text in _NAMED:
        return _NAMED[text]
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError
    hour, half = int(found["hour"]), found["half"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found["minute"] or 0))


def names_half(typed: str) -> bool:
    """Whether it says in which half of the day it lies."""
    text = _plain(typed)
    found = _CLOCK.fullmatch(text)
    return text in _NAMED or bool(
        found and (found["half"] or int(found["hour"]) > 12 or text.startswith("0"))
    )


def _plain(typed: str) -> str:
    text = unicodedata.normalize("NFKC", typed).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return "".join(text.split())
