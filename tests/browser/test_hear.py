"""The browser's own notifications for the staff: one for each happening, however many tabs are open."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_playwright import CreateContextCallback

from appointments.messages.to_staff import at_once
from appointments.models import Happening, NoticeChoice, PatientRequest, StaffNotice
from tests import builders
from tests.browser.conftest import CheckAxe, SignIn
from tests.browser.measures import fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Says what would be shown; the click on one goes through the object that the page made.
OBSERVED = """
window.Notification = class {
  static permission = "granted";
  static async requestPermission() { return "granted"; }
  constructor(words, options) { window.last = this; window.toldOf(words, options.tag); }
  close() {}
};
"""


def urgent() -> PatientRequest:
    row = builders.callback_request(first_name="Kanarion", urgent=True)
    at_once.tell(Happening.URGENT, [row.pk], timezone.now())
    return row


@pytest.fixture
def listener() -> User:
    builders.clinic()
    user = builders.staff()
    NoticeChoice.objects.create(user=user, urgent_in_browser=True)
    return user


def test_one_of_two_tabs_tells_once(
    new_context: CreateContextCallback, signed_in: SignIn, listener: User
) -> None:
    context = new_context(permissions=["notifications"])
    told: list[Any] = []
    context.expose_function("toldOf", lambda words, tag: told.append((words, tag)))
    context.add_init_script(OBSERVED)
    first, second = context.new_page(), context.new_page()
    with first.expect_response("**/admin/hear/new/") as asked:
        signed_in(first, listener.username)
    assert asked.value.status == 204
    second.goto("/admin/")
    row = urgent()
    # The one that asks is closed: the other asks at once, and what comes next asks in its place.
    with second.expect_response("**/admin/hear/new/"):
        first.close()
    second.wait_for_function("window.last !== undefined")
    number = StaffNotice.objects.get().pk
    assert told == [("An urgent request came in.", f"notice-{number}")]
    with context.expect_page() as opened:
        second.evaluate("window.last.onclick()")
    expect(opened.value).to_have_url(re.compile(rf"/patientrequest/{row.pk}/change/$"))
    opened.value.close()
    with second.expect_response("**/admin/hear/new/") as again:
        second.reload()
    assert again.value.status == 200, "the server still knows it"
    second.goto("/admin/hear/")
    expect(second.get_by_role("status")).to_contain_text("allowed in this browser")
    expect(second.get_by_text("Allow notifications in this browser")).to_be_hidden()
    assert len(told) == 1


def test_who_has_not_allowed_it_is_not_asked_for(
    new_context: CreateContextCallback, signed_in: SignIn, listener: User
) -> None:
    page = new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    urgent()
    signed_in(page, listener.username)
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if url.endswith("/hear/new/")] == []


def test_what_needs_a_script_is_not_offered_without(
    new_context: CreateContextCallback, signed_in: SignIn, listener: User
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    signed_in(page, listener.username)
    page.goto("/admin/hear/")
    expect(page.get_by_text("Allow notifications in this browser")).to_be_hidden()
    expect(page.get_by_role("button", name="Store")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_for_everybody(
    new_context: CreateContextCallback, signed_in: SignIn, look: CheckAxe, listener: User, width: int
) -> None:
    page: Page = new_context(viewport={"width": width, "height": 800}).new_page()
    signed_in(page, listener.username)
    page.goto("/admin/hear/")
    look(page)
    fits(page)
    page.get_by_role("checkbox", name=re.compile("A message could not be delivered.* By e-mail")).focus()
    page.keyboard.press("Space")
    page.get_by_label("From", exact=True).fill("21:00")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("Give both times")
    look(page)
    page.get_by_label("Until", exact=True).fill("07:00")
    page.get_by_role("button", name="Store").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("It holds from now on")
    assert NoticeChoice.objects.get().failed_by_email
