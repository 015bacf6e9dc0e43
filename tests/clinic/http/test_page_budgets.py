"""What makes a page quick on every machine: few bytes, few files, all from here, pictures that keep
their place.

Times and scores are measured by `make lighthouse`, not asserted. Goal of a page: 90 kB with all its drawings.
"""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from clinic.models import Picture, Practitioner
from tests.clinic.http.test_pages import BOTH_LANGUAGES, Page, get
from treatments import content_loader

FORMS = [
    f"{prefix}/appointments/{path}"
    for path in ("request/", "request/botox/", "request/consultation/", "callback/", "find/")
    for prefix in ("", "/es")
]
# As compressed as the server sends them, without uploaded pictures; the heaviest page, Botox, has 52 kB.
MOST_BYTES = 65_000
# The page itself, style sheets, icons and manifest.
MOST_FILES = 9
LOADED = ("img", "script", "iframe", "source", "video", "audio", "embed", "object", "input")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def filled(module_rows: None) -> None:
    """The pages as they ship, with a portrait of the doctor."""
    content_loader.load(samples=True)
    words = {"alt": "A room", "alt_es": "Una sala", "credit": "Ada Example"}
    shown = Picture.objects.create(digest="0" * 32, widths=[480, 960], height=640, **words)
    Practitioner.objects.update(portrait=shown)


@pytest.fixture(autouse=True)
def content(filled: None, db: None) -> None:
    """As filled once for all tests here."""


def assets(page: Page) -> set[str]:
    """What a browser fetches from the static files."""
    return {address for address in page.addresses() if address.startswith(settings.STATIC_URL)}


@pytest.mark.parametrize("path", BOTH_LANGUAGES + FORMS)
def test_a_page_weighs_little_and_asks_for_little(client: Client, path: str) -> None:
    html = get(client, path)
    addresses = assets(Page(html))
    assert 1 <= len(addresses) < MOST_FILES
    files = [Path(str(finders.find(address.removeprefix(settings.STATIC_URL)))) for address in addresses]
    weight = len(gzip.compress(html.encode())) + sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert weight < MOST_BYTES


@pytest.mark.parametrize("path", BOTH_LANGUAGES + FORMS)
def test_nothing_moves_once_it_stands(client: Client, path: str) -> None:
    """A picture's place is known before the picture is there; nothing is written into the page later."""
    page = Page(get(client, path))
    pictures = page.all("img")
    assert all(int(picture["width"]) and int(picture["height"]) for picture in pictures)
    scripts = [script for script in page.all("script") if script.get("type") != "application/ld+json"]
    assert scripts == []
    if path.endswith("dr-umar/"):
        assert pictures


@pytest.mark.parametrize("path", BOTH_LANGUAGES + FORMS)
def test_a_page_loads_from_here_alone(client: Client, path: str) -> None:
    html = get(client, path)
    page = Page(html)
    loaded = [attrs.get("src", "") for tag in LOADED for attrs in page.all(tag)]
    loaded += [link["href"] for link in page.all("link") if link["rel"] not in ("canonical", "alternate")]
    loaded += [
        part.split()[0]
        for tag in ("img", "source")
        for attrs in page.all(tag)
        for part in attrs.get("srcset", "").split(",")
        if part
    ]
    assert [address for address in loaded if address and not re.match(r"/[^/]", address)] == []


@pytest.mark.parametrize("name", ["tokens", "site", "pages", "drawings", "home", "forms", "status"])
def test_styles_load_nothing(name: str) -> None:
    css = Path(str(finders.find(f"clinic/{name}.css"))).read_text()
    assert not re.search(r"@import|@font-face|url\(", css)
