"""What staff are told at once: that somebody may need help. Without a word about whom or what."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from appointments.messages.making import write as write_message
from appointments.messages.to_staff.wording import worded
from clinic.models import Clinic, Practitioner
from treatments.alarm.signs import Level

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

KIND = "staff_urgent"
# What the patient has been told meanwhile.
TOLD: dict[str, str | Promise] = {
    Level.CALL_911: gettext_lazy("We told them to call 911."),
    Level.CALL_US: gettext_lazy(
        "We told them to call us now and, if they can't reach us, to get help elsewhere today."
    ),
}


def write(patient_request: "PatientRequest", now: datetime) -> None:
    """Queues the notice to the clinic's address and to the physicians who practise here, as far as there are
    any. It is no message of the request, so that nothing of it ever shows to the patient."""
    clinic = Clinic.current()
    link = reverse("admin:appointments_patientrequest_change", args=[patient_request.pk])
    told = TOLD.get(patient_request.alarm, "")
    said = {"clinic": clinic, "request_link": settings.SITE_URL + link, "told": told}
    words = worded(KIND, said)
    for number, address in enumerate(_addresses(clinic)):
        key = f"{KIND}:{patient_request.pk}.{now.timestamp()}:staff-{number}"
        write_message(key, now, address, kind=KIND, **words)


def _addresses(clinic: Clinic) -> list[str]:
    physicians = Practitioner.objects.filter(is_active=True, is_physician=True, user__is_active=True)
    theirs = physicians.order_by("pk").values_list("user__email", flat=True)
    return list(dict.fromkeys(address for address in (clinic.email, *theirs) if address))
