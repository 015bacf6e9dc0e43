"""Which words the public sees, and whose review stands below them."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from tests import builders
from treatments import shown
from treatments.models import State, Treatment


def test_another_language_falls_back_to_english_only_when_it_has_nothing_live(botox: Treatment) -> None:
    builders.version(botox, "es", State.WAITING)
    with translation.override("es"):
        assert [page.version.language for page in shown.treatments()] == ["en"]
        builders.version(botox, "es", State.SUPERSEDED)
        spanish = builders.version(botox, "es")
        assert [page.version for page in shown.treatments()] == [spanish]
    assert [page.version.language for page in shown.treatments()] == ["en"]


def test_words_of_another_language_stand_beside_the_facts_of_the_live_english_version(
    client: Client, botox: Treatment
) -> None:
    builders.version(botox, "es", title="Palabras")
    builders.version(botox, min_age=21, max_age=60)
    builders.version(botox, state=State.WAITING, min_age=12)
    html = client.get("/es/treatments/botox/").text
    assert "Palabras" in html
    assert "21 a 60" in html


def test_a_page_without_live_words_in_the_main_language_is_nowhere(client: Client, botox: Treatment) -> None:
    other = builders.treatment("another", version=False)
    builders.version(other, "es")
    builders.version(other, "en", State.WAITING)
    for path in ("/treatments/another/", "/es/treatments/another/"):
        assert client.get(path).status_code == 404
    assert "other" not in client.get("/es/treatments/").text


@pytest.fixture
def botox(db: None) -> Treatment:
    builders.clinic()
    return builders.treatment("botox", review_every_months=12)


def sign_off(page: Treatment) -> None:
    user = builders.staff(username="doc-login", first_name="Ana", last_name="Example")
    builders.practitioner(name="Dr. Example", user=user, is_physician=True)
    page.versions.update(signed_off_by=user, signed_off_at=datetime(2026, 11, 3, 4, 0, tzinfo=UTC))


def test_a_page_nobody_reviewed_names_no_reviewer(client: Client, botox: Treatment) -> None:
    html = client.get("/treatments/botox/").content.decode()
    assert "Reviewed by" not in html
    assert "Page last reviewed" not in html
    assert "lastReviewed" not in html


def test_a_real_sign_off_is_shown_with_the_next_date(client: Client, botox: Treatment) -> None:
    sign_off(botox)
    html = client.get("/treatments/botox/").content.decode()
    assert "Dr. Example" in html
    assert "doc-login" not in html
    # The 3rd in UTC is still the evening of the 2nd at the clinic.
    assert "November 2, 2026" in html
    assert "November 2, 2027" in html
    assert '"lastReviewed": "2026-11-02"' in html


def test_english_words_on_a_spanish_page_say_that_they_are_english(client: Client, botox: Treatment) -> None:
    html = client.get("/es/treatments/botox/").content.decode()
    assert '<html lang="es">' in html
    assert '<div class="prose part__words" lang="en"><p>Words about' in html
    assert '<div class="prose part__words"><p>' in client.get("/treatments/botox/").content.decode()


def test_an_unpublished_treatment_is_nowhere(client: Client, botox: Treatment) -> None:
    Treatment.objects.update(is_published=False)
    assert client.get("/treatments/botox/").status_code == 404
    assert "/treatments/botox/" not in client.get("/treatments/").content.decode()
    assert "/treatments/botox/" not in client.get("/sitemap.xml").content.decode()


def test_a_treatment_without_words_is_left_out(client: Client, botox: Treatment) -> None:
    builders.treatment("wordless", version=False)
    assert client.get("/treatments/wordless/").status_code == 404
    assert "wordless" not in client.get("/treatments/").content.decode()


def test_the_facts_on_the_page_are_the_treatments_fields(client: Client, botox: Treatment) -> None:
    Treatment.objects.update(visit_minutes=25)
    builders.version(botox, min_age=21, max_age=None, effect_months=7, min_interval_months=5)
    html = client.get("/treatments/botox/").content.decode()
    for words in ("21 and over", "up to 7 months", "5 months", "25 minutes"):
        assert words in html
    assert "The effect can last up to 7 months. At least 5 months between treatments." in html


def test_the_length_that_is_only_assumed_is_no_fact(client: Client, botox: Treatment) -> None:
    """Nobody at the clinic has said how long a visit takes."""
    assert "minutes" not in client.get("/treatments/botox/").content.decode()


def test_only_a_page_on_a_medicine_says_when_to_call_911(client: Client, botox: Treatment) -> None:
    assert "Call 911 now" not in client.get("/treatments/botox/").content.decode()
    builders.version(botox, names_medicine=True)
    assert "Call 911 now" in client.get("/treatments/botox/").content.decode()


def test_the_sitemap_names_every_page_in_both_languages_and_no_sample(
    client: Client, botox: Treatment
) -> None:
    builders.treatment("made-up", is_sample=True)
    xml = client.get("/sitemap.xml").content.decode()
    for path in ("/", "/treatments/botox/", "/es/treatments/botox/", "/privacy/"):
        assert f"<loc>{settings.SITE_URL}{path}</loc>" in xml
    assert f'hreflang="es" href="{settings.SITE_URL}/es/treatments/botox/"' in xml
    assert "made-up" not in xml


def test_a_sample_says_so_and_stays_out_of_search(client: Client, botox: Treatment) -> None:
    builders.treatment("made-up", is_sample=True)
    html = client.get("/treatments/made-up/").content.decode()
    assert "Sample content" in html
    assert "noindex" in html
    assert "ld+json" not in html


def test_a_review_is_due_on_a_day_that_exists() -> None:
    assert shown.add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert shown.add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)


def test_each_list_is_in_the_language_of_the_page(botox: Treatment) -> None:
    builders.version(botox, "es", title="Palabras")
    with translation.override("es"):
        assert [page.version.title for page in shown.treatments()] == ["Palabras"]
