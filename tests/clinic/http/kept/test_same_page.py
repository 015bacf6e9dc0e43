"""No page that was kept is ever given to somebody for whom it would differ."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from tests import builders

PATHS = (
    "/", "/treatments/", "/treatments/botox/", "/articles/", "/articles/botox-aftercare/",
    "/doctors/dr-umar/", "/contact/", "/privacy/", "/appointments/request/", "/appointments/callback/",
    "/no-such-page/",
)  # fmt: skip
COOKIES = ("", "_ga=GA1.1.2", "csrftoken=abc", "django_language=es", "messages=x", "sessionid=nobody's")
QUERIES = (
    "", "utm_source=x", "gclid=1&utm_medium=y", "q=1", "utm_source=x&page=2", "sign=vision", "next=/admin/",
    "utm_source=%3Cscript%3E", "language=es",
)  # fmt: skip
HEADERS: tuple[dict[str, Any], ...] = (
    {}, {"HTTP_ACCEPT_LANGUAGE": "es"}, {"HTTP_SEC_GPC": "1"}, {"HTTP_USER_AGENT": "curl/8"},
    {"HTTP_HOST": "localhost"}, {"wsgi.url_scheme": "https"}, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
)  # fmt: skip
ASKED = st.tuples(
    st.sampled_from(PATHS), st.sampled_from(("", "/es")), st.sampled_from(("GET", "HEAD")),
    st.lists(st.sampled_from(COOKIES), max_size=3), st.sampled_from(QUERIES), st.sampled_from(HEADERS),
    st.booleans(),
)  # fmt: skip


@pytest.fixture
def doctor() -> User:
    call_command("load_content")
    return builders.physician()


@pytest.mark.django_db
def test_what_was_kept_is_what_would_be_made(settings: Settings, doctor: User) -> None:
    settings.PAGE_CACHE_SECONDS = 3600.0
    keeping, signed_in = Client(), Client()
    signed_in.force_login(doctor)
    session = f"{settings.SESSION_COOKIE_NAME}={signed_in.cookies[settings.SESSION_COOKIE_NAME].value}"
    keeping.get("/")  # with the middleware of now
    settings.PAGE_CACHE_SECONDS = 0.0
    making = Client()
    making.get("/")

    def ask(client: Client, asked: Any) -> tuple[int, bytes, dict[str, str]]:
        path, language, method, cookies, query, headers, staff = asked
        client.cookies.clear()
        sent = "; ".join([*filter(None, cookies), *([session] if staff else [])])
        carried: dict[str, Any] = {"HTTP_COOKIE": sent} if sent else {}
        address = f"{language}{path}" + (f"?{query}" if query else "")
        answer = client.generic(method, address, **headers, **carried)
        told = {name: answer.get(name, "") for name in ("Location", "Content-Language", "Content-Type")}
        return answer.status_code, _without_tokens(answer.content), told

    @examples(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(ASKED)
    def the_same(asked: Any) -> None:
        assert ask(keeping, asked) == ask(making, asked)

    the_same()


def _without_tokens(content: bytes) -> bytes:
    """A form's token, id and time of making differ from one answer to the next, by design."""
    return b"" if b"csrfmiddlewaretoken" in content else content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/treatments/botox/", "/es/contact/"])
def test_who_has_the_page_already_keeps_its_policy(settings: Settings, doctor: User, path: str) -> None:
    settings.PAGE_CACHE_SECONDS = 3600.0
    client = Client()
    page = client.get(path)
    again = client.get(path, headers={"If-None-Match": page["ETag"]})
    assert again.status_code == 304
    assert "style-src 'self'" in page["Content-Security-Policy"]
    assert (
        again.get("Content-Security-Policy", page["Content-Security-Policy"])
        == page["Content-Security-Policy"]
    )


@pytest.mark.django_db
def test_tracking_goes_along_to_where_an_old_address_leads(client: Client, doctor: User) -> None:
    answer = client.get("/treatments/botox?utm_source=x&gclid=2")
    assert (answer.status_code, answer["Location"]) == (301, "/treatments/botox/?utm_source=x&gclid=2")
    assert reverse("home") == "/"
