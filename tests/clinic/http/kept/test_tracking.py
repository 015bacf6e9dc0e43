"""What changes no page is one list, which nginx has too."""

import re
from pathlib import Path

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from clinic.http.kept import tracking
from clinic.http.kept.page_cache import PERSONAL_COOKIES

NGINX = (Path(__file__).parents[4] / "deploy" / "nginx" / "finetouch.conf").read_text()


def test_nginx_goes_by_the_same_names() -> None:
    named = re.search(r'"~\^\(\?:\(\?:(.+?)\)=\[\^&\]', NGINX)
    assert named
    assert named[1] == tracking._NAMES


def test_nginx_knows_the_cookies_of_whoever_has_signed_in() -> None:
    named = re.search(r"\(\?:__Host-\|__Secure-\)\?\(\?:([a-z|]+)\)=", NGINX)
    assert named
    bare = {re.sub("^__(Host|Secure)-", "", name) for name in PERSONAL_COOKIES}
    assert set(named[1].split("|")) == bare


@pytest.mark.parametrize(
    ("query", "nothing"),
    [
        ("", True),
        ("utm_source=a&utm_medium=b", True),
        ("fbclid=x&", True),
        ("gad_source=1&gbraid=0AAA", True),
        ("page=2", False),
        ("utm_source=a&page=2", False),
        ("page=2&utm_source=a", False),
        ("utm_source", False),
        ("UTM_SOURCE=a", False),
        ("utm_source=a;page=2", True),
        ("outm_source=a", False),
    ],
)
def test_only_known_names_say_nothing(query: str, nothing: bool) -> None:
    assert tracking.asks_for_nothing(query) == nothing
    # What is left out holds nothing that a view could read under another name.
    assert not nothing or all(re.fullmatch(tracking._NAMES, name) for name in QueryDict(query))


def test_the_view_sees_none_of_it_and_a_redirect_takes_it_along(rf: RequestFactory) -> None:
    request = rf.get("/?utm_source=x")
    assert request.GET
    tracking.hide(request)
    assert (dict(request.GET), request.get_full_path(), tracking.query_of(request)) == (
        {},
        "/",
        "utm_source=x",
    )
