"""The patient's page of earlier times: asks to hear of one, takes it beside the booked one, or keeps that."""

from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, EarlierWish, FreedTime, OtherTime, PatientRequest
from appointments.scheduling.earlier import offering, own_move
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments import posts

WEEK = timedelta(weeks=1)


def ten_on_a_weekday() -> datetime:
    """Some Wednesday from a week on."""
    today = clinic_day(timezone.now())
    return at(today + timedelta(days=9 - today.weekday() + 7), time(10))


@pytest.fixture
def who(clinic: object) -> Practitioner:
    return builders.practitioner(name="Dr. Umar")


@pytest.fixture
def row(who: Practitioner) -> PatientRequest:
    found = builders.appointment_request(status=Status.BOOKED, email="ada@example.org")
    builders.appointment(found, who, ten_on_a_weekday() + WEEK)
    return found


def offered(row: PatientRequest, who: Practitioner, by: User) -> OtherTime:
    builders.earlier_wish(row)
    other = builders.appointment_request(status=Status.BOOKED)
    scheduling.cancel(builders.appointment(other, who, ten_on_a_weekday()), None)
    return offering.offer(FreedTime.objects.get(), [row.pk], by)[0]


def page(client: Client, row: PatientRequest) -> str:
    return client.get(row.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_patient_asks_and_stops(client: Client, row: PatientRequest) -> None:
    address = f"{row.get_absolute_url()}earlier/"
    assert "Tell me if an earlier time comes free" in page(client, row)
    for _twice in range(2):
        client.post(address, {"wish": "yes"})
    assert EarlierWish.objects.filter(request=row).count() == row.events.count() == 1
    assert "Stop telling me" in page(client, row)
    client.post(address, {"wish": "no"})
    assert not EarlierWish.objects.exists()
    assert "Tell me if an earlier time comes free" in page(client, row)


@pytest.mark.django_db
@pytest.mark.parametrize("tick", ["on", ""])
def test_the_form_has_a_tick_of_its_own(client: Client, clinic: object, tick: str) -> None:
    builders.treatment("botox")
    ticked = {"earlier_times": tick} if tick else {}
    client.post("/appointments/request/botox/", posts.appointment(**ticked))
    sent = PatientRequest.objects.get()
    assert EarlierWish.objects.filter(request=sent).exists() == bool(tick)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.NEW, Status.WITHDRAWN])
def test_only_who_may_come_can_ask(client: Client, status: Status) -> None:
    finished = timezone.now() if status == Status.WITHDRAWN else None
    found = builders.appointment_request(status=status, finished_at=finished)
    client.post(f"{found.get_absolute_url()}earlier/", {"wish": "yes"})
    assert EarlierWish.objects.exists() == (status == Status.NEW)
    assert ("earlier time" in page(client, found)) == (status == Status.NEW)
    call = builders.callback_request()
    client.post(f"{call.get_absolute_url()}earlier/", {"wish": "yes"})
    assert not EarlierWish.objects.filter(request=call).exists()


@pytest.mark.django_db
def test_the_page_shows_both_times_and_takes_the_earlier(
    client: Client, row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    one = offered(row, who, front_desk)
    shown = page(client, row)
    assert "Take the earlier time" in shown
    assert "Keep my time" in shown
    assert "Book this time" not in shown
    address = f"{row.get_absolute_url()}other/{one.pk}/take/"
    assert client.get(address).status_code == 405, "scanners of mail follow links"
    for _twice in range(2):
        assert client.post(address).status_code == 302
    assert row.appointments.get(status=AppointmentStatus.BOOKED).start == one.start
    shown = page(client, row)
    assert "Keep my time" not in shown
    assert "It is yours now" in shown
    assert "gone to somebody else" not in shown
    moved = row.appointments.get(status=AppointmentStatus.BOOKED)
    scheduling.move_appointment(moved, moved.start + timedelta(hours=1), front_desk)
    assert "It is yours now" not in page(client, row), "since then we have moved it"


@pytest.mark.django_db
def test_keeping_the_time_changes_nothing_and_who_is_late_is_told_kindly(
    client: Client, row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    one = offered(row, who, front_desk)
    other = builders.appointment_request(status=Status.BOOKED)
    assert client.post(f"{other.get_absolute_url()}other/{one.pk}/take/").status_code == 404
    assert client.post(f"{row.get_absolute_url()}other/{one.pk}/keep/").status_code == 302
    assert "You keep your time, as you told us." in page(client, row)
    late = client.post(f"{row.get_absolute_url()}other/{one.pk}/take/")
    assert late.status_code == 409
    assert "you keep your time" in late.content.decode()
    assert row.appointments.get(status=AppointmentStatus.BOOKED).start == ten_on_a_weekday() + WEEK


@pytest.mark.django_db
def test_of_several_times_the_page_names_the_one_that_was_taken(
    client: Client, row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    booked = row.appointments.get()
    starts = [ten_on_a_weekday() + timedelta(hours=hours) for hours in range(3)]
    times = own_move.offer_beside(booked, who, starts, front_desk)
    client.post(f"{row.get_absolute_url()}other/{times[0].pk}/take/")
    shown = page(client, row)
    assert "It is yours now" in shown
    assert "gone to somebody else" not in shown
