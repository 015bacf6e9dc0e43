"""Spanish beside English: what the editor sees of it, and what staff and readers hear once the English has
changed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.signed import signing
from tests import builders
from treatments import publishing
from treatments.models import Release, State, Treatment, TreatmentVersion
from treatments.publishing import Content, Words

CHANGED = "The English has changed since"
OLDER = "información más reciente"


@pytest.fixture
def page(clinic: object) -> Treatment:
    return builders.treatment("botox")


@pytest.fixture
def desk(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def words_url(page: Treatment) -> str:
    return reverse("admin:treatments_treatment_words", args=[page.pk, "es"])


def translate(desk: Client, page: Treatment, by: User, **values: Any) -> TreatmentVersion:
    """The editor saves Spanish words from the form as it is now, and a dermatologist signs them."""
    form = desk.get(words_url(page))
    typed = {"title": "Bótox", "summary": "s", "body": "<p>Palabras</p>", "change_note": "n"}
    hidden = {"seen": form.context["seen"], "english": str(form.context["original"].pk)}
    assert desk.post(words_url(page), hidden | typed | values | {"_submit": "1"}).status_code == 302
    version: TreatmentVersion = page.versions.filter(language="es").latest("number")
    seen = signing.Seen.of(version, publishing.live_version(page, "es"))
    publishing.sign_off(version, seen, by, timezone.now(), asks_nothing=True)
    return version


def said(desk: Client, page: Treatment) -> list[bool]:
    """Whether the list of pages, Today, the editor and the reader's page say that the English is newer."""
    pages = (reverse("admin:treatments_treatment_changelist"), "/admin/", words_url(page))
    reader = Client().get("/es/treatments/botox/").text
    return [*(CHANGED in desk.get(address).text for address in pages), OLDER in reader]


def test_from_the_changed_english_to_the_new_translation(
    page: Treatment, desk: Client, physician: User
) -> None:
    assert "todavía no está en español" in Client().get("/es/treatments/botox/").text
    translate(desk, page, physician, says_the_same="on")
    assert "todavía no está en español" not in Client().get("/es/treatments/botox/").text
    assert said(desk, page) == [False] * 4
    builders.version(page, body="<p>Words about wrinkles.</p>", min_age=21, by=physician)
    assert said(desk, page) == [True] * 4
    shown = desk.get(words_url(page)).text
    assert "<ins>wrinkles" in shown
    assert "<p>Words about wrinkles.</p>" in shown
    assert "21 a 65" in Client().get("/es/treatments/botox/").text
    translate(desk, page, physician)
    assert said(desk, page) == [True] * 4, "nobody has said yet that both say the same"
    translate(desk, page, physician, says_the_same="on")
    assert said(desk, page) == [False] * 4
    assert "English version" not in Client().get("/treatments/botox/").text


def test_a_typing_error_in_the_english_is_the_editors_business_alone(
    page: Treatment, desk: Client, physician: User
) -> None:
    translate(desk, page, physician, says_the_same="on")
    builders.version(page, by=physician, release=Release.PASSED)
    assert said(desk, page) == [True, True, True, False]


def test_english_that_waits_is_translated_ahead(page: Treatment, desk: Client, physician: User) -> None:
    translate(desk, page, physician, says_the_same="on")
    coming = builders.version(page, state=State.WAITING)
    assert said(desk, page) == [False] * 4, "what patients read in English hasn't changed yet"
    beside = desk.get(words_url(page), {"english": coming.pk})
    assert beside.context["original"] == coming
    ahead = translate(desk, page, physician, english=str(coming.pk), says_the_same="on")
    assert ahead.translated_from == coming
    seen = signing.Seen.of(coming, publishing.live_version(page, "en"))
    publishing.sign_off(coming, seen, physician, timezone.now(), asks_nothing=True)
    assert said(desk, page) == [False] * 4


def test_nothing_translates_a_draft_or_another_page(page: Treatment, desk: Client, editor: User) -> None:
    draft = builders.version(page, state=State.DRAFT)
    other = builders.treatment("another").versions.get()
    for version in (draft, other):
        assert desk.get(words_url(page), {"english": version.pk}).context["original"].number == 1
        content = Content(Words("T", "s", "<p>b</p>", "n"), translates=version.pk)
        with pytest.raises(signing.PublishingRefused):
            publishing.save_draft(page, "es", content, editor)


def test_the_database_keeps_what_was_translated(page: Treatment, physician: User) -> None:
    english = page.versions.get()
    spanish = builders.version(page, "es", by=physician, translated_from=english)
    newer = builders.version(page, by=physician)
    for version, original in ((spanish, newer), (spanish, None), (newer, english)):
        with pytest.raises(DatabaseError), transaction.atomic():
            TreatmentVersion.objects.filter(pk=version.pk).update(translated_from=original)


def test_the_dermatologist_sees_which_english_the_spanish_says(page: Treatment, physician: User) -> None:
    english = page.versions.get()
    spanish = builders.version(page, "es", State.WAITING, translated_from=english)
    builders.version(page, body="<p>Words about wrinkles.</p>", by=physician)
    client = Client()
    client.force_login(physician)
    shown = client.get(reverse("admin:treatments_treatment_version", args=[page.pk, spanish.pk])).text
    assert CHANGED in shown
    assert "<ins>wrinkles" in shown
    assert "Words about botox." in shown
