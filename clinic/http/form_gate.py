"""Refuses what no browser sends as one of the site's forms, before a view reads or stores anything.

Django's parsers are lenient where this has to be strict: they replace what is no UTF-8, skip a part without
a name and take a body that breaks off. For these the bytes are looked at; the fields are Django's.
"""

import codecs
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from clinic.http.headers import STAFF_PATHS
from clinic.http.refusals import refuse, refuse_method
from clinic.http.types import GetResponse

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_FIELDS = 100
MAX_BODY_BYTES = 64 * 1024
# Staff edit long texts; beyond the size of a body the admin and the sign-in keep Django's own rules.
MAX_STAFF_BODY_BYTES = 1024 * 1024
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_DRAINED = 4 * 1024 * 1024
# A field as browsers send it: no file, no encoding and no charset of its own.
_FIELD = re.compile(rb'(?i)\r\nContent-Disposition: form-data; name="[^"\r\n]*"\r\n\r\n')


class MalformedBody(ValueError):
    """No browser sends this."""


def refuse_malformed_forms(get_response: GetResponse) -> GetResponse:
    """Refuses what no browser sends as a form, before anything reads it."""
    return _FormGate(get_response)


def takes_other_bodies(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view that reads a body which is no form, such as a browser's report."""
    vars(view)["takes_other_bodies"] = True
    return view


def takes_uploads(most_bytes: int) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Marks a view for staff whose body may have this size, for whoever has signed in as staff."""

    def mark(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        vars(view)["most_upload_bytes"] = most_bytes
        return view

    return mark


class _FormGate:
    """Looks at a POST when its view is known and before the CSRF check, the first that would read the body.

    A view says by `repeated_fields` which of its fields may come more than once (clinic.http.refusals.only).
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
        if _is_for_staff(request):
            return _refused_by_size(request, getattr(view, "most_upload_bytes", 0))
        if hasattr(view, "takes_other_bodies"):
            return None
        if request.method not in METHODS:
            return refuse_method(request, *METHODS)
        if request.method != "POST":
            return None
        status = _verdict(request, frozenset(getattr(view, "repeated_fields", ())))
        return refuse(request, status) if status else None


def _is_for_staff(request: HttpRequest) -> bool:
    return request.path_info.startswith(STAFF_PATHS)


def _refused_by_size(request: HttpRequest, most_upload_bytes: int) -> HttpResponse | None:
    """The refusal of a body for staff that is too large, before anything of it is kept."""
    length = _content_length(request)
    if length <= MAX_STAFF_BODY_BYTES:
        return None
    if most_upload_bytes and request.user.is_active and getattr(request.user, "is_staff", False):
        if length <= most_upload_bytes:
            return None
    else:
        most_upload_bytes = 0
    _drain(request, length)
    return refuse(request, 413, is_upload=bool(most_upload_bytes))


def _verdict(request: HttpRequest, repeated: frozenset[str]) -> int | None:
    """The status with which a POST is refused, or None. Reads at most 64 KiB into memory and nothing to
    disk."""
    length = _content_length(request)
    if length > MAX_BODY_BYTES:
        _drain(request, length)
        return 413
    if length == 0:
        return None
    if request.content_type not in {URL_ENCODED, MULTIPART}:
        _drain(request, length)
        return 415
    try:
        if len(request.body) < length:
            return 400
        check(request, repeated)
    except (MalformedBody, MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError):
        return 400
    return None


def check(request: HttpRequest, repeated: frozenset[str] = frozenset()) -> None:
    """Raises one of the errors above unless the body holds up to 100 fields of clean UTF-8, each once but for
    the `repeated`."""
    if not _is_utf8((request.content_params or {}).get("charset", "utf-8")):
        raise MalformedBody("charset")
    is_multipart = request.content_type == MULTIPART
    # Between names and values stand only ASCII signs, so the whole is clean when every part of it is.
    text = request.body if is_multipart else unquote_to_bytes(request.body)
    try:
        if "\0" in text.decode("utf-8"):
            raise MalformedBody("NUL")
    except UnicodeDecodeError as error:
        raise MalformedBody("encoding") from error
    fields = request.POST
    if is_multipart:
        _check_parts(request)
    if sum(len(values) for _name, values in fields.lists()) > MAX_FIELDS:
        raise MalformedBody("too many fields")
    if any(len(values) > 1 and name not in repeated for name, values in fields.lists()):
        raise MalformedBody("repeated field")


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in {"utf-8", "ascii"}
    except (LookupError, ValueError):
        return False


def _check_parts(request: HttpRequest) -> None:
    """Raises MalformedBody unless the body, whose boundary Django has found right, is whole and each part a
    field."""
    boundary = (request.content_params or {})["boundary"].encode("ascii")
    first, *parts = (b"\r\n" + request.body).split(b"\r\n--" + boundary)
    if first.strip() or not parts or parts.pop().rstrip() != b"--":
        raise MalformedBody("truncated")
    if not all(_FIELD.match(part) for part in parts):
        raise MalformedBody("part")


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
