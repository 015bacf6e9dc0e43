"""How much of the day is seen at once, without a hand on the mouse."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, ViewportSize
from pytest_playwright import CreateContextCallback

from appointments.lifecycle import Status
from appointments.models import AppointmentStatus
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.browser.conftest import CheckAxe, SignIn
from tests.browser.measures import fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OFFICE: ViewportSize = {"width": 1280, "height": 800}


def in_view(page: Page, rows: Locator) -> int:
    """How many of `rows` are seen whole without scrolling."""
    boxes = [row.bounding_box() for row in rows.all()]
    height = page.evaluate("window.innerHeight")
    return sum(1 for box in boxes if box and box["y"] >= 0 and box["y"] + box["height"] <= height)


def full_day() -> None:
    """A doctor with a visit each half hour, and as much beside it as stands on Today at worst."""
    now, doctor = timezone.now(), builders.practitioner(name="Dr. Example")
    botox = builders.treatment("botox-for-frown-lines")
    for number in range(16):
        row = builders.appointment_request(
            treatment=botox,
            status=Status.BOOKED,
            first_name="Rosa-Maria",
            last_name="López Hernández",
            respond_by=now,
        )
        start = at(clinic_day(now), time(9)) + number * timedelta(minutes=30)
        done = {"status": AppointmentStatus.FULFILLED} if number < 4 else {}
        builders.appointment(row, doctor, start, **done)
    for number in range(14):
        values = {"treatment": botox, "respond_by": now - timedelta(days=number), "possible_duplicate": True}
        builders.appointment_request(**values, phone_to_check=number % 2 == 0)
    for _ in range(4):
        builders.callback_request(respond_by=now - timedelta(days=1), voicemail_ok=True)
    builders.callback_request(suspected_spam=True)


def test_the_desk_sees_ten_requests_and_the_next_patients(
    new_context: CreateContextCallback, check_axe: CheckAxe, signed_in: SignIn
) -> None:
    builders.clinic()
    builders.staff(username="robin", first_name="Robin", last_name="Reyes")
    full_day()
    page = new_context(viewport=OFFICE).new_page()
    signed_in(page, "robin")
    coming = page.locator(".visits > table tbody tr")
    assert in_view(page, coming) >= 6
    assert in_view(page, page.get_by_role("region", name="Calls due now").locator("li")) >= 3
    assert page.locator(".visits details").get_attribute("open") is None
    fits(page)
    check_axe(page)
    page.set_viewport_size({"width": 360, "height": 740})
    fits(page)
    check_axe(page)
    page.set_viewport_size(OFFICE)
    page.goto("/admin/appointments/patientrequest/")
    assert in_view(page, page.locator("#result_list tbody tr")) >= 10
    fits(page)
    check_axe(page)
