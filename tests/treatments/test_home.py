"""What a visitor reads first on the home page, and on a phone always sees."""

import re

import pytest
from django.test import Client

from clinic.models import Practitioner
from treatments import content_loader

pytestmark = pytest.mark.django_db

DOCTOR = '<a href="/doctors/dr-umar/" translate="no">Dr. Umar</a><br>'


@pytest.fixture(autouse=True)
def content(db: None) -> None:
    content_loader.load()


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_doctor_is_named_before_anything_is_asked(client: Client) -> None:
    hero = page(client, "/").partition('class="buttons"')[0]
    assert f"{DOCTOR}Board-certified dermatologist and cosmetic surgeon" in hero
    assert f"{DOCTOR.replace('/doctors', '/es/doctors')}Dermatólogo" in page(client, "/es/")


def test_nobody_is_named_of_whom_nothing_is_said(client: Client) -> None:
    Practitioner.objects.update(role="", role_es="")
    assert DOCTOR not in page(client, "/")


def test_the_phones_bar_says_by_its_name_what_the_visit_is_for(client: Client) -> None:
    bar = page(client, "/treatments/botox/").partition('class="bar"')[2].partition("</a>")[0]
    shown = re.sub(r'<span class="hidden">.*</span></span>', "", bar)
    assert "Botox" not in shown
    assert re.sub(r"<[^>]+>", "", bar).strip().endswith("Request a visit: Botox for frown lines")
