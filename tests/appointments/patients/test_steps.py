"""The small pages below the patient's say what will happen before it does, and how to reach us."""

from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, PatientRequest
from clinic.models import Clinic, OpeningHours, Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner(name="Dr. Example")


def starts(count: int) -> list[datetime]:
    today = clinic_day(timezone.now())
    wednesday = today + timedelta(days=9 - today.weekday())
    return [at(wednesday, time(10 + number)) for number in range(count)]


def offered(doctor: Practitioner, by: User, count: int) -> list[Appointment]:
    request = builders.appointment_request(status=Status.IN_PROGRESS)
    return scheduling.offer(request, doctor, starts(count), by)


def page(client: Client, request: PatientRequest, below: str) -> str:
    html = client.get(f"{request.get_absolute_url()}{below}").text
    return html[html.index("<main") : html.index("</main>")]


@pytest.mark.parametrize("count", [1, 3])
def test_booking_says_what_becomes_of_the_other_times(
    client: Client, doctor: Practitioner, front_desk: User, count: int
) -> None:
    held = offered(doctor, front_desk, count)
    card = page(client, held[0].request, f"accept/{held[0].pk}/")
    assert f"{held[0].shown_day}, {held[0].shown_time}" in card
    assert "With Dr. Example" in strip_tags(card)
    assert ("we let go of the other times" in card) is (count > 1)


def test_asking_for_other_times_names_those_that_go(
    client: Client, doctor: Practitioner, front_desk: User
) -> None:
    held = offered(doctor, front_desk, 2)
    card = page(client, held[0].request, "none-suit/")
    assert all(f"<li>{each.shown_day}, {each.shown_time}</li>" in card for each in held)
    Appointment.objects.filter(pk=held[1].pk).update(hold_until=timezone.now())
    card = page(client, held[0].request, "none-suit/")
    assert f"{held[1].shown_day}, {held[1].shown_time}" not in card
    assert "<h1>This time doesn't suit you?</h1>" in card


def test_withdrawing_says_what_ends_and_offers_less(
    client: Client, doctor: Practitioner, front_desk: User
) -> None:
    waiting = builders.appointment_request(status=Status.IN_PROGRESS)
    assert "stop looking for a time for you" in page(client, waiting, "withdraw/")
    asked = offered(doctor, front_desk, 2)[0].request
    assert f'href="{asked.get_absolute_url()}none-suit/"' in page(client, asked, "withdraw/")
    booked = scheduling.book(waiting, doctor, starts(3)[2], front_desk)
    card = page(client, booked.request, "withdraw/")
    assert f"{booked.shown_day}, {booked.shown_time}" in card
    assert "We then cancel this appointment" in card
    assert f'href="{booked.request.get_absolute_url()}cancel/"' in card


def test_phone_reference_and_hours_stand_beside(client: Client, clinic: Clinic) -> None:
    request = builders.appointment_request()
    for below in ("withdraw/", "change/", ""):
        aside = page(client, request, below).partition("<aside")[2]
        assert "(310) 318-1500" in aside
        assert request.shown_reference in aside
        assert "Opening hours" not in aside, "assumed hours are no fact"
    OpeningHours.objects.create(weekday=0, opens="09:00", closes="17:30")
    for below in ("withdraw/", "change/", ""):
        assert "9am to 5:30pm" in page(client, request, below).partition("<aside")[2]


def test_nothing_is_read_again_once_we_look_for_times(client: Client, clinic: Clinic) -> None:
    fresh = builders.appointment_request()
    assert "We read what you sent." in page(client, fresh, "")
    waiting = builders.appointment_request(status=Status.IN_PROGRESS)
    assert "We read what you sent." not in page(client, waiting, "")
