"""The patient asks for another time and keeps the booked one until it is taken."""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import (
    Appointment,
    AppointmentStatus,
    FreedTime,
    Message,
    OtherTime,
    OtherTimeWish,
    PatientRequest,
)
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import answering, keeping, own_move
from clinic.models import Practitioner, opening_times
from clinic.time.hours import at, clinic_day
from clinic.time.words import day_and_clock
from tests import builders
from tests.builders import WEDNESDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOOKED = WEDNESDAY + 2 * DAY
LATER = WEDNESDAY + 7 * DAY


@pytest.fixture
def who(clinic: object) -> Practitioner:
    return builders.practitioner(name="Dr. Umar")


@pytest.fixture
def row(who: Practitioner) -> PatientRequest:
    found = builders.appointment_request(status=Status.BOOKED, email="ada@example.org")
    builders.appointment(found, who, BOOKED)
    return found


def booked(row: PatientRequest) -> Appointment:
    return row.appointments.get(status=AppointmentStatus.BOOKED)


def offered(row: PatientRequest, who: Practitioner, by: User) -> list[OtherTime]:
    own_move.ask(row, "Any morning.", now=WEDNESDAY)
    starts = [LATER, LATER + DAY, LATER + 2 * DAY]
    return own_move.offer_beside(booked(row), who, starts, by, now=WEDNESDAY)


@pytest.mark.django_db
def test_the_booked_time_stays_until_one_of_three_is_taken(
    row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    held = offered(row, who, front_desk)
    assert booked(row).start == BOOKED
    assert not OtherTimeWish.objects.exists()
    other = builders.appointment_request(status=Status.IN_PROGRESS)
    with pytest.raises(SchedulingError):
        scheduling.book(other, who, LATER + DAY, front_desk, now=WEDNESDAY)
    answering.take(held[1], now=WEDNESDAY + HOUR)
    assert booked(row).start == LATER + DAY
    assert not Appointment.objects.held().exists(), "the other two are free again"
    assert FreedTime.objects.filter(start=BOOKED).exists()
    with pytest.raises(SchedulingError):
        answering.take(held[0], now=WEDNESDAY + HOUR)
    text = Message.objects.get(kind="times_beside").text
    assert "You keep it until you take another time." in text
    steps = list(row.events.exclude(action="").order_by("pk").values_list("action", flat=True))
    assert steps == [Action.ASK_OTHER, Action.OFFER_OTHER, Action.TAKE_OTHER]


@pytest.mark.django_db
def test_kept_or_unanswered_nothing_changes(row: PatientRequest, who: Practitioner, front_desk: User) -> None:
    answering.keep(offered(row, who, front_desk)[0], now=WEDNESDAY)
    assert set(OtherTime.objects.values_list("state", flat=True)) == {"kept"}
    assert not Appointment.objects.held().exists()
    again = own_move.offer_beside(booked(row), who, [LATER], front_desk, now=WEDNESDAY)
    end = again[0].until
    scheduling.release_expired(end)
    keeping.keep_up(end)
    again[0].refresh_from_db()
    assert again[0].state == "lapsed"
    assert booked(row).start == BOOKED


@pytest.mark.django_db
def test_offered_anew_the_times_before_are_taken_back(
    row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    before = offered(row, who, front_desk)
    own_move.offer_beside(booked(row), who, [LATER + HOUR], front_desk, now=WEDNESDAY)
    assert [each.start for each in Appointment.objects.held()] == [LATER + HOUR]
    with pytest.raises(SchedulingError):
        answering.take(before[0], now=WEDNESDAY)


@pytest.mark.django_db
def test_the_patient_asks_on_the_page_and_the_desk_offers(
    client: Client, row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    row.appointments.update(start=timezone.now() + 9 * DAY, end=timezone.now() + 9 * DAY + HOUR)
    page = row.get_absolute_url()
    assert "Keep it, and ask for another time" in client.get(f"{page}cancel/").content.decode()
    assert client.post(f"{page}cancel/", {"wish": "keep", "words": "Any morning."}).status_code == 302
    assert OtherTimeWish.objects.get().request == row
    assert row.events.get(action=Action.ASK_OTHER).note == "Any morning."
    assert booked(row)
    assert "You keep your time until you take another one." in client.get(page).content.decode()
    client.force_login(front_desk)
    offer = reverse("admin:request-offer-beside", args=[row.pk])
    assert offer in client.get("/admin/").content.decode()
    assert "Offer other times" in client.get(offer).content.decode()


@pytest.mark.django_db
def test_a_wish_ends_when_the_time_is_kept_after_all_or_another_one(
    row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    own_move.ask(row, "Any morning.", now=WEDNESDAY)
    assert [each.pk for each in own_move.waiting()] == [row.pk]
    assert own_move.keep(row, now=WEDNESDAY)
    assert not own_move.keep(row, now=WEDNESDAY), "once more changes nothing"
    assert own_move.waiting() == []
    assert row.events.latest("pk").action == Action.KEEP_TIME
    own_move.ask(row, "", now=WEDNESDAY + HOUR)
    assert own_move.waiting()[0].__dict__["words"] is None, "what was said is of the wish before"
    scheduling.move_appointment(booked(row), LATER, front_desk, who, now=WEDNESDAY)
    assert own_move.waiting() == [], "moved by the desk, it has what it asked for"
    own_move.ask(row, "", now=WEDNESDAY)
    scheduling.cancel(booked(row), None, now=WEDNESDAY)
    assert not OtherTimeWish.objects.exists(), "nor does it outlive the booking"


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["of the wish", "of the times"])
def test_kept_is_kept_whether_times_are_on_offer_or_looked_for(
    row: PatientRequest, who: Practitioner, front_desk: User, said: str
) -> None:
    held = offered(row, who, front_desk)
    own_move.ask(row, "None of these.", now=WEDNESDAY)
    if said == "of the wish":
        own_move.keep(row, now=WEDNESDAY)
    else:
        answering.keep(held[0], now=WEDNESDAY)
    assert not OtherTimeWish.objects.exists()
    assert set(OtherTime.objects.values_list("state", flat=True)) == {"kept"}
    assert not Appointment.objects.held().exists()
    assert row.events.latest("pk").action == Action.KEEP_TIME
    assert booked(row).start == BOOKED


@pytest.mark.django_db
def test_other_times_are_held_until_the_booked_one_begins_at_most(
    row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    begins = booked(row).start
    held = own_move.offer_beside(booked(row), who, [LATER], front_desk, now=begins - HOUR)
    assert held[0].until == begins
    with pytest.raises(SchedulingError, match="no time to answer"):
        own_move.offer_beside(booked(row), who, [LATER], front_desk, now=begins - HOUR / 4)


@pytest.mark.django_db
def test_the_patient_and_the_desk_can_say_that_the_time_is_kept_after_all(
    client: Client, row: PatientRequest, front_desk: User
) -> None:
    row.appointments.update(start=timezone.now() + 9 * DAY, end=timezone.now() + 9 * DAY + HOUR)
    page = row.get_absolute_url()
    own_move.ask(row, "Any morning.")
    assert "Keep my time after all" in client.get(page).text
    assert client.post(f"{page}keep/").status_code == 302
    assert not OtherTimeWish.objects.exists()
    assert "Keep my time after all" not in client.get(page).text
    own_move.ask(row, "Any morning.")
    client.force_login(front_desk)
    step = reverse("admin:request-another-time", args=[row.pk])
    assert step in client.get("/admin/").text
    no, yes = ({"wish": wish, "next": "/admin/"} for wish in ("no", "yes"))
    assert "The patient keeps the booked time." in client.post(step, no, follow=True).text
    assert not OtherTimeWish.objects.exists()
    assert "Nobody looks for another time" in client.post(step, no, follow=True).text
    assert "would like another time" in client.post(step, yes, follow=True).text
    assert OtherTimeWish.objects.get().request == row
    page = client.get(reverse("admin:appointments_patientrequest_change", args=[row.pk])).text
    assert "Wants another time since" in page


@pytest.mark.django_db
def test_the_desk_sees_which_of_several_times_it_takes_and_not_the_patients_own(
    client: Client, row: PatientRequest, who: Practitioner, front_desk: User
) -> None:
    client.force_login(front_desk)
    now = timezone.now()
    start = at(next(opening_times().open_days_after(clinic_day(now + 9 * DAY))), time(10))
    row.appointments.update(start=start, end=start + HOUR / 2)
    shown = client.get(reverse("admin:request-offer-beside", args=[row.pk]), {"from": f"{start:%Y-%m-%d}"})
    assert start not in shown.context["picker"]._starts, "nobody is offered what they have"
    [_first, second] = own_move.offer_beside(booked(row), who, [start + HOUR, start + 2 * HOUR], front_desk)
    page = client.get(reverse("admin:earlier")).text
    for each in (start + HOUR, start + 2 * HOUR):
        assert f"Takes {day_and_clock(each)}</button>" in page
    assert page.count("Keeps the booked time") == 1
    said = client.post(reverse("admin:earlier-said", args=[second.pk]), {"answer": "take"}, follow=True).text
    assert f"Booked: {day_and_clock(start + 2 * HOUR)}." in said
    held = client.get(reverse("admin:appointments_patientrequest_change", args=[row.pk])).text
    assert "Cancelled" not in held, "what was kept for them beside it is told by the timeline"


@pytest.mark.django_db
def test_a_sign_of_alarm_in_the_words_is_heard(row: PatientRequest) -> None:
    own_move.ask(row, "I can't breathe well today.", now=WEDNESDAY)
    row.refresh_from_db()
    assert row.alarm
