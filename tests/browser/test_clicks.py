"""How many clicks the desk's most frequent steps take, counted from Today; typing costs none."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_playwright import CreateContextCallback

from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, PatientRequest
from clinic.models import Practitioner
from tests import builders
from tests.browser.conftest import SignIn
from tests.browser.test_day import Hand
from tests.browser.test_journey import DESK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hand(new_context: CreateContextCallback, signed_in: SignIn) -> Hand:
    builders.clinic()
    builders.staff(username="robin", first_name="Robin")
    page = new_context(viewport=DESK).new_page()
    signed_in(page, "robin")
    return Hand(page)


def booked(name: str, hours: float = -0.5, **values: object) -> PatientRequest:
    """Somebody with a visit that many hours from now."""
    row = builders.appointment_request(first_name=name, status=Status.BOOKED, **values)
    doctor = Practitioner.objects.first() or builders.practitioner(name="Dr. Example")
    builders.appointment(row, doctor, timezone.now() + timedelta(hours=hours))
    return row


def test_check_in_and_completed(hand: Hand) -> None:
    row = booked("Anna")
    hand.page.goto("/admin/")
    line = hand.page.get_by_role("row").filter(has_text="Anna")
    hand.click(line.get_by_role("button", name="Arrived"))
    expect(hand.page.get_by_role("status").or_(hand.page.locator(".messagelist")).first).to_be_visible()
    assert row.appointments.get().status == AppointmentStatus.ARRIVED
    line = hand.page.get_by_role("row").filter(has_text="Anna")
    hand.click(line.get_by_role("button", name="Completed"))
    expect(hand.page.locator(".messagelist")).to_be_visible()
    assert row.appointments.get().status == AppointmentStatus.FULFILLED
    assert len(hand.clicks) == 2, hand.clicks


def test_the_patient_cancels(hand: Hand) -> None:
    row = booked("Anna", hours=24)
    hand.page.goto("/admin/")
    hand.page.get_by_placeholder("Name, phone").fill("anna")
    hand.page.keyboard.press("Enter")
    hand.click(hand.page.get_by_role("link", name="Anna"))
    hand.click(hand.page.get_by_role("link", name="Patient cancels").first)
    hand.click(hand.page.locator("main form button[type=submit]:not([name])").first)
    expect(hand.page.locator(".messagelist")).to_be_visible()
    row.refresh_from_db()
    assert row.status == Status.WITHDRAWN
    assert len(hand.clicks) <= 3, hand.clicks


def test_a_callback_is_reached_and_finished(hand: Hand) -> None:
    row = builders.callback_request(first_name="Cleo", respond_by=timezone.now())
    hand.page.goto("/admin/")
    hand.click(
        hand.page.get_by_role("listitem").filter(has_text="Cleo").get_by_role("button", name="Reached")
    )
    hand.page.get_by_label("What was done?").fill("Told her the price.")
    hand.click(hand.page.get_by_role("button", name="Done", exact=True))
    expect(hand.page.get_by_text("Completed").first).to_be_visible()
    row.refresh_from_db()
    assert row.status == Status.COMPLETED
    assert len(hand.clicks) <= 2, hand.clicks


def test_a_request_is_handed_over(hand: Hand) -> None:
    colleague = builders.staff(username="jamie", first_name="Jamie", last_name="Lee")
    row = builders.callback_request(first_name="Cleo", respond_by=timezone.now())
    hand.page.goto("/admin/")
    hand.click(hand.page.get_by_role("link", name="Cleo"))
    hand.click(hand.page.get_by_role("link", name="Hand over"))
    hand.click(hand.page.get_by_role("button", name="Jamie Lee"))
    expect(hand.page.locator(".messagelist")).to_be_visible()
    row.refresh_from_db()
    assert row.assignee == colleague
    assert len(hand.clicks) <= 3, hand.clicks


def test_a_known_patient_is_booked(hand: Hand) -> None:
    treatment = builders.treatment("botox", questions=4)
    known = {
        "last_name": "Rossi",
        "treatment": treatment,
        "contact_by": "phone",
        "returning_patient": True,
        "date_of_birth": date(1985, 3, 27),
    }
    booked("Anna", hours=-24 * 90, **known)
    PatientRequest.objects.update(status=Status.COMPLETED, finished_at=timezone.now() - timedelta(days=90))
    hand.page.goto("/admin/")
    hand.click(hand.page.get_by_role("link", name="Enter a request"))
    hand.page.get_by_label("Who is it?").fill("rossi")
    hand.page.keyboard.press("Enter")
    hand.click(hand.page.get_by_role("button", name="This person"))
    expect(hand.page.get_by_role("heading", name="Filled in for Anna Rossi")).to_be_visible()
    hand.click(hand.page.get_by_label("Each question was asked"))
    hand.click(hand.page.get_by_label("The patient agrees"))
    hand.click(hand.page.get_by_role("button", name="Store the entry"))
    expect(hand.page.get_by_text("Booked:").first).to_be_visible()
    assert PatientRequest.objects.latest("pk").status == Status.BOOKED
    assert len(hand.clicks) <= 6, hand.clicks
