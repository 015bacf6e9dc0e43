"""Where browsers report what the Content-Security-Policy stopped. Nothing typed or linked is kept."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic.http.form_gate import takes_other_bodies
from clinic.operations.limits import Limit, client_line
from clinic.operations.metrics import CSP_REPORTS

logger = logging.getLogger(__name__)

MOST_BYTES = 16 * 1024
MOST_AT_ONCE = 5
# A broken browser extension reports on every page; the log is not to fill with it.
OF_ONE_ADDRESS = Limit("csp-report", 20, 600)


@takes_other_bodies
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Logs what was stopped: the directive, and the host that it came from. Always answers 204."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= MOST_BYTES and OF_ONE_ADDRESS.allows(
        client_line(request) or "unknown"
    ):
        for directive, blocked in _reports(request.body[:MOST_BYTES]):
            CSP_REPORTS.inc()
            logger.warning("the content security policy stopped %s from %s", directive, blocked)
    return HttpResponse(status=204)


def _reports(body: bytes) -> Iterator[tuple[str, str]]:
    """Directive and source of each report in `body`, in either of the two formats."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    for entry in (content if isinstance(content, list) else [content])[:MOST_AT_ONCE]:
        report = _of(entry)
        directive = (
            report.get("effectiveDirective")
            or report.get("effective-directive")
            or report.get("violated-directive")
        )
        blocked = report.get("blockedURL") or report.get("blocked-uri")
        if isinstance(directive, str):
            yield _word(directive), _source(blocked)


def _of(entry: Any) -> dict[str, Any]:
    report = entry.get("body") or entry.get("csp-report") if isinstance(entry, dict) else None
    return report if isinstance(report, dict) else {}


def _word(text: str) -> str:
    return "".join(
        character
        for character in text[:40]
        if character.isascii() and (character.isalnum() or character in "- ")
    )


def _source(blocked: Any) -> str:
    """The host alone: an address can hold a patient's link or what was searched for."""
    if not isinstance(blocked, str):
        return "somewhere"
    try:
        return _word((urlsplit(blocked).hostname or blocked.split(":")[0]).replace(".", " "))
    except ValueError:
        return "somewhere"
