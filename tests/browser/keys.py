"""The keyboard alone: how far Tab is from what somebody wants, and whether they see where they are."""

from playwright.sync_api import Locator, Page

MOST_TABS = 150


def tab_to(page: Page, wanted: Locator, *, back: bool = False, within: int = MOST_TABS) -> None:
    """Presses Tab until the focus is on `wanted`, and sees that it can be seen there."""
    for _ in range(within):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            ring = wanted.evaluate(
                "element => { const s = getComputedStyle(element);"
                " return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0)"
                " || s.boxShadow !== 'none'; }"
            )
            assert ring, "the focus can't be seen"
            return
    raise AssertionError(f"Tab never reaches {wanted}")
