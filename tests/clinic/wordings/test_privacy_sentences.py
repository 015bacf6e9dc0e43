"""The shipped privacy notice against docs/privacy-notice.md: each sentence has its row in both languages,
each row a sentence and what makes it true."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from appointments.models import PatientRequest
from clinic.privacy import PRIVACY_VERSION, SHIPPED
from tests import builders
from tests.appointments import posts

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
TABLE = ROOT / "docs" / "privacy-notice.md"
DAYS = 4321


class Sentences(HTMLParser):
    """The sentences of each paragraph and each line of a list; headings are none."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.is_said = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in {"p", "li"}:
            self.parts.append("")
            self.is_said = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "li"}:
            self.is_said = False

    def handle_data(self, data: str) -> None:
        if self.is_said:
            self.parts[-1] += data


def sentences(language: str) -> list[str]:
    clinic = builders.clinic(keep_finished_days=DAYS)
    with translation.override(language):
        html = render_to_string(SHIPPED[PRIVACY_VERSION], {"clinic": clinic})
    reader = Sentences()
    reader.feed(html)
    parts = (" ".join(part.split()).replace(str(DAYS), "{days}") for part in reader.parts)
    parts = (re.sub(r"\(310\) 318-1500", "{phone}", part) for part in parts)
    return [sentence for part in parts for sentence in re.split(r"(?<=[.:]) (?=[A-ZÁÉÍÓÚÑ])", part)]


def rows() -> list[tuple[str, str, list[str]]]:
    """English, Spanish, and the cited files and tests of each row."""
    found = []
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| English", "| ---")):
            english, spanish, proof = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append((english, spanish, re.findall(r"`([^`]+)`", proof)))
    return found


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


def test_one_cookie_is_all_that_a_patient_gets(client: Client) -> None:
    """'Our forms set one cookie ... It says nothing about you.'"""
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
    assert "ada" not in client.cookies[settings.CSRF_COOKIE_NAME].value.casefold()


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
        "ask you back later": {"recall_consent"},
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
