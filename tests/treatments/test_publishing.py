"""How words and facts get to the public: drafts, the sign-off, what was passed, the yearly review."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clinic.models import Practitioner
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen
from tests import builders
from tests.threads import at_once
from treatments import publishing
from treatments.models import (
    Article,
    ArticleVersion,
    Release,
    ScreeningQuestion,
    State,
    Treatment,
    TreatmentVersion,
)
from treatments.publishing import Content, Facts, Overtaken, Question, Words

NOW = builders.WEDNESDAY
TODAY = date(2026, 12, 2)


def content(body: str = "<p>New words.</p>", questions: tuple[Question, ...] = (), **facts: Any) -> Content:
    return Content(Words("Title", "In short.", body, "Why"), Facts(**({"max_age": 65} | facts)), questions)


def write(page: Any, by: User | None, language: str = "en", **values: Any) -> Any:
    """A draft over the newest version."""
    return publishing.save_draft(
        page, language, content(**values), by, publishing.newest_version(page, language)
    )


def waiting(page: Any, by: User, language: str = "en", **values: Any) -> Any:
    draft = write(page, by, language, **values)
    publishing.submit(draft, by, NOW)
    return draft


def seen(version: Any) -> Seen:
    return Seen.of(version, signing.live_of(version))


def live(page: Any, language: str = "en") -> Any:
    return publishing.live_version(page, language)


@pytest.fixture(params=["treatment", "article"])
def page(request: pytest.FixtureRequest, db: None) -> Treatment | Article:
    """A page whose English version came with the product."""
    return builders.treatment("botox") if request.param == "treatment" else builders.article("aftercare")


def test_nothing_that_an_editor_writes_is_live_before_a_dermatologist_lets_it(
    page: Any, editor: User, physician: User
) -> None:
    draft = write(page, editor)
    assert (draft.number, draft.editor, draft.state) == (2, editor, State.DRAFT)
    publishing.submit(draft, editor, NOW)
    assert (draft.state, live(page).number) == (State.WAITING, 1)
    publishing.sign_off(draft, seen(draft), physician, NOW, asks_nothing=True)
    first = page.versions.get(number=1)
    assert (live(page), first.state, first.ended_at) == (draft, State.SUPERSEDED, NOW)
    assert (draft.release, draft.released_by, draft.signed_off_by) == (Release.SIGNED, physician, physician)


def test_who_may_not_sign(page: Any, editor: User, front_desk: User, dermatologist: User) -> None:
    version = waiting(page, editor)
    away = builders.physician()
    Practitioner.objects.filter(user=away).update(is_active=False)
    nurse = builders.staff("Dermatologist")
    builders.practitioner(user=nurse)
    root = builders.superuser(first_name="Alex", last_name="Admin")
    for user in (editor, front_desk, dermatologist, away, nurse, root):
        for step in (publishing.sign_off, publishing.pass_as_not_clinical):
            with pytest.raises(PublishingRefused, match="Only a"):
                step(version, seen(version), user, NOW)
        with pytest.raises(PublishingRefused, match="Only a"):
            publishing.review_again(live(page), seen(live(page)), user, NOW, asks_nothing=True)
    assert live(page).number == 1
    builders.practitioner(user=root, is_physician=True)
    publishing.sign_off(version, seen(version), root, NOW, asks_nothing=True)
    assert live(page) == version


def test_who_may_not_write(page: Any, front_desk: User, editor: User) -> None:
    with pytest.raises(PublishingRefused):
        write(page, front_desk)
    draft = write(page, editor)
    with pytest.raises(PublishingRefused):
        publishing.submit(draft, front_desk, NOW)
    with pytest.raises(PublishingRefused):
        publishing.discard(draft, front_desk)


def test_a_change_that_is_not_clinical_keeps_the_date_of_the_last_review(
    page: Any, editor: User, physician: User
) -> None:
    first = live(page)
    publishing.review_again(first, seen(first), physician, NOW, asks_nothing=True)
    typo = waiting(page, editor)
    other = builders.physician()
    publishing.pass_as_not_clinical(typo, seen(typo), other, NOW + timedelta(days=90))
    assert live(page) == typo
    assert (typo.release, typo.released_by) == (Release.PASSED, other)
    assert (typo.signed_off_by, typo.signed_off_at) == (physician, NOW)


def test_the_first_version_of_all_cannot_be_passed(editor: User, physician: User) -> None:
    page = builders.treatment(version=False)
    version = waiting(page, editor)
    with pytest.raises(PublishingRefused, match="Nothing is live yet"):
        publishing.pass_as_not_clinical(version, seen(version), physician, NOW)
    publishing.sign_off(version, seen(version), physician, NOW, asks_nothing=True)
    assert Treatment.objects.published().get() == page


@pytest.mark.parametrize(
    "change",
    [
        {"max_age": 99},
        {"effect_months": 12},
        {"names_medicine": False},
        {"questions": ()},
        {"questions": (Question("Question 1?", 1, flagged_answer="no"),)},
        {"questions": (Question("Question 1?", 1, is_asked=False),)},
    ],
)
def test_facts_and_what_is_asked_are_clinical_whoever_says_what(
    editor: User, physician: User, change: dict[str, Any]
) -> None:
    page = builders.treatment(questions=1, names_medicine=True)
    same: dict[str, Any] = {"names_medicine": True, "questions": (Question("Question 1?", 1),)}
    version = waiting(page, editor, **(same | change))
    with pytest.raises(PublishingRefused, match="that is clinical"):
        publishing.pass_as_not_clinical(version, seen(version), physician, NOW)


def test_the_sign_off_names_exactly_what_was_on_the_page(page: Any, editor: User, physician: User) -> None:
    first = waiting(page, editor)
    before = seen(first)
    second = waiting(page, editor)
    with pytest.raises(PublishingRefused, match="faster"):
        publishing.sign_off(first, before, physician, NOW, asks_nothing=True)
    for stale in (
        before,
        Seen(second.pk, 9, "waiting", live(page).pk),
        Seen(second.pk, 3, "draft", live(page).pk),
    ):
        with pytest.raises(PublishingRefused):
            publishing.sign_off(second, stale, physician, NOW, asks_nothing=True)
    with pytest.raises(PublishingRefused, match="changed meanwhile"):
        publishing.sign_off(second, Seen(second.pk, 3, "waiting", None), physician, NOW, asks_nothing=True)
    assert live(page).number == 1
    assert page.versions.get(number=2).state == State.SUPERSEDED


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins(editor: User) -> None:
    page = builders.treatment()
    doctors = [builders.physician(), builders.physician()]
    version = waiting(page, editor)
    was = seen(version)

    def decide(number: int) -> str:
        signs = partial(publishing.sign_off, asks_nothing=True)
        step = signs if number % 2 else publishing.pass_as_not_clinical
        same = TreatmentVersion.objects.get(pk=version.pk)
        try:
            step(same, was, doctors[number % 2], NOW)
        except PublishingRefused as refusal:
            return str(refusal)
        return "won"

    said = at_once(decide, 8)
    assert said.count("won") == 1
    assert all(
        "colleague was faster" in each or "changed meanwhile" in each for each in said if each != "won"
    )
    assert [each.state for each in page.versions.all()] == [State.LIVE, State.SUPERSEDED]


def test_two_editors_of_one_page_lose_nothing(page: Any, editor: User) -> None:
    other = builders.staff("Content editor")
    start = publishing.newest_version(page, "en")
    draft = publishing.save_draft(page, "en", content("<p>Mine</p>"), editor, start)
    with pytest.raises(Overtaken) as overtaken:
        publishing.save_draft(page, "en", content("<p>Theirs</p>"), other, start)
    assert overtaken.value.newest == draft
    opened = publishing.newest_version(page, "en")
    write(page, editor, body="<p>Mine again</p>")
    with pytest.raises(Overtaken):
        publishing.save_draft(page, "en", content("<p>Theirs</p>"), other, opened)
    with pytest.raises(PublishingRefused):
        publishing.submit(draft, editor, NOW)
    [stored] = page.versions.filter(state=State.DRAFT)
    assert (stored.body, stored.revision) == ("<p>Mine again</p>", 2)


def test_a_question_keeps_its_number_for_good(editor: User, physician: User) -> None:
    page = builders.treatment(questions=2)
    asked = Question("Question 2?", 2, "¿Sí?"), Question("New?", text_es="¿Sí?")
    version = waiting(page, editor, questions=asked)
    publishing.sign_off(version, seen(version), physician, NOW, asks_nothing=True)
    assert list(page.screening_questions.values_list("number", "text")) == [(2, "Question 2?"), (3, "New?")]
    version = waiting(page, editor, questions=(Question("Newer?", text_es="¿Sí?"),))
    assert [each.number for each in version.questions.all()] == [4]


def test_nothing_is_signed_whose_questions_have_no_spanish(editor: User, physician: User) -> None:
    page = builders.treatment(version=False)
    asked = (
        Question("Allergic?", text_es="¿Alergia?"), Question("Pregnant?"),
        Question("Ill?", text_es="¿Enferma?", hint="Now."), Question("Old?", is_asked=False),
    )  # fmt: skip
    version = waiting(page, editor, questions=asked)
    with pytest.raises(PublishingRefused, match=r"no Spanish yet.*: Pregnant\? Ill\?$"):
        publishing.sign_off(version, seen(version), physician, NOW, asks_nothing=True)
    assert not Treatment.objects.published().exists()


def test_english_is_signed_before_the_words_that_stand_on_its_facts(editor: User, physician: User) -> None:
    page = builders.treatment(version=False)
    spanish, english = waiting(page, editor, "es"), waiting(page, editor, "en")
    with pytest.raises(PublishingRefused, match="English version first"):
        publishing.sign_off(spanish, seen(spanish), physician, NOW, asks_nothing=True)
    publishing.sign_off(english, seen(english), physician, NOW, asks_nothing=True)
    publishing.sign_off(spanish, seen(spanish), physician, NOW, asks_nothing=True)
    assert live(page, "es") == spanish
    assert spanish.min_age is None


def test_sent_back_with_a_note_it_lies_on_the_editors_desk(page: Any, editor: User, physician: User) -> None:
    version = waiting(page, editor)
    with pytest.raises(PublishingRefused, match="Write a note"):
        publishing.send_back(version, seen(version), physician, " ", NOW)
    draft = publishing.send_back(version, seen(version), physician, "Say how long.", NOW)
    assert draft is not None
    assert (version.state, version.returned_by, version.return_note) == (
        State.RETURNED,
        physician,
        "Say how long.",
    )
    assert (draft.number, draft.body, draft.editor, draft.state) == (3, version.body, editor, State.DRAFT)
    with pytest.raises(PublishingRefused):
        publishing.sign_off(version, seen(version), physician, NOW, asks_nothing=True)
    again = waiting(page, editor)
    assert publishing.send_back(again, seen(again), editor, "", NOW), "who wrote it takes it back herself"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("<p>Hi<script>alert(1)</script></p>", "<p>Hi</p>"),
        ('<p style="color:red" onclick="x()">Hi</p>', "<p>Hi</p>"),
        ('<p><img src="https://example.com/x.png">Hi</p>', "<p>Hi</p>"),
        ('<p><a href="javascript:alert(1)">Hi</a></p>', "Hi"),
    ],
)
@pytest.mark.django_db
def test_words_are_cleaned_whoever_writes_them(editor: User, written: str, stored: str) -> None:
    page = builders.article()
    body = write(page, editor, body=written).body
    assert stored in body
    for bad in ("script", "onclick", "style", "img", "javascript"):
        assert bad not in body
    direct = ArticleVersion.objects.create(
        page=page, language="es", number=1, title="t", summary="s", body=written, change_note="n"
    )
    assert "script" not in direct.body
    assert "onclick" not in ArticleVersion.objects.get(pk=direct.pk).body


def due(page: Treatment | Article, today: date = TODAY) -> list[tuple[str, date | None, bool]]:
    return [
        (each.language, each.due, each.waits_for_sign_off) for each in publishing.review_due([page], today)
    ]


def test_the_medical_review_comes_due(page: Any, editor: User, physician: User) -> None:
    assert due(page) == [("en", None, False)]
    publishing.review_again(live(page), seen(live(page)), physician, NOW, asks_nothing=True)
    assert due(page) == []
    next_year = date(2027, 12, 2)
    assert due(page, next_year - timedelta(days=1)) == []
    assert due(page, next_year) == [("en", next_year, False)]
    publishing.review_again(
        live(page), seen(live(page)), physician, NOW + timedelta(days=365), asks_nothing=True
    )
    assert due(page, next_year) == []
    waiting(page, editor)
    assert [waits for _language, _due, waits in due(page, next_year)] == [True]


def test_every_review_is_found_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    for _ in range(4):
        builders.treatment()
    with django_assert_num_queries(2):
        pages = Treatment.objects.prefetch_related("versions")
        assert len(publishing.review_due(pages, TODAY)) == 4


def refused(rows: Any, **change: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"}, {"body": "<p>Other</p>"}, {"number": 9}, {"change_note": "x"}, {"editor": None},
        {"names_medicine": True},
    ],
)  # fmt: skip
def test_the_database_keeps_what_was_submitted(page: Any, editor: User, change: dict[str, Any]) -> None:
    draft = write(page, editor)
    rows = page.versions.filter(pk=draft.pk)
    if change != {"editor": None}:
        assert rows.update(**change) == 1
    publishing.submit(page.versions.get(pk=draft.pk), editor, NOW)
    refused(rows, **(change | ({"number": 10} if "number" in change else {"title": "Another"})))
    refused(page.versions.filter(state=State.LIVE), title="Another")


def test_the_database_keeps_facts_and_questions(editor: User, physician: User) -> None:
    page = builders.treatment(questions=1)
    rows = page.versions.filter(number=1)
    for change in ({"min_age": 12}, {"max_age": 99}, {"effect_months": 12}, {"names_medicine": True}):
        refused(rows, **change)
    refused(page.screening_questions, text="Other?")
    refused(page.screening_questions, is_asked=False)
    draft = write(page, editor)
    moved = draft.questions.create(number=7, text="Mine?")
    refused(ScreeningQuestion.objects.filter(pk=moved.pk), version=live(page))
    refused(page.screening_questions, version=draft)
    with pytest.raises(DatabaseError), transaction.atomic():
        live(page).questions.create(number=8, text="Sneaked in?")


def test_the_database_keeps_signatures_and_states(page: Any, editor: User, physician: User) -> None:
    version = waiting(page, editor)
    rows = page.versions.filter(pk=version.pk)
    for change in ({"state": State.LIVE, "published_at": NOW}, {"state": State.DRAFT}):
        refused(rows, **change)
    refused(rows, release=Release.SHIPPED)
    refused(rows, release=Release.SIGNED)
    publishing.sign_off(version, seen(version), physician, NOW, asks_nothing=True)
    other = builders.physician()
    refused(rows, released_by=other)
    refused(rows, release=Release.PASSED)
    refused(rows, signed_off_by=other)
    refused(rows, signed_off_by=other, signed_off_at=NOW - timedelta(days=1))
    refused(rows, state=State.WAITING)
    refused(page.versions.filter(number=1), state=State.LIVE)
    ended = page.versions.filter(number=1)
    rows.update(state=State.SUPERSEDED)
    refused(ended, state=State.WAITING)
    refused(rows, signed_off_by=other, signed_off_at=NOW + timedelta(days=1))


def test_the_database_has_one_live_version_of_a_text(page: Any) -> None:
    second = builders.version(page, state=State.SUPERSEDED)
    draft = builders.version(page, state=State.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        page.versions.filter(pk=draft.pk).update(state=State.LIVE, release=Release.SHIPPED, published_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.version(page, state=State.DRAFT)
    assert second.pk


def test_what_ships_never_takes_the_place_of_what_somebody_signed(page: Any, physician: User) -> None:
    signed = builders.version(page, by=physician)
    with pytest.raises(PublishingRefused):
        signing.ship(builders.version(page, state=State.DRAFT), NOW)
    assert publishing.live_version(page, "en") == signed


def test_a_treatment_is_asked_for_only_after_its_release(
    client: Client, clinic: object, editor: User, physician: User
) -> None:
    page = builders.treatment("fillers", version=False)
    asked = (Question("Allergic?", text_es="¿Alergia?"),)
    version = waiting(page, editor, questions=asked)
    for path in (
        "/appointments/request/fillers/",
        "/treatments/fillers/",
        "/es/appointments/request/fillers/",
    ):
        assert client.get(path).status_code == 404
    assert "fillers" not in client.get("/appointments/request/").text
    publishing.sign_off(version, seen(version), physician, NOW, asks_nothing=True)
    assert "Allergic?" in client.get("/appointments/request/fillers/").text
    assert "¿Alergia?" in client.get("/es/appointments/request/fillers/").text
    assert "fillers" in client.get("/appointments/request/").text
