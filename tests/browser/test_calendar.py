"""The calendar as a clinic lives it: an ill doctor, lunch, a Saturday, a holiday, the next visit in months.
Each is acted out as the front desk would, and costs no more clicks than it says."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_playwright import CreateContextCallback

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest
from clinic.models import HolidayDecision, Practitioner, opening_times
from clinic.time.holidays import next_holidays
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.browser.conftest import CheckAxe, SignIn
from tests.browser.measures import fits
from tests.browser.test_day import Hand
from tests.browser.test_journey import DESK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEDULE = "/admin/appointments/patientrequest/schedule/"


@pytest.fixture
def doctor() -> Practitioner:
    """The one of two who is asked for."""
    builders.clinic()
    builders.staff(username="robin")
    builders.practitioner(name="Dr. Rossi", position=1)
    return builders.practitioner(name="Dr. Umar")


@pytest.fixture
def hand(new_context: CreateContextCallback, signed_in: SignIn, doctor: Practitioner) -> Hand:
    """The front desk's, on Today."""
    page = new_context(viewport=DESK, reduced_motion="reduce").new_page()
    signed_in(page, "robin")
    return Hand(page)


@pytest.fixture
def look(check_axe: CheckAxe) -> Callable[[Page], None]:
    """Axe in light and dark, and no scrolling sideways at any width."""

    def at_every_width(page: Page) -> None:
        for width in (360, 820, 1600, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            fits(page)
            if width in (360, 1280):
                check_axe(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        check_axe(page, "color-contrast")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    return at_every_width


def open_day() -> date:
    """The next day on which the clinic is open."""
    return next(opening_times().open_days_after(clinic_day(timezone.now())))


def to_the_schedule(hand: Hand, day: date | None = None) -> None:
    """By the menu, and on to `day` by its date."""
    hand.click(hand.page.get_by_role("navigation", name="Main").get_by_role("link", name="Schedule"))
    if day:
        hand.page.get_by_label("Date").fill(day.isoformat())
        hand.click(hand.page.get_by_role("button", name="Show"))
        expect(hand.page.get_by_role("heading", level=1)).to_contain_text(str(day.year))


def column(page: Page, name: str = "Dr. Umar") -> Locator:
    """Of one practitioner."""
    return page.locator("section.plan-day").filter(has=page.get_by_role("heading", name=name))


def booked_day(doctor: Practitioner, day: date) -> list[Appointment]:
    """Eighteen visits of 25 minutes, the third in Spanish and the fourth without e-mail."""
    length = timedelta(minutes=25)
    return [
        builders.appointment(
            builders.appointment_request(
                status=Status.BOOKED,
                last_name=f"Example{number}",
                email="" if number == 3 else f"patient{number}@example.org",
                language="es" if number == 2 else "en",
            ),
            doctor,
            start := at(day, time(9)) + number * length,
            end=start + length,
        )
        for number in range(18)
    ]


def test_a_doctor_is_ill_with_eighteen_patients(
    hand: Hand, doctor: Practitioner, look: Callable[[Page], None]
) -> None:
    day, page = open_day(), hand.page
    visits = booked_day(doctor, day)
    offered = builders.appointment_request(status=Status.OFFERED, email="offered@example.org")
    held = builders.appointment(
        offered,
        doctor,
        at(day, time(16, 30)),
        status=AppointmentStatus.PENDING,
        hold_until=at(day, time(16, 30)),
    )
    to_the_schedule(hand, day)
    look(page)
    hand.click(column(page).get_by_role("link", name="Block time"))
    hand.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("heading", name="19 times no longer fit")).to_be_visible()
    look(page)
    hand.click(page.get_by_role("button", name="Save, then say"))
    expect(page.locator("tr select")).to_have_count(10)
    expect(page.get_by_text("9 more follow when it is sent")).to_be_visible()
    look(page)
    page.get_by_label("Why (in English)").fill("Our doctor is ill.")
    page.get_by_label("Why (in Spanish)").fill("El doctor está enfermo.")
    hand.click(page.get_by_role("button", name="Show the messages first"))
    expect(page.locator("details")).to_have_count(10)
    expect(page.locator("details[open]")).to_have_count(2)
    look(page)
    hand.click(page.get_by_role("button", name="Do what is chosen"))
    expect(page.get_by_text("10 patients are told.")).to_be_visible()
    expect(page.locator("tr select")).to_have_count(9)
    expect(page.get_by_text("Held, has ended")).to_have_count(1)
    look(page)
    hand.click(page.get_by_role("button", name="Do what is chosen"))
    expect(page.get_by_text("9 patients are told.")).to_be_visible()
    assert len(hand.clicks) <= 8, hand.clicks

    expect(page.get_by_text("booked while closed")).to_have_count(0)
    assert scheduling.clashes() == []
    for each in visits:
        row = PatientRequest.objects.get(pk=each.request_id)
        assert row.status == Status.OFFERED
        assert row.events.filter(action="appointment_cancelled").count() == 1
    told = Message.objects.filter(kind="other_times")
    assert sorted(told.values_list("channel", "language")) == [
        *[("email", "en")] * 16,
        ("email", "es"),
        ("phone", "en"),
    ]
    held.refresh_from_db()
    offered.refresh_from_db()
    assert (held.status, offered.status) == (AppointmentStatus.CANCELLED, Status.OFFERED)
    assert Message.objects.filter(request=offered, kind="offers").count() == 1
    page.goto(PatientRequest.objects.get(pk=visits[2].request_id).get_absolute_url())
    expect(page.get_by_text("El doctor está enfermo.")).to_be_visible()


def test_what_is_left_for_now_stays_on_today(hand: Hand, doctor: Practitioner) -> None:
    day, page = open_day(), hand.page
    [first, second, *_others] = booked_day(doctor, day)
    to_the_schedule(hand, day)
    column(page).get_by_role("link", name="Block time").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save, then say").click()
    page.get_by_label("Leave for now").check()
    row = page.locator("tr").filter(has_text=first.request.full_name)
    row.get_by_role("combobox").select_option(label="Same time with Dr. Rossi")
    page.get_by_role("button", name="Do what is chosen").click()
    expect(page.get_by_text("1 patient is told.")).to_be_visible()
    page.goto("/admin/")
    expect(page.locator("#count-clashes strong")).to_have_text("17")
    page.locator("#count-clashes").click()
    expect(page.get_by_role("link", name=second.request.full_name, exact=True)).to_be_visible()
    first.refresh_from_db()
    assert first.practitioner.name == "Dr. Rossi"


def test_out_from_two_to_four(hand: Hand, doctor: Practitioner) -> None:
    page = hand.page
    to_the_schedule(hand)
    page.goto(f"{SCHEDULE}?view=day&day={open_day()}")
    hand.click(column(page).get_by_role("link", name="Block time"))
    page.get_by_label("From:").fill("2pm")
    page.get_by_label("To:").fill("4")
    hand.click(page.get_by_role("button", name="Save", exact=True))
    expect(column(page).get_by_text("2pm to 4pm")).to_be_visible()
    assert len(hand.clicks) <= 3, hand.clicks


def test_lunch_every_day(hand: Hand, doctor: Practitioner) -> None:
    page = hand.page
    to_the_schedule(hand)
    page.goto(f"{SCHEDULE}?view=day&day={open_day()}")
    hand.click(column(page).get_by_role("link", name="Block time"))
    page.get_by_label("Last day:").fill("")
    page.get_by_label("From:").fill("noon")
    page.get_by_label("To:").fill("1")
    hand.click(page.get_by_role("button", name="Save", exact=True))
    assert len(hand.clicks) <= 3, hand.clicks
    for days in (0, 40, 41, 42, 43, 44):
        day = open_day() + timedelta(days=days)
        HolidayDecision.objects.get_or_create(day=day, defaults={"is_closed": False})
        if day.weekday() < 5:
            page.goto(f"{SCHEDULE}?view=day&day={day}")
            expect(column(page).get_by_text("noon to 1pm")).to_be_visible()


def test_one_saturday(hand: Hand, doctor: Practitioner) -> None:
    page = hand.page
    saturday = clinic_day(timezone.now()) + timedelta(days=10)
    saturday += timedelta(days=(5 - saturday.weekday()) % 7)
    HolidayDecision.objects.create(day=saturday, is_closed=False)
    to_the_schedule(hand, saturday)
    hand.click(column(page).get_by_role("link", name="Open longer"))
    page.get_by_label("Opens:").fill("10")
    page.get_by_label("Closes:").fill("2")
    hand.click(page.get_by_role("button", name="Save", exact=True))
    assert len(hand.clicks) <= 4, hand.clicks
    expect(column(page).get_by_role("link", name="1:30pm")).to_be_visible()
    expect(column(page, "Dr. Rossi").get_by_role("link", name="1:30pm")).to_have_count(0)


def test_the_holidays_of_a_year(hand: Hand, doctor: Practitioner, look: Callable[[Page], None]) -> None:
    page = hand.page
    page.goto("/admin/")
    hand.click(page.get_by_role("link", name="Is the clinic closed on"))
    look(page)
    first = next_holidays(clinic_day(timezone.now()), "")[0]
    page.get_by_label(f"{first.day.day}, {first.day.year}").first.set_checked(not first.is_federal)
    hand.click(page.get_by_role("button", name="Save these days"))
    assert len(hand.clicks) <= 2, hand.clicks
    page.goto("/admin/")
    expect(page.get_by_role("link", name="Is the clinic closed on")).to_have_count(0)
    assert HolidayDecision.objects.get(day=first.day).is_closed is not first.is_federal


def test_a_known_patient_is_booked_at_the_counter_in_three_months(
    hand: Hand, doctor: Practitioner, look: Callable[[Page], None]
) -> None:
    page, day = hand.page, open_day() + timedelta(days=91)
    HolidayDecision.objects.get_or_create(day=day, defaults={"is_closed": False})
    builders.appointment_request(
        first_name="Zoila",
        last_name="Example",
        phone="+13105550199",
        status=Status.COMPLETED,
        finished_at=timezone.now(),
    )
    to_the_schedule(hand, day)
    hand.click(column(page).get_by_role("link", name="10:30am"))
    page.get_by_role("searchbox").last.fill("555-0199")
    hand.click(page.get_by_role("button", name="Find"))
    look(page)
    hand.click(page.get_by_role("button", name="This person"))
    look(page)
    hand.click(page.locator("[name=returning_patient][value=yes]"))
    hand.click(page.get_by_label("The patient agrees"))
    hand.click(page.get_by_role("button", name="Store the entry"))
    expect(page.get_by_text("Booked:").first).to_be_visible()
    assert len(hand.clicks) <= 8, hand.clicks
    booked = Appointment.objects.get()
    assert (booked.practitioner, booked.start) == (doctor, at(day, time(10, 30)))
    assert booked.request.full_name == "Zoila Example"


def begun() -> datetime:
    """A little while ago, today."""
    now = timezone.now()
    return max(now - timedelta(minutes=10), at(clinic_day(now), time()))


@pytest.mark.parametrize("where", ["the schedule", "Today"])
def test_what_becomes_of_a_visit_is_one_click_and_so_is_the_way_back(
    hand: Hand, doctor: Practitioner, where: str
) -> None:
    page = hand.page
    row = builders.appointment_request(first_name="Zoila", status=Status.BOOKED)
    visit = builders.appointment(row, doctor, begun())
    page.goto(f"{SCHEDULE}?view=day" if where == "the schedule" else "/admin/")
    here = page.locator(".part, .visits tr").filter(has_text="Zoila")
    for name, status in (("Arrived", "arrived"), ("Completed", "fulfilled"), ("No-show", "noshow")):
        hand.click(here.get_by_role("button", name=name))
        expect(page.locator(".messagelist").get_by_role("button", name="Undo")).to_be_visible()
        visit.refresh_from_db()
        assert visit.status == status
        hand.click(page.locator(".messagelist").get_by_role("button", name="Undo"))
        expect(page.get_by_text("Undone.")).to_be_visible()
        visit.refresh_from_db()
        assert visit.status == AppointmentStatus.BOOKED
    assert len(hand.clicks) == 6
    for name, heading in (("Move", "Move the appointment"), ("Clinic cancels", "Cancel the appointment")):
        here.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.go_back()
