"""What a provider's webhook tells: who may, which events count, and when there is an address at all."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from anymail.signals import tracking
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone

from appointments.messages.envelope import mail_of
from appointments.models import EventKind, Message, RequestEvent
from appointments.returned_mail import webhook
from clinic.models import Clinic
from clinic.urls import urlpatterns

pytestmark = pytest.mark.django_db
SECRET = "finetouch:0123456789abcdef0123456789"
KEY = "only-for-this-test-0123456789"


@pytest.fixture
def at_a_provider(request: pytest.FixtureRequest) -> Iterator[str]:
    """The site as it is set up for the provider in the test's parameter."""
    provider = getattr(request, "param", "postmark")
    addresses: Any = ModuleType("addresses")
    own = {
        "BOUNCES_WEBHOOK": provider,
        "BOUNCES_WEBHOOK_SECRET": SECRET,
        "ANYMAIL": {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY},
    }
    with override_settings(**own):
        addresses.urlpatterns = [path("bounces/", include(webhook.patterns())), *urlpatterns]
        with override_settings(ROOT_URLCONF=addresses):
            yield provider
    tracking.disconnect(dispatch_uid="appointments.returned_mail")


def post(client: Client, provider: str, event: object, secret: str = SECRET) -> int:
    basic = base64.b64encode(secret.encode()).decode()
    return client.post(
        f"/bounces/{provider}/",
        json.dumps(event),
        content_type="application/json",
        headers={"authorization": f"Basic {basic}"},
    ).status_code


def event_of(provider: str, message_id: str, what: str) -> dict[str, Any]:
    """As the provider's documentation shows it; `what` is bounced, delayed, complained or delivered."""
    bare, now = message_id.strip("<>"), timezone.now()
    if provider == "postmark":
        record, kind = {
            "bounced": ("Bounce", "HardBounce"),
            "delayed": ("Bounce", "Transient"),
            "complained": ("SpamComplaint", "SpamComplaint"),
            "delivered": ("Delivery", ""),
        }[what]
        return {
            "RecordType": record, "Type": kind, "ID": 42, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "Email": "ana@example.org", "BouncedAt": now.isoformat(), "Details": "smtp;550 5.1.1 unknown",
            "Metadata": {"message": bare},
        }  # fmt: skip
    if provider == "mailgun":
        name, severity = {
            "bounced": ("failed", "permanent"),
            "delayed": ("failed", "temporary"),
            "complained": ("complained", ""),
            "delivered": ("delivered", ""),
        }[what]
        stamp, token = str(int(now.timestamp())), "t" * 50
        signature = hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        return {
            "signature": {"timestamp": stamp, "token": token, "signature": signature},
            "event-data": {
                "event": name, "severity": severity, "timestamp": now.timestamp(),
                "recipient": "ana@example.org",
                "message": {"headers": {"message-id": bare}}, "user-variables": {},
                "delivery-status": {"code": 550, "message": "5.1.1 unknown"},
            },
        }  # fmt: skip
    kind = {"bounced": "hard_bounce", "delayed": "deferred", "complained": "spam", "delivered": "delivered"}[
        what
    ]
    return {
        "event": kind, "email": "ana@example.org", "ts_epoch": now.timestamp() * 1000,
        "message-id": message_id,
        "reason": "550 5.1.1 unknown", "X-Mailin-custom": json.dumps({"message": bare}),
    }  # fmt: skip


@pytest.mark.parametrize("at_a_provider", ["postmark", "mailgun", "brevo"], indirect=True)
def test_a_bounce_is_a_call_once_and_a_delay_is_nothing(
    client: Client, sent: Message, at_a_provider: str
) -> None:
    for what in ("delivered", "delayed"):
        assert post(client, at_a_provider, event_of(at_a_provider, sent.message_id, what)) == 200
    assert not Message.objects.phone_tasks().exists()
    for _ in range(2):
        assert post(client, at_a_provider, event_of(at_a_provider, sent.message_id, "bounced")) == 200
    sent.refresh_from_db()
    assert (sent.status, sent.last_error) == ("failed", "came back 5.1.1")
    assert Message.objects.phone_tasks().count() == 1


@pytest.mark.parametrize("at_a_provider", ["postmark", "mailgun", "brevo"], indirect=True)
def test_a_complaint_stands_on_the_timeline_once(client: Client, sent: Message, at_a_provider: str) -> None:
    for _ in range(2):
        assert post(client, at_a_provider, event_of(at_a_provider, sent.message_id, "complained")) == 200
    assert RequestEvent.objects.filter(kind=EventKind.MESSAGE, note__contains="spam").count() == 1
    assert not Message.objects.phone_tasks().exists()


@pytest.mark.parametrize("at_a_provider", ["postmark", "mailgun", "brevo"], indirect=True)
def test_without_the_secret_nothing_is_heard(client: Client, sent: Message, at_a_provider: str) -> None:
    event = event_of(at_a_provider, sent.message_id, "bounced")
    assert post(client, at_a_provider, event, "finetouch:wrong") == 400
    path = f"/bounces/{at_a_provider}/"
    assert client.post(path, json.dumps(event), content_type="application/json").status_code == 400
    assert client.get(path).status_code == 405
    sent.refresh_from_db()
    assert sent.status == "sent"


def test_ids_of_others_are_answered_like_ours_and_nonsense_is_refused(
    client: Client, sent: Message, at_a_provider: str
) -> None:
    stranger = event_of(at_a_provider, "<stranger@elsewhere.example>", "bounced")
    assert post(client, at_a_provider, stranger) == 200
    assert post(client, at_a_provider, stranger | {"Metadata": {}}) == 200
    assert post(client, at_a_provider, {"RecordType": []}, "finetouch:wrong") == 400
    assert not Message.objects.phone_tasks().exists()


def test_what_outruns_the_record_is_to_be_told_again(
    client: Client, sent: Message, at_a_provider: str
) -> None:
    now = timezone.now()
    Message.objects.filter(pk=sent.pk).update(
        status="queued", sent_at=None, lease_until=now + timedelta(minutes=5)
    )
    assert post(client, at_a_provider, event_of(at_a_provider, sent.message_id, "bounced")) == 503


def test_the_logs_name_nobody(
    client: Client, sent: Message, at_a_provider: str, capfd: pytest.CaptureFixture[str]
) -> None:
    post(client, at_a_provider, event_of(at_a_provider, sent.message_id, "bounced"))
    post(client, at_a_provider, event_of(at_a_provider, sent.message_id, "bounced"), "finetouch:wrong")
    said = "".join(capfd.readouterr())
    assert "ana@example.org" not in said
    assert sent.message_id.strip("<>") not in said


@pytest.mark.parametrize(("provider", "secret"), [("", ""), ("", SECRET), ("postmark", "")])
def test_nothing_is_there_unless_it_is_set_up(
    client: Client, settings: Any, provider: str, secret: str
) -> None:
    settings.BOUNCES_WEBHOOK, settings.BOUNCES_WEBHOOK_SECRET = provider, secret
    assert webhook.patterns() == []
    assert client.post("/bounces/postmark/").status_code == 404


@pytest.mark.parametrize(
    ("provider", "header"),
    [
        ("", ""),
        ("postmark", "X-PM-Metadata-message"),
        ("mailgun", "X-Mailgun-Variables"),
        ("brevo", "X-Mailin-custom"),
    ],
)
def test_a_mail_carries_its_id_where_the_provider_hands_it_back(
    sent: Message, settings: Any, provider: str, header: str
) -> None:
    settings.BOUNCES_WEBHOOK = provider
    headers = mail_of(sent, Clinic.facts()).message()
    carried = {name for name in headers if name.lower().startswith(("x-pm", "x-mail"))}
    assert carried == ({header} if header else set())
    if header:
        assert sent.message_id.strip("<>") in headers[header]


def test_reports_go_to_their_own_address_and_the_sender_stays(sent: Message, settings: Any) -> None:
    settings.BOUNCES_ADDRESS = "bounces@clinic.example"
    mail = mail_of(sent, Clinic.facts())
    assert mail.from_email == "bounces@clinic.example"
    assert "bounces@" not in str(mail.message()["From"])
    settings.BOUNCES_ADDRESS = ""
    assert "bounces@" not in mail_of(sent, Clinic.facts()).from_email
