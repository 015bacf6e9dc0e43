"""The desk's way back: the patient's wish by phone, what was noted of a visit undone, each in few clicks."""

import re
from datetime import time, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import OPEN, Status
from appointments.models import Appointment, AppointmentStatus, Message, MessageChannel, PatientRequest
from clinic.models import Clinic
from clinic.time.hours import at, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db


def visit_today(name: str = "Ada", **values: Any) -> Appointment:
    """A visit that began at midnight, so that it is of today whenever the test runs."""
    patient_request = builders.appointment_request(status=Status.BOOKED, first_name=name, **values)
    start = at(clinic_day(timezone.now()), time(0))
    return builders.appointment(patient_request, builders.practitioner(), start)


def page_of(patient_request: PatientRequest) -> str:
    return reverse("admin:appointments_patientrequest_change", args=[patient_request.pk])


def status_of(appointment: Appointment) -> tuple[str, str]:
    appointment.refresh_from_db()
    return appointment.status, PatientRequest.objects.get(pk=appointment.request_id).status


def withdraw(client: Client, patient_request: PatientRequest, **data: Any) -> Any:
    url = reverse("admin:request-move", args=[patient_request.pk, "withdraw"])
    return client.post(url, {"note": "", "seen_version": patient_request.version, **data})


@pytest.mark.parametrize("status", OPEN)
def test_a_patient_withdraws_by_phone_from_any_open_status(
    desk_client: Client, front_desk: User, status: str
) -> None:
    owed = status == Status.CLINICAL_REVIEW
    patient_request = builders.appointment_request(status=status, decision_owed=owed, email="ada@example.org")
    if status == Status.BOOKED:
        builders.appointment(patient_request, builders.practitioner(), timezone.now() + timedelta(minutes=20))
    url = reverse("admin:request-move", args=[patient_request.pk, "withdraw"])
    assert url in desk_client.get(page_of(patient_request)).text
    assert "as the patient" not in desk_client.get(url).text.lower().replace("patient&#x27;s", "")
    assert withdraw(desk_client, patient_request, note="Found another clinic.").status_code == 302
    patient_request.refresh_from_db()
    event = patient_request.events.get(to_status=Status.WITHDRAWN)
    # Twenty minutes before the visit: the desk reads that it was late.
    note = "Late cancellation. Found another clinic." if status == Status.BOOKED else "Found another clinic."
    assert (patient_request.status, event.by, event.note) == (Status.WITHDRAWN, front_desk, note)
    assert event.is_patients_wish
    message = Message.objects.get()
    assert message.kind == ("cancelled" if status == Status.BOOKED else "withdrawn")
    for said in (message.text, message.spoken):
        assert "we have to cancel" not in said
        assert "Found another clinic" not in said
    assert "As you asked" in message.text
    shown = unescape(desk_client.get(f"/appointments/status/{patient_request.token}/").text)
    assert "You withdrew" in shown
    assert "Found another clinic" not in shown


def test_and_wants_another_time_in_the_same_step(desk_client: Client, front_desk: User) -> None:
    visit = visit_today(email="ada@example.org")
    assert withdraw(desk_client, visit.request, note="Has a cold.", another="1").status_code == 302
    assert status_of(visit) == (AppointmentStatus.CANCELLED, Status.IN_PROGRESS)
    event = visit.request.events.get(action="appointment_cancelled")
    assert (event.by, event.is_patients_wish) == (front_desk, True)
    text = Message.objects.get().text
    assert "As you asked, we have cancelled this appointment:" in text
    assert "we are looking for another time for you" in text
    shown = unescape(desk_client.get(f"/appointments/status/{visit.request.token}/").text)
    assert "You cancelled your appointment." in shown
    assert "Has a cold" not in shown, "said to a colleague, not to be read back"


def test_another_time_needs_an_appointment(desk_client: Client) -> None:
    patient_request = builders.appointment_request(status=Status.IN_PROGRESS)
    withdraw(desk_client, patient_request, another="1")
    assert PatientRequest.objects.get().status == Status.IN_PROGRESS


def test_nobody_is_called_to_hear_what_they_just_said(desk_client: Client) -> None:
    withdraw(desk_client, visit_today().request)
    assert not Message.objects.filter(channel=MessageChannel.PHONE).exists()


def test_a_patient_who_calls_to_cancel_takes_three_clicks_from_today(desk_client: Client) -> None:
    visit = visit_today()
    today = desk_client.get("/admin/").text
    assert page_of(visit.request) in today
    page = desk_client.get(page_of(visit.request)).text
    url = reverse("admin:request-move", args=[visit.request_id, "withdraw"])
    assert url in page
    form = desk_client.get(url).text
    assert "Cancel, no other time wanted" in form
    assert "Cancel, another time wanted" in form
    assert "As you asked, we have cancelled this appointment:" not in form or "we have to cancel" not in form
    withdraw(desk_client, visit.request)
    assert status_of(visit) == (AppointmentStatus.CANCELLED, Status.WITHDRAWN)


def click(client: Client, visit: Appointment, step: str) -> Any:
    """One click on the visit's line of Today, as the page that came back has it."""
    text = client.get("/admin/").text
    form = re.search(rf'<form[^>]*id="undo-{visit.pk}".*?</form>', text, re.DOTALL)
    assert form, "no buttons on the line"
    assert f'value="{step}"' in form[0], form[0]
    url = reverse("admin:request-visit", args=[visit.request_id])
    assert f'action="{url}"' in form[0]
    return client.post(url, {"step": step, "next": reverse("admin:index")}, follow=True)


@pytest.mark.parametrize(
    ("step", "after"),
    [("arrived", Status.BOOKED), ("fulfilled", Status.COMPLETED), ("noshow", Status.COMPLETED)],
)
def test_a_visit_is_noted_with_one_click_and_undone_with_one(
    desk_client: Client, clinic: Clinic, step: str, after: str
) -> None:
    visit = visit_today()
    told = click(desk_client, visit, step)
    assert told.request["PATH_INFO"] == "/admin/"
    assert f'form="undo-{visit.pk}"' in told.text, "the message brings the way back"
    assert status_of(visit) == (step, after)
    click(desk_client, visit, "undo")
    assert status_of(visit) == (AppointmentStatus.BOOKED, Status.BOOKED)


def test_finished_visits_are_folded_away(desk_client: Client, clinic: Clinic) -> None:
    over, coming = visit_today("Overly"), visit_today("Comingly")
    click(desk_client, over, "fulfilled")
    text = desk_client.get("/admin/").text
    folded = re.search(r'<details class="over">.*?</details>', text, re.DOTALL)
    assert folded
    assert "Overly" in folded[0]
    assert "Comingly" not in folded[0]
    assert f"undo-{coming.pk}" in text


def test_completed_before_its_start_asks_once(desk_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = visit_today()
    later = at(clinic_day(timezone.now()), time(23, 59))
    Appointment.objects.filter(pk=visit.pk).update(start=later, end=later + timedelta(minutes=30))
    url = reverse("admin:request-visit", args=[visit.request_id])
    asked = desk_client.post(url, {"step": "fulfilled", "next": reverse("admin:index")})
    assert asked.status_code == 409
    assert "Did the visit take place earlier?" in asked.text
    assert 'name="early" value="1"' in asked.text
    assert status_of(visit) == (AppointmentStatus.BOOKED, Status.BOOKED)
    desk_client.post(url, {"step": "fulfilled", "next": reverse("admin:index"), "early": "1"})
    assert status_of(visit) == (AppointmentStatus.FULFILLED, Status.COMPLETED)


def test_the_page_of_the_request_has_the_way_back_too(desk_client: Client) -> None:
    visit = visit_today()
    url = reverse("admin:request-visit", args=[visit.request_id])
    desk_client.post(url, {"step": "fulfilled"})
    assert f'id="undo-{visit.pk}"' in desk_client.get(page_of(visit.request)).text
    Appointment.objects.filter(pk=visit.pk).update(start=visit.start - timedelta(days=1), end=visit.start)
    assert f'id="undo-{visit.pk}"' not in desk_client.get(page_of(visit.request)).text
    assert desk_client.post(url, {"step": "undo"}).status_code == 409
    assert status_of(visit)[0] == AppointmentStatus.FULFILLED


def test_the_second_click_says_how_it_stands(desk_client: Client) -> None:
    visit = visit_today()
    url = reverse("admin:request-visit", args=[visit.request_id])
    desk_client.post(url, {"step": "fulfilled"})
    again = desk_client.post(url, {"step": "fulfilled"}, follow=True)
    assert "The request is now: Completed." in again.text


def test_what_ends_a_request_stands_apart(desk_client: Client) -> None:
    text = desk_client.get(page_of(builders.appointment_request(status="in_progress"))).text
    apart = re.search(r'<span class="ending">.*?</span>', text, re.DOTALL)
    assert apart
    assert re.findall(r"/move/(\w+)/", apart[0]) == ["decline", "close", "withdraw"]
    assert "/move/decline/" not in text.replace(apart[0], "")


def test_an_other_reason_to_close_needs_words(desk_client: Client) -> None:
    patient_request = builders.callback_request(status="in_progress")
    url = reverse("admin:request-move", args=[patient_request.pk, "close"])
    data = {"note": " ", "seen_version": patient_request.version, "reason": "other"}
    assert desk_client.post(url, data).status_code == 422
    assert desk_client.post(url, {**data, "note": "Moved abroad."}).status_code == 302
    assert PatientRequest.objects.get().closed_reason == "other"
