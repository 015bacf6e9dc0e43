"""Keeps the public pages of a busy moment in the process, outside of everything that takes time but the log.

Only what is the same for everybody: GET without cookies and without a query string, answered with a page that
its view has marked as public. Staff carry a cookie and so always see the present state; for others a change
shows after PAGE_CACHE_SECONDS at the latest, and at once in the process in which somebody called `forget`.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.cache import get_conditional_response

from clinic.http.types import GetResponse

Key = tuple[bool, str, str]

# As many as the site has public pages, many times over; so that nobody can fill the memory.
MOST_PAGES = 256

# Raised by each `forget`: what was made before it is not given again.
_age = 0


def forget() -> None:
    """Has every page made anew: what they say has changed."""
    global _age
    _age += 1


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given, to which address, and until when it may be given again."""

    until: float
    made_in: int
    content: bytes
    headers: dict[str, str]
    match: ResolverMatch | None

    def answer(self, request: HttpRequest) -> HttpResponse:
        # For whoever asks later what was asked for: the log, the figures.
        request.resolver_match = self.match
        response = HttpResponse(self.content, headers=self.headers)
        if "HTTP_IF_NONE_MATCH" in request.META:
            conditional = get_conditional_response(request, etag=self.headers["ETag"], response=response)
            return conditional or response
        return response


def keep_public_pages(get_response: GetResponse, clock: Callable[[], float] = time.monotonic) -> GetResponse:
    """Answers from what was kept, where that is the same as asking again."""
    seconds: float = settings.PAGE_CACHE_SECONDS
    if not seconds:
        raise MiddlewareNotUsed
    pages: dict[Key, Kept] = {}

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _asks_for_anybody(request):
            return get_response(request)
        key = (request.is_secure(), request.META.get("HTTP_HOST", ""), request.path_info)
        kept = pages.get(key)
        if kept is not None and kept.made_in == _age and clock() < kept.until:
            return kept.answer(request)
        made_in = _age
        response = get_response(request)
        if request.method != "GET" or not _is_for_anybody(response):
            return response
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        if len(pages) >= MOST_PAGES:
            pages.clear()
        headers = dict(response.items())
        pages[key] = Kept(clock() + seconds, made_in, response.content, headers, request.resolver_match)
        return pages[key].answer(request)

    return middleware


def _asks_for_anybody(request: HttpRequest) -> bool:
    """Nothing in the request says who asks or asks for more than the plain page."""
    meta = request.META
    return (
        request.method in {"GET", "HEAD"}
        and not meta.get("QUERY_STRING")
        and not meta.get("HTTP_COOKIE")
        and not meta.get("HTTP_AUTHORIZATION")
    )


def _is_for_anybody(response: HttpResponse) -> bool:
    """The view has marked the page as public, and nothing in the answer is meant for one reader only."""
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and response.get("Content-Type", "").startswith("text/html")
        and "public" in response.get("Cache-Control", "")
        and "cookie" not in response.get("Vary", "").lower()
        and "nonce-" not in response.get("Content-Security-Policy", "")
    )
