"""Public pages are kept for a moment; nothing else is."""

import gzip
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from clinic.http.kept import page_cache
from clinic.http.kept.page_cache import MOST_PAGES, keep_public_pages
from clinic.models import Edition
from clinic.operations import edition
from clinic.operations.edition import ASKED_AGAIN_AFTER
from tests import builders

pytestmark = pytest.mark.django_db


class Site:
    """A view that counts how often it was asked, and answers as it is told."""

    def __init__(self, **headers: str) -> None:
        self.asked = 0
        self.headers = {"Cache-Control": "public, no-cache", **headers}
        self.status = 200
        self.cookie = False
        self.user: Any = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        if self.user is not None:
            vars(request)["_cached_user"] = self.user
        response = HttpResponse(f"page {self.asked}", status=self.status, headers=self.headers)
        response["Content-Length"] = str(len(response.content))
        if self.cookie:
            response.set_cookie("a", "b")
        return response


Ask = Callable[..., HttpResponse]


@pytest.fixture
def clock() -> list[float]:
    """The time, to be moved by hand."""
    return [1000.0]


@pytest.fixture
def asking(settings: Settings, clock: list[float], rf: RequestFactory) -> Callable[[Site], Ask]:
    settings.PAGE_CACHE_SECONDS = 1.0
    settings.ALLOWED_HOSTS = ["*"]
    edition.forget()

    def of(site: Site) -> Ask:
        middleware = keep_public_pages(site, lambda: clock[0])

        def ask(path: str = "/", method: str = "GET", **extra: Any) -> HttpResponse:
            return middleware(rf.generic(method, path, **extra))

        return ask

    return of


def test_a_public_page_is_made_once_a_moment(asking: Callable[[Site], Ask], clock: list[float]) -> None:
    ask = asking(Site())
    assert ask().content == ask().content == b"page 1"
    assert ask(method="HEAD").content == b"page 1"
    clock[0] += 1.01
    assert ask().content == b"page 2"


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("/other/", {}),
        ("/?q=1", {}),
        ("/?utm_source=a&q=1", {}),
        ("/?xutm_source=a", {}),
        ("/?utm_source", {}),
        ("/", {"HTTP_COOKIE": "_ga=GA1.1.2; sessionid=1"}),
        ("/", {"HTTP_COOKIE": "messages=1"}),
        ("/", {"HTTP_AUTHORIZATION": "Basic x"}),
        ("/", {"HTTP_HOST": "other.example"}),
        ("/", {"method": "POST"}),
        ("/", {"wsgi.url_scheme": "https"}),
    ],
)
def test_only_the_very_same_question_gets_the_kept_page(
    asking: Callable[[Site], Ask], path: str, extra: dict[str, Any]
) -> None:
    ask = asking(Site())
    ask()
    assert ask(path, **extra).content == b"page 2"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": ""},
        {"Cache-Control": "no-store, private"},
        {"Vary": "Cookie"},
        {"Content-Type": "text/plain"},
        {"Content-Security-Policy": "script-src 'nonce-abc'"},
    ],
)
def test_what_is_not_for_everybody_is_never_kept(
    asking: Callable[[Site], Ask], headers: dict[str, str]
) -> None:
    ask = asking(Site(**headers))
    ask()
    assert ask().content == b"page 2"


@pytest.mark.parametrize(("status", "cookie"), [(404, False), (503, False), (200, True)])
def test_errors_and_cookies_are_never_kept(asking: Callable[[Site], Ask], status: int, cookie: bool) -> None:
    site = Site()
    site.status, site.cookie = status, cookie
    ask = asking(site)
    ask()
    assert ask().content == b"page 2"


def test_who_has_the_page_already_is_told_so(asking: Callable[[Site], Ask]) -> None:
    ask = asking(Site())
    tag = ask()["ETag"]
    again = ask(HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert ask(HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_one_answer_is_not_changed_by_what_is_done_to_another(asking: Callable[[Site], Ask]) -> None:
    ask = asking(Site())
    ask()["X-Request-ID"] = "one"
    assert "X-Request-ID" not in ask()


def test_it_never_keeps_more_than_it_should(asking: Callable[[Site], Ask]) -> None:
    ask = asking(Site())
    for number in range(MOST_PAGES + 1):
        ask(f"/{number}/")
    ask("/0/")
    assert ask("/0/").content == f"page {MOST_PAGES + 2}".encode()


def test_it_can_be_switched_off(settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    with pytest.raises(MiddlewareNotUsed):
        keep_public_pages(Site())


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("/?utm_source=x", {}),
        ("/?gclid=1&utm_campaign=b%20c&", {}),
        ("/?fbclid=", {}),
        ("/", {"HTTP_COOKIE": "_ga=GA1.1.2; csrftoken=abc; _fbp=1"}),
        ("/", {"HTTP_COOKIE": "my_sessionid=1;broken"}),
        ("/", {"method": "HEAD", "HTTP_ACCEPT_LANGUAGE": "es"}),
    ],
)
def test_what_changes_no_page_keeps_nobody_from_it(
    asking: Callable[[Site], Ask], path: str, extra: dict[str, Any]
) -> None:
    ask = asking(Site())
    assert ask(path, **extra).content == ask().content == ask(path, **extra).content == b"page 1"


class Packer:
    """Notes what was compressed."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def by(self, pack: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        def noted(content: bytes) -> bytes:
            self.seen.append(content)
            return pack(content)

        return noted


def test_each_coding_is_made_once_and_has_a_tag_of_its_own(
    asking: Callable[[Site], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, packed = asking(Site()), Packer()
    for name, pack in dict(page_cache._PACK).items():
        monkeypatch.setitem(page_cache._PACK, name, packed.by(pack))
    plain, small, old = (
        ask(HTTP_ACCEPT_ENCODING=taken) for taken in ("identity", "gzip, br", "gzip, br;q=0")
    )
    assert (small["Content-Encoding"], brotli.decompress(small.content)) == ("br", plain.content)
    assert (old["Content-Encoding"], gzip.decompress(old.content)) == ("gzip", plain.content)
    assert "Content-Encoding" not in plain
    assert all("Accept-Encoding" in one["Vary"] for one in (plain, small, old))
    assert len({plain["ETag"], small["ETag"], old["ETag"]}) == 3
    assert [int(one["Content-Length"]) for one in (plain, small, old)] == [
        len(one.content) for one in (plain, small, old)
    ]
    assert ask(HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=small["ETag"]).status_code == 304
    assert ask(HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=small["ETag"]).status_code == 200
    ask(HTTP_ACCEPT_ENCODING="br")
    assert len(packed.seen) == 2


def test_a_page_that_says_the_same_is_not_compressed_anew(
    asking: Callable[[Site], Ask], clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, packed = Site(), Packer()
    ask = asking(site)
    monkeypatch.setitem(page_cache._PACK, "br", packed.by(bytes))
    for _ in range(2):
        site.asked = 0
        ask(HTTP_ACCEPT_ENCODING="br")
        clock[0] += 2
    assert packed.seen == [b"page 1"]


def test_a_change_by_staff_shows_at_once(asking: Callable[[Site], Ask]) -> None:
    site = Site()
    ask = asking(site)
    ask()
    site.user = builders.staff()
    ask("/admin/", "POST")
    site.user = None
    assert ask().content == b"page 3"


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_whoever_has_not_signed_in_changes_nothing(asking: Callable[[Site], Ask], user: Any) -> None:
    site = Site()
    ask = asking(site)
    ask()
    site.user = user
    ask("/admin/", "POST")
    assert ask().content == b"page 1"


def test_a_change_elsewhere_shows_with_the_next_look(
    asking: Callable[[Site], Ask], clock: list[float]
) -> None:
    ask = asking(Site())
    ask()
    Edition.advance()
    assert ask().content == b"page 1"
    clock[0] += 2 * ASKED_AGAIN_AFTER
    assert ask().content == b"page 2"


def test_a_page_that_was_made_while_something_changed_is_not_given_again(
    asking: Callable[[Site], Ask], clock: list[float]
) -> None:
    class Slow(Site):
        def __call__(self, request: HttpRequest) -> HttpResponse:
            answer = super().__call__(request)
            if self.asked == 1:
                Edition.advance()
            return answer

    ask = asking(Slow())
    ask()
    clock[0] += 2 * ASKED_AGAIN_AFTER
    assert ask().content == b"page 2"


def test_what_was_kept_is_given_while_the_database_is_away(
    asking: Callable[[Site], Ask], clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise DatabaseError

    ask = asking(Site())
    ask()
    monkeypatch.setattr(Edition, "current", away)
    clock[0] += 2 * ASKED_AGAIN_AFTER
    assert ask().content == b"page 1"


def test_two_changes_at_once_count_as_two() -> None:
    for wanted in (1, 2, 3):
        Edition.advance()
        assert Edition.current() == wanted
