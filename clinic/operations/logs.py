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
from contextvars import ContextVar
from datetime import UTC, datetime
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
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def scrubbed(message: str) -> str:
    """The message without patients' links and without query strings: some programs write an address into
    theirs (gunicorn does, when an answer breaks off)."""
    for prefix in patient_links.prefixes():
        message = re.sub(rf"({re.escape(prefix)})[^/\s\"'?]+", r"\1-", message)
    return re.sub(r"\?[^\s\"']*", "", message)


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
        return json.dumps(line, ensure_ascii=False, default=str)


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


def log_requests(get_response: GetResponse) -> GetResponse:
    """Gives every request an id, answers it in X-Request-ID, and logs one line when it has been answered."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = _request_id.set(uuid.uuid4().hex[:16])
        started = time.monotonic()
        try:
            response = get_response(request)
            response["X-Request-ID"] = _request_id.get()
            _log_answer(request, response.status_code, time.monotonic() - started)
            return response
        finally:
            _request_id.reset(token)

    return middleware


def _log_answer(request: HttpRequest, status: int, seconds: float) -> None:
    # `_cached_user` is there only when the view or a middleware has asked who it is: logging costs no query.
    user = getattr(request, "_cached_user", None)
    extra = {
        "route": route_of(request),
        "method": method_of(request),
        "status": status,
        "milliseconds": round(seconds * 1000),
    }
    if user is not None and user.is_authenticated:
        extra["staff"] = user.pk
    request_log.info("answered", extra=extra)


def log_exception(sender: object, request: HttpRequest | None = None, **kwargs: object) -> None:
    """Logs what became a 500: Django calls this while it handles the exception."""
    route = route_of(request) if request is not None else "none"
    request_log.error("failed", exc_info=sys.exc_info(), extra={"route": route})


def connect() -> None:
    """Has every unhandled exception logged; called once, when the app is ready."""
    got_request_exception.connect(log_exception, dispatch_uid="clinic.logs")
