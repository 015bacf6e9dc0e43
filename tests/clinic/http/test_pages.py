"""The public pages as a reader gets them."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from clinic.http import views
from clinic.http.refusals import refuse
from clinic.models import Clinic, OpeningHours, Practitioner
from tests import builders
from treatments import content_loader
from treatments.alarm import words as alarm_words
from treatments.models import Article, ArticleVersion, Treatment, TreatmentVersion

PAGES = [
    "/",
    "/treatments/",
    "/treatments/botox/",
    "/articles/",
    "/articles/botox-aftercare/",
    "/doctors/dr-umar/",
    "/contact/",
    "/privacy/",
]
BOTH_LANGUAGES = [prefix + path for path in PAGES for prefix in ("", "/es")]
NOT_CLAIMED = ["guarantee", "painless", "proven", "risk-free", "garantiza", "sin dolor", "demostrado"]

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """What the tests ask of a page's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def addresses(self) -> list[str]:
        return [attrs[name] for _, attrs in self.tags for name in ("src", "href", "action") if name in attrs]


@pytest.fixture(scope="module")
def loaded(module_rows: None) -> None:
    content_loader.load()


@pytest.fixture(autouse=True)
def content(loaded: None, db: None) -> None:
    """The clinic's own pages, as loaded."""


@pytest.fixture
def forgetful() -> Iterator[None]:
    """A process that has not read the clinic's row."""
    known, Clinic._last_read = Clinic._last_read, None
    yield
    Clinic._last_read = known


def get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", BOTH_LANGUAGES)
def test_a_page_is_whole(client: Client, path: str) -> None:
    html = get(client, path)
    page = Page(html)
    language = "es" if path.startswith("/es/") else "en"
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] == language
    assert re.search(r"<title>\S.* - FineTouch Dermatology</title>", html)
    assert page.all("main")[0]["id"] == "main"
    assert any(address == "tel:+13103181500" for address in page.addresses())
    assert not any("style" in attrs for _, attrs in page.tags)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", BOTH_LANGUAGES)
def test_nothing_comes_from_elsewhere(client: Client, path: str) -> None:
    for address in Page(get(client, path)).addresses():
        assert address.startswith(("/", "#", "tel:", settings.SITE_URL))
        assert not address.startswith("//")


def queries(path: str) -> int:
    """Three are enough; the front page has doctors, treatments and hours beside the clinic's row."""
    return 4 if path in ("/", "/es/") else 3


@pytest.mark.parametrize("path", BOTH_LANGUAGES)
def test_three_queries_are_enough(
    client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    alarm_words.present()  # a process reads them once
    with django_assert_max_num_queries(queries(path)):
        client.get(path)


@pytest.mark.parametrize("path", ["/", "/treatments/"])
def test_a_longer_list_costs_no_more_queries(
    client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    content_loader.load(samples=True)
    with django_assert_max_num_queries(queries(path)):
        client.get(path)


@pytest.mark.parametrize("path", BOTH_LANGUAGES)
def test_head_tells_search_engines_where_the_page_is(client: Client, path: str) -> None:
    html = get(client, path)
    links = Page(html).all("link")
    english = path.removeprefix("/es")
    assert [link["href"] for link in links if link["rel"] == "canonical"] == [settings.SITE_URL + path]
    alternates = {link["hreflang"]: link["href"] for link in links if link["rel"] == "alternate"}
    assert alternates == {
        "en": settings.SITE_URL + english,
        "es": settings.SITE_URL + "/es" + english,
        "x-default": settings.SITE_URL + english,
    }
    assert_described(html)


def assert_described(html: str) -> None:
    """What search engines show under the page's title."""
    descriptions = [meta["content"] for meta in Page(html).all("meta") if meta.get("name") == "description"]
    assert len(descriptions) == 1
    assert 20 < len(descriptions[0]) <= 200


@pytest.mark.parametrize("prefix", ["", "/es"])
@pytest.mark.parametrize("path", ["request/", "request/botox/", "request/consultation/", "callback/"])
def test_forms_are_described(client: Client, prefix: str, path: str) -> None:
    content_loader.load(samples=True)
    assert_described(client.get(f"{prefix}/appointments/{path}").content.decode())


@pytest.mark.parametrize("path", BOTH_LANGUAGES)
def test_nothing_is_claimed_that_is_not_known(client: Client, path: str) -> None:
    html = get(client, path).lower()
    assert not [word for word in NOT_CLAIMED if word in html]
    assert "reviewed by" not in html
    assert "9am" not in html
    assert "!" not in re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_read_not_written(client: Client, path: str) -> None:
    response = client.post(path)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert "(310) 318-1500" in response.content.decode()


@pytest.mark.parametrize("path", BOTH_LANGUAGES)
def test_pages_set_no_cookie_and_may_be_kept(client: Client, path: str) -> None:
    response = client.get(path)
    assert not response.cookies
    assert "public" in response["Cache-Control"]


def structured(html: str) -> dict[str, dict[str, object]]:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return {node["@type"]: node for node in json.loads(text)["@graph"]}


def test_structured_data_says_only_what_is_known(client: Client) -> None:
    node = structured(get(client, "/contact/"))["MedicalClinic"]
    assert node["telephone"] == "+13103181500"
    assert not {"address", "openingHours", "email", "priceRange"} & node.keys()
    Clinic.objects.update(street_address="1 Example Street", city="Los Angeles", state="CA")
    assert structured(get(client, "/contact/"))["MedicalClinic"]["address"]
    assert structured(get(client, "/doctors/dr-umar/"))["Physician"]["name"] == "Dr. Umar"


def test_structured_data_cannot_end_its_script(client: Client) -> None:
    Clinic.objects.update(name="</script><b>&")
    assert structured(get(client, "/contact/"))["MedicalClinic"]["name"] == "</script><b>&"


def test_hours_are_shown_only_once_they_are_set(client: Client) -> None:
    assert "Monday" not in get(client, "/contact/")
    OpeningHours.objects.create(weekday=0, opens="09:00", closes="17:30")
    OpeningHours.objects.create(weekday=1, opens="12:00", closes="17:00")
    html = get(client, "/contact/")
    assert "9am to 5:30pm" in html
    assert "noon to 5pm" in html
    assert "noon to 5pm" in get(client, "/")


def test_an_inactive_doctor_has_no_page_and_no_place_in_the_navigation(client: Client) -> None:
    Practitioner.objects.update(is_active=False)
    assert client.get("/doctors/dr-umar/").status_code == 404
    assert "Dr. Umar" not in get(client, "/contact/")


def test_a_doctors_page_says_the_role_once(client: Client) -> None:
    for prefix, role in (
        ("", "board-certified dermatologist"),
        ("/es", "dermatólogo y cirujano cosmético certificado"),
    ):
        html = get(client, f"{prefix}/doctors/dr-umar/")
        assert html[html.index("<main") :].casefold().count(role) == 1
    Practitioner.objects.update(biography="The doctor teaches.", biography_es="")
    html = get(client, "/doctors/dr-umar/")
    assert html[html.index("<main") :].count("Board-certified dermatologist") == 1


def test_the_demo_says_that_it_is_one(client: Client) -> None:
    assert "Demo" not in get(client, "/")
    builders.clinic(demo_note="Demonstration, not the clinic's own site")
    header = get(client, "/").partition("<header")[2].partition("</header>")[0]
    assert "Demonstration, not the clinic&#x27;s own site" in header, "outside of every landmark"


def test_the_privacy_notice_says_how_long(client: Client) -> None:
    assert "730 days" in get(client, "/privacy/")
    builders.clinic(keep_finished_days=90)
    assert "90 days" in get(client, "/privacy/")


@pytest.mark.parametrize(
    "path", ["/", "/treatments/", "/articles/", "/contact/", "/privacy/", "/sitemap.xml"]
)
def test_a_site_without_content_still_answers(client: Client, path: str) -> None:
    for versions in (TreatmentVersion.objects, ArticleVersion.objects):
        versions.exclude(translated_from=None).delete()
    for model in (TreatmentVersion, Treatment, ArticleVersion, Article, Practitioner, Clinic):
        model._default_manager.all().delete()
    assert client.get(path).status_code == 200


def test_robots_may_not_read_what_is_private(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /admin/\n" in text
    assert "Disallow: /appointments/status/\n" in text
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in text


def test_a_phone_can_keep_the_site_on_its_home_screen(client: Client) -> None:
    page = Page(get(client, "/"))
    (link,) = [link for link in page.all("link") if link["rel"] == "manifest"]
    response = client.get(link["href"])
    manifest = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert "manifest-src 'self'" in response["Content-Security-Policy"]
    assert (manifest["name"], manifest["start_url"]) == ("FineTouch Dermatology", "/")
    for icon in manifest["icons"]:
        assert finders.find(icon["src"].removeprefix(settings.STATIC_URL))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_is_in_the_design_with_the_phone_number(
    rf: RequestFactory, status: int, method: str
) -> None:
    response = refuse(rf.generic(method, "/appointments/callback/"), status)
    html = response.content.decode()
    assert response.status_code == status
    assert len(Page(html).all("h1")) == 1
    assert "(310) 318-1500" in html
    assert "noindex" in html
    assert ("Nothing was sent, and nothing was stored." in html) == (
        method == "POST" and status < 500 and status != 409
    )


def test_a_missing_page(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "We can't find that page" in response.content.decode()


def fail(request: HttpRequest, error: Exception) -> tuple[int, str]:
    try:
        raise error
    except Exception:
        response = views.server_error(request)
    return response.status_code, response.content.decode()


@pytest.mark.parametrize(("error", "status"), [(ValueError(), 500), (OperationalError(), 503)])
@pytest.mark.usefixtures("forgetful")
def test_the_page_for_a_failure_never_asks_the_database(
    rf: RequestFactory,
    error: Exception,
    status: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        answered, html = fail(rf.get("/"), error)
    assert answered == status
    assert "(310) 318-1500" in html


def test_the_page_for_a_failure_knows_the_number_that_staff_have_set(
    client: Client, rf: RequestFactory
) -> None:
    builders.clinic(phone="+13105550142")
    client.get("/")
    assert "(310) 555-0142" in fail(rf.get("/"), ValueError())[1]
