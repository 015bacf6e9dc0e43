"""The schedule in a browser: read at every width, dragged, and worked by keyboard alone."""

from datetime import time

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_playwright import CreateContextCallback

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment
from appointments.staff.schedule.picking import posted_as
from clinic.models import Closure, opening_times
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.browser.conftest import OF_COLORS, CheckAxe, SignIn
from tests.browser.measures import fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEDULE = "/admin/appointments/patientrequest/schedule/"
MOST_TABS = 80


@pytest.fixture
def visit() -> Appointment:
    """A visit at ten of the next open day, of the first of two practitioners; the other one has lunch."""
    builders.clinic()
    desk = builders.staff(username="front-desk")
    doctor, other = (
        builders.practitioner(name="Dr. Umar"),
        builders.practitioner(name="Dr. Rossi", position=1),
    )
    day = next(opening_times().open_days_after(clinic_day(timezone.now())))
    Closure.objects.create(practitioner=other, first_day=day, starts=time(12), ends=time(13), reason="Lunch")
    patient_request = builders.appointment_request(first_name="Zoila", status=Status.IN_PROGRESS)
    return scheduling.book(patient_request, doctor, at(day, time(10)), desk)


def address(visit: Appointment, view: str) -> str:
    return f"{SCHEDULE}?view={view}&day={clinic_day(visit.start)}"


def drag(page: Page, what: Locator, onto: Locator) -> None:
    """By hand, because the locator's own way scrolls in between."""
    start, end = what.bounding_box(), onto.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] - 8, start["y"] + start["height"] - 6)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + 8, steps=8)
    page.mouse.move(end["x"] + 42, end["y"] + 10)
    page.mouse.up()


@pytest.mark.parametrize("view", ["day", "week"])
@pytest.mark.parametrize("width", [360, 820, 1280, 1600])
def test_it_reads_at_every_width(
    new_context: CreateContextCallback,
    check_axe: CheckAxe,
    signed_in: SignIn,
    visit: Appointment,
    width: int,
    view: str,
) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    signed_in(page, "front-desk")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(address(visit, view))
        expect(page.get_by_role("link", name="Zoila")).to_be_visible()
        fits(page)
        check_axe(page, *(OF_COLORS if scheme == "dark" else ()))


def test_a_visit_dropped_on_a_free_time_opens_the_page_that_moves_it_there(
    new_context: CreateContextCallback, signed_in: SignIn, visit: Appointment
) -> None:
    page = new_context(viewport={"width": 1280, "height": 2400}).new_page()
    signed_in(page, "front-desk")
    page.goto(address(visit, "day"))
    wanted = posted_as(at(clinic_day(visit.start), time(15)))
    column = page.locator("section").filter(has=page.get_by_role("heading", name="Dr. Rossi"))
    drag(page, page.locator("[data-move]"), column.locator(f"[data-start='{wanted}']"))
    page.wait_for_url(f"**/appointment/move/?start={wanted}&practitioner=*")
    expect(page.locator("input[name=start]:checked")).to_have_value(wanted)
    expect(page.get_by_role("group", name="Practitioner").locator("[aria-current]")).to_have_text("Dr. Rossi")
    visit.refresh_from_db()
    assert visit.practitioner.name == "Dr. Umar"


def test_the_same_by_keyboard(
    new_context: CreateContextCallback, signed_in: SignIn, visit: Appointment
) -> None:
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    signed_in(page, "front-desk")
    page.goto(address(visit, "day"))
    for _number in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Move":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/appointment/move/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move the appointment")
