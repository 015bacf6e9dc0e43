"""An editor pastes and links in Chromium; an error in the console fails."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect
from pytest_playwright import CreateContextCallback

from tests import builders
from tests.browser.conftest import SignIn
from tests.clinic.test_pasted import WORD
from tests.hostile_pastes import PASTES
from treatments.models import State, Treatment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """([html, plain]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", plain);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.querySelector("[contenteditable].ProseMirror").dispatchEvent(event);
}"""
ACTING = "[contenteditable] :is(script, img:not(.ProseMirror-separator), svg, iframe, [onerror], [onclick])"


@pytest.fixture
def treatment() -> Treatment:
    builders.clinic()
    builders.staff("Content editor", username="casey")
    return builders.treatment("botox")


def writing(page: Page, treatment: Treatment) -> None:
    page.goto(reverse("admin:treatments_treatment_words", args=[treatment.pk, "en"]))
    text = page.get_by_role("textbox", name="Text")
    text.click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")


def test_pasting_and_linking(
    new_context: CreateContextCallback, signed_in: SignIn, treatment: Treatment
) -> None:
    page = new_context().new_page()
    dialogs: list[str] = []

    def opened(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    page.on("dialog", opened)
    signed_in(page, "casey")
    writing(page, treatment)
    for pasted in PASTES:
        with page.expect_response("**/admin/pasted/"):
            page.evaluate(PASTE, [pasted, "plain"])
    assert page.locator(ACTING).count() == 0
    assert dialogs == []
    # What was pasted isn't saved yet: the browser asks before it goes.
    writing(page, treatment)
    assert dialogs == ["beforeunload"]
    page.evaluate(PASTE, [WORD, "plain"])
    expect(page.locator("[contenteditable] h2")).to_have_text("Care")
    page.locator("[contenteditable]").get_by_text("End", exact=True).dblclick()
    page.get_by_text("Link to a page of this site").click()
    page.get_by_role("button", name="Contact", exact=True).click()
    page.get_by_label("What changed, and why").fill("Pasted")
    page.get_by_role("button", name="Save the draft").click()
    draft = treatment.versions.get(state=State.DRAFT)
    assert "<li><p>Sit up</p></li>" in draft.body
    assert 'href="/contact/"' in draft.body
    assert isinstance(draft.editor, User)
    page.goto("/admin/")
    assert dialogs == ["beforeunload"]
