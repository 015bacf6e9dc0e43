"""The patient changes what was sent: what is stored, who is told, and that the old link is dead."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from appointments.lifecycle import Status
from appointments.models import ContactBy, EventKind, Message, PatientRequest
from appointments.patients import change_views
from tests import builders
from tests.appointments import posts

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def sent(clinic: object) -> PatientRequest:
    return builders.appointment_request(
        phone="+13105550123",
        email="old@example.com",
        preferred_days=["mon"],
        preferred_times=["morning"],
        message="The first words",
    )


def post_of(**changes: Any) -> posts.Post:
    post = {
        "phone": "(310) 555-0123",
        "email": "old@example.com",
        "preferred_days": ["mon"],
        "preferred_times": ["morning"],
        "earliest_date": "",
        "message": "",
    }
    return post | changes


def address(row: PatientRequest) -> str:
    return row.get_absolute_url() + "change/"


def mail(row: PatientRequest, number: int, **values: Any) -> Message:
    now = timezone.now()
    defaults = {
        "request": row, "key": str(number), "kind": "acknowledgement", "recipient": row.email,
        "language": "en", "subject": "s", "text": f"https://x.example/appointments/status/{row.token}/",
        "html": f"<a href='/appointments/status/{row.token}/'>", "message_id": f"<{number}@x>",
        "created_at": now, "next_attempt_at": now,
    }  # fmt: skip
    return Message.objects.create(**(defaults | values))


def test_the_form_shows_what_can_be_changed_and_not_the_message(client: Client, sent: PatientRequest) -> None:
    assert address(sent) in client.get(sent.get_absolute_url()).content.decode()
    page = client.get(address(sent)).content.decode()
    assert 'value="(310) 555-0123"' in page
    assert 'value="old@example.com"' in page
    assert "The first words" not in page


def test_another_email_renews_the_link_and_mails_it_to_the_new_address_only(
    client: Client, sent: PatientRequest
) -> None:
    old = sent.token
    waiting, failed = mail(sent, 1), mail(sent, 2, status="failed")

    response = client.post(address(sent), post_of(email="new@example.com"))

    sent.refresh_from_db()
    assert (sent.email, sent.email_key) == ("new@example.com", "new@example.com")
    assert sent.token != old
    assert response["Location"] == sent.get_absolute_url()
    assert client.get(f"/appointments/status/{old}/").status_code == 404
    told = Message.objects.get(kind="new_link")
    assert (told.recipient, sent.token in told.text, old in told.text) == ("new@example.com", True, False)
    for message in (waiting, failed):
        message.refresh_from_db()
        assert message.recipient == "new@example.com"
        assert f"/{sent.token}/" in message.text
        assert old not in message.text + message.html
    event = sent.events.get(kind=EventKind.CORRECTION)
    assert (event.by, event.note) == (None, "Corrected: E-mail.")
    assert "You changed what you had sent." in client.get(sent.get_absolute_url()).content.decode()


def test_a_mail_on_its_way_to_the_old_address_never_gets_the_new_link(
    client: Client, sent: PatientRequest
) -> None:
    on_its_way = mail(sent, 1, leased_by="00000000-0000-8000-8000-000000000000")
    client.post(address(sent), post_of(email="new@example.com"))
    sent.refresh_from_db()
    on_its_way.refresh_from_db()
    assert (on_its_way.recipient, sent.token in on_its_way.text) == ("old@example.com", False)


def test_another_phone_renews_the_link_too(client: Client, sent: PatientRequest) -> None:
    old = sent.token
    client.post(address(sent), post_of(phone="310 555 0199"))
    sent.refresh_from_db()
    assert (sent.phone.as_e164, sent.phone_digits) == ("+13105550199", "13105550199")
    assert sent.token != old
    assert Message.objects.get(kind="new_link").recipient == "old@example.com"


def test_wishes_and_message_keep_the_link(client: Client, sent: PatientRequest) -> None:
    old, day = sent.token, posts.open_day()
    wishes = {"preferred_days": ["tue", "wed"], "preferred_times": [], "earliest_date": day}
    assert client.post(address(sent), post_of(**wishes, message="Better")).status_code == 302
    sent.refresh_from_db()
    assert (sent.token, sent.message) == (old, "Better")
    assert (sent.preferred_days, sent.preferred_times) == (["tue", "wed"], [])
    assert str(sent.earliest_date) == day
    note = sent.events.get(kind=EventKind.CORRECTION).note
    assert note == "Corrected: Preferred days, Preferred times, Earliest date, Message."
    assert Message.objects.count() == 0


def test_nothing_changed_leaves_no_trace(client: Client, sent: PatientRequest) -> None:
    PatientRequest.objects.update(earliest_date=timezone.localdate() - timedelta(days=3))
    before = PatientRequest.objects.values().get()
    assert client.post(address(sent), post_of()).status_code == 302
    assert PatientRequest.objects.values().get() == before
    assert sent.events.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": "12"},
        {"phone": ""},
        {"email": "a@b"},
        {"preferred_days": ["sun"]},
        {"message": "x" * 2001},
    ],
)
def test_what_can_not_be_taken_is_said(client: Client, sent: PatientRequest, wrong: posts.Post) -> None:
    response = client.post(address(sent), post_of(**wrong))
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    assert sent.events.count() == 0


def test_the_email_may_go_unless_we_answer_there(client: Client, sent: PatientRequest) -> None:
    PatientRequest.objects.update(contact_by=ContactBy.EMAIL)
    assert client.post(address(sent), post_of(email="")).status_code == 422
    PatientRequest.objects.update(contact_by=ContactBy.PHONE)
    assert client.post(address(sent), post_of(email="")).status_code == 302
    sent.refresh_from_db()
    assert sent.email == ""
    assert Message.objects.count() == 0


def test_a_callback(client: Client) -> None:
    row = builders.callback_request(phone="+13105550123")
    page = client.get(address(row)).content.decode()
    assert 'name="preferred_days"' not in page
    client.post(address(row), {"phone": "(310) 555-0123", "email": "a@example.com", "message": "After four"})
    row.refresh_from_db()
    assert (row.email, row.message) == ("a@example.com", "After four")


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.WITHDRAWN, Status.DECLINED])
def test_only_while_the_request_is_open(client: Client, status: Status) -> None:
    row = builders.appointment_request(status=status, finished_at=timezone.now(), phone="+13105550123")
    for answer in (client.get(address(row)), client.post(address(row), post_of(phone="310 555 0199"))):
        assert answer["Location"] == row.get_absolute_url()
    row.refresh_from_db()
    assert row.phone.as_e164 == "+13105550123"


def test_looking_changes_nothing(client: Client, sent: PatientRequest) -> None:
    before = PatientRequest.objects.values().get()
    for look in (client.get, client.head):
        assert look(address(sent), {"email": "new@example.com"}).status_code == 200
    assert PatientRequest.objects.values().get() == before


def test_suspected_spam_mails_nobody(client: Client, sent: PatientRequest) -> None:
    PatientRequest.objects.update(suspected_spam=True)
    client.post(address(sent), post_of(email="stranger@example.com"))
    assert Message.objects.count() == 0


def test_changes_are_limited_and_nothing_typed_is_lost(
    client: Client, sent: PatientRequest, settings: Settings
) -> None:
    settings.RATE_LIMITS = True
    for number in range(6):
        client.post(address(sent), post_of(email=f"n{number}@example.com"))
        sent.refresh_from_db()
    response = client.post(address(sent), post_of(email="n7@example.com"))
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert 'value="n7@example.com"' in response.content.decode()
    assert Message.objects.filter(kind="new_link").count() == 6


def test_somebody_else_was_faster_and_nothing_typed_is_lost(
    client: Client, sent: PatientRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*args: object) -> frozenset[object]:
        PatientRequest.objects.update(version=F("version") + 1)
        return frozenset()

    monkeypatch.setattr(change_views, "count", meanwhile)
    response = client.post(address(sent), post_of(email="new@example.com", message="Kept words"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "we changed nothing yet" in page
    assert 'value="new@example.com"' in page
    assert "Kept words" in page
    sent.refresh_from_db()
    assert sent.email == "old@example.com"


def test_a_blocked_cookie(sent: PatientRequest) -> None:
    response = Client(enforce_csrf_checks=True).post(address(sent), post_of(message="Kept words"))
    assert response.status_code == 403
    assert "Kept words" in response.content.decode()
