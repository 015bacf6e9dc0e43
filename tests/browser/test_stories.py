"""Each page behind the patient's link, and the forms that come back filled, on a phone and on a desk."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer
from pytest_playwright import CreateContextCallback

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import AppointmentStatus, PatientRequest
from tests import builders
from tests.appointments import posts
from tests.browser.conftest import CheckAxe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def stories() -> dict[str, PatientRequest]:
    """A request in each state that has a story of its own."""
    builders.clinic()
    desk, doctor, now = builders.staff(), builders.practitioner(name="Dr. Example"), timezone.now()
    rows = {
        name: builders.appointment_request(email="ada@example.com")
        for name in ("new", "declined", "withdrawn")
    }
    rows["declined"].move(Action.DECLINE, desk, note="We do not treat this. Please see your own doctor.")
    rows["withdrawn"].move(Action.WITHDRAW)
    rows["callback"] = builders.callback_request(email="ada@example.com")
    rows["closed"] = builders.callback_request()
    rows["closed"].move(Action.CLOSE, desk, reason="unreachable")
    rows["offered"] = builders.appointment_request(status=Status.OFFERED)
    for days in (3, 4):
        builders.appointment(
            rows["offered"], doctor, now + timedelta(days=days),
            status=AppointmentStatus.PENDING, hold_until=now + timedelta(days=1),
        )  # fmt: skip
    for name, hours in (("booked", 3), ("visited", -30), ("missed", -60)):
        rows[name] = builders.appointment_request(status=Status.BOOKED)
        booked = builders.appointment(rows[name], doctor, now + timedelta(hours=hours))
        if hours < 0:
            (scheduling.fulfil if name == "visited" else scheduling.no_show)(booked, desk)
    rows["link-closed"] = builders.appointment_request(
        status=Status.WITHDRAWN, finished_at=now - timedelta(weeks=9)
    )
    return rows


@pytest.mark.parametrize("width", [360, 1280])
def test_every_story(
    live_server: LiveServer, new_context: CreateContextCallback, check_axe: CheckAxe, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    rows = stories()
    paths = {name: row.get_absolute_url() for name, row in rows.items()}
    paths |= {
        "change": paths["new"] + "change/",
        "cancel": paths["booked"] + "cancel/",
        "find": "/appointments/find/",
    }
    for name, path in paths.items():
        page.goto(live_server.url + path)
        check_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_the_language_takes_along_what_was_typed_and_enter_sends(
    live_server: LiveServer, new_context: CreateContextCallback
) -> None:
    builders.clinic()
    page = new_context(java_script_enabled=False).new_page()
    page.goto(live_server.url + posts.CALLBACK)
    page.fill("[name=first_name]", "Ada")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("[name=first_name]")).to_have_value("Ada")
    page.locator("[name=first_name]").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(".error-summary")).to_be_visible()
