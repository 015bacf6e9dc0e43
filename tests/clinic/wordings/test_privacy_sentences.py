"""The shipped privacy notice against docs/privacy-notice.md: each sentence has its row in both languages,
each row a sentence and what makes it true."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from appointments.models import PatientRequest
from clinic.privacy import PRIVACY_VERSION, SHIPPED
from tests import builders
from tests.appointments import posts
from tests.sentences import rows_of, sentences_of

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
TABLE = ROOT / "docs" / "privacy-notice.md"
DAYS = 4321


@pytest.fixture(autouse=True)
def texts(settings: Settings) -> None:
    """A clinic that sends texts says more."""
    settings.TEXTS_BACKEND = "tests"


def sentences(language: str) -> list[str]:
    clinic = builders.clinic(keep_finished_days=DAYS)
    with translation.override(language):
        html = render_to_string(SHIPPED[PRIVACY_VERSION], {"clinic": clinic})
    return sentences_of(html.replace(str(DAYS), "{days}").replace("(310) 318-1500", "{phone}"))


def rows() -> list[tuple[str, str, list[str]]]:
    """English, Spanish, and the cited files and tests of each row."""
    return rows_of(TABLE)


def is_there(citation: str) -> bool:
    """Whether a file, or a test by its node id or a name by the like (`file.py::Class::name`), exists."""
    file, *names = citation.split("::")
    if not (ROOT / file).is_file():
        return False
    body: list[ast.stmt] = ast.parse((ROOT / file).read_text("utf-8")).body if names else []
    for name in names:
        named = [each for each in body if getattr(each, "name", None) == name]
        if not named:
            return False
        body = getattr(named[0], "body", [])
    return True


def test_each_sentence_has_its_row_and_each_row_its_sentence() -> None:
    assert [(english, spanish) for english, spanish, _proof in rows()] == list(
        zip(sentences("en"), sentences("es"), strict=True)
    )


def test_what_makes_them_true_is_there() -> None:
    assert [english for english, _spanish, cited in rows() if not cited] == []
    assert [each for _english, _spanish, cited in rows() for each in cited if not is_there(each)] == []


@pytest.mark.parametrize(
    "gone", ["nothing.py", "clinic/privacy.py::nothing", "tests/test_canary.py::TestCanary::test_nothing"]
)
def test_what_is_gone_is_found(gone: str) -> None:
    assert not is_there(gone)


def test_one_cookie_is_all_that_a_patient_gets(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """'Our forms set one cookie ... It says nothing about you.'"""
    drawn = "r4Nd0m" * 5 + "xy"
    monkeypatch.setattr("django.middleware.csrf._get_new_csrf_string", lambda: drawn)
    builders.treatment("botox", questions=1)
    asked = posts.appointment(screening_1="no")
    for path, post in ((posts.CALLBACK, posts.callback()), ("/appointments/request/botox/", asked)):
        client.get(path)
        client.post(path, post | {"consent": ""})
        client.post(path, post)
    for row in PatientRequest.objects.all():
        page = row.get_absolute_url()
        client.get(page)
        client.post(page + "withdraw/")
    client.get("/appointments/find/")
    client.post("/appointments/find/", {"email": "ada@example.com"})
    assert list(client.cookies) == [settings.CSRF_COOKIE_NAME]
    # What was drawn, and nothing besides.
    assert client.cookies[settings.CSRF_COOKIE_NAME].value == drawn


def test_each_thing_that_a_form_stores_is_named() -> None:
    """A field that is added to a form has to be named in the notice: add it here with its words."""
    named = {
        "your name": {"first_name", "last_name"},
        "date of birth": {"date_of_birth"},
        "phone number": {"phone", "email", "contact_by"},
        "the days and times that suit you": {
            "treatment",
            "preferred_days",
            "preferred_times",
            "earliest_date",
        },
        "whether you have been with us before": {"returning_patient"},
        "what you write about them": {"screening_1", "screening_1_words", "warning_signs"},
        "your message": {"message"},
        "write to you about your next visit": {"recall_consent"},
        "tell you of an earlier time": {"earlier_times"},
        "whether we may text you": {"text_consent"},
        "which version of this notice": {"consent", "privacy_version"},
        "We store the topic": {"topic"},
        "leave a voicemail": {"voicemail_ok"},
    }
    builders.treatment("botox", questions=1)
    said = " ".join(sentences("en"))
    assert [words for words in named if words not in said] == []
    for path in ("/appointments/request/botox/", posts.CALLBACK):
        page = Client().get(path).text
        asked = set(
            re.findall(r'name="(\w+?)(?:_month|_day|_year)?"', page[page.index('class="patient-form"') :])
        )
        unnamed = asked - set().union(*named.values()) - {"csrfmiddlewaretoken", "submission_id", "website"}
        assert unnamed == set()
