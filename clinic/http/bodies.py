"""What happens to every request on its way in."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.utils.functional import SimpleLazyObject

from clinic.http import form_bodies
from clinic.http.refusals import refuse, refuse_method
from clinic.models import Clinic

GetResponse = Callable[[HttpRequest], HttpResponse]

MAX_BODY_BYTES = 64 * 1024
# Staff edit long texts and upload nothing; the admin and the sign-in keep Django's own rules.
STAFF_PATHS = ("/admin/", "/accounts/")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_DRAINED = 4 * 1024 * 1024


def clinic_on_request(get_response: GetResponse) -> GetResponse:
    """Gives every request its `clinic`, read from the database when first asked for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.clinic = SimpleLazyObject(Clinic.current)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def refuse_malformed_forms(get_response: GetResponse) -> GetResponse:
    """Refuses what no browser sends as a form, before anything reads it."""
    return _FormGate(get_response)


def takes_other_bodies(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view that reads a body which is no form, such as a browser's report."""
    view.takes_other_bodies = True  # type: ignore[attr-defined]
    return view


class _FormGate:
    """Looks at a POST when its view is known and before the CSRF check, the first that would read the body.

    A view says by `repeated_fields` which of its fields may come more than once (see clinic.refusals.only).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            isinstance(response, HttpResponseNotAllowed)
            and not response.content
            and not _is_for_staff(request)
        ):
            return refuse_method(request, *response["Allow"].split(", "))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The refusal of a request that can't come from one of the site's forms; None lets it pass."""
        if _is_for_staff(request) or hasattr(view, "takes_other_bodies"):
            return None
        if request.method not in METHODS:
            return refuse_method(request, *METHODS)
        if request.method != "POST":
            return None
        status = _verdict(request, frozenset(getattr(view, "repeated_fields", ())))
        return refuse(request, status) if status else None


def _is_for_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith(STAFF_PATHS)


def _verdict(request: HttpRequest, repeated: frozenset[str]) -> int | None:
    """The status with which a POST is refused, or None. Reads at most 64 KiB into memory and nothing to
    disk."""
    length = _content_length(request)
    if length > MAX_BODY_BYTES:
        _drain(request, length)
        return 413
    if length == 0:
        return None
    if request.content_type not in {form_bodies.URL_ENCODED, form_bodies.MULTIPART}:
        _drain(request, length)
        return 415
    try:
        body = request.body
        if len(body) < length:
            return 400
        form_bodies.check(request.content_type, request.content_params or {}, body, repeated)
    except (form_bodies.MalformedBody, UnreadablePostError, RequestDataTooBig):
        return 400
    return None


def _content_length(request: HttpRequest) -> int:
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _drain(request: HttpRequest, length: int) -> None:
    """Reads a refused body off the connection, up to a bound, and drops it: a server that closes a
    connection with unread bytes resets it, and the sender never sees the answer."""
    left = min(length, _DRAINED)
    try:
        while left > 0 and (chunk := request.read(min(left, MAX_BODY_BYTES))):
            left -= len(chunk)
    except (UnreadablePostError, OSError):
        return
