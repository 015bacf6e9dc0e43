"""No number and no date in an address, of the staff or of a patient, however absurd, ends in an error of the
server."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import Status
from appointments.models import PatientRequest
from tests import builders

pytestmark = pytest.mark.django_db
NUMBERS = ("9" * 30, "-1", "0", "1e9", "٣", "9" * 400, "NaN", "\x00", "")
DATES = (
    "0001-01-01", "9999-12-31", "2026-13-40", "99999-01-01", "1-1-1", "20261126", "2026-W48-4", "٢٠٢٦-١١-٢٦",
)  # fmt: skip
MOMENTS = (
    "00010101T0000Z", "99991231T2359Z", "20000101T0000Z", "21991231T2359Z", "20261126T2500Z", "T", "x" * 500,
    "20261126T0000Z" * 2,
)  # fmt: skip
PICKERS = ("request-offer", "request-book", "request-appointment-move", "request-book-again", "entry")
CALENDAR = ("schedule", "day-sheet", "appointments_appointment_changelist")
LISTS = (
    "appointments_appointment_changelist",
    "appointments_patientrequest_changelist",
    "appointments_message_changelist",
    "clinic_closure_changelist",
    "clinic_auditentry_changelist",
)
# What is asked, what it is given, and on which pages.
QUERIES = {
    "start": (MOMENTS, PICKERS),
    "from": (DATES, PICKERS),
    "minutes": (NUMBERS, PICKERS),
    "practitioner": (NUMBERS, (*PICKERS, *CALENDAR, "clinic_closure_changelist")),
    "treatment": (NUMBERS, ("entry", "appointments_patientrequest_changelist")),
    "day": (DATES, CALENDAR),
    "request": (NUMBERS, ("schedule",)),
    "p": (NUMBERS, LISTS),
    "o": (("1." * 200, "-99", "9" * 30), LISTS),
    "whose": (NUMBERS, ("clinic_closure_changelist", "clinic_openinghours_changelist")),
    "practitioner__id__exact": (NUMBERS, LISTS),
    "at__gte": (DATES, LISTS),
    "at__lt": (DATES, LISTS),
}


@pytest.fixture
def rows(clinic: object) -> dict[str, int]:
    """The request that each page is about."""
    in_progress = builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.org")
    booked = builders.appointment_request(status=Status.BOOKED, email="ada@example.org")
    builders.appointment(booked, builders.practitioner(), timezone.now() + timedelta(days=7))
    return {"request-appointment-move": booked.pk, "": in_progress.pk}


def address(name: str, rows: dict[str, int]) -> str:
    is_of_request = name.startswith("request-")
    return reverse(f"admin:{name}", args=[rows.get(name, rows[""])] if is_of_request else [])


@pytest.mark.parametrize("name", QUERIES)
def test_an_absurd_value_is_left_out_or_not_found(client: Client, rows: dict[str, int], name: str) -> None:
    client.force_login(builders.superuser())
    client.raise_request_exception = False
    values, pages = QUERIES[name]
    failed = [
        (page, value[:40], response.status_code)
        for page in pages
        for value in values
        if (response := client.get(address(page, rows), {name: value})).status_code
        not in {200, 302, 400, 404}
    ]
    assert failed == []


@pytest.mark.parametrize("name", ["start", "from", "minutes", "practitioner", "confirmed", "version"])
def test_posted_neither(desk_client: Client, rows: dict[str, int], name: str) -> None:
    desk_client.raise_request_exception = False
    values, _pages = QUERIES.get(name, (NUMBERS, ()))
    buttons = dict(zip(PICKERS, ("send", "book", "move", "store", "store"), strict=True))
    failed = [
        (page, value[:40], response.status_code)
        for page, button in buttons.items()
        for value in values
        if (response := desk_client.post(address(page, rows), {name: value, button: "1"})).status_code
        not in {200, 302, 409, 422}
    ]
    assert failed == []


def test_a_request_with_a_number_beyond_the_database_is_not_found(desk_client: Client) -> None:
    for page in ("request-offer", "request-take-offer", "request-book-again", "request-visit"):
        assert desk_client.get(reverse(f"admin:{page}", args=[10**30])).status_code == 404


def test_on_a_patients_page_neither(client: Client, rows: dict[str, int]) -> None:
    client.raise_request_exception = False
    builders.treatment("botox")
    token = PatientRequest.objects.get(pk=rows["request-appointment-move"]).token
    status = reverse("request-status", args=[token])
    posted = [f"{status}accept/{number}/" for number in ("9" * 30, "0", "9" * 400, "-1", "٣")]
    named = [f"{status}appointment.ics", status, f"{status}change/", f"{status}withdraw/", f"{status}cancel/"]
    named += [
        reverse("request-appointment", args=["botox"]),
        reverse("request-callback"),
        reverse("request-find"),
    ]
    sent = [
        *((url, {}, {}) for url in posted),
        *(
            (url, {"start": value, "from": value, "day": value}, {})
            for url in named
            for value in MOMENTS + DATES
        ),
        *(
            (url, {}, {"start": value, "appointment": value, "version": value})
            for url in named
            for value in NUMBERS
        ),
    ]
    failed = [
        (url, query or form, response.status_code)
        for url, query, form in sent
        for response in (client.get(url, query), client.post(url, form))
        if response.status_code not in {200, 302, 400, 404, 405, 409, 422, 429}
    ]
    assert failed == []
