"""Times of day as people type them. Pure."""

import re
from datetime import time

_NAMED = {"noon": time(12), "midday": time(12), "mediodía": time(12), "midnight": time(0)}
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d{2}))?(?::00)?(?:(?P<half>[ap])\.?(?:m\.?)?)?", re.IGNORECASE
)


def read_clock(typed: str) -> time:
    """'9', '9am', '9:00 AM', '9 a.m.', '9.30', '0930', '17:00', 'noon'. Raises ValueError for all else.

    Without 'am' or 'pm' the hours are those of the day from 0 to 23.
    """
    text = "".join(typed.split()).casefold()
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
