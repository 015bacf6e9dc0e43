"""The first content: brought in once, never over an edit."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from appointments import roles
from clinic.models import Clinic, OpeningHours, Practitioner
from clinic.signed import signing
from tests import builders
from treatments import content_loader, publishing
from treatments.models import (
    Article,
    ArticleVersion,
    ContentVersion,
    Release,
    ScreeningQuestion,
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
    questions = list(botox.screening_questions.all())
    assert [question.number for question in questions] == list(range(1, 9))
    assert all(question.text_es and bool(question.hint) == bool(question.hint_es) for question in questions)
    assert {question.flagged_answer for question in questions} == {"yes"}
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
    builders.version(botox, title="Edited", max_age=60, by=builders.physician())
    content_loader.load()
    botox = Treatment.objects.get()
    assert botox.cited == []
    assert str(Clinic.objects.get().phone.as_e164) == "+13105550100"
    assert Practitioner.objects.get(slug="dr-umar").name == "Dr. Example"
    assert (botox.max_age, botox.is_published, botox.aftercare) == (60, False, None)
    assert botox.versions.live().get(language="en").title == "Edited"


def test_what_came_with_the_product_is_live_without_a_signer_and_bookable(client: Client) -> None:
    content_loader.load()
    for version in [*TreatmentVersion.objects.all(), *ArticleVersion.objects.all()]:
        assert (version.state, version.release, version.editor, version.signed_off_by) == (
            State.LIVE, Release.SHIPPED, None, None,
        )  # fmt: skip
    page = client.get("/treatments/botox/").text
    assert "Reviewed by" not in page
    form = client.get("/appointments/request/botox/").text
    assert form.count('type="radio" class="form-check-input" name="screening_') == 8 * 3
    assert form.count('<textarea name="screening_') == 8


def test_words_that_come_beside_signed_ones_wait_for_a_sign_off() -> None:
    content_loader.load()
    botox = Treatment.objects.get()
    botox.versions.filter(language="es").delete()
    builders.version(botox, by=builders.physician())
    assert content_loader.load().added == {"texts": 1}
    assert botox.versions.get(language="es").state == State.WAITING


@pytest.fixture
def retold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Has the product ship one more question and another Spanish text with its next release."""
    content = tmp_path / "content"

    def release() -> None:
        shutil.copytree(content_loader.CONTENT, content)
        facts, spanish = (content / "treatments" / name for name in ("botox.toml", "botox.es.toml"))
        question = '[[questions]]\nnumber = 9\ntext = "Anything else?"\ntext_es = "¿Algo más?"\n'
        facts.write_text(facts.read_text("utf-8") + question, "utf-8")
        spanish.write_text(spanish.read_text("utf-8").replace("Un tratamiento", "El tratamiento"), "utf-8")
        monkeypatch.setattr(content_loader, "CONTENT", content)

    return release


def test_a_text_that_nobody_edited_follows_the_next_release(retold: Callable[[], None]) -> None:
    content_loader.load()
    asked = ScreeningQuestion.objects.get(number=1, version__page__slug="botox")
    retold()
    assert content_loader.load().added == {"texts": 2}
    botox = Treatment.objects.get()
    assert [row.number for row in botox.screening_questions] == list(range(1, 10))
    assert botox.versions.live().get(language="es").summary.startswith("El tratamiento")
    assert botox.versions.filter(state=State.SUPERSEDED, release=Release.SHIPPED).count() == 2
    asked.refresh_from_db()
    assert asked.version.state == State.SUPERSEDED, "answers point at the question as it was asked"
    assert content_loader.load().added == {}


@pytest.mark.parametrize("edit", ["words", "question", "draft"])
def test_an_edit_of_any_kind_is_never_written_over(retold: Callable[[], None], edit: str) -> None:
    content_loader.load()
    botox = Treatment.objects.get()
    english = botox.versions.live().get(language="en")
    if edit == "words":
        builders.version(botox, title="Edited", by=builders.physician())
    elif edit == "draft":
        editor = builders.staff(roles.CONTENT_EDITOR)
        publishing.save_draft(botox, "en", publishing.Content.of(english), editor, english)
    else:  # by hand, as before questions had versions: nobody's name stands beside it
        content = publishing.Content.of(english)
        first, *others = content.questions
        asked = (replace(first, text="Edited?"), *others)
        draft = publishing.save_draft(botox, "en", replace(content, questions=asked), None, english)
        signing.ship(draft, timezone.now())
    before = list(botox.versions.values())
    questions = list(ScreeningQuestion.objects.values())
    retold()
    assert content_loader.load().added == {}
    assert list(botox.versions.values()) == before
    assert list(ScreeningQuestion.objects.values()) == questions


def test_what_a_dermatologist_reviewed_stays_until_she_signs_the_next(retold: Callable[[], None]) -> None:
    content_loader.load()
    botox, doctor = Treatment.objects.get(), builders.physician()
    for version in botox.versions.live():
        signing.review_again(version, doctor, timezone.now())
    retold()
    assert content_loader.load().added == {"texts": 2}
    assert botox.screening_questions.count() == 8
    waiting = botox.versions.get(language="en", state=State.WAITING)
    assert waiting.questions.count() == 9
    publishing.send_back(
        waiting, signing.Seen.of(waiting, signing.live_of(waiting)), doctor, "No.", timezone.now()
    )
    assert content_loader.load().added == {}, "she is asked once"


def test_every_text_that_ships_is_known_by_its_digest() -> None:
    """So that the next release knows it for its own. Add the line to treatments/content/shipped.txt."""
    content_loader.load(samples=True)
    versions: list[publishing.AnyVersion] = [*TreatmentVersion.objects.all(), *ArticleVersion.objects.all()]
    digests = {
        content_loader.digest_of(publishing.Content.of(version), version.language): str(version)
        for version in versions
    }
    assert {each: digests[each] for each in digests.keys() - content_loader.shipped_digests()} == {}


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
        assert numbers == []
