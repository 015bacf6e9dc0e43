"""The upgrade that asks who releases the clinic's own words, on a database as it was before."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django import DjangoDbBlocker

from tests.builders import WEDNESDAY
from tests.upgrading import SCRATCH, old, tables_of, upgraded_to


@pytest.fixture
def before(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    with django_db_blocker.unblock(), tables_of(("clinic", "0013_pictures_kept")) as apps:
        yield apps


def test_what_is_on_the_site_stays_on_it_and_is_guarded_from_now_on(before: Any) -> None:
    editor = old(before, "User", "auth").create(username="editor")
    written = [
        ("home.lead", 1, "One."),
        ("home.lead", 2, "Two."),
        ("visit.prepare", 1, "Come."),
        ("home.why", 1, ""),
    ]
    for key, number, text in written:
        old(before, "Wording", "clinic").create(
            key=key, language="en", number=number, text=text, editor=editor, at=WEDNESDAY, note="n"
        )
    old(before, "CommonQuestion", "clinic").create(
        question="Q?", answer="A.", place="treatment:1", position=3
    )
    after = upgraded_to(("clinic", "0018_own_words_kept"))
    rows = old(after, "Wording", "clinic").order_by("pk")
    found = [(row.text, row.state, row.is_clinical, row.created_at, row.change_note) for row in rows]
    assert found == [
        ("One.", "superseded", False, WEDNESDAY, "n"),
        ("Two.", "live", False, WEDNESDAY, "n"),
        ("Come.", "live", True, WEDNESDAY, "n"),
        ("", "live", False, WEDNESDAY, "n"),
    ]
    (version,) = old(after, "QuestionVersion", "clinic").all()
    assert (version.question, version.answer, version.place, version.state) == (
        "Q?",
        "A.",
        "treatment:1",
        "live",
    )
    assert version.common.position == 3
    for model, column in (("Wording", "text"), ("QuestionVersion", "answer")):
        with pytest.raises(DatabaseError):
            old(after, model, "clinic").update(**{column: "Another."})
    # The version of the site before this one, which still answers, writes on.
    with_old_columns = old(before, "Wording", "clinic").model(
        key="home.lead", language="en", number=3, text="Three.", editor_id=editor.pk, at=WEDNESDAY
    )
    with_old_columns.save(using=SCRATCH)
    assert old(after, "Wording", "clinic").get(number=3).state == "superseded"
    old(before, "CommonQuestion", "clinic").create(question="R?", answer="B.")
    old(after, "CommonQuestion", "clinic").create(position=1)
