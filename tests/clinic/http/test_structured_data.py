"""What search engines and shared links tell: only what is known, in schema.org's words."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image

from clinic.http.stated_hours import hours_nodes
from clinic.models import (
    Clinic,
    Closure,
    HolidayDecision,
    OpeningHours,
    Picture,
    Practitioner,
    SpecialOpening,
    stated_times,
)
from clinic.operations import edition
from clinic.pictures import sharing
from clinic.time.hours import clinic_day
from tests import builders
from tests.clinic.http import vocabulary
from treatments.content_loader import load
from treatments.models import Treatment

PAGES = [
    "/", "/treatments/", "/treatments/botox/", "/articles/", "/articles/botox-aftercare/",
    "/doctors/dr-umar/", "/contact/", "/privacy/",
]  # fmt: skip
BOTH = [*PAGES, *(f"/es{page}" for page in PAGES)]
MAY = datetime(2026, 5, 4, 19, tzinfo=UTC)
MONDAY = date(2026, 12, 7)
MIDNIGHT = "00:00"


@pytest.fixture
def site(db: None) -> None:
    load()


def get(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def everything() -> None:
    """The clinic has said all that it can say."""
    Clinic.objects.update(
        street_address="1 Example Street",
        city="Los Angeles",
        state="CA",
        postal_code="90001",
        email="front@example.org",
    )
    for weekday in range(5):
        OpeningHours.objects.create(weekday=weekday, opens="09:00", closes="17:00")
    today = timezone.localdate()
    Closure.objects.create(first_day=today + timedelta(days=7), last_day=today + timedelta(days=8))


@pytest.mark.parametrize("path", BOTH)
def test_every_page_keeps_to_the_vocabulary(site: None, path: str) -> None:
    assert vocabulary.complaints(vocabulary.data_of(get(path))) == []
    everything()
    assert vocabulary.complaints(vocabulary.data_of(get(path))) == []


def signed(by: User, page: Any, language: str, at: datetime = MAY) -> None:
    builders.version(page, language, by=by, at=at)


def botox(language: str = "") -> dict[str, Any]:
    """What the Botox page tells, by type."""
    return vocabulary.kinds(vocabulary.data_of(get(f"{language}/treatments/botox/")))


class TestPages:
    """Of treatments and articles: from what stands on the page, and nothing else."""

    @pytest.fixture(autouse=True)
    def shipped(self, site: None) -> None:
        self.page = Treatment.objects.get(slug="botox")

    @pytest.mark.parametrize("language", ["", "/es"])
    def test_a_physicians_review_leads_to_the_physician(self, language: str) -> None:
        by = builders.physician()
        signed(by, self.page, language[1:] or "en")
        told = botox(language)
        node = told["MedicalWebPage"]
        assert node["lastReviewed"] == "2026-05-04"
        assert node["reviewedBy"]["@id"] == told["Physician"]["@id"]
        assert told["Physician"]["name"] == by.practitioner.name
        assert told["Physician"]["url"].endswith(by.practitioner.get_absolute_url())
        Practitioner.objects.update(is_active=False)
        edition.advance()
        assert "url" not in botox(language)["Physician"]

    def test_no_review_without_a_physician(self) -> None:
        assert not {"lastReviewed", "reviewedBy"} & botox()["MedicalWebPage"].keys()
        by = builders.physician()
        signed(by, self.page, "en")
        Practitioner.objects.filter(user=by).update(is_physician=False)
        assert not {"lastReviewed", "reviewedBy"} & botox()["MedicalWebPage"].keys()
        assert "Physician" not in botox()

    def test_the_days_are_those_of_the_words(self) -> None:
        by, first = builders.physician(), timezone.localdate().isoformat()
        assert botox()["MedicalWebPage"]["datePublished"] == first
        later = timezone.now() + timedelta(days=30)
        signed(by, self.page, "en", later)
        node, spanish = botox()["MedicalWebPage"], botox("/es")["MedicalWebPage"]
        assert (node["datePublished"], node["dateModified"]) == (first, clinic_day(later).isoformat())
        # The facts beside the Spanish words are the English version's.
        assert (spanish["inLanguage"], spanish["dateModified"]) == ("es", node["dateModified"])

    @pytest.mark.parametrize("names_medicine", [True, False])
    def test_a_treatment_is_a_procedure_and_its_title_no_drugs_name(self, names_medicine: bool) -> None:
        builders.version(self.page, names_medicine=names_medicine)
        for language, months in (("", "4 months"), ("/es", "4 meses")):
            told = botox(language)["MedicalWebPage"]
            assert told["about"]["@type"] == "MedicalProcedure"
            assert told["about"]["name"] == told["name"]
            assert months in told["about"]["followup"]

    def test_the_way_to_the_page(self) -> None:
        told = botox("/es")
        steps = told["BreadcrumbList"]["itemListElement"]
        names = [each["item"]["@id"].removeprefix("http://testserver") for each in steps]
        assert names == ["/es/", "/es/treatments/", "/es/treatments/botox/"]
        assert told["MedicalWebPage"]["breadcrumb"]["@id"] == told["BreadcrumbList"]["@id"]

    def test_samples_are_told_of_nowhere(self) -> None:
        Treatment.objects.update(is_sample=True)
        assert vocabulary.data_of(get("/treatments/botox/")) == []


ASKED = {"question": "Does it </script><script>hurt?", "answer": "A <b>little</b> & \u2028 not long."}


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize("path", ["/", "/contact/", "/treatments/botox/"])
def test_the_questions_on_a_page_and_no_others(site: None, path: str, language: str) -> None:
    pk = Treatment.objects.get(slug="botox").pk
    place = f"treatment:{pk}" if "botox" in path else ""
    other = "" if place else f"treatment:{pk}"
    assert "FAQPage" not in get(language + path)
    builders.question(place=place, question_es="¿Duele?", answer_es="Poco.", **ASKED)
    builders.question(place=other, question="Elsewhere?", answer="No.")
    builders.question(place=place, question="Hidden?", answer="Yes.", is_shown=False)
    html = get(language + path)
    nodes = vocabulary.data_of(html)
    assert vocabulary.complaints(nodes) == []
    (one,) = vocabulary.kinds(nodes)["FAQPage"]["mainEntity"]
    said = ("¿Duele?", "Poco.") if language else tuple(ASKED.values())
    assert (one["name"], one["acceptedAnswer"]["text"]) == said
    assert "<script>hurt" not in html


WRONG = [
    ({"@type": "Clinic"}, "no type Clinic"),
    ({"@type": "Physician", "nickname": "Bo"}, "no property nickname"),
    ({"@type": "Physician", "lastReviewed": "2026-12-02"}, "lastReviewed is no property of Physician"),
    ({"@type": "WebPage", "lastReviewed": "May"}, "WebPage.lastReviewed is no text such as 'May'"),
    ({"@type": "WebPage", "reviewedBy": {"@type": "Place"}}, "WebPage.reviewedBy is no Place"),
    ({"@type": "WebPage", "reviewedBy": {"@id": "#b"}}, "WebPage.reviewedBy points at #b, which isn't there"),
    (
        {"@type": "Physician", "medicalSpecialty": "https://schema.org/Monday"},
        "Physician.medicalSpecialty is never https://schema.org/Monday",
    ),
]


@pytest.mark.parametrize(("node", "said"), WRONG)
def test_the_vocabulary_finds_what_is_wrong(node: vocabulary.Node, said: str) -> None:
    assert vocabulary.complaints([node]) == [said]


class TestHours:
    """As the clinic has set them."""

    def told(self, today: date = MONDAY) -> Any:
        return hours_nodes(stated_times(today), today)

    @pytest.fixture(autouse=True)
    def weekdays(self, db: None) -> None:
        for weekday in range(5):
            OpeningHours.objects.create(weekday=weekday, opens="09:00", closes="17:30")

    def test_none_are_told_before_they_are_set(self) -> None:
        OpeningHours.objects.all().delete()
        Closure.objects.create(first_day=MONDAY, last_day=MONDAY)
        assert self.told() == {}

    def test_days_with_the_same_hours_stand_together(self) -> None:
        OpeningHours.objects.create(weekday=5, opens="10:00", closes="12:00")
        week, saturday = self.told()["openingHoursSpecification"]
        assert (week["opens"], week["closes"]) == ("09:00", "17:30")
        assert week["dayOfWeek"] == [
            f"https://schema.org/{day}day" for day in ("Mon", "Tues", "Wednes", "Thurs", "Fri")
        ]
        assert saturday["dayOfWeek"] == ["https://schema.org/Saturday"]

    def test_closed_days_in_a_row_are_one(self) -> None:
        Closure.objects.create(first_day=MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=3))
        (closed,) = self.told()["specialOpeningHoursSpecification"]
        assert (closed["validFrom"], closed["validThrough"]) == ("2026-12-08", "2026-12-10")
        assert (closed["opens"], closed["closes"]) == (MIDNIGHT, MIDNIGHT)

    def test_a_holiday_is_told_once_the_clinic_has_decided(self) -> None:
        assert self.told()["specialOpeningHoursSpecification"] == []
        HolidayDecision.objects.create(day=date(2026, 12, 25), is_closed=True)
        HolidayDecision.objects.create(day=date(2027, 1, 1), is_closed=False)
        (closed,) = self.told()["specialOpeningHoursSpecification"]
        assert closed["validFrom"] == "2026-12-25"

    def test_a_part_of_a_day_and_an_opening_besides(self) -> None:
        Closure.objects.create(first_day=MONDAY, last_day=MONDAY, starts="12:00", ends="13:00")
        SpecialOpening.objects.create(day=MONDAY + timedelta(days=5), opens="10:00", closes="14:00")
        told = [
            (each["validFrom"], each["opens"], each["closes"])
            for each in self.told()["specialOpeningHoursSpecification"]
        ]
        assert told == [
            ("2026-12-07", "09:00", "12:00"),
            ("2026-12-07", "13:00", "17:30"),
            ("2026-12-12", "10:00", "14:00"),
        ]

    def test_a_doctor_away_closes_nothing(self) -> None:
        Closure.objects.create(practitioner=builders.practitioner(), first_day=MONDAY, last_day=MONDAY)
        assert self.told()["specialOpeningHoursSpecification"] == []


def test_breadcrumbs_lead_from_the_front_page(site: None) -> None:
    crumbs = vocabulary.kinds(vocabulary.data_of(get("/es/contact/")))["BreadcrumbList"]["itemListElement"]
    assert [each["item"]["@id"] for each in crumbs] == [
        "http://testserver/es/",
        "http://testserver/es/contact/",
    ]
    assert [each["position"] for each in crumbs] == [1, 2]
    assert crumbs[1]["name"] == "Contacto"


def meta(html: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[\w:]+)" content="([^"]*)">', html)
    assert len(found) == len(dict(found))
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize("path", BOTH)
def test_a_shared_link_has_a_title_and_an_image(site: None, path: str) -> None:
    told = meta(get(path))
    assert told["og:title"]
    assert told["og:description"]
    assert told["og:url"] == f"http://testserver{path}"
    assert told["og:locale"] == ("es_US" if path.startswith("/es/") else "en_US")
    assert told["og:locale:alternate"] == ("en_US" if path.startswith("/es/") else "es_US")
    assert told["og:site_name"] == "FineTouch Dermatology"
    assert told["twitter:card"] == "summary_large_image"
    answer = Client().get(told["og:image"].removeprefix("http://testserver"))
    assert answer["Content-Type"] == "image/png"
    assert "immutable" in answer["Cache-Control"]
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)


def test_the_image_is_drawn_once(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sharing.address("Drawn only once", "The clinic").removeprefix("http://testserver")
    first = Client().get(path).content
    monkeypatch.setattr(sharing, "drawn", lambda title, site: pytest.fail("drawn again"))
    assert Client().get(path).content == first


@pytest.mark.parametrize("sealed", ["x", "WyJ4IiwieSJd", "WyJ4IiwieSJd:AAAA", "a:b:c", "%00"])
def test_nobody_has_other_images_drawn(site: None, sealed: str) -> None:
    assert Client().get(f"/share/{sealed}.png").status_code == 404


@pytest.mark.parametrize("title", ["", "W" * 120, "word " * 24, "¿Qué es el bótox? ñ ü", "</title>", "漢字"])
def test_any_title_can_be_drawn(title: str) -> None:
    assert Image.open(BytesIO(sharing.drawn(title, "FineTouch Dermatology"))).size == (1200, 630)


def test_old_images_are_swept(db: None) -> None:
    sharing.sweep(datetime(2100, 1, 1, tzinfo=UTC))
    path = sharing.address("Old", "The clinic").removeprefix("http://testserver")
    Client().get(path)
    assert sharing.sweep(timezone.now()) == 0
    assert sharing.sweep(timezone.now() + timedelta(days=61)) == 1
    assert not default_storage.listdir("shared")[1]


def test_a_wide_picture_stands_for_its_page(clinic: Clinic) -> None:
    row = builders.treatment("botox")
    words = {"alt": "A room", "alt_es": "Una sala", "credit": "Us"}
    wide = Picture.objects.create(digest="a" * 32, widths=[360, 1600], height=1000, **words)
    builders.version(row, picture=wide)
    told = meta(get("/treatments/botox/"))
    assert told["og:image"] == f"http://testserver/media/pictures/{'a' * 32}/shared.jpg"
    assert told["og:image:alt"] == "A room"
    builders.version(row, picture=Picture.objects.create(digest="b" * 32, widths=[360], height=2000, **words))
    assert "/share/" in meta(get("/treatments/botox/"))["og:image"]
