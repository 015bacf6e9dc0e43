"""The calendar entry of an appointment: as an invitation that comes with an e-mail and brings the patient's
calendar up to date by itself, as a file to take from the page, and as links to calendars on the web.

Its UID stays and its SEQUENCE grows with each change (RFC 5546). Calendars are shared and synchronised: an
entry names the clinic and the practitioner, but no treatment, no kind of visit, and no link of the patient's.
"""

from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from appointments.models.appointment import Appointment
from appointments.models.choices import AppointmentStatus
from clinic.models import Clinic

CONTENT_TYPE = "text/calendar; charset=utf-8"
FILE_NAME = "appointment.ics"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
ENDED = (AppointmentStatus.CANCELLED, AppointmentStatus.NOSHOW)
GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"


def calendar_file(
    appointment: Appointment, clinic: Clinic, sender: str, at: datetime, invited: str = ""
) -> tuple[str, bytes]:
    """The method and the iCalendar file as of `at`; it takes a cancelled time out again. `sender` is the
    address that organises it. With `invited`, the patient's address, it is an invitation; it asks for no
    answer, because the patient has chosen the time."""
    import icalendar  # costs 0.16 s, and most processes never need it

    cancelled = appointment.status in ENDED
    method = CANCEL if cancelled else REQUEST if invited else PUBLISH
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//FineTouch Dermatology//Appointments//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    event = icalendar.Event()
    event.add("UID", f"{appointment.uid}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("SEQUENCE", appointment.sequence)
    event.add("DTSTAMP", at)
    event.add("DTSTART", appointment.start)
    event.add("DTEND", appointment.end)
    event.add("SUMMARY", summary(clinic))
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("LOCATION", location(clinic))
    if not cancelled:
        event.add("DESCRIPTION", description(appointment, clinic))
    event.add("CLASS", "PRIVATE")
    event.add("TRANSP", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("ORGANIZER", f"mailto:{sender}", parameters={"CN": clinic.name})
    if invited:
        event.add("ATTENDEE", f"mailto:{invited}", parameters={"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    calendar.add_component(event)
    return method, bytes(calendar.to_ical())


def summary(clinic: Clinic) -> str:
    """What the entry is called."""
    return _("Appointment at %(clinic)s") % {"clinic": clinic.name}


def location(clinic: Clinic) -> str:
    """Where it is, as far as that is known."""
    return ", ".join([clinic.name, *clinic.address_lines])


def description(appointment: Appointment, clinic: Clinic) -> str:
    """With whom, and how to change it; without the patient's link, because calendars are shared."""
    name = appointment.practitioner.name
    if not clinic.phone:
        return _("With %(name)s. To change the time, use the link in our e-mail.") % {"name": name}
    words = {"name": name, "phone": clinic.phone.as_national}
    return _("With %(name)s. To change the time, use the link in our e-mail or call %(phone)s.") % words


def web_calendars(appointment: Appointment, clinic: Clinic) -> list[tuple[str, str]]:
    """Calendars on the web and where each takes the entry from a link, which says no more than the file."""
    start, end = appointment.start.astimezone(UTC), appointment.end.astimezone(UTC)
    said = summary(clinic), location(clinic), description(appointment, clinic)
    google = {
        "action": "TEMPLATE",
        "text": said[0],
        "dates": f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}",
        "location": said[1],
        "details": said[2],
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": said[0],
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "location": said[1],
        "body": said[2],
    }
    return [
        ("Google Calendar", f"{GOOGLE}?{urlencode(google)}"),
        ("Outlook", f"{OUTLOOK}?{urlencode(outlook)}"),
    ]
