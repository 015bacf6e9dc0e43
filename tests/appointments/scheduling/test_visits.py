"""The visit and its way back: arrived, completed and no-show undone on the same clinic day."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.auth.models import User

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest
from appointments.patients import journey
from appointments.scheduling import NotBegun, SchedulingError, TimeTaken
from clinic.models import Clinic
from clinic.time.hours import at, clinic_day
from tests import builders

NOW = builders.WEDNESDAY
FRIDAY = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
MIDNIGHT = at(clinic_day(FRIDAY) + timedelta(days=1), time())
NOTES = {"arrived": scheduling.arrive, "fulfilled": scheduling.fulfil, "noshow": scheduling.no_show}

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(clinic: Clinic, front_desk: User) -> Appointment:
    patient_request = builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.org")
    return scheduling.book(patient_request, builders.practitioner(), FRIDAY, front_desk, now=NOW)


def stands(appointment: Appointment) -> tuple[str, str]:
    appointment.refresh_from_db()
    return str(appointment.status), str(PatientRequest.objects.get(pk=appointment.request_id).status)


@pytest.mark.parametrize("noted", NOTES)
def test_what_was_noted_is_undone_until_the_clinic_day_ends(
    booked: Appointment, front_desk: User, noted: str
) -> None:
    NOTES[noted](booked, front_desk, now=FRIDAY)
    assert stands(booked)[0] == noted
    written = Message.objects.count()
    scheduling.undo_visit(booked, front_desk, now=MIDNIGHT - timedelta(seconds=1))
    assert stands(booked) == (AppointmentStatus.BOOKED, Status.BOOKED)
    patient_request = PatientRequest.objects.get(pk=booked.request_id)
    assert patient_request.finished_at is None
    assert Message.objects.count() == written, "the patient is told nothing of a slip"
    last = patient_request.events.last()
    assert last is not None
    assert last.by == front_desk
    assert last.note.startswith("Undone: ")
    NOTES["fulfilled"](booked, front_desk, now=FRIDAY + HALF_HOUR)
    assert stands(booked) == (AppointmentStatus.FULFILLED, Status.COMPLETED)


@pytest.mark.parametrize("noted", NOTES)
def test_not_on_another_day_and_not_by_everybody(
    booked: Appointment, front_desk: User, editor: User, noted: str
) -> None:
    NOTES[noted](booked, front_desk, now=FRIDAY)
    before = stands(booked)
    for by, moment in ((front_desk, MIDNIGHT), (editor, FRIDAY), (None, FRIDAY)):
        with pytest.raises(SchedulingError):
            scheduling.undo_visit(booked, by, now=moment)
    assert stands(booked) == before


def test_what_was_not_noted_cannot_be_undone(booked: Appointment, front_desk: User) -> None:
    with pytest.raises(SchedulingError, match="nothing to undo"):
        scheduling.undo_visit(booked, front_desk, now=FRIDAY)
    scheduling.cancel(booked, front_desk, "Ill.", now=FRIDAY)
    with pytest.raises(SchedulingError, match="nothing to undo"):
        scheduling.undo_visit(booked, front_desk, now=FRIDAY)


def test_a_no_shows_time_that_is_taken_meanwhile_stays_taken(booked: Appointment, front_desk: User) -> None:
    scheduling.no_show(booked, front_desk, now=FRIDAY)
    walk_in = builders.appointment_request(status=Status.BOOKED)
    builders.appointment(walk_in, booked.practitioner, FRIDAY + HALF_HOUR / 2)
    with pytest.raises(TimeTaken):
        scheduling.undo_visit(booked, front_desk, now=FRIDAY + HALF_HOUR)
    assert stands(booked) == (AppointmentStatus.NOSHOW, Status.COMPLETED)


def test_not_when_the_request_has_gone_on(booked: Appointment, front_desk: User) -> None:
    scheduling.no_show(booked, front_desk, now=FRIDAY)
    patient_request = PatientRequest.objects.get(pk=booked.request_id)
    patient_request.move(Action.REOPEN, front_desk, "She called.", now=FRIDAY)
    with pytest.raises(SchedulingError, match="The request is now: In progress"):
        scheduling.undo_visit(booked, front_desk, now=FRIDAY)
    assert stands(booked) == (AppointmentStatus.NOSHOW, Status.IN_PROGRESS)


def test_a_calendar_learns_that_a_no_show_is_booked_again(booked: Appointment, front_desk: User) -> None:
    scheduling.no_show(booked, front_desk, now=FRIDAY)
    booked.refresh_from_db()
    ended = booked.sequence
    scheduling.undo_visit(booked, front_desk, now=FRIDAY)
    booked.refresh_from_db()
    assert booked.sequence > ended


def test_completed_before_the_start_is_asked_once(booked: Appointment, front_desk: User) -> None:
    early = FRIDAY - HALF_HOUR
    scheduling.arrive(booked, front_desk, now=early)
    with pytest.raises(NotBegun, match="hasn't begun"):
        scheduling.fulfil(booked, front_desk, now=early)
    assert stands(booked) == (AppointmentStatus.ARRIVED, Status.BOOKED)
    scheduling.fulfil(booked, front_desk, early=True, now=early)
    assert stands(booked) == (AppointmentStatus.FULFILLED, Status.COMPLETED)


def test_early_is_no_way_around_the_day(booked: Appointment, front_desk: User) -> None:
    with pytest.raises(SchedulingError, match="day of the visit"):
        scheduling.fulfil(booked, front_desk, early=True, now=NOW)


@pytest.mark.parametrize("leaves", [FRIDAY - HALF_HOUR / 2, FRIDAY + HALF_HOUR])
def test_an_arrived_patient_who_leaves_is_a_no_show(
    booked: Appointment, front_desk: User, leaves: datetime
) -> None:
    with pytest.raises(SchedulingError, match="hasn't begun"):
        scheduling.no_show(booked, front_desk, now=FRIDAY - HALF_HOUR)
    scheduling.arrive(booked, front_desk, now=FRIDAY - HALF_HOUR)
    scheduling.no_show(booked, front_desk, now=leaves)
    assert stands(booked) == (AppointmentStatus.NOSHOW, Status.COMPLETED)
    last = booked.request.events.last()
    assert last is not None
    assert last.note == "The patient left before the visit."


def test_the_patient_reads_nothing_of_a_slip(booked: Appointment, front_desk: User) -> None:
    patient_request = PatientRequest.objects.get(pk=booked.request_id)
    before = journey.thread(patient_request, patient_request.events.all(), [])
    path = journey.path(patient_request, list(patient_request.events.all()))
    scheduling.fulfil(booked, front_desk, now=FRIDAY)
    scheduling.undo_visit(booked, front_desk, now=FRIDAY)
    patient_request.refresh_from_db()
    assert journey.thread(patient_request, patient_request.events.all(), []) == before
    assert journey.path(patient_request, list(patient_request.events.all())) == path


@pytest.mark.parametrize("noted", ["fulfilled", "noshow"])
def test_a_finished_visit_is_reopened_with_a_note(booked: Appointment, front_desk: User, noted: str) -> None:
    NOTES[noted](booked, front_desk, now=FRIDAY)
    patient_request = PatientRequest.objects.get(pk=booked.request_id)
    patient_request.move(Action.REOPEN, front_desk, "She called.", now=MIDNIGHT + timedelta(days=2))
    assert stands(booked) == (noted, Status.IN_PROGRESS)
    again = scheduling.book(
        patient_request, booked.practitioner, FRIDAY + timedelta(days=7), front_desk, now=NOW
    )
    assert stands(again) == (AppointmentStatus.BOOKED, Status.BOOKED)
