"""The upgrade that makes pictures and sources part of versions, on a database as it was before."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django import DjangoDbBlocker

from tests.upgrading import old, tables_of, upgraded_to


@pytest.fixture
def before(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    with django_db_blocker.unblock(), tables_of(("treatments", "0016_own_release")) as apps:
        yield apps


def test_each_english_version_gets_what_its_page_shows(before: Any) -> None:
    words = {"alt": "A room", "alt_es": "Una sala", "credit": "Us"}
    picture = old(before, "Picture", "clinic").create(digest="a" * 32, widths=[1], height=1, **words)
    page = old(before, "Treatment").create(slug="botox", picture=picture)
    for title in ("The label", "A study"):
        page.sources.add(old(before, "Source").create(title=title, publisher="FDA"))
    written = {"title": "t", "summary": "s", "body": "b", "change_note": "n", "page": page}
    live = {"state": "live", "release": "shipped", "published_at": "2026-11-01T00:00Z"}
    old(before, "TreatmentVersion").create(language="en", number=1, min_age=18, **written, **live)
    old(before, "TreatmentVersion").create(language="es", number=1, **written, **live)
    after = upgraded_to(("treatments", "0019_beside_the_words_kept"))
    english, spanish = old(after, "TreatmentVersion").order_by("language")
    assert english.sources == [["A study", "FDA", ""], ["The label", "FDA", ""]]
    assert (english.picture_id, spanish.picture_id, spanish.sources) == (picture.pk, None, None)
    for rows, values in (
        (old(after, "TreatmentVersion").filter(pk=english.pk), {"picture": None}),
        (old(after, "TreatmentVersion").filter(pk=english.pk), {"sources": [["Proven", "", ""]]}),
        (old(after, "Picture", "clinic").all(), {"alt": "Lasts 12 months"}),
    ):
        with pytest.raises(DatabaseError):
            rows.update(**values)
    # The version of the site before this one, which still answers, goes on.
    old(before, "Treatment").filter(pk=page.pk).update(position=2)
    assert (
        before.get_model("treatments", "Treatment")._base_manager.using("scratch").get().sources.count() == 2
    )
