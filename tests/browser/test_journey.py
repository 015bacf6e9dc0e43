"""The whole first story, as its people live it: a patient asks, the front desk finds, takes and closes."""

import time
from typing import Literal

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from playwright.sync_api import Page, ViewportSize, expect
from pytest_playwright import CreateContextCallback

from appointments.models import PatientRequest
from tests import builders
from tests.browser.conftest import CheckAxe
from treatments.content_loader import load

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
QUICKEST = 2.1  # seconds; what comes sooner counts as a robot's


def fill_appointment_form(page: Page) -> None:
    page.fill("[name=first_name]", "Renée")
    page.fill("[name=last_name]", "O'Neill")
    page.fill("[name=date_of_birth_month]", "5")
    page.fill("[name=date_of_birth_day]", "17")
    page.fill("[name=date_of_birth_year]", "1990")
    page.fill("[name=phone]", "(310) 555-0142")
    page.fill("[name=email]", "renee@example.org")
    page.check("[name=contact_by][value=phone]")
    page.check("[name=preferred_days][value=tue]")
    page.check("[name=preferred_times][value=morning]")
    page.check("[name=returning_patient][value=no]")
    for number in range(1, page.locator("fieldset:has([name^=screening_])").count() + 1):
        page.check(f"[name=screening_{number}][value=no]")
    page.fill("[name=message]", "Before my sister's wedding, if you can.")
    page.check("[name=consent]")


def sign_in(page: Page, username: str) -> None:
    page.goto("/admin/")
    page.fill("[name=login], [name=username]", username)
    page.fill("[name=password]", "long-enough-for-tests")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Log out")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_article_to_a_request_that_staff_have_closed(
    new_context: CreateContextCallback, check_axe: CheckAxe, javascript: bool
) -> None:
    load()
    builders.staff(username="front-desk")
    patient = new_context(viewport=PHONE, java_script_enabled=javascript).new_page()

    patient.goto("/articles/botox-aftercare/")
    expect(patient.locator("h1")).to_have_count(1)
    patient.goto("/treatments/botox/")
    patient.get_by_role("link", name="Request an appointment").first.click()
    patient.wait_for_url("**/appointments/request/**")
    expect(patient.get_by_text("911").first).to_be_visible()

    # A form that isn't filled in says what is missing, and keeps what is there.
    patient.goto("/appointments/request/botox/")
    patient.fill("[name=first_name]", "Renée")
    patient.locator("main form button[type=submit]").click()
    expect(patient.get_by_role("alert")).to_contain_text("There is a problem")
    assert patient.title().startswith("Error: ")
    opened = time.monotonic()
    assert patient.input_value("[name=first_name]") == "Renée"
    if javascript:
        check_axe(patient)

    fill_appointment_form(patient)
    patient.wait_for_timeout(max(0.0, opened + QUICKEST - time.monotonic()) * 1000)
    patient.locator("main form button[type=submit]").click()
    patient.wait_for_url("**/appointments/status/*/")
    expect(patient.get_by_text("not yet an appointment").first).to_be_visible()
    request = PatientRequest.objects.get()
    assert (request.first_name, request.last_name, request.suspected_spam) == ("Renée", "O'Neill", False)
    shown = patient.locator("main").inner_text()
    assert request.shown_reference in shown
    assert "sister" not in shown
    assert "1990" not in shown
    if javascript:
        check_axe(patient)

    call_command("worker", once=True)
    [sent] = [message for message in mail.outbox if message.to == ["renee@example.org"]]
    assert isinstance(sent, EmailMultiAlternatives)
    assert f"{settings.SITE_URL}{request.get_absolute_url()}" in sent.body
    for typed in ("Renée", "Neill", "sister", "1990", "Botox", "555-0142"):
        assert typed not in f"{sent.subject}{sent.body}{sent.alternatives}"

    desk = new_context(viewport=DESK, java_script_enabled=javascript).new_page()
    sign_in(desk, "front-desk")
    desk.goto("/admin/appointments/patientrequest/")
    row = desk.locator("main table tbody tr").filter(has_text="Renée")
    expect(row).to_have_count(1)
    row.get_by_role("link").first.click()
    expect(desk.get_by_role("heading", level=1)).to_have_count(1)
    expect(desk.get_by_text("Before my sister's wedding").first).to_be_visible()
    desk.get_by_role("button", name="Take", exact=True).click()
    expect(desk.get_by_text("In progress").first).to_be_visible()
    desk.get_by_role("link", name="Complete").click()
    desk.locator("textarea").first.fill("Booked her in by phone.")
    desk.locator("main form button[type=submit], #content-main form button[type=submit]").first.click()
    expect(desk.get_by_text("Completed").first).to_be_visible()
    request.refresh_from_db()
    assert request.status == "completed"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contents_follow_and_mark_where_one_is(
    new_context: CreateContextCallback, look: CheckAxe, scheme: Literal["light", "dark"]
) -> None:
    load()
    page = new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme).new_page()
    page.goto("/treatments/botox/")
    look(page)
    link = page.locator(".contents--beside a", has_text="Side effects and risks")
    before = link.evaluate("each => getComputedStyle(each).boxShadow")
    link.click()
    heading = page.locator("h2", has_text="Side effects and risks")
    expect(heading).to_be_in_viewport()
    expect(link).to_be_in_viewport()
    expect(link).not_to_have_css("box-shadow", before)
    top = heading.evaluate("each => each.getBoundingClientRect().top")
    assert top >= page.locator(".header__inner").evaluate("each => each.getBoundingClientRect().bottom")


@pytest.mark.browser_context_args(viewport=PHONE)
def test_a_callback_after_treatment_with_warning_signs_says_911(page: Page, check_axe: CheckAxe) -> None:
    load()
    page.goto("/appointments/callback/")
    page.fill("[name=first_name]", "Ada")
    page.fill("[name=phone]", "310 555 0143")
    signs = page.locator("#div_id_warning_signs")
    for topic, is_asked in (
        ("billing", False),
        ("treatment", True),
        ("other", False),
        ("after-treatment", True),
    ):
        page.check(f"[name=topic][value={topic}]")
        expect(signs).to_be_visible(visible=is_asked)
    page.check("[name=preferred_times][value=morning]")
    page.check("[name=voicemail_ok][value=yes]")
    page.check("[name=warning_signs][value=yes]")
    page.check("[name=consent]")
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_text("911").first).to_be_visible()
    check_axe(page)
    assert PatientRequest.objects.get().urgent


def test_the_language_takes_along_what_was_typed_and_enter_sends(new_context: CreateContextCallback) -> None:
    builders.clinic()
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/appointments/callback/")
    page.fill("[name=first_name]", "Ada")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("[name=first_name]")).to_have_value("Ada")
    page.locator("[name=first_name]").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(".error-summary")).to_be_visible()
