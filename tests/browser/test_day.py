"""A whole day of the clinic in its browsers: two at the front desk, the dermatologist, and their patients."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as clock

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_playwright import CreateContextCallback

from appointments import roles
from appointments.models import Appointment, Decision, Kind, PatientRequest, Topic
from appointments.requests import intake
from appointments.staff.schedule.picking import posted_as
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.browser.conftest import CheckAxe, SignIn
from tests.browser.keys import tab_to
from tests.browser.test_journey import DESK, PHONE, QUICKEST, fill_appointment_form
from treatments.content_loader import load
from treatments.models import Answer, Treatment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INBOX = "/admin/appointments/patientrequest/"


@dataclass
class Hand:
    """Somebody's hand on the mouse, which counts."""

    page: Page
    clicks: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        self.clicks.append(str(what))
        what.click()


def send(name: str, topic: str = "", answer: str = Answer.NO, **values: object) -> PatientRequest:
    """A request as it comes in by the form: for a call about `topic`, else for Botox with every question
    answered alike."""
    treatment = None if topic else Treatment.objects.get(slug="botox")
    questions = treatment.screening_questions.all() if treatment else []
    now = timezone.now()
    facts: dict[str, object] = {
        "kind": Kind.CALLBACK if topic else Kind.APPOINTMENT,
        "topic": topic,
        "treatment": treatment,
        "date_of_birth": None if topic else date(1985, 3, 27),
        "first_name": name,
        "last_name": "Example",
        "contact_by": "phone",
        "privacy_version": "1",
        "submission_id": uuid.uuid4(),
        "submission_digest": name,
    }
    return intake.receive(
        PatientRequest(**(facts | values)),
        [intake.GivenAnswer(question, question.shown_text, answer) for question in questions],
        now,
    )


def row_of(page: Page, name: str) -> Locator:
    """The line of a person in the list."""
    return page.locator("#result_list tbody tr").filter(has_text=name)


def open_request(page: Page, name: str) -> None:
    """From the inbox to the page of somebody's request."""
    page.goto(INBOX)
    row_of(page, name).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def open_all(page: Page, request: PatientRequest) -> None:
    """The page of a request that waits no more, found by its reference."""
    page.goto(f"{INBOX}?q={request.reference}")
    row_of(page, request.shown_reference).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(request.shown_reference)


def offer_times(page: Page, name: str) -> None:
    """The times that the page proposes, held and sent."""
    open_request(page, name)
    page.get_by_role("link", name="Offer times").click()
    page.get_by_role("button", name="Hold and send").click()
    expect(page.get_by_text("Times offered").first).to_be_visible()


def open_review(page: Page, name: str) -> None:
    """From the dermatologist's list of today to the page of her decision."""
    page.goto("/admin/")
    page.get_by_role("region", name="For your decision").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="Your decision")).to_be_visible()


def decide(page: Page, name: str, decision: Decision, words: str = "") -> None:
    """A decision of the dermatologist."""
    open_review(page, name)
    page.locator(f"[name=decision][value={decision.value}]").check()
    page.get_by_label("Words for the patient").fill(words)
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text(f"Decided: {decision.label}")).to_be_visible()


def pick_a_time(page: Page, number: int = 1) -> None:
    """Another of the times that fit."""
    page.locator("[aria-labelledby=fitting] input[name=start]:not(:checked)").nth(number).check()


def status_of(request: PatientRequest) -> str:
    request.refresh_from_db()
    return request.status


def test_a_day_from_the_first_request_to_an_empty_inbox(
    new_context: CreateContextCallback, look: CheckAxe, signed_in: SignIn
) -> None:
    load()
    for username, role in (
        ("robin", roles.FRONT_DESK),
        ("jamie", roles.FRONT_DESK),
        ("umar", roles.DERMATOLOGIST),
    ):
        builders.staff(role, username=username)
    Practitioner.objects.update(user=User.objects.get(username="umar"))

    # The night's requests. Renée writes hers herself, while the clinic wakes up.
    renee = new_context(viewport=PHONE).new_page()
    renee.goto("/appointments/request/botox/")
    opened = time.monotonic()
    robin, jamie, umar = (new_context(viewport=DESK).new_page() for _ in range(3))
    for page, username in ((robin, "robin"), (jamie, "jamie"), (umar, "umar")):
        signed_in(page, username)
    fill_appointment_form(renee)
    renee.wait_for_timeout(max(0.0, opened + QUICKEST - time.monotonic()) * 1000)
    renee.locator("main form button[type=submit]").click()
    renee.wait_for_url("**/appointments/status/*/")
    look(renee)
    first = PatientRequest.objects.get()
    again = send("Renée", last_name="O'Neill", phone="+13105550142", email="renee@example.org")
    carla = send("Carla", Topic.TREATMENT, phone="+13105550150", voicemail_ok=False)
    uriel = send("Uriel", Topic.BILLING, phone="+13105550151", voicemail_ok=True)
    flora = send("Flora", answer=Answer.UNSURE, phone="+13105550152", email="flora@example.org")
    nadia = send("Nadia", answer=Answer.YES, phone="+13105550153", email="nadia@example.org")

    robin.goto("/admin/")
    expect(robin.locator("#count-new strong")).to_have_text("4")
    expect(robin.locator("#count-review strong")).to_have_text("2")
    look(robin)

    # Both see the same list; the second to take a request is told so, and overwrites nothing.
    jamie.goto(INBOX)
    robin.goto(INBOX)
    look(robin)
    line = row_of(robin, "Renée").filter(has_text=first.shown_reference)
    hand = Hand(robin)
    hand.click(line.get_by_role("button", name="Take"))
    expect(robin.get_by_text("The request is yours.")).to_be_visible()
    late = row_of(jamie, "Renée").filter(has_text=first.shown_reference)
    late.get_by_role("button", name="Take").click()
    expect(jamie.get_by_text("A colleague was faster")).to_be_visible()
    first.refresh_from_db()
    assert first.assignee is not None
    assert first.assignee.username == "robin"

    # From the inbox to times that are held and sent: at most four clicks, and no key.
    expect(robin.get_by_role("heading", level=1)).to_contain_text("Renée")
    hand.click(robin.get_by_role("link", name="Offer times"))
    expect(robin.get_by_role("button", name="Hold and send")).to_be_visible()
    hand.click(robin.get_by_role("button", name="Hold and send"))
    expect(robin.get_by_text("Times offered").first).to_be_visible()
    assert len(hand.clicks) <= 4, hand.clicks
    assert status_of(first) == "offered"
    look(robin)

    # Renée picks one of the times on her phone; the front desk moves it when she calls.
    renee.reload()
    expect(renee.get_by_role("heading", name="Please choose a time")).to_be_visible()
    look(renee)
    renee.get_by_role("button", name="Book this time").first.click()
    expect(renee.get_by_role("heading", name="Your appointment is booked")).to_be_visible()
    look(renee)
    before = Appointment.objects.coming().get(request=first).shown_time
    open_all(robin, first)
    robin.get_by_role("link", name="Move", exact=True).click()
    pick_a_time(robin)
    robin.get_by_role("button", name="Move to this time").click()
    expect(robin.get_by_text("Moved to")).to_be_visible()
    visit = Appointment.objects.coming().get(request=first)
    assert visit.shown_time != before
    renee.reload()
    expect(renee.locator(".booked")).to_contain_text(visit.shown_time)

    # She has written twice: the second one, with the dermatologist for the visit that she has, is closed with
    # a link both ways.
    open_request(jamie, again.shown_reference)
    expect(jamie.get_by_text("Possible duplicate").first).to_be_visible()
    jamie.get_by_role("link", name="Close", exact=True).click()
    jamie.get_by_label("A duplicate of another request").check()
    jamie.get_by_label("Reference of the other request").fill(first.shown_reference)
    jamie.get_by_role("button", name="Close", exact=True).click()
    expect(jamie.get_by_text("Closed: A duplicate").first).to_be_visible()
    jamie.get_by_role("region", name="Other requests").get_by_role(
        "link", name=first.shown_reference
    ).first.click()
    expect(jamie.get_by_role("heading", name="Duplicates of this one")).to_be_visible()
    look(jamie)

    # Two want a call: one is reached, the other isn't.
    open_request(jamie, "Carla")
    jamie.get_by_role("button", name="Take", exact=True).click()
    expect(jamie.get_by_role("button", name="Voicemail left")).to_have_count(0)
    jamie.get_by_role("button", name="Reached").click()
    jamie.get_by_role("link", name="Complete").click()
    jamie.get_by_label("What was done?").fill("Told her how a visit goes.")
    jamie.get_by_role("button", name="Complete").click()
    expect(jamie.get_by_text("Completed").first).to_be_visible()

    open_request(jamie, "Uriel")
    jamie.get_by_role("button", name="Take", exact=True).click()
    for number in (1, 2, 3):
        jamie.get_by_role("button", name="No answer").click()
        expect(jamie.get_by_text(f"{number} call")).to_be_visible()
    jamie.get_by_role("link", name="Close as unreachable").click()
    expect(jamie.get_by_label("Could not reach the patient")).to_be_checked()
    look(jamie)
    jamie.get_by_role("button", name="Close", exact=True).click()
    expect(jamie.get_by_text("Closed: Could not reach").first).to_be_visible()

    # Two have answered so that the dermatologist has to see it first. One she asks, the other she declines.
    open_request(robin, "Flora")
    expect(robin.get_by_role("link", name="Offer times")).to_have_count(0)
    open_review(umar, "Flora")
    look(umar)
    decide(umar, "Flora", Decision.NEEDS_INFORMATION, "Which medicines do you take?")
    decide(umar, "Nadia", Decision.NOT_SUITABLE, "Please wait until the infection has healed.")
    umar.goto("/admin/")
    expect(umar.get_by_text("Nothing waits for you.")).to_be_visible()
    look(umar)
    patient = new_context(viewport=PHONE).new_page()
    patient.goto(nadia.get_absolute_url())
    expect(patient.get_by_text("Please wait until the infection has healed.")).to_be_visible()
    look(patient)
    patient.goto(flora.get_absolute_url())
    expect(patient.get_by_text("Which medicines do you take?").first).to_be_visible()
    look(patient)
    patient.get_by_label("Your answer").fill("Only vitamins.")
    patient.get_by_role("button", name="Send the answer").click()
    expect(patient.get_by_text("Our dermatologist has a question")).to_have_count(0)
    open_review(umar, "Flora")
    expect(umar.get_by_text("Only vitamins.")).to_be_visible()
    decide(umar, "Flora", Decision.SUITABLE)

    # None of the offered times suits Flora; she is booked on the phone.
    offer_times(robin, "Flora")
    patient.reload()
    patient.get_by_role("link", name="None of these suits me").click()
    look(patient)
    patient.get_by_role("button", name="Ask for other times").click()
    expect(patient.get_by_role("heading", name="What happens next")).to_be_visible()
    open_request(robin, "Flora")
    robin.get_by_role("link", name="Book", exact=True).click()
    pick_a_time(robin, 4)
    look(robin)
    robin.get_by_role("button", name="Book this time").click()
    expect(robin.get_by_text("Booked:").first).to_be_visible()
    assert status_of(flora) == "booked"

    # A caller goes onto one screen, and is booked at once.
    jamie.goto(INBOX)
    jamie.get_by_role("link", name="Enter a request").click()
    jamie.get_by_label("What it is for").select_option("botox")
    jamie.get_by_role("button", name="Show its questions and times").click()
    fill_appointment_form(jamie)
    jamie.fill("[name=first_name]", "Callie")
    jamie.fill("[name=phone]", "310 555 0154")
    jamie.select_option("[name=start]", index=5)
    look(jamie)
    jamie.get_by_role("button", name="Store the entry").click()
    expect(jamie.get_by_text("Booked:").first).to_be_visible()
    caller = PatientRequest.objects.get(first_name="Callie")
    assert (caller.source, caller.status) == ("phone", "booked")

    # The schedule and the day sheet show the booked ones.
    day = f"day={timezone.localdate(visit.start)}"
    for address in (f"schedule/?{day}", f"schedule/?view=day&{day}", f"schedule/day-sheet/?{day}"):
        robin.goto(f"{INBOX}{address}")
        expect(robin.get_by_text("Renée").first).to_be_visible()
        look(robin)

    # The day of the visit. The dermatologist has signed off what patients take home.
    now = timezone.now()
    start = max(now - timedelta(hours=1), at(clinic_day(now), clock()))
    Appointment.objects.filter(pk=visit.pk).update(start=start, end=start + timedelta(minutes=30))
    umar.goto("/admin/")
    pages = umar.get_by_role("region", name="Medical review of the pages")
    pages.get_by_role("link", name="Caring for your skin after Botox").click()
    look(umar)
    umar.get_by_role("button", name="Sign off the medical content").click()
    expect(umar.get_by_text("The medical review is on record.")).to_be_visible()
    for step in ("The patient is here", "The visit took place"):
        open_all(robin, first)
        robin.get_by_role("link", name="Visit", exact=True).click()
        robin.get_by_role("button", name=step).click()
        expect(robin.get_by_role("button", name="Undo").first).to_be_visible()
    assert status_of(first) == "completed"
    # Her advice waits until the day has ended: until then the visit can be undone.
    call_command("worker", once=True)
    assert not first.aftercare_sent.exists()
    day_before = start - timedelta(days=1)
    Appointment.objects.filter(pk=visit.pk).update(start=day_before, end=day_before + timedelta(minutes=30))
    PatientRequest.objects.filter(pk=first.pk).update(finished_at=day_before + timedelta(hours=1))
    call_command("worker", once=True)
    renee.reload()
    expect(renee.get_by_role("heading", name="Caring for your skin after Botox")).to_be_visible()
    # Of what staff did, she reads that the time was moved; that she arrived changed nothing for her.
    expect(renee.get_by_text("We changed something about your appointment.")).to_have_count(1)
    look(renee)

    # Nothing waits any more.
    robin.goto(INBOX)
    expect(robin.get_by_text("Nothing here.")).to_be_visible()
    look(robin)
    for request, status in ((carla, "completed"), (uriel, "closed"), (nadia, "declined"), (again, "closed")):
        assert status_of(request) == status
    assert again.duplicate_of == first


@pytest.mark.browser_context_args(viewport=DESK, reduced_motion="reduce")
def test_times_are_offered_with_the_keyboard_alone(page: Page, signed_in: SignIn) -> None:
    load()
    builders.staff(username="robin")
    request = send("Kimani", phone="+13105550155", email="kimani@example.org")
    signed_in(page, "robin")

    tab_to(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Inbox"))
    page.keyboard.press("Enter")
    expect(row_of(page, "Kimani")).to_be_visible()
    tab_to(page, row_of(page, "Kimani").get_by_role("button", name="Take"))
    page.keyboard.press("Space")
    expect(page.get_by_text("The request is yours.")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Offer times"))
    page.keyboard.press("Enter")
    picked = page.locator("input[name=start]:checked")
    expect(picked).to_have_count(3)
    # One of the proposed times is let go, and another one picked instead.
    proposed = set(picked.evaluate_all("all => all.map(one => one.value)"))
    tab_to(page, page.locator(f"input[name=start][value='{min(proposed)}']"))
    page.keyboard.press("Space")
    expect(picked).to_have_count(2)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(picked).to_have_count(3)
    wanted = set(picked.evaluate_all("all => all.map(one => one.value)"))
    tab_to(page, page.get_by_role("link", name="Past the times"), back=True)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Hold and send"), within=3)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Times offered").first).to_be_visible()

    held = Appointment.objects.held().filter(request=request)
    assert {posted_as(each.start) for each in held} == wanted != proposed
    assert status_of(request) == "offered"
