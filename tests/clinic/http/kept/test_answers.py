"""What is given before Django has a request of it is what Django would have given, to the byte."""

import io
import json
import logging
import time
from collections.abc import Iterable
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from clinic.http.kept import answers
from clinic.http.kept.answers import KeptAnswers
from clinic.operations import edition
from clinic.operations.logs import JsonFormatter
from clinic.operations.metrics import ANSWERS
from tests import builders

pytestmark = pytest.mark.django_db

Told = tuple[str, dict[str, str], bytes]
PLAIN = ("/", "/treatments/botox/")
# What may be different about a question, each a part of what the server hands on.
PATHS = (
    "/es/", "/contact/", "/treatments/botox", "/es/treatments/botox/", "//", "/%2e%2e/", "/healthz",
    "/admin/", "/appointments/callback/", "/appointments/status/abc/", "/static/none.css", "/\xff",
    "/\xc3\xa9", "/\x00",
)  # fmt: skip
COOKIES = (
    "_ga=GA1.1.2",
    "csrftoken=abc",
    "messages=x",
    "sessionid=nobody's",
    "a=;;=b",
    "\xff=\x01",
    "SIGNED IN",
)
QUERIES = ("utm_source=x", "gclid=1&utm_medium=y", "q=1", "utm_source=%00", "utm_source=x&q=1", "%ff")
CODINGS = ("", "gzip", "br, gzip;q=0", "identity", "*", "br;q=0.000", "\xff")
HOSTS = ("localhost", "TESTSERVER", "testserver:80", "evil.example", "testserver.", "a b", "")
# '{}' is the tag of the plain answer.
MATCHES = ("{}", "W/{}", '"a", {}', " {} ", '"none"', "*", "")
CHANGES: tuple[dict[str, str], ...] = (
    *({"PATH_INFO": path} for path in PATHS),
    *({"REQUEST_METHOD": method} for method in ("HEAD", "POST", "OPTIONS", "get", "PUT", "NONSENSE")),
    *({"HTTP_COOKIE": cookie} for cookie in COOKIES),
    *({"QUERY_STRING": query} for query in QUERIES),
    *({"HTTP_ACCEPT_ENCODING": coding} for coding in CODINGS),
    *({"HTTP_HOST": host} for host in HOSTS),
    *({"HTTP_IF_NONE_MATCH": match} for match in MATCHES),
    {"HTTP_IF_NONE_MATCH": "{}", "HTTP_IF_MATCH": '"x"'},
    {"HTTP_IF_NONE_MATCH": "{}", "HTTP_IF_UNMODIFIED_SINCE": "Mon, 01 Jan 2001 00:00:00 GMT"},
    {"HTTP_IF_MATCH": '"x"'}, {"HTTP_IF_UNMODIFIED_SINCE": "Mon, 01 Jan 2001 00:00:00 GMT"},
    {"HTTP_IF_MODIFIED_SINCE": "Mon, 01 Jan 2120 00:00:00 GMT"}, {"HTTP_RANGE": "bytes=0-9"},
    {"HTTP_X_FORWARDED_PROTO": "https"}, {"HTTP_X_FORWARDED_PROTO": "https, http"},
    {"wsgi.url_scheme": "https"}, {"HTTP_X_FORWARDED_PROTO": "http", "wsgi.url_scheme": "https"},
    {"HTTP_X_FORWARDED_PROTO": "http"},
    {"HTTP_AUTHORIZATION": "Basic x"}, {"HTTP_ACCEPT_LANGUAGE": "es"},
    {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"SCRIPT_NAME": "/below"}, {"CONTENT_LENGTH": "-1"},
    {"CONTENT_TYPE": "text/plain; charset=utf-7"},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"}, {"SERVER_PROTOCOL": "HTTP/1.0"}, {"SERVER_NAME": "evil.example"},
)  # fmt: skip


@pytest.fixture
def kept_for_long(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is good for the whole test, and the database's edition need not be asked."""
    settings.PAGE_CACHE_SECONDS = 3600.0
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    monkeypatch.setattr(edition, "ASKED_AGAIN_AFTER", 3600.0)
    edition.forget()
    call_command("load_content")


def ask(application: WSGIApplication, **environ: Any) -> Told:
    """Status, headers and body of one answer, which is closed as a server does."""
    told: list[Any] = []
    environ = {**RequestFactory().get("/").environ, **environ}
    answer: Iterable[bytes] = application(environ, lambda *started: told.append(started))  # type: ignore[arg-type]
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    [(status, headers, *_rest)] = told
    assert len(headers) == len(dict(headers)) or "Set-Cookie" in dict(headers)
    return status, dict(headers), body


class Noted:
    """Django's application, which notes how often it was asked."""

    def __init__(self) -> None:
        self.django, self.times = WSGIHandler(), 0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.times += 1
        return self.django(environ, start_response)


def comparable(told: Told, method: str) -> Told:
    """Without what differs from one answer to the next by design."""
    status, headers, body = told
    headers = {name: value for name, value in headers.items() if name not in ("X-Request-ID", "Set-Cookie")}
    if "no-store" in headers.get("Cache-Control", ""):
        headers.pop("Expires", None)  # the moment itself
    if "Cookie" in headers.get("Vary", ""):  # a form's token is another one each time
        body = b""
        headers.pop("Content-Length", None)
    # No server sends it.
    return status, headers, b"" if method == "HEAD" else body


def test_nothing_differs_from_what_django_gives(kept_for_long: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    signed_in = Client()
    signed_in.force_login(builders.physician())
    name = settings.SESSION_COOKIE_NAME
    session = f"_ga=1; {name}={signed_in.cookies[name].value}"
    behind, alone = Noted(), WSGIHandler()
    front = KeptAnswers(behind)
    plain = {"HTTP_HOST": "testserver", "HTTP_ACCEPT_ENCODING": "gzip, br", "HTTP_X_FORWARDED_PROTO": "https"}
    tags = {}
    for path in PLAIN:
        tags[path] = ask(front, PATH_INFO=path, **plain)[1]["ETag"]
        ask(front, PATH_INFO=path, HTTP_IF_NONE_MATCH=tags[path], **plain)
        before = behind.times
        # Kept there as well: with a page that is made anew Django replaces a broken cookie of its own.
        ask(alone, PATH_INFO=path, **plain)
        ask(front, PATH_INFO=path, **plain)
        assert behind.times == before, "the plain question is answered in front"

    def the_same(path: str, *changes: dict[str, str]) -> None:
        asked = {"PATH_INFO": path, **plain}
        for change in changes:
            asked |= change
        asked = {key: value.replace("{}", tags[path]) for key, value in asked.items()}
        if "SIGNED IN" in asked.get("HTTP_COOKIE", ""):
            asked["HTTP_COOKIE"] = session
        method = asked.get("REQUEST_METHOD", "GET")
        for application in (front, alone):  # each keeps what it may, whoever was the first to ask
            ask(application, **{**asked, "HTTP_COOKIE": ""})
        by_django = comparable(ask(alone, **asked), method)
        for _time in range(2):
            assert comparable(ask(front, **asked), method) == by_django, changes

    for change in CHANGES:
        the_same(PLAIN[1], change)

    @examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.sampled_from(PLAIN), st.lists(st.sampled_from(CHANGES), min_size=2, max_size=4))
    def of_several(path: str, changes: list[dict[str, str]]) -> None:
        the_same(path, *changes)

    of_several()


@pytest.fixture
def front(kept_for_long: None) -> KeptAnswers:
    return KeptAnswers(Noted())


def times(front: KeptAnswers) -> int:
    assert isinstance(front._behind, Noted)
    return front._behind.times


def test_each_is_given_once_by_django_and_then_in_front(front: KeptAnswers) -> None:
    first = ask(front)
    for cookie in ("", "_ga=1"):
        for query in ("", "utm_source=x"):
            again = ask(front, HTTP_COOKIE=cookie, QUERY_STRING=query)
            assert comparable(again, "GET") == comparable(first, "GET")
    assert times(front) == 1
    assert ask(front, REQUEST_METHOD="HEAD") == (first[0], {**first[1], "X-Request-ID": ANY}, b"")
    assert times(front) == 1


def test_plain_http_is_led_to_https(front: KeptAnswers, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    secure = KeptAnswers(Noted())
    for _time in range(2):
        assert ask(secure, **{"wsgi.url_scheme": "https"})[0] == "200 OK"
        assert ask(secure)[0] == "301 Moved Permanently"


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANY: Any = _Any()


def test_who_has_the_page_is_told_so_in_front(front: KeptAnswers) -> None:
    tag = ask(front)[1]["ETag"]
    first, again = (ask(front, HTTP_IF_NONE_MATCH=tag) for _time in range(2))
    assert (again[0], again[2]) == ("304 Not Modified", b"")
    assert comparable(first, "GET") == comparable(again, "GET")
    assert times(front) == 2
    assert ask(front, HTTP_IF_NONE_MATCH=f"W/{tag}")[0] == again[0]
    assert times(front) == 2


def test_a_change_ends_it_at_once(front: KeptAnswers) -> None:
    ask(front)
    ask(front)
    assert times(front) == 1
    edition.advance()
    ask(front)
    assert times(front) == 2


@pytest.mark.parametrize("passed", ["edition", "moment"])
def test_it_ends_with_the_page(front: KeptAnswers, monkeypatch: pytest.MonkeyPatch, passed: str) -> None:
    ask(front)
    if passed == "edition":  # nobody has asked the database for too long
        monkeypatch.setattr(edition, "ASKED_AGAIN_AFTER", 0.0)
    else:
        later = time.monotonic() + 2 * 3600
        monkeypatch.setattr(time, "monotonic", lambda: later)
    ask(front)
    assert times(front) == 2


def test_each_answer_has_an_id_of_its_own_a_line_and_a_count(front: KeptAnswers) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("clinic.requests")
    logger.addHandler(handler)
    counted = ANSWERS.labels("home", "GET", 200)._value.get()
    try:
        ids = [ask(front)[1]["X-Request-ID"] for _time in range(3)]
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["request"] for line in lines] == ids
    assert len(set(ids)) == 3
    assert {(line["route"], line["method"], line["status"]) for line in lines} == {("home", "GET", 200)}
    assert ANSWERS.labels("home", "GET", 200)._value.get() == counted + 3
    assert times(front) == 1


def test_it_never_keeps_more_than_it_should(front: KeptAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_ANSWERS", 3)
    for path in ("/", "/contact/", "/privacy/", "/treatments/", "/articles/"):
        ask(front, PATH_INFO=path)
        assert len(front._answers) <= 3
    assert ask(front)[0] == "200 OK"


def test_whatever_answers_head_sends_no_body(front: KeptAnswers) -> None:
    for path in ("/", "/no-such-page/", "/healthz", "/appointments/callback/"):
        assert ask(front, PATH_INFO=path, REQUEST_METHOD="HEAD")[2] == b""


@pytest.fixture
def user() -> User:
    return builders.physician()


def test_the_page_of_who_signed_in_comes_from_django(
    front: KeptAnswers, user: User, settings: Settings
) -> None:
    client = Client()
    client.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    ask(front)
    assert ask(front, HTTP_COOKIE=f"_ga=1; {cookie}")[0] == "200 OK"
    assert times(front) == 2
