"""What staff are told at once: that somebody may need help. Without a word about whom or what."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.messages.as_html import html_of
from appointments.messages.making import write as write_message
from appointments.messages.notices import split
from clinic.models import Clinic, Practitioner
from treatments.alarm.signs import Level

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

KIND = "staff_urgent"


def write(patient_request: "PatientRequest", now: datetime) -> None:
    """Queues the notice to the clinic's address and to the physicians who practise here, as far as there are
    any. It is no message of the request, so that nothing of it ever shows to the patient."""
    clinic = Clinic.current()
    link = reverse("admin:appointments_patientrequest_change", args=[patient_request.pk])
    context = {
        "clinic": clinic,
        "request_link": settings.SITE_URL + link,
        "told_911": patient_request.alarm == Level.CALL_911,
        "told_us": patient_request.alarm == Level.CALL_US,
    }
    button = {"main_link": context["request_link"], "button": _("Open the request")}
    subject, text = split(render_to_string("email/staff_urgent.txt", context))
    html = html_of(KIND, subject, text, "en", context | button)
    for number, address in enumerate(_addresses(clinic)):
        key = f"{KIND}:{patient_request.pk}.{now.timestamp()}:staff-{number}"
        write_message(key, now, address, kind=KIND, language="en", subject=subject, text=text, html=html)


def _addresses(clinic: Clinic) -> list[str]:
    physicians = Practitioner.objects.filter(is_active=True, is_physician=True, user__is_active=True)
    theirs = physicians.order_by("pk").values_list("user__email", flat=True)
    return list(dict.fromkeys(address for address in (clinic.email, *theirs) if address))
