"""How many requests an hour may come from one address, and for one phone or e-mail; and how many changes."""

from collections.abc import Collection

from django.http import HttpRequest

from appointments.models import PatientRequest
from clinic.operations.limits import Limit, client_line

HOUR = 3600
# Generous: an office or a phone company shares an address, and a family shares a phone.
BY_ADDRESS = Limit("request-address", 40, HOUR)
BY_PHONE = Limit("request-phone", 6, HOUR)
BY_EMAIL = Limit("request-email", 6, HOUR)
# Each new address gets a mail.
CHANGES = Limit("request-change", 6, HOUR)


def counted_for(request: HttpRequest, patient_request: PatientRequest) -> list[tuple[Limit, str]]:
    """What one request counts for."""
    patient_request.set_search_keys()
    return [
        (BY_ADDRESS, client_line(request)),
        (BY_PHONE, patient_request.phone_digits),
        (BY_EMAIL, patient_request.email_key),
    ]


def of_change(
    request: HttpRequest, patient_request: PatientRequest, changed: Collection[str]
) -> list[tuple[Limit, str]]:
    """What one change of `patient_request`, which holds the new values, counts for."""
    address, phone, email = counted_for(request, patient_request)
    renewed = [each for name, each in (("phone", phone), ("email", email)) if name in changed]
    return [address, *renewed, (CHANGES, str(patient_request.pk))]
