"""Gives a kept page again before Django makes a request of what is asked, which costs more than the page.

Nothing is decided here. What Django has just answered from a kept page is noted as it went out, under all
that the answer hung on. Who asks the very same gets the very same, with an id, a line in the log and a count
of its own, as long as page_cache says that it holds. Everything else goes to Django, and the question to the
database with it.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.http import HttpResponse

from clinic.http.kept.page_cache import KEPT, MOST_PAGES, Kept, asks_for_anybody, coding_of
from clinic.operations.logs import REQUEST_ID, log_answer, numbered
from clinic.operations.metrics import count_answer

Headers = list[tuple[str, str]]
Key = tuple[Any, ...]

# Of each page three codings, whole or unchanged.
MOST_ANSWERS = 6 * MOST_PAGES
# What the way to a kept page reads besides what `asks_for_anybody` and `coding_of` do. Compared as it came:
# no wrong spelling of a host or an address is ever taken for the right one.
_READ = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO")
# A question with one of these is Django's to understand.
_CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out, without its id. `tags` are the ways to name it in If-None-Match."""

    kept: Kept
    status: int
    line: str
    headers: Headers
    body: bytes
    tags: tuple[str, str]


class KeptAnswers:
    """The site's application `behind` with its kept answers in front."""

    def __init__(self, behind: WSGIApplication) -> None:
        self._behind = behind
        self._answers: dict[Key, Answer] = {}
        # What the proxy says of the scheme counts for as much as the scheme.
        proxied = settings.SECURE_PROXY_SSL_HEADER
        self._read = (*_READ, proxied[0]) if proxied else _READ

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.monotonic()
        method = environ["REQUEST_METHOD"]
        if not asks_for_anybody(method, environ):
            return _sent(method, self._behind(environ, start_response))
        key = (coding_of(environ.get("HTTP_ACCEPT_ENCODING", "")), *map(environ.get, self._read))
        answer = self._find(key, environ, started)
        if answer is None:
            return _sent(method, self._ask(key, environ, start_response))
        with numbered() as number:
            start_response(answer.line, [*answer.headers, (REQUEST_ID, number)])
            seconds = time.monotonic() - started
            count_answer(answer.kept.route, method, answer.status, seconds)
            log_answer(answer.kept.route, method, answer.status, seconds)
        return () if method == "HEAD" else (answer.body,)

    def _find(self, key: Key, environ: WSGIEnvironment, now: float) -> Answer | None:
        has = environ.get("HTTP_IF_NONE_MATCH")
        answer = self._answers.get((200 if has is None else 304, *key))
        if answer is None or not answer.kept.holds(now):
            return None
        if has is not None and (has not in answer.tags or any(name in environ for name in _CONDITIONS)):
            return None
        return answer

    def _ask(self, key: Key, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Django's answer; noted where it came from a kept page."""
        told: list[tuple[str, Headers]] = []

        def tell(status: str, headers: Headers, *exc_info: Any) -> Any:
            told.append((status, headers))
            return start_response(status, headers, *exc_info)

        response = self._behind(environ, tell)
        kept = environ.get(KEPT)
        if (
            isinstance(kept, Kept)
            and isinstance(response, HttpResponse)
            and response.status_code in (200, 304)
        ):
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            [(line, headers)] = told
            own = [(name, value) for name, value in headers if name != REQUEST_ID]
            tags = (response["ETag"], f"W/{response['ETag']}")
            answer = Answer(kept, response.status_code, line, own, response.content, tags)
            self._answers[(response.status_code, *key)] = answer
        return response


def _sent(method: str, response: Iterable[bytes]) -> Iterable[bytes]:
    return _WithoutBody(response) if method == "HEAD" else response


class _WithoutBody:
    """An answer to HEAD: what it holds is not sent. gunicorn sees to that too, but warns of each."""

    def __init__(self, response: Iterable[bytes]) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        """The server's word that all is sent."""
        if hasattr(self._response, "close"):
            self._response.close()
