"""The first content: brought in once, never over an edit."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from clinic.models import Clinic, OpeningHours, Practitioner
from tests import builders
from treatments import content_loader
from treatments.models import (
    Article,
    ArticleVersion,
    ContentVersion,
    Release,
    State,
    Treatment,
    TreatmentVersion,
)

pytestmark = pytest.mark.django_db


def test_it_brings_in_what_the_clinic_has_said() -> None:
    call_command("load_content", verbosity=0)
    clinic, botox = Clinic.objects.get(), Treatment.objects.get()
    assert (clinic.name, clinic.area, str(clinic.phone.as_e164)) == (
        "FineTouch Dermatology",
        "Los Angeles area",
        "+13103181500",
    )
    assert clinic.street_address + clinic.email + clinic.demo_note == ""
    assert not OpeningHours.objects.exists()
    assert Practitioner.objects.get().slug == "dr-umar"
    assert (botox.slug, botox.min_age, botox.max_age) == ("botox", 18, 65)
    assert (botox.effect_months, botox.min_interval_months, botox.recall_after_weeks) == (4, 3, 14)
    assert botox.aftercare == Article.objects.get(slug="botox-aftercare")
    assert botox.screening_questions.count() == 6
    assert all(question.text_es for question in botox.screening_questions.all())
    assert {v.language for v in botox.versions.all()} == {"en", "es"}


def test_a_second_time_adds_nothing() -> None:
    content_loader.load(samples=True)
    assert content_loader.load(samples=True).added == {}


def test_what_staff_edited_stays() -> None:
    content_loader.load()
    Clinic.objects.update(phone="+13105550100", name="Another name")
    Practitioner.objects.update(name="Dr. Example", biography="")
    Treatment.objects.update(is_published=False, aftercare=None)
    botox = Treatment.objects.get()
    botox.sources.clear()
    builders.version(botox, title="Edited", max_age=60, by=builders.physician())
    content_loader.load()
    botox = Treatment.objects.get()
    assert str(Clinic.objects.get().phone.as_e164) == "+13105550100"
    assert Practitioner.objects.get(slug="dr-umar").name == "Dr. Example"
    assert (botox.max_age, botox.is_published, botox.aftercare) == (60, False, None)
    assert botox.sources.count() == 0
    assert botox.versions.live().get(language="en").title == "Edited"


def test_what_came_with_the_product_is_live_without_a_signer_and_bookable(client: Client) -> None:
    content_loader.load()
    for version in [*TreatmentVersion.objects.all(), *ArticleVersion.objects.all()]:
        assert (version.state, version.release, version.editor, version.signed_off_by) == (
            State.LIVE, Release.SHIPPED, None, None,
        )  # fmt: skip
    page = client.get("/treatments/botox/").text
    assert "Reviewed by" not in page
    assert client.get("/appointments/request/botox/").text.count('name="screening_') == 18


def test_words_that_come_beside_signed_ones_wait_for_a_sign_off() -> None:
    content_loader.load()
    botox = Treatment.objects.get()
    botox.versions.filter(language="es").delete()
    builders.version(botox, by=builders.physician())
    assert content_loader.load().added == {"texts": 1}
    assert botox.versions.get(language="es").state == State.WAITING


def test_a_language_that_is_missing_is_added() -> None:
    content_loader.load()
    ArticleVersion.objects.filter(language="es").delete()
    assert content_loader.load().added == {"texts": 1}


def test_samples_come_only_when_asked_for_and_say_so() -> None:
    content_loader.load()
    assert not Treatment.objects.filter(is_sample=True).exists()
    content_loader.load(samples=True)
    samples = TreatmentVersion.objects.filter(page__is_sample=True, language="en")
    assert samples.count() == 3
    assert all("<h2>Sample content</h2>" in version.body for version in samples)


def words_of(version: ContentVersion) -> list[str]:
    """The sentences of a text."""
    text = re.sub(r"</(?:li|p|h2|h3)>", ".\n", version.body)
    return [part for part in re.split(r"[.?:]\s", re.sub(r"<[^>]+>", "", text)) if part.strip()]


def test_texts_pass_the_editors_sanitiser_and_are_easy_to_read() -> None:
    content_loader.load(samples=True)
    for version in [*TreatmentVersion.objects.all(), *ArticleVersion.objects.all()]:
        body = version._meta.get_field("body")
        assert body.clean(version.body, version).strip() == version.body.strip()
        assert max(len(sentence.split()) for sentence in words_of(version)) <= 20


def test_each_dont_begins_with_do_not() -> None:
    content_loader.load()
    body = ArticleVersion.objects.get(language="en").body
    lists = re.findall(r"<h3>Don't</h3>\s*<ul>(.*?)</ul>", body, re.DOTALL)
    assert lists
    for items in lists:
        assert all(item.startswith("do not ") for item in re.findall(r"<li>(.*?)</li>", items))


def test_the_texts_leave_the_numbers_to_the_treatments_fields() -> None:
    content_loader.load()
    for version in TreatmentVersion.objects.filter(page__slug="botox"):
        numbers = re.findall(r"\d+", re.sub(r"<[^>]+>", " ", version.summary + version.body))
        assert set(numbers) == {"911"}
