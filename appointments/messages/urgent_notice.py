"""What staff are told at once: that somebody may need help. Without a word about whom or what."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from appointments.messages.making import write as write_message
from appointments.messages.notices import html_of, split
from clinic.models import Clinic

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

KIND = "staff_urgent"


def write(patient_request: "PatientRequest", now: datetime) -> None:
    """Queues the notice, once for each request; nothing where the clinic has no address for notices. It is no
    message of the request, so that nothing of it ever shows to the patient."""
    clinic = Clinic.current()
    if not clinic.email:
        return
    link = reverse("admin:appointments_patientrequest_change", args=[patient_request.pk])
    context = {"clinic": clinic, "request_link": settings.SITE_URL + link}
    subject, text = split(render_to_string("email/staff_urgent.txt", context))
    html = html_of(subject, text, "en", context)
    key = f"{KIND}:{patient_request.pk}:staff"
    write_message(key, now, clinic.email, kind=KIND, language="en", subject=subject, text=text, html=html)
