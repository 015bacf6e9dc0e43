"""Public pages are kept for a moment; nothing else is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from clinic.http.page_cache import MOST_PAGES, keep_public_pages


class Site:
    """A view that counts how often it was asked, and answers as it is told."""

    def __init__(self, **headers: str) -> None:
        self.asked = 0
        self.headers = {"Cache-Control": "public, no-cache", **headers}
        self.status = 200
        self.cookie = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        response = HttpResponse(f"page {self.asked}", status=self.status, headers=self.headers)
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
        ("/", {"HTTP_COOKIE": "sessionid=1"}),
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
