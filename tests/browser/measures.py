"""What is measured of a page is measured of the whole page."""

from playwright.sync_api import Page


def arrived(page: Page) -> None:
    """Waits until the page to which a click or a key leads is there. As soon as the one before is left, a
    script finds a document with nothing in it: it would measure that, or fail for the want of an element."""
    page.wait_for_load_state("load")


def fits(page: Page) -> None:
    """Fails where a page is wider than its window and so scrolls sideways."""
    arrived(page)
    window = page.viewport_size
    assert window
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= window["width"], f"{page.url} is {width} px wide in a window of {window['width']}"
