"""A patient explains an answer on a phone, in either language; the dermatologist reads it and goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import ViewportSize, expect
from pytest_playwright import CreateContextCallback

from appointments import roles
from appointments.models import AppointmentStatus, PatientRequest, ScreeningAnswer
from tests import builders
from tests.browser.conftest import CheckAxe
from tests.browser.measures import fits
from tests.browser.test_journey import DESK, PHONE, fill_appointment_form, sign_in
from treatments.content_loader import load
from treatments.models import Treatment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "size", "scripts"),
    [("", DESK, False), ("/es", PHONE, True)],
)
def test_words_beside_an_answer(
    new_context: CreateContextCallback, check_axe: CheckAxe, language: str, size: ViewportSize, scripts: bool
) -> None:
    load()
    page = new_context(viewport=size, java_script_enabled=scripts).new_page()
    page.goto(f"{language}/appointments/request/botox/")
    words = page.locator("[name=screening_7_words]")
    expect(words).to_be_hidden()
    fill_appointment_form(page)
    expect(words).to_be_hidden()
    page.check("[name=screening_7][value=yes]")
    words.fill("Gentamicin, since Monday")
    page.check("[name=screening_7][value=no]")
    expect(words).to_be_visible()  # what is written is never out of sight
    page.check("[name=screening_7][value=unsure]")
    page.uncheck("[name=consent]")
    page.locator("#send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(words).to_have_value("Gentamicin, since Monday")
    if scripts:
        fits(page)
        check_axe(page)
    page.check("[name=consent]")
    page.locator("#send").click()
    page.wait_for_url("**/appointments/status/*/")
    kept = ScreeningAnswer.objects.get(number=7)
    assert (kept.answer, kept.words, bool(kept.hint)) == ("unsure", "Gentamicin, since Monday", True)


def test_the_review_with_history_leads_to_the_next(
    new_context: CreateContextCallback, check_axe: CheckAxe
) -> None:
    load()
    builders.staff(roles.DERMATOLOGIST, username="doctor")
    botox, now = Treatment.objects.get(), timezone.now()
    rows: list[PatientRequest] = []
    for name in ("Rosa", "Nadia"):
        row = builders.appointment_request(
            first_name=name, treatment=botox, status="clinical_review", screening_flagged=True,
            decision_owed=True,
        )  # fmt: skip
        for question in botox.screening_questions:
            flagged = question.number in (6, 7)
            ScreeningAnswer.objects.create(
                request=row, question=question, number=question.number, question_text=question.text,
                hint=question.hint, answer="yes" if flagged else "no", is_flagged=flagged,
                words="Dysport, on September 30, at another clinic" if question.number == 6 else "",
            )  # fmt: skip
        rows.append(row)
    before = builders.appointment_request(
        person=rows[0].person, first_name="Rosa", treatment=botox, status="completed", finished_at=now
    )
    builders.appointment(
        before, builders.practitioner(), now - timedelta(days=40), status=AppointmentStatus.FULFILLED
    )
    ScreeningAnswer.objects.create(
        request=before, question=botox.screening_questions.get(number=8), number=8, question_text="Then?",
        hint="Hint of then", answer="yes", words="Left lid, in 2019", is_flagged=True,
    )  # fmt: skip

    page = new_context(viewport=DESK).new_page()
    sign_in(page, "doctor")
    page.goto(f"/admin/appointments/patientrequest/{rows[0].pk}/review/")
    expect(page.get_by_text("Dysport, on September 30")).to_be_visible()
    expect(page.get_by_text("Left lid, in 2019")).to_be_visible()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        fits(page)
        check_axe(page)
    page.locator("[name=decision][value=suitable]").check()
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text("Decided: ")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(rows[1].shown_reference)
    page.goto(f"/admin/appointments/patientrequest/{rows[0].pk}/change/")
    fits(page)
    check_axe(page)
