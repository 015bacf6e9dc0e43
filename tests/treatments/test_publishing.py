"""How words get to the public: versions, publishing, the sign-off, the yearly review."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from tests import builders
from treatments import publishing
from treatments.models import Article, ArticleVersion, Treatment, TreatmentVersion, shown_version
from treatments.publishing import PublishingRefused, Words

NOW = builders.WEDNESDAY
TODAY = date(2026, 12, 2)


def words(body: str = "<p>New words.</p>", **values: Any) -> Words:
    return Words(**({"title": "Title", "summary": "In short.", "body": body, "change_note": "Why"} | values))


def shown(page: Treatment | Article, language: str = "en") -> Any:
    return shown_version(page.versions.all(), language)


@pytest.fixture(params=["treatment", "article"])
def page(request: pytest.FixtureRequest, db: None) -> Treatment | Article:
    """A page with one published version."""
    return builders.treatment("botox") if request.param == "treatment" else builders.article("aftercare")


def test_a_new_version_is_seen_once_it_is_published(page: Treatment | Article, editor: User) -> None:
    version = publishing.new_version(page, "en", words(), editor)
    assert (version.number, version.editor, version.published_at) == (2, editor, None)
    assert shown(page).number == 1
    assert publishing.publish(version, editor, NOW)
    assert shown(page).number == 2
    assert not publishing.publish(version, editor, NOW + timedelta(hours=1))
    assert version.published_at == NOW
    assert page.versions.get(number=1).body != version.body


def test_each_language_counts_for_itself(page: Treatment | Article, editor: User) -> None:
    numbers = [
        publishing.new_version(page, language, words(), editor).number for language in ("es", "es", "en")
    ]
    assert numbers == [1, 2, 2]
    with pytest.raises(PublishingRefused):
        publishing.new_version(page, "xx", words(), editor)


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
    body = publishing.new_version(page, "en", words(written), editor).body
    assert stored in body
    for bad in ("script", "onclick", "style", "img", "javascript"):
        assert bad not in body
    direct = ArticleVersion.objects.create(
        page=page, language="es", number=1, title="t", summary="s", body=written, change_note="n"
    )
    assert "script" not in direct.body
    assert "onclick" not in ArticleVersion.objects.get(pk=direct.pk).body


def test_a_clinical_change_shows_only_after_the_next_sign_off(
    page: Treatment | Article, editor: User, dermatologist: User
) -> None:
    first = page.versions.get()
    assert publishing.sign_off(first, dermatologist, NOW)
    change = publishing.new_version(page, "en", words(), editor)
    publishing.publish(change, editor, NOW)
    assert shown(page) == first
    publishing.sign_off(change, dermatologist, NOW)
    assert shown(page) == change
    typo = publishing.new_version(page, "en", words(is_clinical=False), editor)
    publishing.publish(typo, editor, NOW)
    assert shown(page) == typo


def test_two_clicks_sign_off_once(page: Treatment | Article, dermatologist: User) -> None:
    version = page.versions.get()
    again = page.versions.get()
    assert publishing.sign_off(version, dermatologist, NOW)
    assert not publishing.sign_off(again, builders.staff("Dermatologist"), NOW + timedelta(days=1))
    assert (again.signed_off_by, again.signed_off_at) == (dermatologist, NOW)


def test_who_may_not(page: Treatment | Article, editor: User, front_desk: User) -> None:
    version = page.versions.get()
    for user in (editor, front_desk):
        with pytest.raises(PublishingRefused):
            publishing.sign_off(version, user, NOW)
        with pytest.raises(PublishingRefused):
            publishing.review_again(version, user, NOW)
    with pytest.raises(PublishingRefused):
        publishing.new_version(page, "en", words(), front_desk)
    with pytest.raises(PublishingRefused):
        publishing.publish(version, front_desk, NOW)


def test_an_older_version_is_not_published_over_a_newer_one(page: Treatment | Article, editor: User) -> None:
    old, new = (publishing.new_version(page, "en", words(), editor) for _ in range(2))
    publishing.publish(new, editor, NOW)
    with pytest.raises(PublishingRefused):
        publishing.publish(old, editor, NOW)


def due(page: Treatment | Article, today: date = TODAY) -> list[tuple[str, date | None, bool]]:
    return [
        (each.language, each.due, each.waits_for_sign_off) for each in publishing.review_due([page], today)
    ]


def test_the_medical_review_comes_due(page: Treatment | Article, editor: User, dermatologist: User) -> None:
    assert due(page) == [("en", None, False)]
    publishing.sign_off(page.versions.get(), dermatologist, NOW)
    assert due(page) == []
    next_year = date(2027, 12, 2)
    assert due(page, next_year - timedelta(days=1)) == []
    assert due(page, next_year) == [("en", next_year, False)]
    renewed = publishing.review_again(page.versions.get(), dermatologist, NOW + timedelta(days=365))
    assert shown(page) == renewed
    assert due(page, next_year) == []
    change = publishing.new_version(page, "en", words(), editor)
    publishing.publish(change, editor, NOW + timedelta(days=366))
    assert [waits for _language, _due, waits in due(page, next_year)] == [True]


def test_every_review_is_found_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    for _ in range(4):
        builders.treatment()
    with django_assert_num_queries(2):
        pages = Treatment.objects.prefetch_related("versions")
        assert len(publishing.review_due(pages, TODAY)) == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"title": "Other"}, {"body": "<p>Other</p>"}, {"is_clinical": False}, {"number": 9}]
)
def test_the_database_keeps_written_words(change: dict[str, Any]) -> None:
    builders.treatment("botox")
    builders.article("aftercare")
    for model in (TreatmentVersion, ArticleVersion):
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.update(**change)
        model._default_manager.update(published_at=NOW)
        assert model._default_manager.get().published_at == NOW


def test_a_renewed_review_never_buries_words_that_wait_for_a_sign_off(
    editor: User, dermatologist: User
) -> None:
    page = builders.treatment("botox")
    first = page.versions.get()
    publishing.sign_off(first, dermatologist, NOW)
    waiting = publishing.new_version(page, "en", words(), editor)
    publishing.publish(waiting, editor, NOW)
    with pytest.raises(PublishingRefused):
        publishing.review_again(first, dermatologist, NOW)
    assert page.versions.count() == 2
