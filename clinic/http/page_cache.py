"""Keeps the public pages of a busy moment in the process, outside of everything that takes time but the log.

Only what is the same for everybody. What a reader's browser carries along and what an advertisement hangs on
an address changes no public page, and so keeps nobody from the page that was kept; whoever has signed in is
never given one. A change made on the staff's side shows at once in the process that made it and within
`ASKED_AGAIN_AFTER` in every other, on every machine: they ask the database's `Edition`. What changes
otherwise, by a command or with the time of day, shows after PAGE_CACHE_SECONDS at the latest.
"""

import contextlib
import gzip
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import brotli
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.cache import get_conditional_response, patch_vary_headers

from clinic.http.messages import OwnCookie
from clinic.http.tracking import asks_for_nothing
from clinic.http.types import GetResponse
from clinic.models import Edition

Key = tuple[bool, str, str]

# As many as the site has public pages, many times over; so that nobody can fill the memory.
MOST_PAGES = 256
# How long a process may go by the edition that it knows, in seconds.
ASKED_AGAIN_AFTER = 0.05
# Cookies by which a page may differ: who has signed in, and words that wait to be shown once.
PERSONAL_COOKIES = frozenset({settings.SESSION_COOKIE_NAME, OwnCookie.cookie_name})


def forget() -> None:
    """Has every page made anew, on every machine: what they say has changed. Raises DatabaseError."""
    Edition.advance()
    _known.number = -1


@dataclass(slots=True)
class _Known:
    """The edition as this process knows it, and since when."""

    number: int = -1
    asked_at: float = float("-inf")

    def at(self, now: float) -> int:
        if self.number < 0 or now - self.asked_at >= ASKED_AGAIN_AFTER:
            try:
                self.number = Edition.current()
            except DatabaseError:
                # What was kept is better than nothing for the moment it may still be given.
                self.number = max(self.number, 0)
            self.asked_at = now
        return self.number


_known = _Known()


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

    def answer(self, request: HttpRequest) -> HttpResponse:
        # For whoever asks later what was asked for: the log, the figures.
        request.resolver_match = self.match
        coding = _coding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
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
        if not asks_for_anybody(request):
            response = get_response(request)
            if _was_changed_by_staff(request):
                # What the request did is done: at worst the change shows a moment later.
                with contextlib.suppress(DatabaseError):
                    forget()
            return response
        key = (request.is_secure(), request.META.get("HTTP_HOST", ""), request.path_info)
        kept, now = pages.get(key), clock()
        edition = _known.at(now)
        if kept is not None and kept.edition == edition and now < kept.until:
            return kept.answer(request)
        response = get_response(request)
        if not _is_for_anybody(response):
            return response
        if len(pages) >= MOST_PAGES:
            pages.clear()
        pages[key] = Kept(
            clock() + seconds,
            edition,
            _words(response.content, kept),
            _headers(response),
            request.resolver_match,
        )
        return pages[key].answer(request)

    return middleware


def asks_for_anybody(request: HttpRequest) -> bool:
    """Nothing in the request says who asks or asks for more than the plain page."""
    meta = request.META
    cookies = meta.get("HTTP_COOKIE")
    return (
        request.method in {"GET", "HEAD"}
        and asks_for_nothing(meta.get("QUERY_STRING", ""))
        and (not cookies or PERSONAL_COOKIES.isdisjoint(_names(cookies)))
        and not meta.get("HTTP_AUTHORIZATION")
    )


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


def _coding(accepted: str) -> str:
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
