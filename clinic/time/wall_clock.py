"""Times of day and dates as people in the United States say them."""

from datetime import date, time

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def wall_clock(at: time) -> str:
    """'9am', '5:30pm', 'midday'; in Spanish '5:30 p. m.', unbroken, its last full stop also that of a
    sentence."""
    hour = at.hour % 12 or 12
    if get_language() == "es":
        half = "a." if at.hour < 12 else "p."
        return f"{hour}:{at.minute:02d}\N{NO-BREAK SPACE}{half}\N{NO-BREAK SPACE}m."
    if (at.hour, at.minute) == (12, 0):
        return _("midday")
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{hour}{minutes}{'am' if at.hour < 12 else 'pm'}"


def long_date(day: date) -> str:
    """'November 22, 2026'; in Spanish '22 de noviembre de 2026'."""
    return date_format(day, r"j \d\e F \d\e Y" if get_language() == "es" else "F j, Y")
