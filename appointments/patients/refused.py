"""What is refused: how many an hour may come from one address; and why something was not taken, in one
sentence above what the patient typed. By a phone or an e-mail nobody is refused: a stranger can type them."""

from collections.abc import Collection

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.models import PatientRequest
from appointments.requests import crowding
from clinic.operations.limits import Limit, client_line

HOUR = 3600
# Generous: an office or a phone company shares an address.
BY_ADDRESS = Limit("request-address", 40, HOUR)
# Of one request, by its link. Each new address gets a mail.
CHANGES = Limit("request-change", 6, HOUR)
SEARCHES = Limit("find-address", 20, HOUR)

NO_COOKIE = _(
    "Nothing was sent: your browser has to allow the one cookie that keeps our forms safe. Allow it and send"
    " this again, or call us."
)
DIFFERENT = _(
    "We already have what you sent from this page before, and changed nothing about it. To send this too, use"
    " the button below."
)
GONE = _(
    "Nothing was sent: we no longer take requests for this treatment here. You can send what you typed as a"
    " request for a consultation."
)

# Posted along with all that was typed by the button that only changes the language.
SWITCH = "switch_language"


def switches_language(request: HttpRequest) -> bool:
    """Whether the page comes back in another language with what was typed, unchecked, and no more happens."""
    return request.method == "POST" and SWITCH in request.POST


def too_many(retry_after: int) -> str:
    """`retry_after` in seconds."""
    minutes = -(-retry_after // 60)
    return ngettext(
        "Nothing was sent: we got many requests from the same place. Keep this page and send it again in"
        " %(minutes)d minute, or call us.",
        "Nothing was sent: we got many requests from the same place. Keep this page and send it again in"
        " %(minutes)d minutes, or call us.",
        minutes,
    ) % {"minutes": minutes}


def counted_for(request: HttpRequest, patient_request: PatientRequest) -> list[tuple[Limit, str]]:
    """What one request counts for."""
    return [(BY_ADDRESS, client_line(request)), *crowding.counted_for(patient_request)]


def of_change(
    request: HttpRequest, patient_request: PatientRequest, changed: Collection[str]
) -> list[tuple[Limit, str]]:
    """What one change of `patient_request`, which holds the new values, counts for."""
    address, phone, email = counted_for(request, patient_request)
    renewed = [each for name, each in (("phone", phone), ("email", email)) if name in changed]
    return [address, *renewed, (CHANGES, str(patient_request.pk))]
