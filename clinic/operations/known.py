"""The clinic's facts and opening hours as a process knows them, for what patients ask for: no query, most of
the time. Staff read the rows themselves, as they have just changed them."""

from datetime import date

from django.utils.translation import get_language

from clinic.models import Clinic, opening_times
from clinic.operations.edition import Kept
from clinic.time.hours import OpeningTimes

# Yesterday's are of no use.
_clinics: Kept[str | None, Clinic] = Kept(10)
_times: Kept[date, OpeningTimes] = Kept(10)


def clinic() -> Clinic:
    """`Clinic.current()`, read once for many requests: not to be changed."""
    return _clinics.of(get_language(), Clinic.current)


def times(today: date) -> OpeningTimes:
    """When the clinic is open, without what ended before `today`."""
    return _times.of(today, lambda: opening_times(since=today))
