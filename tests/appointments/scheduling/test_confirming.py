"""The patient confirms a booked time: once, before it begins, and only the time that they were shown."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.messages.calendar_files import calendar_file
from appointments.models import Appointment, AppointmentStatus
from appointments.scheduling import SchedulingError
from clinic.models import Clinic, Practitioner
from tests import builders

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def who(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


@pytest.fixture
def visit(who: Practitioner) -> Appointment:
    request = builders.appointment_request(status=Status.BOOKED, email="ada@example.org")
    return builders.appointment(request, who, NOW + DAY)


def events(visit: Appointment) -> list[str]:
    return list(visit.request.events.values_list("action", flat=True))


def test_it_is_on_the_appointment_and_once_on_the_timeline(visit: Appointment) -> None:
    twin = Appointment.objects.get(pk=visit.pk)
    assert scheduling.confirm(visit, sequence=0, now=NOW)
    assert visit.confirmed_at == NOW
    assert not scheduling.confirm(twin, sequence=0, now=NOW + timedelta(minutes=1))
    assert twin.confirmed_at == NOW
    [event] = visit.request.events.all()
    assert (event.action, event.to_status, event.by) == (Action.CONFIRM, Status.BOOKED, None)
    assert event.is_patients_wish
    assert not visit.request.messages.exists()


def test_the_desk_notes_it_for_the_patient_and_takes_it_back(visit: Appointment, front_desk: User) -> None:
    assert scheduling.confirm(visit, front_desk, sequence=0, now=NOW)
    [event] = visit.request.events.all()
    assert event.by == front_desk
    assert event.is_patients_wish
    scheduling.take_back_confirmation(visit, front_desk, now=NOW)
    assert visit.confirmed_at is None
    assert events(visit) == [Action.CONFIRM, Action.CONFIRM_UNDONE]
    with pytest.raises(SchedulingError):
        scheduling.take_back_confirmation(visit, front_desk, now=NOW)
    assert scheduling.confirm(visit, sequence=0, now=NOW)


def test_who_may_not_work_on_requests_notes_nothing(visit: Appointment, editor: User) -> None:
    with pytest.raises(SchedulingError):
        scheduling.confirm(visit, editor, sequence=0, now=NOW)
    visit.refresh_from_db()
    assert visit.confirmed_at is None
    scheduling.confirm(visit, sequence=0, now=NOW)
    with pytest.raises(SchedulingError):
        scheduling.take_back_confirmation(visit, editor, now=NOW)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("begun", "has begun"),
        ("cancelled", "has ended or is cancelled"),
        ("arrived", "has begun"),
        ("moved", "has changed since"),
    ],
)
def test_what_can_no_longer_be_confirmed_is_refused(
    visit: Appointment, front_desk: User, when: str, words: str
) -> None:
    now = NOW
    if when == "begun":
        now = visit.start
    elif when == "cancelled":
        scheduling.cancel(visit, None, now=NOW)
    elif when == "arrived":
        scheduling.arrive(visit, front_desk, now=visit.start - timedelta(minutes=5))
    else:
        scheduling.move_appointment(visit, NOW + 2 * DAY, front_desk, now=NOW)
    before = events(visit)
    with pytest.raises(SchedulingError, match=words):
        scheduling.confirm(visit, sequence=0, now=now)
    visit.refresh_from_db()
    assert visit.confirmed_at is None
    assert events(visit) == before


def test_a_move_clears_it_and_the_same_time_with_another_doctor_keeps_it(
    visit: Appointment, front_desk: User
) -> None:
    scheduling.confirm(visit, sequence=0, now=NOW)
    other = builders.practitioner(name="Dr. Other")
    moved = scheduling.move_appointment(visit, visit.start, front_desk, other, now=NOW)
    assert moved.confirmed_at == NOW
    moved = scheduling.move_appointment(visit, visit.start + DAY, front_desk, now=NOW)
    assert moved.confirmed_at is None
    assert scheduling.confirm(moved, sequence=moved.sequence, now=NOW)


def test_the_database_knows_no_confirmed_hold_and_none_after_the_start(visit: Appointment) -> None:
    rows = Appointment.objects.filter(pk=visit.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(confirmed_at=visit.start)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(confirmed_at=NOW, status=AppointmentStatus.PENDING, hold_until=NOW)
    rows.update(confirmed_at=NOW, status=AppointmentStatus.NOSHOW)


def test_the_calendar_entry_stays_as_it_is(visit: Appointment) -> None:
    before = calendar_file(visit, Clinic.current(), "desk@example.org", NOW)
    scheduling.confirm(visit, sequence=0, now=NOW)
    assert calendar_file(visit, Clinic.current(), "desk@example.org", NOW) == before
