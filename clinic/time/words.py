"""Every date, clock and length of time that anybody reads, in clinic time and the language that is active.

The year stands wherever it isn't plain which one is meant; else nothing depends on the current time.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinic.time.hours import OpeningTimes, clinic_day, clinic_zone

# Further away than this nobody counts clinic days; the calendar's do.
COUNTED_DAYS = 60
# So far from now a day is known without its year.
PLAIN_WITHIN = timedelta(days=180)
_now = timezone.now


def wall_clock(at: time) -> str:
    """'9am', '5:30pm', 'noon'; in Spanish '5:30 p. m.', unbroken, its last full stop also that of a
    sentence."""
    hour = at.hour % 12 or 12
    if get_language() == "es":
        half = "a." if at.hour < 12 else "p."
        return f"{hour}:{at.minute:02d}\N{NO-BREAK SPACE}{half}\N{NO-BREAK SPACE}m."
    if (at.hour, at.minute) == (12, 0):
        return _("noon")
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{hour}{minutes}{'am' if at.hour < 12 else 'pm'}"


def clock(moment: datetime) -> str:
    """The clinic's wall clock at `moment`: '5pm', '5:30pm', 'noon'."""
    return wall_clock(moment.astimezone(clinic_zone()).time())


def long_date(day: date) -> str:
    """'November 22, 2026'; in Spanish '22 de noviembre de 2026'."""
    return date_format(day, r"j \d\e F \d\e Y" if get_language() == "es" else "F j, Y")


def day(moment: datetime, *, year: bool | None = None) -> str:
    """The clinic's day at `moment`: 'Tuesday, December 8', with the year where that isn't plain.
    Or always, or never, with the `year`, beside words that name it."""
    spanish = get_language() == "es"
    with_year = _needs_year(moment) if year is None else year
    pattern = (r"l j \d\e F", r" \d\e Y") if spanish else ("l, F j", ", Y")
    return _on_calendar(moment, "".join(pattern if with_year else pattern[:1]))


def day_and_clock(moment: datetime) -> str:
    """'Tuesday, December 8, 5pm'."""
    return f"{day(moment)}, {clock(moment)}"


def moment_words(moment: datetime) -> str:
    """Short: 'Wed, Dec 2, 5:30pm', with the year where it isn't plain."""
    return f"{_on_calendar(moment, 'D, M j, Y' if _needs_year(moment) else 'D, M j')}, {clock(moment)}"


def dated_words(moment: datetime) -> str:
    """Of any year: 'Dec 2, 2026, 5:30pm'."""
    return f"{_on_calendar(moment, 'M j, Y')}, {clock(moment)}"


def month_and_number(moment: datetime) -> tuple[str, str]:
    """'Dec' and '8': the leaf of a calendar."""
    return _on_calendar(moment, "M"), _on_calendar(moment, "j")


def _needs_year(moment: datetime) -> bool:
    """Whether a day of another year could be meant: it lies in one, or half a year away or more."""
    now = _now()
    return clinic_day(moment).year != clinic_day(now).year or abs(moment - now) > PLAIN_WITHIN


def _on_calendar(moment: datetime, pattern: str) -> str:
    return date_format(moment.astimezone(clinic_zone()), pattern)


def is_overdue(respond_by: datetime, now: datetime) -> bool:
    """Whether the promise is broken."""
    return respond_by < now


def due_words(respond_by: datetime, now: datetime, times: OpeningTimes) -> str:
    """'in 2 hours', 'overdue by 1 day': up to a day by the clock, then in days that the clinic is open."""
    length = _length_words(min(respond_by, now), max(respond_by, now), times)
    if not length:
        return _("due now")
    if is_overdue(respond_by, now):
        return _("overdue by %(length)s") % {"length": length}
    return _("in %(length)s") % {"length": length}


def ago_words(moment: datetime, now: datetime) -> str:
    """'3 minutes ago', 'just now'; whole days are the calendar's."""
    length = _length_words(moment, max(moment, now), None)
    return _("%(length)s ago") % {"length": length} if length else _("just now")


def counted_since(now: datetime) -> date:
    """The first day whose closures count in what `due_words` says at `now`: also those that have passed."""
    return clinic_day(now) - timedelta(days=COUNTED_DAYS)


def clinic_days_between(first: date, last: date, times: OpeningTimes) -> int:
    """How many days after `first`, up to and with `last`, the clinic is open."""
    days = (last - first).days
    if days > COUNTED_DAYS:
        return days
    return sum(times.is_open_on(first + timedelta(days=offset)) for offset in range(1, days + 1))


def _length_words(start: datetime, end: datetime, times: OpeningTimes | None) -> str:
    """The length from `start` to `end`, rounded; empty for less than a minute."""
    minutes = round((end - start).total_seconds() / 60)
    if not minutes:
        return ""
    if minutes < 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 24:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    first, last = clinic_day(start), clinic_day(end)
    days = max(1, clinic_days_between(first, last, times) if times else round(hours / 24))
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
