"""What staff see of a patient's texts, and what they note for them."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from appointments.messages.texts import consent
from appointments.models import Message, PatientRequest, TextOptOut
from appointments.texted_back import replies
from tests import builders
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db
INBOX = "/admin/appointments/patientrequest/"


@pytest.fixture(autouse=True)
def site_with_texts(settings: Settings, clinic: object) -> None:
    settings.TEXTS_BACKEND = "tests"


def page(row: PatientRequest) -> str:
    return f"/admin/appointments/patientrequest/{row.pk}/"


def test_who_asks_on_the_phone_to_stop_gets_no_more(desk_client: Client, front_desk: User) -> None:
    row = agreed()
    text_for(row)
    assert "Stop texting" in desk_client.get(f"{page(row)}change/").text
    desk_client.post(f"{page(row)}texts/", {"wish": "no"})
    assert consent.stands(row) == "off"
    assert [task.kind for task in Message.objects.phone_tasks()] == ["offers"]
    assert row.events.filter(by=front_desk, note="Wants no more text messages.").exists()


def test_who_agrees_on_the_phone_gets_them(desk_client: Client, front_desk: User) -> None:
    row = builders.appointment_request()
    assert "The patient has agreed to texts" in desk_client.get(f"{page(row)}change/").text
    desk_client.post(f"{page(row)}texts/", {"wish": "yes"})
    assert row.text_consents.get().by == front_desk


def test_a_caller_who_agreed_is_not_asked_again_for_the_appointment_that_comes_of_it(
    desk_client: Client,
) -> None:
    callback = builders.callback_request(status="in_progress", phone="+13105550123")
    for is_ticked in (False, True):
        form = desk_client.get(f"{page(callback)}book-again/").context["form"]
        assert bool(form["text_consent"].value()) == is_ticked
        consent.give(callback, None, WEDNESDAY)


def test_nobody_at_the_desk_undoes_a_stop(desk_client: Client) -> None:
    row = agreed()
    TextOptOut.objects.create(number=row.phone.as_e164, at=WEDNESDAY)
    assert "STOP from this number" in desk_client.get(f"{page(row)}change/").text
    desk_client.post(f"{page(row)}texts/", {"wish": "yes"})
    assert consent.number_of(row) == ""


def test_the_ledger_says_what_a_text_costs_and_that_it_arrived(desk_client: Client) -> None:
    message = text_for(agreed())
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=WEDNESDAY, delivered_at=WEDNESDAY)
    shown = desk_client.get(f"/admin/appointments/message/{message.pk}/change/").text
    assert "GSM-7" in shown
    assert "Delivered at" in shown


def wrote(row: PatientRequest, at: datetime, words: str = "I am late.") -> PatientRequest:
    replies.note(row, words, at, to_read=True)
    return row


def test_who_wrote_back_has_a_tab_of_the_inbox_the_longest_waiting_first(desk_client: Client) -> None:
    hour = timedelta(hours=1)
    late = wrote(builders.appointment_request(status="booked"), WEDNESDAY + hour)
    finished = wrote(
        builders.appointment_request(status="withdrawn", finished_at=WEDNESDAY), WEDNESDAY - hour
    )
    builders.appointment_request()
    tab = desk_client.get(INBOX, {"state": "wrote-back"})
    assert [row.pk for row in tab.context["cl"].result_list] == [finished.pk, late.pk]
    assert 'Wrote back <small class="tab-count">2</small>' in tab.text
    assert f"{INBOX}?state=wrote-back" in desk_client.get("/admin/").text
    for row in (late, finished):
        desk_client.post(f"{page(row)}texts-read/", {"seen": row.events.latest("pk").pk})
    assert not desk_client.get(INBOX, {"state": "wrote-back"}).context["cl"].result_list


def test_nobody_writes_back_where_no_texts_are_sent(desk_client: Client, settings: Settings) -> None:
    row = builders.appointment_request()
    settings.TEXTS_BACKEND = ""
    tab = desk_client.get(INBOX, {"state": "wrote-back"})
    assert "Wrote back" not in tab.text
    assert [each.pk for each in tab.context["cl"].result_list] == [row.pk]  # what is waiting
