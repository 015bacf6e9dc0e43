"""Editing content: who may write, publish and sign off; what the pages hold."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import builders
from treatments import publishing
from treatments.models import ScreeningQuestion, Treatment, TreatmentVersion
from treatments.publishing import Words

WRITTEN = {
    "title": "Botox",
    "summary": "In short.",
    "body": "<p>Fresh words<script>alert(1)</script></p>",
    "change_note": "Clearer",
    "is_clinical": "on",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:treatments_treatment_{name}", args=args)


@pytest.fixture
def page(clinic: object) -> Treatment:
    """A treatment with one published version and two questions."""
    return builders.treatment("botox", questions=2)


def test_an_editor_writes_a_draft_and_publishes_it(page: Treatment, editor: User) -> None:
    client = signed_in(editor)
    response = client.post(url("words", page.pk, "en"), WRITTEN)
    draft = TreatmentVersion.objects.get(number=2)
    assert response["Location"] == url("version", page.pk, draft.pk)
    assert (draft.editor, draft.published_at, draft.is_clinical) == (editor, None, True)
    assert "script" not in draft.body
    assert "Fresh words" not in client.get(page.get_absolute_url()).content.decode()
    client.post(url("version", page.pk, draft.pk), {"step": "publish"})
    assert "Fresh words" in client.get(page.get_absolute_url()).content.decode()
    assert TreatmentVersion.objects.get(number=1).body == "<p>Words about botox.</p>"


def test_saving_and_publishing_in_one_step(page: Treatment, editor: User) -> None:
    signed_in(editor).post(url("words", page.pk, "es"), WRITTEN | {"_publish": "1"})
    version = TreatmentVersion.objects.get(language="es")
    assert (version.number, version.published_at is not None) == (1, True)


def test_what_is_missing_keeps_what_was_written(page: Treatment, editor: User) -> None:
    response = signed_in(editor).post(url("words", page.pk, "en"), WRITTEN | {"change_note": ""})
    assert response.status_code == 422
    assert "Fresh words" in response.content.decode()
    assert TreatmentVersion.objects.count() == 1


def test_only_a_dermatologist_signs_off(page: Treatment, editor: User, dermatologist: User) -> None:
    version = page.versions.get()
    address = url("version", page.pk, version.pk)
    assert "Sign off the medical content" not in signed_in(editor).get(address).content.decode()
    signed_in(editor).post(address, {"step": "sign-off"})
    assert page.versions.get().signed_off_at is None
    assert "Sign off the medical content" in signed_in(dermatologist).get(address).content.decode()
    for _ in range(2):
        signed_in(dermatologist).post(address, {"step": "sign-off"})
    assert page.versions.get().signed_off_by == dermatologist
    signed_in(dermatologist).post(address, {"step": "review-again"})
    assert page.versions.count() == 2


def test_the_preview_is_the_page_as_the_site_shows_it(page: Treatment, editor: User) -> None:
    words = Words("Otro", "Resumen", "<p>Palabras nuevas</p>", "Nota")
    version = publishing.new_version(page, "es", words, editor)
    shown = signed_in(editor).get(url("preview", page.pk, version.pk)).content.decode()
    assert "Palabras nuevas" in shown
    assert 'lang="es"' in shown
    assert shown.count("<h1") == 1


def test_the_differences_are_shown_in_words(page: Treatment, editor: User) -> None:
    words = Words("Botox", "About botox.", "<p>Words about <b>the</b> botox.</p>", "Nota")
    version = publishing.new_version(page, "en", words, editor)
    shown = signed_in(editor).get(url("version", page.pk, version.pk)).content.decode()
    assert "<ins>the</ins>" in shown or "<ins>the </ins>" in shown or "<ins> the</ins>" in shown


@pytest.mark.parametrize(
    ("role", "seen", "written"),
    [("front_desk", 200, 403), ("editor", 200, 200), ("dermatologist", 200, 200)],
)
def test_who_may_see_and_who_may_write(
    page: Treatment, role: str, seen: int, written: int, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(role))
    version = page.versions.get()
    for address in (
        url("change", page.pk),
        url("version", page.pk, version.pk),
        url("preview", page.pk, version.pk),
    ):
        assert client.get(address).status_code == seen, address
    assert client.get(url("words", page.pk, "en")).status_code == written
    assert client.get(url("delete", page.pk)).status_code == 403
    assert Client().get(url("words", page.pk, "en")).status_code == 302


def test_what_is_not_there(page: Treatment, editor: User) -> None:
    other = builders.treatment("other").versions.get()
    client = signed_in(editor)
    for address in (
        url("words", page.pk, "xx"),
        url("words", 999, "en"),
        url("version", page.pk, other.pk),
        url("preview", page.pk, 999),
    ):
        assert client.get(address).status_code == 404, address


def test_questions_are_the_dermatologists(page: Treatment, editor: User, dermatologist: User) -> None:
    def save(user: User) -> int:
        form = {
            "slug": "botox", "position": 0, "min_age": 18, "max_age": 65, "visit_minutes": 30,
            "review_every_months": 12, "is_published": "on", "aftercare": "",
            "screening_questions-TOTAL_FORMS": 2, "screening_questions-INITIAL_FORMS": 2,
        }  # fmt: skip
        for index, question in enumerate(page.screening_questions.all()):
            values = {"id": question.pk, "treatment": page.pk, "number": question.number, "text": "Changed?"}
            values |= {"flagged_answer": "yes", "is_asked": "on"}
            form |= {f"screening_questions-{index}-{name}": value for name, value in values.items()}
        return signed_in(user).post(url("change", page.pk), form).status_code

    assert save(editor) == 302
    assert not ScreeningQuestion.objects.filter(text="Changed?").exists()
    assert save(dermatologist) == 302
    assert ScreeningQuestion.objects.filter(text="Changed?").count() == 2


def test_the_editor_runs_under_the_strict_policy(page: Treatment, editor: User) -> None:
    response = signed_in(editor).get(url("words", page.pk, "en"))
    policy = response["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'nonce="{nonce}"' in response.content.decode()
    assert "unsafe" not in policy
    elsewhere = signed_in(editor).get(url("change", page.pk))["Content-Security-Policy"]
    assert "sha256" not in elsewhere
