"""A calendar as an iCalendar file (RFC 5545), and the mark by which it is known again.

It has no METHOD: nobody is invited by it, and DTSTAMP says when an entry was made (RFC 5545, 3.8.7.2).
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.feed.busy import Busy, Calendar, Repeat
from clinic.time.hours import clinic_zone

if TYPE_CHECKING:
    from icalendar import Event, Timezone

CONTENT_TYPE = "text/calendar; charset=utf-8"
ASK_AGAIN_AFTER = timedelta(minutes=15)
# Whoever changes how the file is written changes this.
_RECIPE = 1


def tag_of(calendar: Calendar) -> str:
    """The same for the same file, found without writing it, which takes much longer. A weak one: another
    version of the library may fold a line elsewhere."""
    said = repr((_RECIPE, settings.SITE_URL, settings.TIME_ZONE, calendar))
    return f'W/"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def written(calendar: Calendar) -> bytes:
    """The file."""
    import icalendar  # costs 0.16 s, and most processes never need it

    file = icalendar.Calendar()
    file.add("PRODID", "-//FineTouch Dermatology//Calendar//EN")
    file.add("VERSION", "2.0")
    file.add("CALSCALE", "GREGORIAN")
    # As text: the library takes neither property for that, and would leave a comma or a line break as it is.
    title = icalendar.vText(_("%(name)s, clinic") % {"name": calendar.name})
    file.add("NAME", title)
    file.add("X-WR-CALNAME", title)
    file.add("REFRESH-INTERVAL", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    file.add("X-PUBLISHED-TTL", icalendar.vDuration(ASK_AGAIN_AFTER))
    if any(_goes_by_the_clock(each) for each in calendar.events):
        file.add_component(_zone(calendar.events, calendar.last))
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    for each in calendar.events:
        file.add_component(_event(each, host))
    return bytes(file.to_ical())


def _event(busy: Busy, host: str) -> "Event":
    import icalendar

    event = icalendar.Event()
    event.add("UID", f"{busy.key}@{host}")
    event.add("SEQUENCE", busy.sequence)
    event.add("DTSTAMP", busy.stamp)
    event.add("DTSTART", busy.start)
    event.add("DTEND", busy.end)
    event.add("SUMMARY", busy.words)
    event.add("STATUS", "TENTATIVE" if busy.is_tentative else "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    event.add("CLASS", "PRIVATE")
    if busy.repeat:
        event.add("RRULE", _rule(busy.repeat))
        if busy.repeat.without:
            event.add("EXDATE", list(busy.repeat.without))
    return event


def _rule(repeat: Repeat) -> dict[str, object]:
    return {"FREQ": repeat.frequency} | ({"UNTIL": repeat.until} if repeat.until else {})


def _goes_by_the_clock(busy: Busy) -> bool:
    return isinstance(busy.start, datetime) and busy.start.tzinfo == clinic_zone()


def _zone(events: Sequence[Busy], last: int) -> "Timezone":
    """The clinic's zone, from the first year in which anything goes by its clock to one after the last."""
    import icalendar

    first = min(each.start.year for each in events if _goes_by_the_clock(each))
    return icalendar.Timezone.from_tzid(
        settings.TIME_ZONE, first_date=date(first, 1, 1), last_date=date(last + 1, 12, 31)
    )
