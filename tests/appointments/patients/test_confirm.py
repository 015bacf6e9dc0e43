"""The patient's page asks whether they come: shown on GET, said by POST, once, about the time on the page."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, PatientRequest
from clinic.models import Clinic
from tests import builders

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ASKS, SAYS_SO = "Please tell us that you are coming", "You are coming, thank you."


def booked(start: datetime, **values: object) -> Appointment:
    row = builders.appointment_request(status=Status.BOOKED, email="ada@example.org", **values)
    return builders.appointment(row, builders.practitioner(), start)


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    return booked(timezone.now() + DAY)


def page(client: Client, row: PatientRequest) -> str:
    return client.get(row.get_absolute_url()).content.decode()


def confirm(client: Client, visit: Appointment, **posted: object) -> tuple[int, str]:
    address = f"{visit.request.get_absolute_url()}confirm/"
    response = client.post(address, {"sequence": visit.sequence, **posted}, follow=True)
    return response.status_code, response.content.decode()


def test_the_page_asks_and_says_that_they_come(client: Client, visit: Appointment) -> None:
    shown = page(client, visit.request)
    assert ASKS in shown
    assert shown.count("Cancel or ask for another time") == 1
    for _twice in range(2):
        status, shown = confirm(client, visit)
        assert status == 200
        assert SAYS_SO in shown
        assert ASKS not in shown
        assert shown.count("Cancel or ask for another time") == 1
    assert visit.request.events.count() == 1
    assert "You told us that you are coming." in shown


def test_reading_confirms_nothing(client: Client, visit: Appointment) -> None:
    page(client, visit.request)
    assert client.get(f"{visit.request.get_absolute_url()}confirm/").status_code == 405
    visit.refresh_from_db()
    assert visit.confirmed_at is None


def test_it_is_not_asked_long_before(client: Client, clinic: Clinic) -> None:
    assert ASKS not in page(client, booked(timezone.now() + 9 * DAY).request)


def test_it_is_asked_where_no_reminder_goes_out(client: Client, clinic: Clinic) -> None:
    Clinic.objects.update(reminder_days=0, reminder_morning=None)
    assert ASKS in page(client, booked(timezone.now() + DAY).request)
    assert ASKS not in page(client, booked(timezone.now() + 3 * DAY).request)


def test_an_old_page_does_not_confirm_the_new_time(client: Client, visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(sequence=1)
    status, shown = confirm(client, visit)
    assert status == 409
    assert "Nothing is confirmed yet" in shown
    for odd in ("", "x", "9" * 30, "-1"):
        assert confirm(client, visit, sequence=odd)[0] == 409
    visit.refresh_from_db()
    assert visit.confirmed_at is None


def test_after_the_start_and_after_a_cancellation_it_is_refused_kindly(
    client: Client, visit: Appointment
) -> None:
    begun = booked(timezone.now() - timedelta(minutes=5))
    assert ASKS not in page(client, begun.request)
    status, shown = confirm(client, begun)
    assert status == 409
    assert "The appointment has begun" in shown
    scheduling.cancel(visit, None)
    status, shown = confirm(client, visit)
    assert status == 409
    assert "You have no appointment any more" in shown


def test_a_slip_of_the_desk_is_no_news(client: Client, visit: Appointment, front_desk: User) -> None:
    scheduling.confirm(visit, front_desk, sequence=0)
    assert "We noted that you are coming." in page(client, visit.request)
    scheduling.take_back_confirmation(visit, front_desk)
    shown = page(client, visit.request)
    assert "We noted that you are coming." not in shown
    assert ASKS in shown


def test_in_spanish(client: Client, visit: Appointment) -> None:
    shown = client.get(f"/es{visit.request.get_absolute_url()}").content.decode()
    assert "Sí, voy a ir" in shown
    assert ASKS not in shown
