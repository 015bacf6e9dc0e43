"""Staff are asked before they offer, book or move to a time inside the shortest interval; patients never."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, Decision, PatientRequest
from appointments.requests import reviewing, same_person
from appointments.scheduling import NotLookedAt, mending
from appointments.staff.schedule.picking import posted_as
from clinic.models import Closure, Practitioner
from clinic.time.hours import clinic_day
from tests import builders
from tests.appointments.requests.test_interval import BORN, SAME, TODAY, treated, tuesday, waiting
from tests.appointments.staff.test_offers import entry_data, page
from tests.threads import at_once
from treatments.models import Treatment
from treatments.shown import add_months

pytestmark = pytest.mark.django_db
QUESTION = "This patient has another visit near that time"


@pytest.fixture
def botox(clinic: object) -> Treatment:
    return builders.treatment("botox", min_interval_months=3, max_age=None)


@pytest.fixture
def doctor(clinic: object) -> Practitioner:
    return builders.practitioner()


@pytest.fixture
def again(botox: Treatment) -> PatientRequest:
    """Of the same person by the usual signs; the dermatologist found it suitable."""
    row = waiting(botox, status=Status.IN_PROGRESS)
    row.clinical_reviews.create(decision=Decision.SUITABLE, by=builders.superuser(), at=timezone.now())
    return row


def step_data(row: PatientRequest, doctor: Practitioner, weeks: int, button: str) -> dict[str, Any]:
    return {
        "practitioner": doctor.pk, "version": row.version, "start": posted_as(tuesday(weeks)), button: "1"
    }  # fmt: skip


@pytest.mark.parametrize(("step", "button"), [("offer", "send"), ("book", "book")])
def test_a_time_inside_is_asked_about_and_can_be_given_all_the_same(
    desk_client: Client, botox: Treatment, doctor: Practitioner, again: PatientRequest, step: str, button: str
) -> None:
    visit = treated(botox, doctor, TODAY - timedelta(days=1))
    url, data = page(f"request-{step}", again), step_data(again, doctor, 2, button)
    response = desk_client.post(url, data)
    assert response.status_code == 409
    for words in (QUESTION, "Perhaps the same person:", "nearer than the shortest interval", "3 months: not"):
        assert words in response.text
    assert not again.appointments.exists()
    assert desk_client.post(url, {**data, "confirmed": visit.pk}).status_code == 302
    assert again.appointments.count() == 1


def test_whom_staff_confirmed_is_not_called_perhaps_and_whom_they_denied_is_not_asked_about(
    desk_client: Client, front_desk: User, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    visit = treated(botox, doctor, TODAY - timedelta(days=1))
    url, data = page("request-book", again), step_data(again, doctor, 2, "preview")
    same_person.confirm(again, visit.request, front_desk)
    text = desk_client.post(url, data).text
    assert QUESTION in text
    assert "Perhaps the same person" not in text
    same_person.separate(again, front_desk)
    assert QUESTION not in desk_client.post(url, data).text


def test_a_time_after_it_is_given_without_a_question_and_is_what_is_proposed(
    desk_client: Client, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    treated(botox, doctor, TODAY - timedelta(days=1))
    url, first = page("request-offer", again), add_months(TODAY - timedelta(days=1), 3)
    picker = desk_client.get(url).context["picker"]
    assert picker.first >= first
    assert [clinic_day(start) >= first for start in picker.picked] == [True] * 3
    data = {"practitioner": doctor.pk, "send": "1", "start": [posted_as(each) for each in picker.picked]}
    assert desk_client.post(url, data).status_code == 302
    assert again.appointments.held().count() == 3


def test_moving_asks_too_but_not_about_the_visit_itself(
    desk_client: Client, front_desk: User, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    visit = treated(botox, doctor, TODAY - timedelta(days=1))
    scheduling.book(again, doctor, tuesday(16), front_desk)
    url = page("request-appointment-move", again)
    assert desk_client.post(url, step_data(again, doctor, 17, "move")).status_code == 302
    again.refresh_from_db()
    data = step_data(again, doctor, 2, "move")
    assert desk_client.post(url, data).status_code == 409
    assert desk_client.post(url, {**data, "confirmed": visit.pk}).status_code == 302
    assert again.appointments.get().start == tuesday(2)


def test_times_held_for_another_request_of_the_patient_are_asked_about(
    desk_client: Client, front_desk: User, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    other = waiting(botox, status=Status.IN_PROGRESS)
    [held] = scheduling.offer(other, doctor, [tuesday(2)], front_desk)
    url, data = page("request-book", again), step_data(again, doctor, 3, "book")
    assert desk_client.post(url, data).status_code == 409
    Appointment.objects.filter(pk=held.pk).update(hold_until=timezone.now() - timedelta(minutes=1))
    assert desk_client.post(url, data).status_code == 302


def test_a_consultation_keeps_no_interval(
    desk_client: Client, front_desk: User, dermatologist: User, botox: Treatment, doctor: Practitioner
) -> None:
    treated(botox, doctor, TODAY - timedelta(days=1))
    row = waiting(botox, status=Status.IN_PROGRESS)
    row.move(Action.ASK_REVIEW, front_desk)
    reviewing.decide(row, Decision.CONSULTATION_FIRST, dermatologist)
    assert desk_client.post(page("request-book", row), step_data(row, doctor, 2, "book")).status_code == 302


def test_the_patient_takes_what_was_offered_without_a_question(
    client: Client, front_desk: User, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    treated(botox, doctor, TODAY - timedelta(days=1))
    [held] = scheduling.offer(again, doctor, [tuesday(2)], front_desk)
    response = client.post(reverse("request-accept", args=[again.token, held.pk]), follow=True)
    assert "Your appointment is booked" in response.text
    held.refresh_from_db()
    assert held.status == AppointmentStatus.BOOKED


def test_an_entry_at_the_desk_is_asked_and_sent_to_the_dermatologist(
    desk_client: Client, botox: Treatment, doctor: Practitioner
) -> None:
    visit = treated(botox, doctor, TODAY - timedelta(days=1))
    person = {"first_name": "Grace", "last_name": "Known", "phone": "(310) 555-0177", "treatment": "botox"}
    url, chosen = reverse("admin:entry"), {"practitioner": doctor.pk, "start": posted_as(tuesday(2))}
    data = entry_data(desk_client, **person, **chosen)
    assert desk_client.post(url, data).status_code == 409
    response = desk_client.post(url, {**data, "confirmed": visit.pk}, follow=True)
    assert "not booked: the dermatologist has to decide first." in response.text
    row = PatientRequest.objects.latest("pk")
    assert (row.status, row.interval_flagged) == (Status.CLINICAL_REVIEW, True)
    later = entry_data(desk_client, **person, **{**chosen, "start": posted_as(tuesday(16))})
    assert desk_client.post(url, later).status_code == 302
    row = PatientRequest.objects.latest("pk")
    assert (row.status, row.interval_flagged) == (Status.BOOKED, False)


def test_other_times_for_a_closed_day_keep_it_unless_the_booked_one_did_not(
    front_desk: User, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    treated(botox, doctor, TODAY - timedelta(days=60))
    for weeks, keeps_it in ((8, True), (2, False)):
        booked = scheduling.book(again, doctor, tuesday(weeks), front_desk)
        closed = Closure.objects.create(first_day=clinic_day(booked.start), last_day=clinic_day(booked.start))
        [proposal] = mending.propose_for([booked], timezone.now())
        first = add_months(TODAY - timedelta(days=60), 3)
        assert (min(map(clinic_day, proposal.starts)) >= first) is keeps_it
        closed.delete()
        scheduling.cancel(booked, front_desk, "Closed.")


def test_whoever_calls_without_being_asked_is_not_stopped(
    front_desk: User, botox: Treatment, doctor: Practitioner, again: PatientRequest
) -> None:
    treated(botox, doctor, TODAY - timedelta(days=1))
    with pytest.raises(NotLookedAt):
        scheduling.book(again, doctor, tuesday(2), front_desk, looked_at=())
    assert scheduling.book(again, doctor, tuesday(2), front_desk)


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_at_once_one_is_asked(clinic: object) -> None:
    """Each gives the patient a time with another doctor, and neither has seen the other's."""
    desk, botox = builders.staff(), builders.treatment("botox", min_interval_months=3)
    rows = [
        builders.appointment_request(
            treatment=botox, status=Status.IN_PROGRESS, date_of_birth=BORN, email="", **SAME
        )
        for _number in range(6)
    ]
    doctors = [builders.practitioner() for _each in rows]

    def work(number: int) -> bool:
        try:
            if number % 2:
                scheduling.offer(rows[number], doctors[number], [tuesday(3)], desk, looked_at=())
            else:
                scheduling.book(rows[number], doctors[number], tuesday(2), desk, looked_at=())
        except NotLookedAt:
            return False
        return True

    assert sum(at_once(work, len(rows))) == 1
