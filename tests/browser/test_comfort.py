"""Large text, narrow windows, wide spacing and the keyboard: nothing is too wide, cut or covered."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize
from pytest_playwright import CreateContextCallback

from appointments import demo
from tests import public_pages
from tests.browser.measures import arrived

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW: ViewportSize = {"width": 360, "height": 740}
SMALLEST: ViewportSize = {"width": 320, "height": 256}  # 1280 by 1024 at 400 % (WCAG 1.4.10)
LOOK = (Path(__file__).parent / "comfort.js").read_text()
FOCUS = (Path(__file__).parent / "focus.js").read_text()
SPACED = (Path(__file__).parent / "spacing.js").read_text()


def addresses() -> list[str]:
    """Every public page and form, and the page of a request in each status."""
    return [*public_pages.public(), *(row.get_absolute_url() for row in public_pages.of_patients())]


def complaints(page: Page, path: str) -> list[str]:
    page.goto(path)
    return [f"{path.partition('status/')[0]}: {each}" for each in page.evaluate(LOOK)]


@pytest.mark.parametrize("prefix", ["", "/es"], ids=["english", "spanish"])
def test_text_of_twice_the_size_fits_a_narrow_phone(new_context: CreateContextCallback, prefix: str) -> None:
    demo.make(24, timezone.now())
    page = new_context(viewport=NARROW, reduced_motion="reduce").new_page()
    found = [complaint for path in addresses() for complaint in complaints(page, prefix + path)]
    assert found == [], "\n".join(found)


def test_what_was_typed_wrong_fits_too(new_context: CreateContextCallback) -> None:
    demo.make(0, timezone.now())
    page = new_context(viewport=NARROW).new_page()
    for path in ("/appointments/request/botox/", "/es/appointments/callback/"):
        page.goto(path)
        page.locator("#send").click()
        page.locator(".error-summary").wait_for()
        arrived(page)
        assert page.evaluate(LOOK) == []


def test_with_wide_spacing_and_in_the_smallest_window_nothing_is_cut(
    new_context: CreateContextCallback,
) -> None:
    demo.make(24, timezone.now())
    page = new_context(viewport=SMALLEST, reduced_motion="reduce").new_page()
    found = []
    for path in addresses():
        page.goto(path)
        found += [f"{path.partition('status/')[0]}: {each}" for each in page.evaluate(SPACED)]
        # What stays in place would leave no room for the page.
        assert page.locator(".bar").evaluate_all(
            "bars => bars.every(bar => getComputedStyle(bar).position == 'static')"
        )
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("width", [360, 1280])
def test_answers_stand_in_one_line_or_below_each_other(
    new_context: CreateContextCallback, width: int
) -> None:
    demo.make(0, timezone.now())
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    for path in (
        "/appointments/request/botox/",
        "/es/appointments/request/botox/",
        "/appointments/callback/",
    ):
        page.goto(path)
        lines = page.locator("fieldset:visible:has([type=radio])").evaluate_all(
            """groups => groups.map(group => {
                const tops = [...group.querySelectorAll(".form-check")].map(each => each.offsetTop);
                return [tops.length, new Set(tops).size];
            })"""
        )
        assert lines
        assert [each for each in lines if each[1] not in (1, each[0])] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_what_has_the_focus_is_seen(new_context: CreateContextCallback, width: int) -> None:
    demo.make(18, timezone.now())
    rows = {row.status: row.get_absolute_url() for row in public_pages.of_patients()}
    page = new_context(viewport={"width": width, "height": 740}, reduced_motion="reduce").new_page()
    for path in ("/", "/treatments/botox/", "/appointments/request/botox/", rows["offered"], rows["booked"]):
        page.goto(path)
        stops = 0
        while stops < 200:
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            stops += 1
            assert page.evaluate(FOCUS) == "", path.partition("status/")[0]
        assert 15 <= stops < 200
