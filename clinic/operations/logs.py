"""Logs without patients in them: one JSON object a line, and a line for each request.

A line about a request names the route, never the address, since an address can hold a patient's link; it
says who on the staff asked, never what. An exception is told by its type and by where in the code it
happened; its words are left out, because they may quote what somebody typed.
"""

import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse

from clinic.http.types import GetResponse
from clinic.operations import patient_links

request_log = logging.getLogger("clinic.requests")
_request_id: ContextVar[str] = ContextVar("request_id", default="")

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# What may hang on a record besides its message; anything else stays out.
FIELDS = ("route", "method", "status", "milliseconds", "staff")
_FRAMES = 12
_QUERY = re.compile(r"\?[^\s\"']*")
# The answer's header with the id under which the log has it.
REQUEST_ID = "X-Request-ID"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def scrubbed(message: str) -> str:
    """The message without secret addresses and without query strings: some programs write an address into
    theirs (gunicorn does, when an answer breaks off)."""
    links = _links(patient_links.unlogged())
    if links is not None:
        message = links.sub(r"\1-", message)
    return _QUERY.sub("", message)


@cache
def _links(prefixes: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds a link behind any of the prefixes."""
    either = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=len, reverse=True))
    return re.compile(rf"({either})[^/\s\"'?]+") if prefixes else None


def code_locations(error: BaseException) -> list[str]:
    """Where in the code an exception passed, the innermost last; files of the project relative to it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(BASE_DIR):
        return str(path.relative_to(BASE_DIR))
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.name


def exception_types(error: BaseException) -> list[str]:
    """The type of an exception and those of the ones that led to it, outermost first."""
    types: list[str] = []
    current: BaseException | None = error
    while current is not None and len(types) < 5:
        types.append(f"{type(current).__module__}.{type(current).__qualname__}".removeprefix("builtins."))
        current = current.__cause__ or current.__context__
    return types


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, the id of the request, the known fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        if request_id := _request_id.get():
            line["request"] = request_id
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1]:
            line["exception"] = exception_types(record.exc_info[1])
            line["at"] = code_locations(record.exc_info[1])
        return _ENCODER.encode(line)


# As json.dumps would make anew for each line.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def route_of(request: HttpRequest) -> str:
    """The name of the route that answered, such as 'request-status'; 'none' where no route matched."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
    return match.view_name or match.route


def method_of(request: HttpRequest) -> str:
    """The method, if it is one that HTTP knows: it is the client's own word."""
    method = request.method or ""
    return method if method in _METHODS else "other"


@contextmanager
def numbered() -> Iterator[str]:
    """An id for one request, which stands in every line that is logged while this is open."""
    token = _request_id.set(uuid.uuid4().hex[:16])
    try:
        yield _request_id.get()
    finally:
        _request_id.reset(token)


def log_requests(get_response: GetResponse) -> GetResponse:
    """Gives every request an id, answers it in X-Request-ID, and logs one line when it has been answered."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        with numbered() as number:
            response = get_response(request)
            response[REQUEST_ID] = number
            # It is there only when the view or a middleware has asked who it is: logging costs no query.
            user = getattr(request, "_cached_user", None)
            staff = user.pk if user is not None and user.is_authenticated else None
            seconds = time.monotonic() - started
            log_answer(route_of(request), method_of(request), response.status_code, seconds, staff)
            return response

    return middleware


def log_answer(route: str, method: str, status: int, seconds: float, staff: int | None = None) -> None:
    """One line about one answer; `staff` is the id of the colleague who asked."""
    extra = {"route": route, "method": method, "status": status, "milliseconds": round(seconds * 1000)}
    if staff is not None:
        extra["staff"] = staff
    request_log.info("answered", extra=extra)


def log_exception(sender: object, request: HttpRequest | None = None, **kwargs: object) -> None:
    """Logs what became a 500: Django calls this while it handles the exception."""
    route = route_of(request) if request is not None else "none"
    request_log.error("failed", exc_info=sys.exc_info(), extra={"route": route})


def connect() -> None:
    """Has every unhandled exception logged; called once, when the app is ready."""
    got_request_exception.connect(log_exception, dispatch_uid="clinic.logs")
