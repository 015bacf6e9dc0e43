"""Who calls: known people by one search, families told apart, with what is open or booked."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.requests import same_person
from appointments.staff.request import known
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


def test_the_page_says_who_is_known_and_what_is_booked(desk_client: Client) -> None:
    row = builders.appointment_request(**ADA)
    builders.appointment(row, builders.practitioner(), timezone.now() + timedelta(days=7))
    page = desk_client.get(reverse("admin:known-patients"), {"q": "obrien"}).content.decode()
    assert "<bdi>Ada O\u2019Brien</bdi>" in page
    assert "born May 17, 1990" in page
    assert "Booked:" in page
    assert reverse("admin:entry") in page


def test_nobody_is_found_and_the_chosen_time_is_kept(desk_client: Client) -> None:
    address = reverse("admin:known-patients")
    page = desk_client.get(address, {"q": "nobody", "start": "20261202T1800Z"}).content.decode()
    assert "Nobody is known by that" in page
    assert f"{reverse('admin:entry')}?start=20261202T1800Z" in page


def test_the_inbox_leads_to_the_search_first(desk_client: Client) -> None:
    inbox = desk_client.get(reverse("admin:appointments_patientrequest_changelist")).content.decode()
    assert reverse("admin:known-patients") in inbox
