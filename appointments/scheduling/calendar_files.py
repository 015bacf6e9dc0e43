"""The calendar file of an appointment: one entry; its UID stays, its SEQUENCE grows with each change."""

from django.utils.translation import gettext as _

from appointments.models import Appointment, AppointmentStatus
from clinic.models import Clinic

CONTENT_TYPE = "text/calendar; charset=utf-8"
ENDED = (AppointmentStatus.CANCELLED, AppointmentStatus.NOSHOW)


def calendar_file(appointment: Appointment, clinic: Clinic, link: str, host: str) -> bytes:
    """The iCalendar file: a request to enter the time, or after a cancellation to take it out again.

    It names the clinic, the practitioner and the patient's link, and no treatment: calendars are shared.
    """
    import icalendar  # costs 0.16 s, and most processes never need it

    cancelled = appointment.status in ENDED
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//FineTouch Dermatology//Appointments//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "CANCEL" if cancelled else "PUBLISH")
    event = icalendar.Event()
    event.add("UID", f"{appointment.uid}@{host}")
    event.add("SEQUENCE", appointment.sequence)
    event.add("DTSTAMP", appointment.cancelled_at or appointment.created_at)
    event.add("DTSTART", appointment.start)
    event.add("DTEND", appointment.end)
    what = _("Consultation at %(clinic)s") if appointment.is_consultation else _("Appointment at %(clinic)s")
    event.add("SUMMARY", what % {"clinic": clinic.name})
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("LOCATION", ", ".join([clinic.name, *clinic.address_lines]))
    event.add("DESCRIPTION", _description(appointment, clinic, link))
    event.add("URL", link)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _description(appointment: Appointment, clinic: Clinic, link: str) -> str:
    words = {"name": appointment.practitioner.name, "link": link}
    if not clinic.phone:
        return _("With %(name)s. To change the appointment: %(link)s") % words
    phone = clinic.phone.as_national
    return _("With %(name)s. To change the appointment: %(link)s or call %(phone)s") % {
        **words,
        "phone": phone,
    }
