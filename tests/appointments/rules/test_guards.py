"""What the database refuses by itself, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from appointments import guards
from appointments.models import ACTIVE_STATUSES, Appointment, AppointmentStatus
from appointments.models.appointment import LONGEST
from clinic.models import Clinic, Practitioner
from tests import builders

START = builders.WEDNESDAY
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def place(doctor: Practitioner, minutes: int, status: str = AppointmentStatus.BOOKED) -> Appointment:
    start = START + timedelta(minutes=minutes)
    hold = start if status == AppointmentStatus.PENDING else None
    request = builders.appointment_request()
    return builders.appointment(request, doctor, start, status=status, hold_until=hold)


def refused(doctor: Practitioner, minutes: int, status: str = AppointmentStatus.BOOKED) -> bool:
    try:
        with transaction.atomic():
            place(doctor, minutes, status)
    except IntegrityError as error:
        return guards.OVERLAP in str(error)
    return False


@pytest.mark.django_db
@pytest.mark.parametrize("first", ACTIVE_STATUSES)
@pytest.mark.parametrize("second", ACTIVE_STATUSES)
def test_active_appointments_never_overlap(doctor: Practitioner, first: str, second: str) -> None:
    place(doctor, 0, first)
    for minutes in (-29, -15, 0, 15, 29):
        assert refused(doctor, minutes, second), minutes
    assert not refused(doctor, 30, second)
    assert not refused(doctor, -30, second)
    assert not refused(builders.practitioner(), 0, second)


@pytest.mark.django_db
@pytest.mark.parametrize("ended", [AppointmentStatus.CANCELLED, AppointmentStatus.NOSHOW])
def test_ended_appointments_take_no_time(doctor: Practitioner, ended: str) -> None:
    row = place(doctor, 0, ended)
    assert not refused(doctor, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(status=AppointmentStatus.BOOKED)


@pytest.mark.django_db
def test_moving_onto_another_is_refused(doctor: Practitioner) -> None:
    row = place(doctor, 0)
    place(doctor, 30)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=row.pk).update(start=START + HALF_HOUR, end=START + 2 * HALF_HOUR)
    Appointment.objects.filter(pk=row.pk).update(start=START - HALF_HOUR, end=START)


@pytest.mark.django_db
def test_no_appointment_is_longer_than_a_day(doctor: Practitioner) -> None:
    """By that the look for one that overlaps ends a day before."""
    row = place(doctor, 0)
    rows = Appointment.objects.filter(pk=row.pk)
    assert guards.LONGEST == "1 day"
    assert timedelta(days=1) == LONGEST
    with pytest.raises(IntegrityError, match=guards.TOO_LONG), transaction.atomic():
        rows.update(end=START + LONGEST + timedelta(minutes=1))
    with pytest.raises(IntegrityError, match=guards.TOO_LONG), transaction.atomic():
        builders.appointment(
            builders.appointment_request(), builders.practitioner(), START, end=START + 2 * LONGEST
        )
    rows.update(end=START + LONGEST)
    assert refused(doctor, 24 * 60 - 1)
    assert refused(doctor, -29)
    assert not refused(doctor, 24 * 60)
    assert list(Appointment.objects.between(START + timedelta(hours=23), START + LONGEST)) == [row]


@pytest.mark.django_db
def test_the_guards_are_there_after_migrate() -> None:
    assert names_of_guards() >= expected_guards()


@pytest.mark.django_db(transaction=True)
def test_a_rebuilt_table_gets_its_guards_back() -> None:
    """SQLite drops the triggers of a table that Django rebuilds; migrate brings them back."""
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite rebuilds tables.")
    field = Appointment._meta.get_field("cancellation_reason")
    longer = models.CharField("reason", max_length=501, blank=True)
    longer.set_attributes_from_name("cancellation_reason")
    longer.model = Appointment
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, field, longer, strict=True)
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, longer, field, strict=True)
    assert not names_of_guards() >= expected_guards(), (
        "the rebuild has to have dropped them, or this proves nothing"
    )
    call_command("migrate", verbosity=0)
    assert names_of_guards() >= expected_guards()


def names_of_guards() -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype IN ('x', 'c')"
                " UNION SELECT tgname FROM pg_trigger"
            )
        return {name for (name,) in cursor.fetchall()}


def expected_guards() -> set[str]:
    of_appointments = {guards.OVERLAP, guards.TOO_LONG}
    if connection.vendor == "sqlite":
        of_appointments = {f"{name}_{event}" for name in of_appointments for event in ("insert", "update")}
    return of_appointments | {f"{table}_append_only" for table in guards.APPEND_ONLY_TABLES}
