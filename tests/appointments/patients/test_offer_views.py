"""What the patient does with times behind the link: GET changes nothing, nor does a second POST."""

import re
from datetime import datetime, time, timedelta
from typing import Any

import icalendar
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, PatientRequest
from clinic.models import Clinic, Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner(name="Dr. Example")


def in_progress() -> PatientRequest:
    return builders.appointment_request(status=Status.IN_PROGRESS)


def later() -> list[datetime]:
    """Half past ten, eleven and half past eleven on the Wednesday of next week."""
    today = clinic_day(timezone.now())
    wednesday = today + timedelta(days=9 - today.weekday())
    return [at(wednesday, clock) for clock in (time(10, 30), time(11), time(11, 30))]


@pytest.fixture
def held(doctor: Practitioner, front_desk: User) -> list[Appointment]:
    return scheduling.offer(in_progress(), doctor, later(), front_desk)


@pytest.fixture
def booked(doctor: Practitioner, front_desk: User) -> Appointment:
    return scheduling.book(in_progress(), doctor, later()[0], front_desk)


def url(name: str, appointment: Appointment, *args: Any) -> str:
    return reverse(f"request-{name}", args=[appointment.request.token, *args])


def text(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def states(appointment: Appointment) -> list[str]:
    return list(appointment.request.appointments.order_by("start").values_list("status", flat=True))


def test_the_page_shows_each_held_time_in_words(client: Client, held: list[Appointment]) -> None:
    html = text(client, url("status", held[0]))
    for each in held:
        assert f"{each.shown_day}, {each.shown_time}" in html
        assert url("accept", each, each.pk) in html
    assert "Dr. Example" in html


def test_the_page_says_once_until_when_the_times_are_held(client: Client, held: list[Appointment]) -> None:
    html = text(client, url("status", held[0]))
    assert html.count(held[0].shown_end_of_hold) == 1
    assert f"for you until {held[0].shown_end_of_hold}." in html


def test_times_that_are_held_for_different_times_say_each_until_when(
    client: Client, held: list[Appointment]
) -> None:
    last = held[-1]
    assert last.hold_until
    last.hold_until += timedelta(hours=1)
    last.save()
    html = text(client, url("status", held[0]))
    for each in held:
        assert html.count(f"Held for you until {each.shown_end_of_hold}<") == (
            1 if each == last else len(held) - 1
        )


def test_get_shows_and_post_takes_once(client: Client, held: list[Appointment]) -> None:
    address = url("accept", held[1], held[1].pk)
    for method in (client.get, client.head):
        assert method(address).status_code == 200
    assert states(held[0]) == ["pending"] * 3
    for _twice in range(2):
        answer = client.post(address)
        assert (answer.status_code, answer["Location"]) == (302, held[1].request.get_absolute_url())
        assert "no-store" in answer["Cache-Control"]
    assert states(held[0]) == ["cancelled", "booked", "cancelled"]
    assert held[0].request.events.filter(action=Action.TAKE_OFFER).count() == 1
    html = text(client, url("status", held[0]))
    assert "Your appointment" in html
    assert held[1].shown_day in html


def test_another_of_the_times_afterwards_is_refused_kindly(client: Client, held: list[Appointment]) -> None:
    client.post(url("accept", held[0], held[0].pk))
    answer = client.post(url("accept", held[1], held[1].pk))
    assert answer.status_code == 409
    assert "booked for this request already" in answer.content.decode()
    assert states(held[0]) == ["booked", "cancelled", "cancelled"]
    assert "no longer held" in text(client, url("accept", held[1], held[1].pk))


def test_a_time_whose_hold_has_ended(client: Client, held: list[Appointment]) -> None:
    Appointment.objects.filter(pk__in=[each.pk for each in held]).update(hold_until=timezone.now())
    assert "no longer held" in text(client, url("accept", held[0], held[0].pk))
    answer = client.post(url("accept", held[0], held[0].pk))
    assert answer.status_code == 409
    assert "hold has ended" in answer.content.decode()
    assert "We no longer hold these times" in text(client, url("status", held[0]))
    assert states(held[0]) == ["pending"] * 3


def test_one_link_takes_nobody_elses_time(
    client: Client, held: list[Appointment], doctor: Practitioner, front_desk: User
) -> None:
    stranger = builders.appointment_request()
    address = reverse("request-accept", args=[stranger.token, held[0].pk])
    for method in (client.get, client.post):
        assert method(address).status_code == 404
    assert client.post(reverse("request-accept", args=["A" * 22, held[0].pk])).status_code == 404
    assert states(held[0]) == ["pending"] * 3


def test_none_suits(client: Client, held: list[Appointment]) -> None:
    address = url("none-suit", held[0])
    assert "None of these times suits you?" in text(client, address)
    assert states(held[0]) == ["pending"] * 3
    assert client.post(address, {"words": "x" * 501}).status_code == 422
    for _twice in range(2):
        assert client.post(address, {"words": "Only <b>Fridays</b>."}).status_code == 302
    request = PatientRequest.objects.get(pk=held[0].request_id)
    assert (request.status, states(held[0])) == (Status.IN_PROGRESS, ["cancelled"] * 3)
    assert request.events.get(action=Action.NONE_SUITS).note == "Only <b>Fridays</b>."
    assert "<b>Fridays" not in text(client, url("status", held[0]))


@pytest.mark.parametrize(("wish", "status"), [("another", Status.IN_PROGRESS), ("none", Status.WITHDRAWN)])
def test_cancelling(client: Client, booked: Appointment, wish: str, status: str) -> None:
    address = url("cancel", booked)
    assert "Cancel or change your appointment" in text(client, address)
    assert client.post(address, {"words": ""}).status_code == 422
    booked.refresh_from_db()
    assert booked.status == AppointmentStatus.BOOKED
    assert client.post(address, {"wish": wish, "words": "I am away."}).status_code == 302
    assert client.post(address, {"wish": wish}).status_code == 302
    booked.refresh_from_db()
    assert booked.status == AppointmentStatus.CANCELLED
    assert PatientRequest.objects.get(pk=booked.request_id).status == status


def starting_in(booked: Appointment, ahead: timedelta) -> None:
    start = timezone.now() + ahead
    Appointment.objects.filter(pk=booked.pk).update(start=start, end=start + timedelta(minutes=30))


@pytest.mark.parametrize("wish", ["another", "none"])
def test_within_the_notice_period_it_is_taken_with_a_plain_warning(
    client: Client, booked: Appointment, wish: str
) -> None:
    address = url("cancel", booked)
    assert "This is late." not in text(client, address)
    starting_in(booked, timedelta(minutes=10))
    late = text(client, address)
    assert "This is late." in late
    assert "can go to somebody else" not in late
    assert client.post(address, {"wish": wish, "words": "Ill."}).status_code == 302
    booked.refresh_from_db()
    assert booked.status == AppointmentStatus.CANCELLED
    left = booked.request.events.get(from_status=Status.BOOKED)
    assert left.note == "Late cancellation. Ill."


@pytest.mark.parametrize("wish", ["another", "none"])
def test_what_has_begun_asks_for_a_call(client: Client, booked: Appointment, wish: str) -> None:
    starting_in(booked, timedelta(minutes=-1))
    assert "(310) 318-1500" in text(client, url("cancel", booked))
    answer = client.post(url("cancel", booked), {"wish": wish})
    assert answer.status_code == 409
    assert "Please call us" in answer.content.decode()
    booked.refresh_from_db()
    assert booked.status == AppointmentStatus.BOOKED


def entry_of(client: Client, appointment: Appointment) -> tuple[str, Any]:
    answer = client.get(url("calendar", appointment))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    calendar = icalendar.Calendar.from_ical(answer.content)
    [entry] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), entry


def test_the_calendar_file_follows_the_appointment(
    client: Client, booked: Appointment, front_desk: User
) -> None:
    method, first = entry_of(client, booked)
    assert (method, first["SEQUENCE"], first["STATUS"]) == ("PUBLISH", 0, "CONFIRMED")
    assert first["DTSTART"].dt == booked.start
    assert f"DTSTART:{booked.start:%Y%m%dT%H%M%SZ}".encode() in client.get(url("calendar", booked)).content
    moved = scheduling.move_appointment(booked, booked.end, front_desk)
    method, second = entry_of(client, booked)
    assert (method, second["SEQUENCE"], second["UID"]) == ("PUBLISH", 1, first["UID"])
    assert second["DTSTART"].dt == moved.start
    scheduling.cancel(moved, front_desk, "The doctor is ill.")
    method, third = entry_of(client, booked)
    assert (method, third["SEQUENCE"], third["STATUS"], third["UID"]) == (
        "CANCEL",
        2,
        "CANCELLED",
        first["UID"],
    )


def test_no_calendar_file_before_anything_is_booked(client: Client, held: list[Appointment]) -> None:
    assert client.get(url("calendar", held[0])).status_code == 404
    scheduling.none_suits(held[0].request)
    assert client.get(url("calendar", held[0])).status_code == 404


def test_the_calendar_file_names_no_treatment(client: Client, doctor: Practitioner, front_desk: User) -> None:
    request = builders.appointment_request(status=Status.IN_PROGRESS, treatment=builders.treatment("botox"))
    appointment = scheduling.book(request, doctor, later()[0], front_desk)
    content = client.get(url("calendar", appointment)).content.decode().lower()
    assert "botox" not in content
    assert request.last_name.lower() not in content
    assert request.token.lower() not in content


def test_a_booked_time_goes_into_any_calendar_without_a_word_too_much(
    client: Client, booked: Appointment
) -> None:
    page = client.get(booked.request.get_absolute_url()).text
    for site in ("https://calendar.google.com/", "https://outlook.live.com/"):
        [link] = re.findall(rf'<a [^>]*href="({site}[^"]*)" rel="noopener noreferrer"', page)
        assert booked.request.token not in link
        assert "status" not in link
    assert f"{booked.request.get_absolute_url()}appointment.ics" in page
    assert "<h1>Your appointment is booked</h1>" in page
    assert booked.practitioner.name in page
    assert "about 30 minutes" in page
    assert "For directions, call" in page


def test_the_page_says_what_happens_next(client: Client, held: list[Appointment]) -> None:
    page = client.get(held[0].request.get_absolute_url()).text
    assert "The time that you choose is yours at once." in page
    client.post(url("accept", held[0], held[0].pk))
    page = client.get(held[0].request.get_absolute_url()).text
    assert "tell us at least 24 hours before" in page
