"""The owner changes what the site says, without a programmer."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from clinic.models import Clinic, Wording
from tests.clinic.wordings.test_words import HOSTILE, say
from treatments import content_loader

pytestmark = pytest.mark.django_db

LIST = "/admin/clinic/wording/"
PAGE = f"{LIST}home.heading/change/"


@pytest.fixture
def writer(client: Client, dermatologist: User) -> Client:
    content_loader.load()
    client.force_login(dermatologist)
    return client


def posted(english: str, spanish: str = "", seen: int = 0, **more: Any) -> dict[str, Any]:
    return {"words_en": english, "words_es": spanish, "seen_en": seen, "seen_es": 0, "note": "", **more}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_list_has_every_text_with_its_words_in_both_languages(writer: Client) -> None:
    page = text_of(writer.get(LIST))
    assert "Skin treatment in a dermatologist&#x27;s hands" in page
    assert 'lang="es"><dt class="visually-hidden">Español</dt><dd>' in page
    assert PAGE in page


def test_the_list_is_searched_and_filtered(writer: Client, dermatologist: User) -> None:
    say("home.heading", "Calm skin", dermatologist)
    assert "home.heading" in text_of(writer.get(LIST, {"q": "calm SKIN"}))
    assert "home.lead" not in text_of(writer.get(LIST, {"q": "calm skin"}))
    own = text_of(writer.get(LIST, {"own": "1"}))
    assert "home.heading" in own
    assert "home.lead" not in own
    assert "No text says this" in text_of(writer.get(LIST, {"q": "<script>"}))


def test_a_save_is_on_the_site_at_once(writer: Client, dermatologist: User) -> None:
    answer = writer.post(PAGE, posted("Calm skin", "Piel tranquila", note="Shorter"), follow=True)
    assert "It is on the site now" in text_of(answer)
    assert "<h1>Calm skin</h1>" in text_of(writer.get("/"))
    assert "<h1>Piel tranquila</h1>" in text_of(writer.get("/es/"))
    page = text_of(writer.get(PAGE))
    assert "Shorter" in page
    assert dermatologist.get_username() in page


def test_a_save_empties_the_kept_pages(settings: Settings, writer: Client) -> None:
    settings.PAGE_CACHE_SECONDS = 3600.0
    anybody = Client()
    anybody.get("/")
    Clinic.objects.update(area="Elsewhere")
    assert "Elsewhere" not in text_of(anybody.get("/"))
    writer.post(PAGE, posted("Calm skin"))
    assert "<h1>Calm skin</h1>" in text_of(anybody.get("/"))


def test_nothing_is_saved_by_looking_first(writer: Client) -> None:
    page = text_of(writer.post(PAGE, posted("Calm skin by {clinic_name}", _preview="1")))
    assert "Calm skin by FineTouch Dermatology" in page
    assert not Wording.objects.exists()


@pytest.mark.parametrize(("language", "words"), [("en", "Calm skin"), ("es", "Piel tranquila")])
def test_the_whole_page_is_shown_before_saving(writer: Client, language: str, words: str) -> None:
    assert f'formaction="{LIST}home.heading/whole/{language}/"' in text_of(writer.get(PAGE))
    answer = writer.post(f"{LIST}home.heading/whole/{language}/", posted("Calm skin", "Piel tranquila"))
    page = text_of(answer)
    assert f"<h1>{words}</h1>" in page
    assert f'<html lang="{language}">' in page
    assert "no-store" in answer["Cache-Control"]
    assert not Wording.objects.exists()
    assert "<h1>Skin treatment" in text_of(writer.get("/"))


@pytest.mark.parametrize("typed", [*HOSTILE, "x" * 10_000])
def test_what_cant_stand_comes_back_with_a_sentence(writer: Client, typed: str) -> None:
    answer = writer.post(PAGE, posted(typed, "Piel"))
    assert answer.status_code == 422
    assert "errorlist" in text_of(answer)
    assert not Wording.objects.exists()
    whole = writer.post(f"{LIST}home.heading/whole/en/", posted(typed))
    assert whole.status_code == 422


def test_markup_is_shown_as_it_was_typed(writer: Client) -> None:
    writer.post(PAGE, posted("<script>alert(1)</script>"))
    for path in ("/", PAGE, LIST):
        page = text_of(writer.get(path))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_the_second_of_two_gets_both_texts(writer: Client, dermatologist: User) -> None:
    say("home.heading", "From a colleague", dermatologist)
    answer = writer.post(PAGE, posted("Mine"))
    page = text_of(answer)
    assert answer.status_code == 409
    assert "From a colleague" in page
    assert ">Mine</textarea>" in page.replace("> Mine", ">Mine").replace("\n", "")
    assert Wording.objects.count() == 1
    # She has seen it, and decides.
    assert 'name="seen_en" value="1"' in page
    assert writer.post(PAGE, posted("Mine", seen=1)).status_code == 302
    assert [row.text for row in Wording.objects.all()] == ["Mine", "From a colleague"]


def test_earlier_words_come_back_with_one_click(writer: Client, dermatologist: User) -> None:
    say("home.heading", "One", dermatologist)
    say("home.heading", "Two", dermatologist, seen=1)
    writer.post(PAGE, {"restore": "en-1", "seen": "2"})
    assert "<h1>One</h1>" in text_of(writer.get("/"))
    writer.post(PAGE, {"restore": "en-0", "seen": "3"})
    assert "<h1>Skin treatment" in text_of(writer.get("/"))
    assert Wording.objects.count() == 4


def test_a_click_on_an_old_page_brings_nothing_back(writer: Client, dermatologist: User) -> None:
    say("home.heading", "One", dermatologist)
    say("home.heading", "Two", dermatologist, seen=1)
    answer = writer.post(PAGE, {"restore": "en-1", "seen": "1"}, follow=True)
    assert "meanwhile" in text_of(answer)
    assert "<h1>Two</h1>" in text_of(writer.get("/"))


@pytest.mark.parametrize(
    "data",
    [
        {"restore": "fr-1", "seen": "1"}, {"restore": "en-9", "seen": "1"}, {"restore": "x"},
        {"restore": "en-¹", "seen": "1"}, {"restore": "en-1", "seen": "9" * 40}, {"words_en": "Without seen"},
        {"words_en": "Odd", "seen_en": "-1", "seen_es": "x"}, {},
    ],
)  # fmt: skip
def test_a_forged_post_changes_nothing(writer: Client, dermatologist: User, data: dict[str, Any]) -> None:
    say("home.heading", "One", dermatologist)
    assert writer.post(PAGE, data).status_code in (302, 404, 422)
    assert Wording.objects.count() == 1


@pytest.mark.parametrize("key", ["home.nothing", "x" * 200, "home.heading'--", "1"])
def test_an_unknown_text_is_no_page(writer: Client, key: str) -> None:
    assert writer.get(f"{LIST}{key}/change/").status_code == 404
    assert writer.post(f"{LIST}{key}/whole/en/", posted("x")).status_code == 404
    assert writer.post(f"{LIST}home.heading/whole/fr/", posted("x")).status_code == 404


def test_the_front_desk_has_neither_the_page_nor_its_link(desk_client: Client) -> None:
    assert desk_client.get(LIST).status_code == 403
    assert desk_client.get(PAGE).status_code == 403
    assert LIST not in text_of(desk_client.get("/admin/"))


def test_who_may_only_read_a_text_is_told_whom_to_ask(
    client: Client, editor: User, dermatologist: User
) -> None:
    content_loader.load()
    dermatologist.first_name, dermatologist.last_name = "Ada", "Signer"
    dermatologist.save()
    client.force_login(editor)
    page = text_of(client.get("/admin/clinic/wording/message.reminder-days/change/"))
    assert "You can read this text. It speaks for the clinic, so these change it:" in page
    assert "Ada Signer" in page
    assert "<textarea" not in page
    assert 'name="_save"' not in page
    assert "<textarea" in text_of(client.get(PAGE))
