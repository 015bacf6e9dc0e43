"""The tick for text messages on the form, and its way back on the patient's page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from appointments.messages.texts import consent
from appointments.models import PatientRequest, TextConsent, TextOptOut
from tests import builders
from tests.appointments import posts
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
FORM = "/appointments/request/botox/"


@pytest.fixture(autouse=True)
def botox(settings: Settings, clinic: object) -> Treatment:
    settings.TEXTS_BACKEND = "tests"
    return builders.treatment("botox")


@pytest.fixture
def row() -> PatientRequest:
    return builders.appointment_request(received_at=timezone.now(), phone="+13105550123")


def page(client: Client, row: PatientRequest) -> str:
    return client.get(row.get_absolute_url()).text


FORMS = [(FORM, posts.appointment), (posts.CALLBACK, posts.callback)]


@pytest.mark.parametrize(("form", "post"), FORMS, ids=["appointment", "callback"])
@pytest.mark.parametrize("tick", ["on", ""])
def test_the_form_has_a_tick_of_its_own(
    client: Client, tick: str, form: str, post: Callable[..., posts.Post]
) -> None:
    shown = client.get(form).text
    assert "Message and data rates may apply" in shown
    assert "Text me about my request" in shown
    assert "checked" not in shown
    client.post(form, post(**({"text_consent": tick} if tick else {})))
    sent = PatientRequest.objects.get()
    assert TextConsent.objects.filter(request=sent, by=None).exists() == bool(tick)
    assert consent.number_of(sent) == ("+13105550123" if tick else "")


@pytest.mark.parametrize(("form", "post"), FORMS, ids=["appointment", "callback"])
@pytest.mark.parametrize("phone", ["+44 20 7946 0958", "(310) 555-0123 ext. 42"])
def test_a_number_that_cant_be_texted_is_asked_about(
    client: Client, phone: str, form: str, post: Callable[..., posts.Post]
) -> None:
    answer = client.post(form, post(phone=phone, text_consent="on"))
    assert answer.status_code == 422
    assert "do not tick this box" in answer.text
    client.post(form, post(phone=phone))
    assert PatientRequest.objects.count() == 1


def test_the_same_with_another_tick_is_no_repeat(client: Client) -> None:
    sent = posts.appointment()
    client.post(FORM, sent)
    assert client.post(FORM, sent | {"text_consent": "on"}).status_code == 409


def test_the_page_gives_and_takes_back(client: Client, row: PatientRequest) -> None:
    address = f"{row.get_absolute_url()}texts/"
    assert "Text me about my request" in page(client, row)
    for _twice in range(2):
        client.post(address, {"wish": "yes"})
    assert row.text_consents.standing().count() == row.events.count() == 1
    assert "Stop texting me" in page(client, row)
    client.post(address, {"wish": "no"})
    assert not row.text_consents.standing().exists()
    assert "Text me about my request" in page(client, row)


def test_who_wants_no_more_gets_none_about_any_request(client: Client, row: PatientRequest) -> None:
    other = builders.appointment_request(phone=row.phone)
    for each in (row, other):
        consent.give(each, None, timezone.now())
    client.post(f"{row.get_absolute_url()}texts/", {"wish": "no"})
    assert [consent.number_of(each) for each in (row, other)] == ["", ""]
    assert other.events.filter(note="Wants no more text messages.").exists()
    assert "Text me about my request" in page(client, other)


def test_who_wrote_stop_reads_how_to_get_them_again(client: Client, row: PatientRequest) -> None:
    consent.give(row, None, timezone.now())
    TextOptOut.objects.create(number="+13105550123", at=timezone.now())
    shown = page(client, row)
    assert "reply START" in shown
    assert "Stop texting me" not in shown


def test_another_number_is_asked_anew(client: Client, row: PatientRequest) -> None:
    consent.give(row, None, timezone.now())
    client.post(f"{row.get_absolute_url()}change/", {"phone": "(310) 555-0188", "email": ""})
    row.refresh_from_db()
    assert row.phone.as_e164 == "+13105550188"
    assert not row.text_consents.standing().exists()
    assert "Text me about my request" in page(client, row)
