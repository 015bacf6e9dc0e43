"""Text of twice the size on a narrow phone: nothing is wider than the screen, no word is cut in two."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize
from pytest_playwright import CreateContextCallback

from appointments import demo
from appointments.models import PatientRequest
from clinic.models import Practitioner
from treatments.models import Article, Treatment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW: ViewportSize = {"width": 360, "height": 740}
LOOK = (Path(__file__).parent / "comfort.js").read_text()


def addresses() -> list[str]:
    """Every public page and form, and the page of a request in each status."""
    slugs = [f"/treatments/{page.slug}/" for page in Treatment.objects.all()]
    slugs += [f"/articles/{page.slug}/" for page in Article.objects.all()]
    slugs += [f"/doctors/{doctor.slug}/" for doctor in Practitioner.objects.all()]
    forms = ["", "request/", "request/botox/", "request/consultation/", "callback/", "find/"]
    states = {row.status: row for row in PatientRequest.objects.order_by("pk")}
    tokens = [f"/appointments/status/{row.token}/" for row in states.values()]
    public = ["/", "/treatments/", "/articles/", "/contact/", "/privacy/", "/no-such-page/", *slugs]
    return [*public, *(f"/appointments/{form}" for form in forms if form), *tokens]


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
        assert page.evaluate(LOOK) == []
