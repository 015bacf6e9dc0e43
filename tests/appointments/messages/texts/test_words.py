"""The words of texts: each kind made by the turn that makes it, read as it goes out."""

import hashlib
import re
import uuid
from datetime import datetime, time, timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from appointments.messages import notices, outbox
from appointments.messages.texts import consent, segments, wording
from appointments.messages.texts.line import TextLine
from appointments.models import Message, MessageChannel, PatientRequest
from appointments.requests import correction
from clinic.operations import edition
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments.messages.test_clinical_words import NAME, Turns, never_said
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY
from tests.faults.text_server import TextServer

pytestmark = pytest.mark.django_db
TEXTS = Message.objects.filter(channel=MessageChannel.TEXT)
LANGUAGES = ["en", "es"]
FOLDER = django_settings.BASE_DIR / "templates" / "text"
# Changed words need a new version: consents name it.
SHIPPED = {"2026-11-27": "347317750ebfd776"}


class Texted(Turns):
    """The turns of the story for patients who agreed to texts and gave no e-mail."""

    def row(self, **values: object) -> PatientRequest:
        row = super().row(**{"email": "", "phone": "+13105550123", **values})
        assert consent.give(row, None, self.now)
        return row


@pytest.fixture
def story(texts: None, request: pytest.FixtureRequest, front_desk: User, dermatologist: User) -> Texted:
    builders.clinic(email="desk@example.org")
    return Texted(request.param, front_desk, dermatologist)


@pytest.mark.parametrize("kind", sorted(wording.TEXTED))
@pytest.mark.parametrize("story", LANGUAGES, indirect=True)
def test_no_text_holds_a_clinical_or_a_typed_word(story: Texted, kind: str) -> None:
    """And none costs more than two segments in English, or four where Spanish needs another alphabet."""
    getattr(story, kind)()
    made = TEXTS.filter(kind=kind)
    assert made.exists()
    assert not Message.objects.phone_tasks().filter(kind=kind).exists()
    for message in made:
        assert never_said(message.text.replace(NAME, "")) == []
        assert "/s/" in message.text
        assert re.search("STOP|ALTO", message.text)
        assert "\n" not in message.text
        cost = segments.cost_of(message.text)
        assert cost.segments <= (2 if cost.alphabet == segments.GSM else 4), message.text


def test_each_template_is_sent_and_each_kind_has_one() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == wording.TEXTED | set(consent.ANSWERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", consent.ANSWERS)
def test_an_answer_to_a_text_says_nothing_of_health(
    texts: None, clinic: object, kind: str, language: str
) -> None:
    message = notices.answer_text(agreed(language=language), kind, "1", WEDNESDAY)
    assert never_said(message.text.replace(NAME, "")) == []
    assert segments.cost_of(message.text).segments <= 2


def test_the_words_of_consent_have_a_version(settings: Settings, clinic: object) -> None:
    said = []
    for language in LANGUAGES:
        with translation.override(language):
            said.append(f"{consent.label()} {consent.terms()}")
    assert hashlib.sha256("\n".join(said).encode()).hexdigest()[:16] == SHIPPED[consent.VERSION]
    for sentence in said:
        assert NAME in sentence
    assert {"STOP", "HELP"} <= set(re.findall(r"[A-Z]{4}", said[0]))


def test_a_consent_keeps_the_words_that_were_shown(texts: None, clinic: object) -> None:
    row = agreed(language="es")
    kept = row.text_consents.get()
    assert kept.words.startswith("Envíenme mensajes de texto")
    assert (kept.version, kept.number, kept.by) == (consent.VERSION, row.phone.as_e164, None)


@pytest.mark.parametrize("phone", ["+442079460958", "+13105550123;ext=42"])
def test_what_no_text_can_reach_gets_none(texts: None, clinic: object, phone: str) -> None:
    row = builders.appointment_request(phone=phone)
    assert not consent.give(row, None, WEDNESDAY)


@pytest.mark.parametrize(
    ("clock", "goes"), [(time(7, 59), 0), (time(8), 1), (time(19, 59), 1), (time(20), 0)]
)
def test_nobody_is_woken(centre: TextServer, clock: time, goes: int) -> None:
    now = at(clinic_day(WEDNESDAY), clock)
    text_for(agreed(), at=WEDNESDAY - timedelta(days=1))
    with TextLine() as line:
        outbox.send_texts(line, uuid.uuid4(), now)
    assert len(centre.numbers) == goes


def test_an_answer_to_a_text_goes_out_at_night(centre: TextServer) -> None:
    notices.answer_text(agreed(), consent.HELP, "1", WEDNESDAY)
    with TextLine() as line:
        outbox.send_texts(line, uuid.uuid4(), at(clinic_day(WEDNESDAY), time(23)))
    assert len(centre.numbers) == 1


def test_the_links_lead_to_the_patients_page_and_follow_a_new_one(
    texts: None, clinic: object, client: Client
) -> None:
    row = agreed(received_at=timezone.now(), email="ada@example.org")
    message = text_for(row)
    page = client.get(f"/s/{row.token}/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert row.shown_reference in page.text
    row.email = "ada@example.net"
    correction.correct(row, ["email"], None, "", row.version, timezone.now())
    row.refresh_from_db()
    message.refresh_from_db()
    assert f"/s/{row.token}/" in message.text


def test_staff_see_what_it_costs(texts: None, desk_client: Client) -> None:
    page = desk_client.get("/admin/appointments/message/samples/offers/en/").text
    assert "1 segment, GSM-7" in page or "2 segments, GSM-7" in page
    assert "/s/…" in page
    dear = desk_client.get("/admin/appointments/message/samples/offers/es/").text
    assert "segment" in dear
    _subject, text = notices.told(agreed(), "offers", starts=[WEDNESDAY], until=WEDNESDAY) or ("", "")
    assert "As a text message" in text


def test_without_the_channel_nothing_speaks_of_it(
    settings: Settings, desk_client: Client, client: Client
) -> None:
    edition.forget()
    settings.TEXTS_BACKEND = ""
    assert "text message" not in desk_client.get("/admin/appointments/message/samples/offers/en/").text
    builders.treatment("botox")
    for form in ("/appointments/request/botox/", "/appointments/callback/"):
        assert "text_consent" not in client.get(form).text
    row = builders.appointment_request(received_at=datetime.now(tz=WEDNESDAY.tzinfo))
    assert 'id="texts"' not in client.get(row.get_absolute_url()).text
    assert "STOP" not in client.get("/privacy/").text
