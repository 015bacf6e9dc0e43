"""Earlier times, the answer to a reminder, the owner's figures and a doctor's calendar: each without a
script and by the keyboard alone, on a phone and at the desk, and axe finds nothing in any state of them."""

from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect
from pytest_playwright import CreateContextCallback

from appointments import scheduling
from appointments.follow_up import day_counts
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, FreedTime, OtherTimeWish, PatientRequest
from clinic.models import CalendarFeed, Practitioner, opening_times
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.browser.conftest import CheckAxe, SignIn
from tests.browser.keys import tab_to
from tests.browser.measures import fits
from tests.browser.test_journey import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


def at_ten(days: int) -> datetime:
    """Ten o'clock of the first day on which the clinic is open, so many days from now."""
    day = clinic_day(timezone.now()) + timedelta(days=days)
    return at(next(opening_times().open_days_after(day)), time(10))


def booked(name: str, days: int, **values: object) -> Appointment:
    row = builders.appointment_request(
        first_name=name, status=Status.BOOKED, email=f"{name.lower()}@example.org", **values
    )
    doctor = Practitioner.objects.first() or builders.practitioner(name="Dr. Umar")
    return builders.appointment(row, doctor, at_ten(days))


def press(page: Page, name: str) -> None:
    """Comes to the button or link of that name by Tab, presses it, and waits for where it leads."""
    wanted = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name, exact=True)).first
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.fixture
def desk(clinic: object) -> User:
    return builders.staff(username="robin", first_name="Robin")


@SIZES
def test_a_time_that_fell_free_goes_to_who_waits(
    new_context: CreateContextCallback, signed_in: SignIn, desk: User, look: CheckAxe, size: ViewportSize
) -> None:
    waits = booked("Grace", 21)
    freed = booked("Carla", 7)
    scheduling.cancel(freed, desk)
    patient = new_context(viewport=size, java_script_enabled=False).new_page()
    robin = new_context(viewport=size, java_script_enabled=False).new_page()
    seen = new_context(viewport=size, reduced_motion="reduce").new_page()  # axe is a script itself
    address = waits.request.get_absolute_url()

    patient.goto(address)
    press(patient, "Tell me if an earlier time comes free")
    expect(patient.get_by_role("button", name="Stop telling me")).to_be_visible()
    fits(patient)
    seen.goto(address)
    look(seen)

    signed_in(seen, "robin")
    look(seen)
    signed_in(robin, "robin")
    press(robin, "Offer to Grace")
    expect(robin.get_by_text("Offered to Grace")).to_be_visible()
    seen.goto("/admin/")
    look(seen)
    seen.get_by_role("link", name="Times that fell free").click()
    look(seen)
    fits(seen)

    patient.goto(address)
    seen.goto(address)
    look(seen)
    press(patient, "Take the earlier time")
    expect(patient.locator("#booked-when")).to_have_text(f"{freed.shown_day}, {freed.shown_time}")
    assert waits.request.appointments.get(status=AppointmentStatus.BOOKED).start == freed.start
    assert FreedTime.objects.filter(start=waits.start).exists(), "her own time has fallen free with it"


@SIZES
def test_another_time_is_asked_for_and_the_own_one_kept_after_all(
    new_context: CreateContextCallback, signed_in: SignIn, desk: User, look: CheckAxe, size: ViewportSize
) -> None:
    visit = booked("Grace", 21)
    patient = new_context(viewport=size, java_script_enabled=False).new_page()
    robin = new_context(viewport=size, java_script_enabled=False).new_page()
    seen = new_context(viewport=size, reduced_motion="reduce").new_page()
    address = visit.request.get_absolute_url()

    patient.goto(f"{address}cancel/")
    press(patient, "Keep it, and ask for another time")
    expect(patient.get_by_role("button", name="Keep my time after all")).to_be_visible()
    fits(patient)
    seen.goto(address)
    look(seen)

    signed_in(seen, "robin")
    look(seen)
    fits(seen)
    seen.goto(reverse("admin:request-offer-beside", args=[visit.request_id]))
    look(seen)
    fits(seen)
    signed_in(robin, "robin")
    press(robin, "Keeps the booked time")
    expect(robin.get_by_text("The patient keeps the booked time.")).to_be_visible()

    patient.goto(address)
    expect(patient.get_by_role("button", name="Keep my time after all")).to_have_count(0)
    assert not OtherTimeWish.objects.exists()


@SIZES
def test_a_reminder_is_answered_on_the_page_and_on_the_phone(
    new_context: CreateContextCallback, signed_in: SignIn, desk: User, look: CheckAxe, size: ViewportSize
) -> None:
    start = timezone.now() + timedelta(hours=3)
    visits = [booked("Anna", 7), booked("Berta", 14)]
    for number, visit in enumerate(visits):
        begins = start + number * timedelta(hours=1)
        Appointment.objects.filter(pk=visit.pk).update(start=begins, end=begins + timedelta(minutes=30))
    by_page, by_phone = (visit.request for visit in visits)
    patient = new_context(viewport=size, java_script_enabled=False).new_page()
    robin = new_context(viewport=size, java_script_enabled=False).new_page()
    seen = new_context(viewport=size, reduced_motion="reduce").new_page()

    patient.goto(by_page.get_absolute_url())
    seen.goto(by_page.get_absolute_url())
    look(seen)
    press(patient, "Yes, I am coming")
    expect(patient.get_by_text("You are coming, thank you.")).to_be_visible()
    fits(patient)
    seen.reload()
    look(seen)

    signed_in(robin, "robin")
    robin.goto(address_at_the_desk(by_phone))
    press(robin, "Confirmed on the phone")
    expect(robin.get_by_role("button", name="Not confirmed after all")).to_be_visible()
    signed_in(seen, "robin")
    look(seen)
    seen.goto(address_at_the_desk(by_phone))
    look(seen)
    fits(seen)
    assert all(Appointment.objects.values_list("confirmed_at", flat=True))


def address_at_the_desk(row: PatientRequest) -> str:
    return f"/admin/appointments/patientrequest/{row.pk}/change/"


@SIZES
def test_the_owner_reads_the_figures(
    new_context: CreateContextCallback, signed_in: SignIn, desk: User, look: CheckAxe, size: ViewportSize
) -> None:
    builders.superuser(username="owner")
    for days in range(7, 19):
        received = timezone.now() - timedelta(days=days)
        builders.appointment_request(received_at=received, respond_by=received + timedelta(days=1))
    day_counts.count_days(timezone.now())
    page = new_context(viewport=size, java_script_enabled=False).new_page()
    seen = new_context(viewport=size, reduced_motion="reduce").new_page()
    signed_in(page, "owner")
    signed_in(seen, "owner")
    figures = reverse("admin:figures")
    page.goto(figures)
    rows = page.get_by_role("table").first.get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    expect(page.get_by_role("img").first).to_be_visible()
    press(page, "Months")
    expect(page.get_by_role("link", name="Months")).to_have_attribute("aria-current", "true")
    # A table wider than the screen can be reached, and so be scrolled, by the keyboard.
    tab_to(page, page.locator(".figures .wide").first)
    press(page, "Weeks")
    expect(page.get_by_role("link", name="Weeks")).to_have_attribute("aria-current", "true")
    fits(page)
    for address in (figures, f"{figures}?by=month"):
        seen.goto(address)
        look(seen)


@SIZES
def test_a_doctor_makes_and_ends_the_calendars_address(
    new_context: CreateContextCallback, signed_in: SignIn, desk: User, look: CheckAxe, size: ViewportSize
) -> None:
    doctor = Practitioner.objects.get(user=builders.physician(username="umar"))
    page = new_context(viewport=size, java_script_enabled=False).new_page()
    seen = new_context(viewport=size, reduced_motion="reduce").new_page()
    signed_in(page, "umar")
    signed_in(seen, "umar")
    for each in (page, seen):
        each.goto(f"/admin/clinic/practitioner/{doctor.pk}/calendar/")
    look(seen)
    press(page, "Make an address")
    address = page.get_by_label("Address", exact=True).input_value()
    assert address.endswith(".ics")
    fits(page)
    seen.reload()
    look(seen)
    press(seen, "Make a new address and end this one")
    look(seen)
    fits(seen)
    page.goto(f"/admin/clinic/practitioner/{doctor.pk}/calendar/")
    press(page, "End the address")
    expect(page.get_by_text("There is no address.")).to_be_visible()
    assert not CalendarFeed.objects.exists()
