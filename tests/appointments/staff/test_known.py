"""Who calls: known people by one search, families told apart, with what is open or booked."""

from datetime import date, timedelta
from html import unescape
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.lifecycle import ColleagueWasFaster, Status
from appointments.models import PatientRequest
from appointments.requests import calls, same_person
from appointments.staff.request import known
from clinic.models import Clinic
from tests import builders

pytestmark = pytest.mark.django_db
ADA = {"first_name": "Ada", "last_name": "O\u2019Brien", "phone": "+13105550315",
       "email": "ada@example.org", "date_of_birth": date(1990, 5, 17)}  # fmt: skip
BEN = ADA | {"first_name": "Ben", "date_of_birth": date(2001, 2, 3)}


def names_of(typed: str) -> list[str]:
    return [each.latest.first_name for each in known.people(typed)]


@pytest.mark.parametrize("typed", ["310 555 0315", "o'brien", "ada@example.org", "obr"])
def test_a_family_on_one_phone_stays_several_people(typed: str) -> None:
    builders.appointment_request(**ADA)
    builders.appointment_request(**(ADA | {"last_name": "OBrien"}))
    builders.appointment_request(**BEN)
    assert sorted(names_of(typed)) == ["Ada", "Ben"]


def test_one_person_is_found_by_a_birthday_and_joined_with_their_call() -> None:
    row = builders.appointment_request(**ADA)
    call = builders.callback_request(first_name="Ada", last_name="O'Brien", phone="+13105550315")
    [found] = known.people("310-555-0315")
    assert {each.pk for each in found.rows} == {row.pk, call.pk}
    assert found.latest == row
    assert names_of("5/17/1990") == ["Ada"]


def test_what_is_open_of_the_person_is_said_also_what_the_search_does_not_find(front_desk: User) -> None:
    row = builders.appointment_request(**ADA)
    other = builders.appointment_request(**(ADA | {"phone": "+13105550888", "email": ""}))
    same_person.confirm(row, other, front_desk)
    [found] = known.people("310 555 0315")
    assert {each.pk for each, _page in found.open_rows} == {row.pk, other.pk}


def test_spam_is_nobody() -> None:
    builders.appointment_request(**ADA, suspected_spam=True)
    assert known.people("o'brien") == []


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    builders.appointment_request(**ADA)
    with django_assert_num_queries(3):
        known.people("o'brien")
    builders.appointment_request(**BEN)
    builders.appointment_request(**ADA)
    with django_assert_num_queries(3):
        known.people("o'brien")


def form_of(client: Client, url: str = "", **posted: object) -> tuple[str, dict[str, object]]:
    """The entry page after a button other than the one that stores, and what its form holds."""
    answer = client.post(url or reverse("admin:entry"), posted) if posted else client.get(url)
    assert answer.status_code == 200
    form = answer.context["form"]
    held = {name: form[name].value() for name in form.fields if form[name].value()}
    return unescape(answer.content.decode()), held


def test_the_entry_begins_with_the_search_and_says_what_is_booked(desk_client: Client) -> None:
    row = builders.appointment_request(**ADA)
    builders.appointment(row, builders.practitioner(), timezone.now() + timedelta(days=7))
    html, held = form_of(desk_client, q="obrien", message="Typed before")
    assert "<bdi>Ada O\u2019Brien</bdi>" in html
    assert "born May 17, 1990" in html
    assert "Booked:" in html
    assert reverse("admin:request-book-again", args=[row.pk]) in html
    assert held["message"] == "Typed before"
    assert not PatientRequest.objects.exclude(pk=row.pk).exists()


def test_picking_one_fills_the_form_and_keeps_what_was_typed(desk_client: Client) -> None:
    botox = builders.treatment("botox", questions=1)
    row = builders.appointment_request(**ADA, treatment=botox, contact_by="phone")
    url = reverse("admin:request-book-again", args=[row.pk])
    html, held = form_of(
        desk_client, url, pick="1", q="obrien", message="Typed before", treatment="consultation"
    )
    assert (held["first_name"], held["last_name"], held["email"]) == (
        "Ada",
        "O\u2019Brien",
        "ada@example.org",
    )
    assert held["date_of_birth"] == ["5", "17", "1990"]
    assert held["message"] == "Typed before"
    assert "screening_1" not in held, "the health is asked anew"
    assert row.shown_reference in html
    assert "Their health" in html.partition("Still to ask:")[2].partition("</p>")[0]
    assert "screening_1" in html


def test_nobody_is_found(desk_client: Client) -> None:
    html, _held = form_of(desk_client, q="nobody")
    assert "Nobody is known by that" in html


def test_the_inbox_and_today_lead_to_it(desk_client: Client) -> None:
    for name in ("appointments_patientrequest_changelist", "index"):
        assert reverse("admin:entry") in desk_client.get(reverse(f"admin:{name}")).content.decode()


def sent(client: Client, call: PatientRequest, **values: object) -> int:
    """The status of the answer to an entry that was filled in from a callback, with what was asked."""
    url = reverse("admin:request-book-again", args=[call.pk])
    _html, held = form_of(client, url)
    born = {"date_of_birth_month": "May", "date_of_birth_day": "17", "date_of_birth_year": "90"}
    asked = {
        "contact_by": "phone",
        "consent": "on",
        "returning_patient": "no",
        "store": "1",
        "source": "phone",
        "language": "en",
    }
    return client.post(url, {**held, **born, **asked, "settles": call.pk, **values}).status_code


def test_a_callback_becomes_an_appointment_request_and_is_completed_by_it(
    desk_client: Client, front_desk: User, clinic: Clinic
) -> None:
    botox = builders.treatment("botox", questions=2)
    call = builders.callback_request(first_name="Ada", last_name="O'Brien", message="About my forehead.")
    html, held = form_of(desk_client, reverse("admin:request-book-again", args=[call.pk]))
    assert held["message"] == "About my forehead."
    assert "Date of birth" in html.partition("Still to ask:")[2].partition("</p>")[0]
    assert f'name="settles" value="{call.pk}" id="settles-{call.pk}" checked' in html

    assert sent(desk_client, call, treatment="botox") == 422, "the screening is owed"
    call.refresh_from_db()
    assert call.status == Status.NEW
    assert sent(desk_client, call, treatment="botox", all_no="on") == 302
    made = PatientRequest.objects.get(kind="appointment")
    call.refresh_from_db()
    assert (call.status, call.assignee) == (Status.COMPLETED, front_desk)
    assert made.person == call.person
    assert (made.treatment, made.date_of_birth, made.message) == (
        botox,
        date(1990, 5, 17),
        "About my forehead.",
    )
    assert list(made.screening_answers.values_list("answer", flat=True)) == ["no", "no"]
    assert made.shown_reference in call.events.get(action="complete").note
    assert made.events.filter(kind="mark", note__contains=call.shown_reference).exists()


def test_a_callback_stays_open_where_the_entry_does_not_settle_it(
    desk_client: Client, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = builders.callback_request(**{name: ADA[name] for name in ("first_name", "last_name", "phone")})
    assert sent(desk_client, call, settles="") == 302
    call.refresh_from_db()
    assert call.status == Status.NEW
    # One transaction: what can't be completed leaves no request behind.
    PatientRequest.objects.exclude(pk=call.pk).delete()
    monkeypatch.setattr(calls, "settle", Mock(side_effect=ColleagueWasFaster("A colleague was faster.")))
    assert sent(desk_client, call) == 409
    assert list(PatientRequest.objects.all()) == [call]


def test_a_stranger_s_callback_is_not_settled(desk_client: Client, clinic: Clinic) -> None:
    call, other = builders.callback_request(), builders.callback_request(first_name="Ben")
    assert sent(desk_client, call, settles=[other.pk, "x", "9" * 30]) == 302
    other.refresh_from_db()
    assert other.status == Status.NEW


def test_a_call_about_something_else_is_settled_only_when_somebody_ticks_it(desk_client: Client) -> None:
    call = builders.callback_request(topic="after-treatment")
    url = reverse("admin:request-book-again", args=[call.pk])
    html, held = form_of(desk_client, url, pick="1", q="ada")
    assert f'id="settles-{call.pk}"><label' in html
    assert "returning_patient" not in held, "who only called may never have been here"
    call.topic = "appointment"
    call.save()
    html, _held = form_of(desk_client, url, pick="1", q="ada")
    assert f'id="settles-{call.pk}" checked' in html
