"""Axe finds nothing on any page that a visitor or a patient can come to, in any state, on a phone."""

import re
import uuid
from datetime import time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from playwright.sync_api import Page, Route, ViewportSize, expect
from pytest_playwright import CreateContextCallback

from appointments import demo, scheduling
from appointments.follow_up import recall
from appointments.lifecycle import Status
from appointments.messages import outbox
from appointments.models import AppointmentStatus, PatientRequest
from clinic.handbook.contents import entries
from clinic.http.refusals import refuse
from clinic.models import Practitioner, opening_times
from clinic.time.hours import at, clinic_day
from tests import builders, public_pages
from tests.appointments import posts
from tests.browser.conftest import CheckAxe, SignIn
from tests.browser.measures import fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE: ViewportSize = {"width": 360, "height": 740}
SHOWN = "/shown/"
TOO_LONG = "x" * 600


@pytest.fixture
def page(new_context: CreateContextCallback) -> Page:
    return new_context(viewport=PHONE, reduced_motion="reduce").new_page()


def show(page: Page, answer: Any) -> None:
    """A page that only a form or a failure brings, as its browser shows it."""

    def fulfil(route: Route) -> None:
        route.fulfill(body=answer.content, content_type=answer["Content-Type"])

    page.unroute_all()
    page.route(f"**{SHOWN}", fulfil)
    page.goto(SHOWN)


@pytest.mark.parametrize("prefix", ["", "/es"], ids=["english", "spanish"])
def test_on_public_pages_and_forms(page: Page, look: CheckAxe, prefix: str) -> None:
    demo.make(0, timezone.now())
    for path in public_pages.public():
        page.goto(prefix + path)
        look(page)
        fits(page)


def test_on_forms_with_errors(page: Page, look: CheckAxe, client: Client) -> None:
    demo.make(0, timezone.now())
    for form in public_pages.FORMS:
        page.goto(f"/appointments/{form}")
        page.locator("#send").click()
        expect(page).to_have_title(re.compile("^Error: "))
        look(page)
        fits(page)
    child = posts.appointment(date_of_birth_year=str(timezone.now().year - 9))
    for answer in (
        client.post(posts.CONSULTATION, child),
        client.post("/appointments/find/", {"email": "ada@example.com"}, follow=True),
    ):
        show(page, answer)
        look(page)


def moved_and_cancelled(desk: User, doctor: Practitioner) -> dict[str, PatientRequest]:
    """What the clinic has changed: an appointment that was moved, and one that it cancelled."""
    rows = {}
    for day, name in enumerate(("moved", "cancelled by us"), 20):
        rows[name] = builders.appointment_request(status=Status.BOOKED)
        on = clinic_day(timezone.now()) + timedelta(days=day)
        start = at(next(opening_times().open_days_after(on)), time(11))
        visit = builders.appointment(rows[name], doctor, start)
        if name == "moved":
            scheduling.move_appointment(visit, start + timedelta(hours=1), desk)
        else:
            scheduling.cancel(visit, desk, "The doctor is ill.")
    return rows


def rare_states(client: Client) -> dict[str, PatientRequest]:
    """What a request may come to beside the stories of the demonstration."""
    desk, doctor = User.objects.get(username="front-desk"), Practitioner.objects.get(slug="dr-umar")
    rows = moved_and_cancelled(desk, doctor)
    rows["no longer held"] = builders.appointment_request(status=Status.OFFERED)
    rows["slip in the address"] = builders.appointment_request(email="ana@gmail.con")
    over = timezone.now() - timedelta(weeks=30)
    rows["closed link"] = builders.appointment_request(status=Status.WITHDRAWN, finished_at=over)
    for words in ("I can't breathe", "I see double"):
        client.post(posts.CALLBACK, posts.callback(message=words))
        rows[words] = PatientRequest.objects.latest("pk")
    return rows


def said(client: Client, row: PatientRequest) -> str:
    """The headings and the promise of a request's page, without days and numbers."""
    shown = re.findall(r'<(?:h1|h2|p class="promise")[^>]*>([^<]+)', client.get(row.get_absolute_url()).text)
    return " / ".join(each for each in map(unescape, shown) if not re.search(r"\d", each))


def test_on_the_page_of_a_request_in_every_state(page: Page, look: CheckAxe, client: Client) -> None:
    demo.make(28, timezone.now())
    told = set(PatientRequest.objects.values_list("status", flat=True))
    assert told == set(Status)
    # Of requests whose pages say the same, one is looked at.
    addresses = {said(client, row): row.get_absolute_url() for row in PatientRequest.objects.order_by("pk")}
    addresses |= {said(client, row): row.get_absolute_url() for row in rare_states(client).values()}
    assert len(addresses) >= 17, sorted(addresses)
    for address in addresses.values():
        page.goto(address)
        look(page)
        fits(page)


def test_on_a_wide_screen(new_context: CreateContextCallback, look: CheckAxe) -> None:
    demo.make(18, timezone.now())
    rows = {row.status: row for row in public_pages.of_patients()}
    page = new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
    states = [rows[status].get_absolute_url() for status in (Status.NEW, Status.OFFERED, Status.BOOKED)]
    for path in ("/", "/articles/botox-aftercare/", "/contact/", "/appointments/request/botox/", *states):
        page.goto(path)
        look(page)


def test_below_the_page_of_a_request(page: Page, look: CheckAxe, client: Client) -> None:
    demo.make(18, timezone.now())
    rows = {row.status: row for row in public_pages.of_patients()}
    asked = next(
        row for row in PatientRequest.objects.all() if "answer/" in client.get(row.get_absolute_url()).text
    )
    offered, booked = (rows[status].get_absolute_url() for status in (Status.OFFERED, Status.BOOKED))
    held = rows[Status.OFFERED].appointments.filter(status=AppointmentStatus.PENDING).first()
    assert held is not None
    visited = recall.token_for(rows[Status.BOOKED])
    for path in (
        f"{offered}accept/{held.pk}/",
        f"{offered}none-suit/",
        f"{booked}cancel/",
        f"{booked}withdraw/",
        f"{rows[Status.NEW].get_absolute_url()}change/",
        f"/appointments/recall/{visited}/stop/",
    ):
        page.goto(path)
        look(page)
        fits(page)
    for answer in (
        client.post(f"{asked.get_absolute_url()}answer/", {"answer": ""}),
        client.post(f"{offered}none-suit/", {"words": TOO_LONG}),
        client.post(f"{booked}cancel/", {"words": TOO_LONG, "wish": "none"}),
        client.post(f"{rows[Status.NEW].get_absolute_url()}change/", {}),
        client.post(f"/appointments/recall/{visited}/stop/"),
    ):
        assert answer.status_code in (200, 422)
        show(page, answer)
        look(page)
        fits(page)


def test_on_the_pages_that_refuse(page: Page, look: CheckAxe, rf: RequestFactory) -> None:
    builders.clinic()
    for method, status in (
        ("GET", 400), ("GET", 403), ("POST", 403), ("GET", 404), ("POST", 409), ("POST", 413), ("POST", 429),
        ("GET", 500), ("POST", 500), ("GET", 503),
    ):  # fmt: skip
        show(page, refuse(rf.generic(method, "/appointments/callback/"), status, retry_after=60))
        look(page)
        fits(page)


def test_on_the_mail_of_the_demonstration(
    page: Page, look: CheckAxe, check_axe: CheckAxe, settings: Any, tmp_path: Path, client: Client
) -> None:
    settings.ROOT_URLCONF = "appointments.demo.urls"
    settings.EMAIL_BACKEND = "appointments.demo.mail.OneFileEach"
    settings.DEMO_MAIL = tmp_path / "mail"
    demo.make(18, timezone.now())
    outbox.deliver_due(uuid.uuid4(), timezone.now() + timedelta(seconds=1))
    page.goto("/demo/mail/")
    look(page)
    fits(page)
    page.locator(".mails a").first.click()
    look(page)
    fits(page)
    # Under its own policy no script runs in it, axe neither. A message is no page of the site: it has no
    # landmarks and no heading, and needs none.
    show(page, client.get(str(page.locator("iframe").get_attribute("src"))))
    fits(page)
    page.emulate_media(color_scheme="light")
    check_axe(page, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
    page.emulate_media(color_scheme="dark")
    check_axe(page, "color-contrast")


def test_on_the_staffs_handbook(page: Page, look: CheckAxe, signed_in: SignIn) -> None:
    builders.clinic()
    builders.staff(username="robin")
    signed_in(page, "robin")
    page.get_by_role("link", name="Help", exact=True).click()
    expect(page).to_have_url(re.compile("/admin/help/front-desk/#today$"))
    for entry in entries():
        page.goto(f"/admin/help/{entry.name}/")
        fits(page)
        look(page)
    loaded = "[...document.images].every(each => each.getAttribute('width') && each.alt)"
    assert page.evaluate(loaded)
