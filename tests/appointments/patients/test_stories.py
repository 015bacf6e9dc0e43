"""Each status tells one short story that is true."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import PatientRequest
from tests import builders
from tests.appointments import posts

pytestmark = pytest.mark.usefixtures("clinic")


def main_of(client: Client, row: PatientRequest) -> str:
    page = client.get(row.get_absolute_url()).content.decode()
    return page[page.index("<main") : page.index("</main>")]


def visited(front_desk: User, *, missed: bool) -> PatientRequest:
    row = builders.appointment_request(status=Status.BOOKED)
    booked = builders.appointment(row, builders.practitioner(), timezone.now() - timedelta(hours=1))
    (scheduling.no_show if missed else scheduling.fulfil)(booked, front_desk)
    return row


def test_after_sending_it_says_first_that_we_have_it_and_where_the_mail_went(client: Client) -> None:
    answer = client.post(posts.CONSULTATION, posts.appointment())
    page = client.get(answer["Location"]).content.decode()
    assert "<h1>We have your request</h1>" in page
    page = page.replace("<wbr>", "")
    assert 'We are sending a confirmation to <bdi translate="no">ada@example.com</bdi>.' in page


def test_suspected_spam_is_promised_no_mail(client: Client) -> None:
    answer = client.post(posts.CONSULTATION, posts.appointment(website="x"))
    assert "We are sending a confirmation" not in client.get(answer["Location"]).content.decode()


def test_a_no_show_is_no_visit(client: Client, front_desk: User) -> None:
    page = main_of(client, visited(front_desk, missed=True))
    assert "<h1>We missed you</h1>" in page
    assert "The visit did not take place" in page
    assert "Ask again" in page
    for wrong in ("This request is complete", "We finished what you asked", "Thank you for your visit"):
        assert wrong not in page


def test_a_visit_leads_on(client: Client, front_desk: User) -> None:
    page = main_of(client, visited(front_desk, missed=False))
    assert "<h1>Thank you for your visit</h1>" in page
    assert "You were here." in page
    assert "Ask again" in page
    assert f'href="{posts.CALLBACK}?about=after-treatment"' in page
    form = client.get(f"{posts.CALLBACK}?about=after-treatment").content.decode()
    assert form.count(" checked") == 1
    assert 'value="after-treatment"' in form[: form.index(" checked")]
    assert " checked" not in client.get(f"{posts.CALLBACK}?about=nonsense").content.decode()


def test_a_decline_has_its_reason_on_top_and_once(client: Client, front_desk: User) -> None:
    row = builders.appointment_request()
    row.move(Action.DECLINE, front_desk, note="We do not treat this.")
    page = main_of(client, row)
    assert page.count("We do not treat this.") == 1
    assert page.index("We do not treat this.") < page.index("Where your request is")


def test_a_closed_one_says_why(client: Client, front_desk: User) -> None:
    row = builders.appointment_request()
    row.move(Action.CLOSE, front_desk, reason="unreachable")
    page = main_of(client, row)
    promise = page[page.index('class="promise"') :]
    assert promise.startswith('class="promise">We could not reach you, so we closed your request.')


@pytest.mark.parametrize("action", [None, Action.TAKE, Action.COMPLETE, Action.CLOSE, Action.WITHDRAW])
def test_a_callbacks_page_never_speaks_of_an_appointment(
    client: Client, front_desk: User, action: Action | None
) -> None:
    row = builders.callback_request(email="ada@example.com")
    if action == Action.COMPLETE:
        row.move(Action.TAKE, front_desk)
    if action:
        row.move(action, front_desk, **({"reason": "unreachable"} if action == Action.CLOSE else {}))
    page = main_of(client, row).replace("/appointments/", "/")
    assert "appointment" not in page.lower()
    for below in ("withdraw/", "change/"):
        if row.is_open:
            below_it = client.get(row.get_absolute_url() + below).content.decode()
            words = below_it[below_it.index("<main") : below_it.index("</main>")]
            assert "appointment" not in words.replace("/appointments/", "/").lower()


def test_cancelling_is_offered_only_while_it_works(client: Client) -> None:
    row = builders.appointment_request(status=Status.BOOKED)
    booked = builders.appointment(row, builders.practitioner(), timezone.now() + timedelta(minutes=5))
    assert "cancel/" in main_of(client, row)
    row.appointments.filter(pk=booked.pk).update(start=timezone.now() - timedelta(minutes=1))
    assert "cancel/" not in main_of(client, row)
