"""A lost link: mailed to the address on file only, and the answer tells nobody whether there is a request."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from appointments.lifecycle import Status
from appointments.models import Message, PatientRequest
from appointments.patients import find_views
from appointments.requests import links
from tests import builders

pytestmark = pytest.mark.usefixtures("clinic")

FIND = "/appointments/find/"
BY_PHONE = {
    "phone": "(310) 555-0123",
    "date_of_birth_month": "5",
    "date_of_birth_day": "17",
    "date_of_birth_year": "1990",
}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_views, "ANSWERS_AFTER", 0.0)


def asked(**values: Any) -> PatientRequest:
    defaults = {"email": "Ada@example.com", "phone": "+13105550123", "date_of_birth": date(1990, 5, 17)}
    return builders.appointment_request(**(defaults | values))


def page_without_token(client: Client, post: dict[str, str]) -> str:
    response = client.post(FIND, post)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return re.sub(r"nonce=\S+", "", response.content.decode())


@pytest.mark.usefixtures("at_once")
class TestFinding:
    @pytest.mark.parametrize("post", [{"email": " ada@EXAMPLE.com"}, BY_PHONE])
    def test_the_link_goes_to_the_address_on_file(self, client: Client, post: dict[str, str]) -> None:
        row = asked()
        client.post(FIND, post)
        mail = Message.objects.get(kind="link_again")
        assert (mail.recipient, row.token in mail.text) == ("Ada@example.com", True)

    def test_every_answer_is_the_same_page(self, client: Client) -> None:
        row = asked()
        pages = {
            page_without_token(client, post)
            for post in (
                {"email": "ada@example.com"},
                {"email": "nobody@example.com"},
                BY_PHONE,
                BY_PHONE | {"date_of_birth_day": "18"},
            )
        }
        assert len(pages) == 1
        assert row.token not in pages.pop()

    @pytest.mark.parametrize(
        "values",
        [
            {"status": Status.WITHDRAWN, "finished_at": timezone.now()},
            {"suspected_spam": True},
            {"email": ""},
            {"date_of_birth": date(1990, 5, 18)},
            {"phone": "+13105550124"},
        ],
    )
    def test_nothing_is_mailed(self, client: Client, values: dict[str, Any]) -> None:
        asked(**values)
        client.post(FIND, BY_PHONE)
        assert Message.objects.count() == 0

    def test_all_open_ones_of_a_person(self, client: Client) -> None:
        rows = [asked(), asked(status=Status.IN_PROGRESS)]
        builders.callback_request(email="ada@example.com")
        client.post(FIND, {"email": "ada@example.com"})
        assert Message.objects.count() == 3
        for row in rows:
            assert Message.objects.filter(text__contains=row.token).count() == 1

    def test_at_most_the_latest_ten(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(links, "MOST_AT_ONCE", 1)
        asked(received_at=timezone.now() - timedelta(days=1))
        latest = asked()
        client.post(FIND, {"email": "ada@example.com"})
        assert Message.objects.get().request == latest

    @pytest.mark.parametrize("post", [{}, {"phone": "(310) 555-0123"}, {"email": "a@b"}])
    def test_what_is_missing_is_said_and_nothing_mailed(self, client: Client, post: dict[str, str]) -> None:
        asked()
        response = client.post(FIND, post)
        assert response.status_code == 422
        assert "There is a problem" in response.content.decode()
        assert Message.objects.count() == 0

    def test_an_address_is_limited_and_nothing_typed_is_lost(
        self, client: Client, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = True
        codes = [client.post(FIND, {"email": f"n{n}@example.com"}).status_code for n in range(21)]
        assert codes == [200] * 20 + [429]
        response = client.post(FIND, {"email": "ada@example.com"})
        assert f'value="{"ada@example.com"}"' in response.content.decode()
        assert int(response["Retry-After"]) > 0

    def test_no_stranger_keeps_a_patient_from_the_link(self, settings: Settings) -> None:
        """However often they type her number; and nobody's mailbox gets it more than five times an hour."""
        settings.RATE_LIMITS = True
        asked()
        wrong = BY_PHONE | {"date_of_birth_day": "18"}
        for number in range(9):
            assert Client(REMOTE_ADDR=f"203.0.113.{number}").post(FIND, wrong).status_code == 200
        patient = Client(REMOTE_ADDR="198.51.100.7")
        assert patient.post(FIND, BY_PHONE).status_code == 200
        assert Message.objects.count() == 1
        now = timezone.now()
        again = [
            links.mail_again(now + timedelta(seconds=each), email_key="ada@example.com") for each in range(9)
        ]
        assert again == [1] * 4 + [0] * 5
        assert patient.post(FIND, BY_PHONE).status_code == 200

    def test_nothing_typed_reaches_the_log(self, client: Client, written_log: io.StringIO) -> None:
        client.post(FIND, {"email": "ada@example.com"})
        client.post(FIND, BY_PHONE)
        written = re.sub(r'"request": "[0-9a-f]+"', "", written_log.getvalue())  # an id may hold any letters
        assert "ada" not in written.lower()
        assert "5550123" not in written.replace("-", "")


def test_the_answer_takes_as_long_for_nobody(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("appointments.patients.find_views.sleep", slept.append)
    ticks = iter([10.0, 10.1, 20.0, 20.3])
    monkeypatch.setattr("appointments.patients.find_views.monotonic", lambda: next(ticks))
    asked()
    for email in ("ada@example.com", "nobody@example.com"):
        client.post(FIND, {"email": email})
    assert slept == pytest.approx([find_views.ANSWERS_AFTER - 0.1, find_views.ANSWERS_AFTER - 0.3])


def test_looking_does_nothing_and_shows_nothing_from_the_address(client: Client) -> None:
    asked()
    page = client.get(FIND, {"email": "ada@example.com"}).content.decode()
    assert "ada@" not in page
    assert "please call us" in page
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["/contact/", "/appointments/callback/", "/appointments/request/consultation/"]
)
def test_it_is_linked(client: Client, path: str) -> None:
    assert client.get(path).content.decode().count(f'href="{FIND}"') == 2
