"""What search engines and shared links tell: only what is known, in schema.org's words."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
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
    SpecialOpening,
    stated_times,
)
from clinic.pictures import sharing
from tests import builders
from tests.clinic.http import vocabulary
from treatments.content_loader import load

PAGES = [
    "/", "/treatments/", "/treatments/botox/", "/articles/", "/articles/botox-aftercare/",
    "/doctors/dr-umar/", "/contact/", "/privacy/",
]  # fmt: skip
BOTH = [*PAGES, *(f"/es{page}" for page in PAGES)]
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
    row.picture = Picture.objects.create(digest="a" * 32, widths=[360, 1600], height=1000, **words)
    row.save()
    told = meta(get("/treatments/botox/"))
    assert told["og:image"] == f"http://testserver/media/pictures/{'a' * 32}/shared.jpg"
    assert told["og:image:alt"] == "A room"
    Picture.objects.update(height=2000)
    assert "/share/" in meta(get("/treatments/botox/"))["og:image"]
