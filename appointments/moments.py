"""Moments in words, in the language that is active: 'Tuesday, December 8, 5pm'."""

from datetime import datetime

from django.utils import formats, translation
from django.utils.translation import gettext as _

from clinic.hours import clinic_zone


def clock(moment: datetime) -> str:
    """The clinic's wall clock at `moment`: '5pm', '5:30pm', 'midday'."""
    local = moment.astimezone(clinic_zone())
    if (local.hour, local.minute) == (12, 0):
        return _("midday")
    if translation.get_language() == "es":
        half = "a. m." if local.hour < 12 else "p. m."
        return f"{local.hour % 12 or 12}:{local.minute:02d} {half}"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def day(moment: datetime) -> str:
    """The clinic's day at `moment`: 'Tuesday, December 8'."""
    pattern = r"l j \d\e F" if translation.get_language() == "es" else "l, F j"
    return formats.date_format(moment.astimezone(clinic_zone()), pattern)


def day_and_clock(moment: datetime) -> str:
    """Both: 'Tuesday, December 8, 5pm'."""
    return f"{day(moment)}, {clock(moment)}"
