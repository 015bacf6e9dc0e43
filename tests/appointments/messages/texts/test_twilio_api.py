"""Texts by Twilio's library, against an API on the loopback, and what its webhook tells."""

import io
import uuid
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import include, path
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from appointments.messages import outbox
from appointments.messages.texts import consent
from appointments.messages.texts.line import TextLine
from appointments.models import EventKind, Message, MessageChannel, MessageStatus, TextOptOut
from appointments.models.choices import HeldUp
from appointments.texted_back import webhook
from clinic.urls import urlpatterns
from tests.appointments.messages.texts.twilio_server import TwilioServer
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db
WORKER = uuid.uuid4()
TOKEN = "only-for-this-test-0123456789abcdef"
ADDRESS = "/texts/twilio/"


@pytest.fixture
def twilio(settings: Settings, clinic: object) -> Iterator[TwilioServer]:
    with TwilioServer() as running:
        settings.TEXTS_BACKEND = "appointments.messages.texts.twilio_api.Twilio"
        settings.TEXTS_HOST, settings.TEXTS_PORT, settings.TEXTS_TLS = "127.0.0.1", running.port, False
        settings.TEXTS_USER, settings.TEXTS_PASSWORD, settings.TEXTS_SENDER = "AC1", TOKEN, "13105550100"
        settings.TEXTS_TIMEOUT = 2.0
        yield running


@pytest.fixture
def hook(twilio: TwilioServer) -> Iterator[None]:
    """The address at which Twilio tells what comes back."""
    addresses: Any = ModuleType("addresses")
    addresses.urlpatterns = [path("texts/", include(webhook.patterns())), *urlpatterns]
    with override_settings(ROOT_URLCONF=addresses):
        yield


def send(minutes: int = 0) -> int:
    with TextLine() as line:
        return outbox.send_texts(line, WORKER, WEDNESDAY + timedelta(minutes=minutes)).tried


def tell(client: Client, token: str = TOKEN, **said: str) -> int:
    signature = RequestValidator(token).compute_signature(f"http://testserver{ADDRESS}", said)
    return client.post(ADDRESS, said, headers={"X-Twilio-Signature": signature}).status_code


def test_a_text_goes_out_once_and_asks_for_its_receipt(twilio: TwilioServer) -> None:
    message = text_for(agreed())
    assert (send(), send()) == (1, 0)
    [taken] = twilio.taken
    assert (taken["To"], taken["From"], taken["Body"]) == (message.recipient, "+13105550100", message.text)
    assert taken["StatusCallback"] == f"http://testserver{ADDRESS}"
    assert twilio.paths == ["/2010-04-01/Accounts/AC1/Messages.json"]
    message.refresh_from_db()
    assert (message.status, message.carrier_id) == (MessageStatus.SENT, "SM" + "1".rjust(32, "0"))


@pytest.mark.parametrize(
    ("refusal", "status", "held_up"),
    [
        ((400, 21211), "failed", ""),
        ((400, 21614), "failed", ""),
        ((429, 20429), "queued", ""),
        ((503, None), "queued", ""),
        ((401, 20003), "queued", HeldUp.LINE),
        ((400, 21606), "queued", HeldUp.LINE),
        ((400, 99999), "queued", HeldUp.LINE),
    ],
)
def test_whose_fault_a_refusal_is(
    twilio: TwilioServer, refusal: tuple[int, int | None], status: str, held_up: str
) -> None:
    message = text_for(agreed())
    twilio.refusal = refusal
    send()
    message.refresh_from_db()
    assert (message.status, message.held_up) == (status, held_up)
    assert Message.objects.phone_tasks().exists() == (status == "failed")


def test_what_it_cant_reach_goes_on_when_it_can(twilio: TwilioServer, settings: Settings) -> None:
    message = text_for(agreed())
    port, settings.TEXTS_PORT = settings.TEXTS_PORT, 9
    send()
    settings.TEXTS_PORT = port
    send(5)
    assert [each["To"] for each in twilio.taken] == [message.recipient]


def test_a_number_that_it_no_longer_texts_counts_as_stop(twilio: TwilioServer) -> None:
    message = text_for(agreed())
    twilio.refusal = (400, 21610)
    send()
    assert TextOptOut.objects.get().number == message.recipient
    assert consent.number_of(message.request) == ""  # type: ignore[arg-type]


def test_no_log_line_holds_a_number_or_a_word(twilio: TwilioServer, written_log: io.StringIO) -> None:
    text_for(agreed(phone="+13105550177"))
    send()
    assert "3105550177" not in written_log.getvalue()


def test_a_reply_by_the_webhook(hook: None, client: Client) -> None:
    row = agreed()
    said = {
        "MessageSid": "SM9",
        "SmsStatus": "received",
        "From": row.phone.as_e164,
        "Body": "¿Puedo ir antes?",
    }
    assert tell(client, **said) == 200
    assert row.events.get(kind=EventKind.TEXT).note == "¿Puedo ir antes?"
    assert tell(client, **said | {"Body": "STOP"}) == 200
    assert TextOptOut.objects.exists()


@pytest.mark.parametrize("wrong", ["token", "changed", "none"])
def test_what_twilio_has_not_signed_changes_nothing(hook: None, client: Client, wrong: str) -> None:
    row = agreed()
    said = {"SmsStatus": "received", "From": row.phone.as_e164, "Body": "STOP"}
    if wrong == "token":
        assert tell(client, "another-token", **said) == 403
    signature = RequestValidator(TOKEN).compute_signature(f"http://testserver{ADDRESS}", said)
    headers = {"X-Twilio-Signature": signature} if wrong == "changed" else {}
    answer = client.post(ADDRESS, said | {"From": "+14155550188"}, headers=headers)
    assert answer.status_code == 403
    assert not TextOptOut.objects.exists()


@pytest.mark.parametrize(
    ("status", "becomes"), [("delivered", "sent"), ("undelivered", "failed"), ("sent", "sent")]
)
def test_what_became_of_a_text(
    hook: None, twilio: TwilioServer, client: Client, status: str, becomes: str
) -> None:
    message = text_for(agreed())
    send()
    message.refresh_from_db()
    assert tell(client, MessageSid=message.carrier_id, MessageStatus=status, ErrorCode="30003") == 200
    message.refresh_from_db()
    assert message.status == becomes
    assert bool(message.delivered_at) == (status == "delivered")
    assert Message.objects.phone_tasks().exists() == (becomes == "failed")


def test_news_of_a_text_that_is_still_being_written_down_has_to_come_again(
    hook: None, client: Client
) -> None:
    message = text_for(agreed())
    texts = Message.objects.filter(pk=message.pk, channel=MessageChannel.TEXT)
    texts.update(leased_by=WORKER, lease_until=WEDNESDAY + timedelta(days=9999))
    assert tell(client, MessageSid="SM1", MessageStatus="delivered") == 503


def test_there_is_no_address_where_twilio_carries_nothing(settings: Settings) -> None:
    settings.TEXTS_BACKEND = "appointments.messages.texts.smpp.Smpp"
    assert webhook.patterns() == []
