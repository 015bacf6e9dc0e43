"""Calendar days as people type them. Pure; each raises ValueError for what is no day."""

import re
from datetime import date

from clinic.characters import ascii_digits

# In English and Spanish; the first three letters and more of each are enough.
MONTHS = (
    ("january", "enero"), ("february", "febrero"), ("march", "marzo", "mzo"), ("april", "abril"),
    ("may", "mayo"), ("june", "junio"), ("july", "julio"), ("august", "agosto", "agto"),
    ("september", "septiembre", "setiembre"), ("october", "octubre"), ("november", "noviembre"),
    ("december", "diciembre"),
)  # fmt: skip
SHORTEST_MONTH = 3
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_ORDINAL = "(?:st|nd|rd|th|ro|º)?"
_MONTH_FIRST = re.compile(
    rf"(\d{{1,2}}|[^\W\d_]+\.?)[\s/.,-]+(\d{{1,2}}){_ORDINAL}[\s/.,'\u2019-]+(\d{{4}}|\d{{2}})"
)
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}}){_ORDINAL}[\s/.-]+(?:de |of )?([^\W\d_]+\.?)[\s/.,'\u2019-]+(?:del? )?(\d{{4}}|\d{{2}})"
)
_AROUND_NUMBER = re.compile(rf"['\u2019]?(\d+){_ORDINAL}\.?")


def day_of(year: str, month: str, day: str) -> date:
    """The calendar day of three typed numbers, in the digits of any script."""
    return date(_number(year, 4, 4), _number(month, 1, 2), _number(day, 1, 2))


def _number(typed: str, shortest: int, longest: int) -> int:
    number = ascii_digits(typed).strip()
    if not (number.isascii() and number.isdigit() and shortest <= len(number) <= longest):
        raise ValueError
    return int(number)


def _bare(typed: str) -> str:
    """'1' of 1st and 1º, '85' of '85."""
    text = ascii_digits(typed).strip().casefold()
    found = _AROUND_NUMBER.fullmatch(text)
    return found[1] if found else text


def birthday(year: str, month: str, day: str, today: date) -> date:
    """The same, where the month may be a name, and the year its last two digits: then the latest such day
    before `today`."""
    written, day, number = _bare(year), _bare(day), month_number(month).strip().rstrip(".")
    if len(written) != 2:
        return day_of(written, number, day)
    this_century = today.year // 100
    for century in (this_century, this_century - 1):
        try:
            born = day_of(f"{century:02}{written}", number, day)
        except ValueError:  # February 29 may be in one of the two alone
            continue
        if born < today:
            return born
    raise ValueError


def month_number(typed: str) -> str:
    """'3' for March, Mar. and marzo; everything else as it was typed."""
    name = typed.strip().rstrip(".").casefold()
    if len(name) < SHORTEST_MONTH:
        return typed
    found = [
        number for number, names in enumerate(MONTHS, start=1) if any(each.startswith(name) for each in names)
    ]
    return str(found[0]) if len(found) == 1 else typed


def read_birthday(typed: str, today: date) -> date:
    """A whole date of birth: 1985-03-27, 3/27/1985, 3-27-85, March 27, 1985, 27 mar 1985.

    The month comes first, as people write it here.
    """
    text = ascii_digits(typed).strip().casefold()
    if iso := _ISO.fullmatch(text):
        return day_of(*iso.groups())
    if found := _MONTH_FIRST.fullmatch(text):
        month, day, year = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        raise ValueError
    return birthday(year, month, day, today)


def years_before(day: date, years: int) -> date:
    """The same calendar day `years` earlier; the day before February 29 where that year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
