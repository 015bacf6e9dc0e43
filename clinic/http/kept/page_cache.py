"""Keeps the public pages of a busy moment in the process, outside of everything that takes time but the log.

Only what is the same for everybody. What a reader's browser carries along and what an advertisement hangs on
an address changes no public page, and so keeps nobody from the page that was kept; whoever has signed in is
never given one. How soon a change shows: clinic/operations/edition.py.
"""

import contextlib
import gzip
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import brotli
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.cache import get_conditional_response, patch_vary_headers

from clinic.http.kept.tracking import asks_for_nothing
from clinic.http.messages import OwnCookie
from clinic.http.types import GetResponse
from clinic.operations import edition
from clinic.operations.logs import route_of

Key = tuple[bool, str, str]

# As many as the site has public pages, many times over; so that nobody can fill the memory.
MOST_PAGES = 256
# Under which what is asked says what it was answered from: clinic/http/kept/answers.py.
KEPT = "clinic.kept"
# Cookies by which a page may differ: who has signed in, and words that wait to be shown once.
PERSONAL_COOKIES = frozenset({settings.SESSION_COOKIE_NAME, OwnCookie.cookie_name})


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says, as it was made and as it is sent: no byte is compressed twice."""

    content: bytes
    tag: str
    packed: dict[str, bytes] = field(default_factory=dict)

    def as_(self, coding: str) -> bytes:
        if not coding:
            return self.content
        if coding not in self.packed:
            self.packed[coding] = _PACK[coding](self.content)
        return self.packed[coding]


_PACK: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda content: bytes(brotli.compress(content, mode=brotli.MODE_TEXT, quality=9)),
    "gzip": lambda content: gzip.compress(content, compresslevel=9, mtime=0),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given, to which address, and until when it may be given again."""

    until: float
    edition: int
    words: Words
    headers: dict[str, str]
    match: ResolverMatch | None
    route: str

    def holds(self, now: float) -> bool:
        """Whether it may be given without asking the database first."""
        return edition.is_fresh(now) and self.edition == edition.known_at(now) and now < self.until

    def answer(self, request: HttpRequest) -> HttpResponse:
        # For whoever asks later what was asked for: the log, the figures.
        request.resolver_match = self.match
        request.META[KEPT] = self
        coding = coding_of(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        tag = f'"{self.words.tag}{"-" if coding else ""}{coding}"'
        body = self.words.as_(coding)
        response = HttpResponse(body, headers={**self.headers, "ETag": tag, "Content-Length": str(len(body))})
        if coding:
            response.headers["Content-Encoding"] = coding
        if "HTTP_IF_NONE_MATCH" in request.META:
            return get_conditional_response(request, etag=tag, response=response) or response
        return response


def keep_public_pages(get_response: GetResponse, clock: Callable[[], float] = time.monotonic) -> GetResponse:
    """Answers from what was kept, where that is the same as asking again."""
    seconds: float = settings.PAGE_CACHE_SECONDS
    if not seconds:
        raise MiddlewareNotUsed
    pages: dict[Key, Kept] = {}

    def middleware(request: HttpRequest) -> HttpResponse:
        if not asks_for_anybody(request.method, request.META):
            response = get_response(request)
            if _was_changed_by_staff(request):
                # What the request did is done: at worst the change shows a moment later.
                with contextlib.suppress(DatabaseError):
                    edition.advance()
            return response
        key = (request.is_secure(), request.META.get("HTTP_HOST", ""), request.path_info)
        kept, now = pages.get(key), clock()
        number = edition.known_at(now)
        if kept is not None and kept.edition == number and now < kept.until:
            return kept.answer(request)
        response = get_response(request)
        if not _is_for_anybody(response):
            return response
        if len(pages) >= MOST_PAGES:
            pages.clear()
        pages[key] = Kept(
            clock() + seconds,
            number,
            _words(response.content, kept),
            _headers(response),
            request.resolver_match,
            route_of(request),
        )
        return pages[key].answer(request)

    return middleware


def asks_for_anybody(method: str | None, meta: Mapping[str, Any]) -> bool:
    """Nothing in the request, its `meta` as in WSGI, says who asks or asks for more than the plain page."""
    return (
        method in {"GET", "HEAD"}
        and asks_for_nothing(meta.get("QUERY_STRING", ""))
        and comes_from_anybody(meta)
    )


def comes_from_anybody(meta: Mapping[str, Any]) -> bool:
    """Nothing in the request says who asks."""
    cookies = meta.get("HTTP_COOKIE")
    is_nobodys = not cookies or PERSONAL_COOKIES.isdisjoint(_names(cookies))
    return is_nobodys and not meta.get("HTTP_AUTHORIZATION")


def _names(cookies: str) -> list[str]:
    return [each.partition("=")[0].strip() for each in cookies.split(";")]


def _was_changed_by_staff(request: HttpRequest) -> bool:
    """Whether somebody who has signed in may have changed what a page says. Costs no query."""
    user = getattr(request, "_cached_user", None)
    return request.method == "POST" and user is not None and user.is_active and user.is_staff


def _words(content: bytes, before: Kept | None) -> Words:
    """The same object as before where the page says the same, with what was compressed of it."""
    if before is not None and before.words.content == content:
        return before.words
    return Words(content, hashlib.sha256(content).hexdigest()[:32])


def _headers(response: HttpResponse) -> dict[str, str]:
    patch_vary_headers(response, ("Accept-Encoding",))
    return dict(response.items())


@lru_cache(maxsize=256)
def coding_of(accepted: str) -> str:
    """The best coding of ours that the client takes; '' for none. A weight of nothing is a refusal (RFC 9110,
    12.5.3); beyond that the smaller one is given, whatever the weights: it costs both sides less."""
    taken = {
        name.strip().lower()
        for name, _, weight in (each.partition(";") for each in accepted.split(","))
        if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    }
    return next((coding for coding in _PACK if coding in taken), "")


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
        and not response.has_header("Content-Encoding")
    )
