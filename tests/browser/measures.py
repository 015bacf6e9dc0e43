"""What is measured of a page is measured of the whole page."""

from playwright.sync_api import Page


def arrived(page: Page) -> None:
    """Waits until the page to which a click has led is there: once the one before is left, a script finds a
    document with nothing in it, and would measure that or fail for the want of an element. A key needs
    `expect_navigation` besides."""
    page.wait_for_load_state("load")


def fits(page: Page) -> None:
    """Fails where a page is wider than its window and so scrolls sideways."""
    arrived(page)
    wide, room = page.evaluate("(root => [root.scrollWidth, root.clientWidth])(document.documentElement)")
    assert wide <= room, f"{page.url} is {wide} px wide where there are {room}"
