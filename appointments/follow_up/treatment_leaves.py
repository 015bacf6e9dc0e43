"""What is open about a treatment whose page is to leave the site: it goes on, and staff should know of it."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import ngettext

from appointments import lifecycle, roles
from appointments.follow_up import recall
from appointments.models import Appointment, PatientRequest
from treatments.models import Treatment
from treatments.on_the_site import Open
from treatments.publishing import AnyPage


def look(page: AnyPage, now: datetime) -> Iterator[Open]:
    """Open requests, held offers, booked visits, and who would be reminded. Four queries; numbers only."""
    if not isinstance(page, Treatment):
        return
    theirs = Appointment.objects.filter(request__treatment=page)
    requests = PatientRequest.objects.in_inbox().filter(treatment=page, status__in=lifecycle.OPEN)
    if number := requests.count():
        words = ngettext("%(number)d open request", "%(number)d open requests", number)
        inbox = reverse("admin:appointments_patientrequest_changelist")
        yield Open(words % {"number": number}, f"{inbox}?treatment={page.pk}", roles.VIEW)
    if number := theirs.held().filter(hold_until__gt=now).count():
        words = ngettext("%(number)d time held for a patient", "%(number)d times held for patients", number)
        yield Open(words % {"number": number})
    if number := theirs.coming().count():
        yield Open(
            ngettext("%(number)d booked visit", "%(number)d booked visits", number) % {"number": number}
        )
    if number := recall.not_yet_asked(now).filter(request__treatment=page).count():
        words = ngettext(
            "%(number)d patient agreed to be reminded, and won't be while the page is off the site",
            "%(number)d patients agreed to be reminded, and won't be while the page is off the site",
            number,
        )
        yield Open(words % {"number": number})
