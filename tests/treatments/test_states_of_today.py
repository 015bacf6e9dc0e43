"""The upgrade that gives stored versions their states, on a database of its own, as it was before."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.utils import DatabaseError
from pytest_django import DjangoDbBlocker

from tests.upgrading import SCRATCH, old, tables_of, upgraded_to
from treatments.models import TreatmentVersion

BEFORE = ("treatments", "0005_pictures")
AFTER = ("treatments", "0013_originals")
NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)


@pytest.fixture
def before(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """The models as they were, over tables as they were."""
    with django_db_blocker.unblock(), tables_of(BEFORE) as apps:
        yield apps


def upgraded() -> Any:
    return upgraded_to(AFTER)


def expected(states: Sequence[Sequence[bool]]) -> int | None:
    """The rule of before: the newest version that nothing holds back."""
    published = [
        (number, signed, clinical) for number, (out, signed, clinical) in enumerate(states, 1) if out
    ]
    signed_numbers = [number for number, signed, _ in published if signed]
    if not signed_numbers:
        return max((number for number, _, _ in published), default=None)
    shown = signed_numbers[-1]
    for number, _, clinical in published:
        if number > shown:
            if clinical:
                break
            shown = number
    return shown


def test_what_was_shown_is_live_in_every_case_of_three(before: Any) -> None:
    doctor = old(before, "User", "auth").create(username="doctor")
    editor = old(before, "User", "auth").create(username="editor")
    cases = list(itertools.product(itertools.product((False, True), repeat=3), repeat=3))
    pages = old(before, "Article").bulk_create(
        before.get_model("treatments", "Article")(slug=f"a{number}", is_published=True, names_medicine=True)
        for number in range(len(cases))
    )
    model = before.get_model("treatments", "ArticleVersion")
    old(before, "ArticleVersion").bulk_create(
        model(
            page=page, language="en", number=number, title=f"T{number}", summary="s", body="<p>b</p>",
            change_note="n", is_clinical=clinical, published_at=NOW if out else None,
            signed_off_at=NOW if signed else None, signed_off_by=doctor if signed else None, editor=editor,
        )
        for page, states in zip(pages, cases, strict=True)
        for number, (out, signed, clinical) in enumerate(states, 1)
    )  # fmt: skip
    apps = upgraded()
    versions = old(apps, "ArticleVersion")
    for page, states in zip(pages, cases, strict=True):
        ours = {each.number: each for each in versions.filter(page_id=page.pk)}
        live = [number for number, each in ours.items() if each.state == "live"]
        shown = expected(states)
        assert live == ([shown] if shown else []), states
        assert all(each.names_medicine for each in ours.values())
        for number, (out, signed, _clinical) in enumerate(states, 1):
            if shown is None or number > shown:
                assert ours[number].state == ("waiting" if out else "draft") or any(
                    other > number and states[other - 1][0] == out for other in range(number + 1, 4)
                ), states
            if number == shown and not signed:
                assert ours[number].release == "earlier"
            assert ours[number].title == f"T{number}"


def test_facts_and_questions_come_into_the_versions(before: Any) -> None:
    pages, versions, questions = (
        old(before, name) for name in ("Treatment", "TreatmentVersion", "ScreeningQuestion")
    )
    botox = pages.create(
        slug="botox", is_published=True, min_age=21, max_age=65, effect_months=4, min_interval_months=3,
        recall_after_weeks=14, names_medicine=True,
    )  # fmt: skip
    words = {"page": botox, "title": "T", "summary": "s", "body": "<p>b</p>", "change_note": "n"}
    for language, number, out in (("en", 1, NOW), ("en", 2, NOW), ("en", 3, None), ("es", 1, NOW)):
        versions.create(language=language, number=number, published_at=out, **words)
    asked = [
        questions.create(treatment=botox, number=number, text=f"Q{number}?", is_asked=number < 3)
        for number in (1, 2, 3)
    ]
    bare = pages.create(slug="Status", min_age=30)
    questions.create(treatment=bare, number=1, text="Bare?")
    apps = upgraded()
    versions, questions = old(apps, "TreatmentVersion"), old(apps, "ScreeningQuestion")
    states = {(each.language, each.number): each for each in versions.filter(page_id=botox.pk)}
    assert {key: (each.state, each.release) for key, each in states.items()} == {
        ("en", 1): ("superseded", "shipped"), ("en", 2): ("live", "shipped"), ("en", 3): ("draft", ""),
        ("es", 1): ("live", "shipped"),
    }  # fmt: skip
    for (language, _number), each in states.items():
        facts = (
            each.min_age,
            each.max_age,
            each.effect_months,
            each.min_interval_months,
            each.names_medicine,
        )
        assert facts == ((21, 65, 4, 3, True) if language == "en" else (None, None, None, None, False))
        texts = list(questions.filter(version_id=each.pk).values_list("number", "text", "is_asked"))
        asks = [(1, "Q1?", True), (2, "Q2?", True), (3, "Q3?", False)]
        assert texts == (asks if language == "en" else [])
    live = states["en", 2].pk
    assert states["es", 1].translated_from_id == live
    assert set(questions.filter(version_id=live).values_list("pk", flat=True)) == {each.pk for each in asked}
    draft = versions.get(page_id=bare.pk)
    assert (draft.state, draft.min_age, questions.get(version_id=draft.pk).text) == ("draft", 30, "Bare?")
    # Its address was a word that the site needs; the old one leads to the new one.
    assert old(apps, "Treatment").get(pk=bare.pk).slug == "Status-1"
    addresses = set(old(apps, "TreatmentAddress").values_list("slug", "page"))
    assert addresses == {("botox", botox.pk), ("Status", bare.pk), ("Status-1", bare.pk)}
    with pytest.raises(DatabaseError):
        TreatmentVersion.objects.using(SCRATCH).filter(pk=live).update(title="Other")
