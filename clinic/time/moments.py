"""Moments in words, in the language that is active: 'Tuesday, December 8, 5pm'."""

from datetime import datetime

from django.utils import formats, translation

from clinic.time.hours import clinic_zone
from clinic.time.wall_clock import wall_clock


def clock(moment: datetime) -> str:
    """The clinic's wall clock at `moment`: '5pm', '5:30pm', 'midday'."""
    return wall_clock(moment.astimezone(clinic_zone()).time())


def day(moment: datetime) -> str:
    """The clinic's day at `moment`: 'Tuesday, December 8'."""
    pattern = r"l j \d\e F" if translation.get_language() == "es" else "l, F j"
    return formats.date_format(moment.astimezone(clinic_zone()), pattern)


def day_and_clock(moment: datetime) -> str:
    """Both: 'Tuesday, December 8, 5pm'."""
    return f"{day(moment)}, {clock(moment)}"
