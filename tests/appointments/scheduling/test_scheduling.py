"""Holding, taking, booking, moving, cancelling: what the rules let through and what they refuse."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import Appointment, AppointmentStatus, EventKind, PatientRequest, RequestEvent
from appointments.scheduling import SchedulingError, TimeTaken
from clinic.models import Clinic, Practitioner
from tests import builders

# Wednesday 10:00 in Los Angeles; the hold of an offer made then ends on Thursday at 17:00.
NOW = builders.WEDNESDAY
FRIDAY = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def in_progress(**values: object) -> PatientRequest:
    return builders.appointment_request(status=Status.IN_PROGRESS, **values)


def offered(doctor: Practitioner, by: User, count: int = 3, first: datetime = FRIDAY) -> list[Appointment]:
    starts = [first + number * HALF_HOUR for number in range(count)]
    return scheduling.offer(in_progress(), doctor, starts, by, now=NOW)


def statuses(request: PatientRequest) -> list[str]:
    return list(
        Appointment.objects.filter(request=request).order_by("start").values_list("status", flat=True)
    )


def test_an_offer_holds_its_times_until_the_end_of_the_next_clinic_day(
    doctor: Practitioner, front_desk: User
) -> None:
    held = offered(doctor, front_desk)
    request = held[0].request
    request.refresh_from_db()
    assert request.status == Status.OFFERED
    assert [row.start for row in held] == [FRIDAY, FRIDAY + HALF_HOUR, FRIDAY + 2 * HALF_HOUR]
    assert all(row.end - row.start == HALF_HOUR for row in held)
    assert {row.hold_until for row in held} == {datetime(2026, 12, 4, 1, 0, tzinfo=UTC)}
    assert all(row.created_by == front_desk for row in held)


def test_a_hold_never_lasts_past_the_first_of_its_times(doctor: Practitioner, front_desk: User) -> None:
    soon = NOW + timedelta(hours=2)
    held = scheduling.offer(in_progress(), doctor, [FRIDAY, soon], front_desk, now=NOW)
    assert {row.hold_until for row in held} == {soon}


def test_the_visit_takes_as_long_as_the_treatment(doctor: Practitioner, front_desk: User) -> None:
    request = in_progress(treatment=builders.treatment(visit_minutes=45))
    [held] = scheduling.offer(request, doctor, [FRIDAY], front_desk, now=NOW)
    assert held.end - held.start == timedelta(minutes=45)


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        ([], "one to three"),
        ([FRIDAY + number * HALF_HOUR for number in range(4)], "one to three"),
        ([NOW - HALF_HOUR], "passed"),
        ([FRIDAY, FRIDAY + timedelta(minutes=15)], "overlap"),
        ([FRIDAY, FRIDAY], "overlap"),
        ([FRIDAY + timedelta(days=1)], "isn't there"),
        ([datetime(2026, 12, 4, 16, 45, tzinfo=UTC)], "isn't there"),
        ([datetime(2026, 12, 5, 0, 45, tzinfo=UTC)], "isn't there"),
        ([datetime(2026, 12, 4, 10, 0)], "time zone"),  # noqa: DTZ001
    ],
    ids=["none", "four", "past", "overlap", "twice", "saturday", "too early", "past closing", "naive"],
)
def test_times_that_cant_be_offered(
    doctor: Practitioner, front_desk: User, starts: list[datetime], why: str
) -> None:
    request = in_progress()
    with pytest.raises(SchedulingError, match=why):
        scheduling.offer(request, doctor, starts, front_desk, now=NOW)
    assert statuses(request) == []
    assert PatientRequest.objects.get(pk=request.pk).status == Status.IN_PROGRESS
    assert not RequestEvent.objects.exists()


def test_no_time_with_a_practitioner_who_sees_no_patients(clinic: Clinic, front_desk: User) -> None:
    with pytest.raises(SchedulingError, match="sees no patients"):
        scheduling.book(in_progress(), builders.practitioner(is_active=False), FRIDAY, front_desk, now=NOW)


def test_a_decision_that_is_owed_bars_offering_and_booking(doctor: Practitioner, front_desk: User) -> None:
    request = in_progress(decision_owed=True)
    for step in (
        lambda: scheduling.offer(request, doctor, [FRIDAY], front_desk, now=NOW),
        lambda: scheduling.book(request, doctor, FRIDAY, front_desk, now=NOW),
    ):
        with pytest.raises(SchedulingError, match="dermatologist"):
            step()
    assert statuses(request) == []


def test_only_staff_who_handle_requests_offer_and_book(doctor: Practitioner, editor: User) -> None:
    """Without anybody it is the clinic itself that offers: an earlier time, where it has allowed that."""
    with pytest.raises(SchedulingError):
        scheduling.offer(in_progress(), doctor, [FRIDAY], editor, now=NOW)
    for by in (None, editor):
        with pytest.raises(SchedulingError):
            scheduling.book(in_progress(), doctor, FRIDAY, by, now=NOW)
    assert not Appointment.objects.exists()


def test_a_new_request_is_taken_on_the_way_only_when_asked(doctor: Practitioner, front_desk: User) -> None:
    request = builders.appointment_request()
    with pytest.raises(SchedulingError):
        scheduling.offer(request, doctor, [FRIDAY], front_desk, now=NOW)
    scheduling.offer(request, doctor, [FRIDAY], front_desk, take=True, seen_version=request.version, now=NOW)
    assert (request.status, request.assignee) == (Status.OFFERED, front_desk)
    assert list(request.events.values_list("action", flat=True)) == ["take", "offer"]


def test_the_second_of_two_colleagues_is_told(doctor: Practitioner, front_desk: User) -> None:
    request = builders.appointment_request()
    seen = request.version
    scheduling.offer(request, doctor, [FRIDAY], front_desk, take=True, seen_version=seen, now=NOW)
    second = builders.staff()
    with pytest.raises(SchedulingError, match="A colleague was faster"):
        scheduling.book(request, doctor, FRIDAY + HALF_HOUR, second, take=True, seen_version=seen, now=NOW)
    assert statuses(request) == [AppointmentStatus.PENDING]


def test_held_and_booked_time_is_refused_and_the_time_beside_it_is_not(
    doctor: Practitioner, front_desk: User
) -> None:
    offered(doctor, front_desk, count=1)
    scheduling.book(in_progress(), doctor, FRIDAY + HALF_HOUR, front_desk, now=NOW)
    for start in (FRIDAY, FRIDAY + HALF_HOUR, FRIDAY + timedelta(minutes=15)):
        request = in_progress()
        with pytest.raises(TimeTaken, match="just been taken"):
            scheduling.book(request, doctor, start, front_desk, now=NOW)
        assert request.events.count() == 0
    scheduling.book(in_progress(), builders.practitioner(), FRIDAY, front_desk, now=NOW)


def test_an_expired_hold_never_stands_in_the_way(doctor: Practitioner, front_desk: User) -> None:
    [held] = offered(doctor, front_desk, count=1)
    assert held.hold_until
    later = held.hold_until
    with pytest.raises(TimeTaken):
        scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=later - timedelta(seconds=1))
    scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=later)
    first = PatientRequest.objects.get(pk=held.request_id)
    assert (first.status, first.respond_by) == (Status.IN_PROGRESS, later)


def test_taking_one_books_it_and_frees_the_others(doctor: Practitioner, front_desk: User) -> None:
    held = offered(doctor, front_desk)
    booked = scheduling.accept(held[1], now=NOW)
    assert (booked.status, booked.hold_until) == (AppointmentStatus.BOOKED, None)
    assert statuses(held[0].request) == ["cancelled", "booked", "cancelled"]
    assert PatientRequest.objects.get(pk=held[0].request_id).status == Status.BOOKED
    scheduling.book(in_progress(), doctor, held[0].start, front_desk, now=NOW)


def test_a_second_acceptance_is_refused(doctor: Practitioner, front_desk: User) -> None:
    held = offered(doctor, front_desk)
    scheduling.accept(held[0], now=NOW)
    for row in held:
        with pytest.raises(SchedulingError, match="already"):
            scheduling.accept(row, now=NOW)
    assert statuses(held[0].request) == ["booked", "cancelled", "cancelled"]


def test_an_ended_hold_cant_be_taken(doctor: Practitioner, front_desk: User) -> None:
    held = offered(doctor, front_desk)
    with pytest.raises(SchedulingError, match="hold has ended"):
        scheduling.accept(held[0], now=held[0].hold_until)
    assert set(statuses(held[0].request)) == {"pending"}


def test_a_withdrawn_requests_offer_cant_be_taken(doctor: Practitioner, front_desk: User) -> None:
    held = offered(doctor, front_desk)
    PatientRequest.objects.get(pk=held[0].request_id).move("withdraw", now=NOW)
    with pytest.raises(SchedulingError, match="isn't held"):
        scheduling.accept(held[0], now=NOW)


def test_none_suits_frees_the_times_and_keeps_the_words(doctor: Practitioner, front_desk: User) -> None:
    held = offered(doctor, front_desk)
    request = PatientRequest.objects.get(pk=held[0].request_id)
    scheduling.none_suits(request, " Only after 3pm, please. ", now=NOW)
    request.refresh_from_db()
    assert (request.status, request.respond_by) == (Status.IN_PROGRESS, NOW)
    assert request.events.get(action="none_suits").note == "Only after 3pm, please."
    assert set(statuses(request)) == {"cancelled"}
    with pytest.raises(SchedulingError):
        scheduling.none_suits(request, "", now=NOW)


def test_expired_holds_end_once_and_the_others_stay(doctor: Practitioner, front_desk: User) -> None:
    ended = offered(doctor, front_desk)
    monday = datetime(2026, 12, 7, 18, 0, tzinfo=UTC)
    friday_morning = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
    [kept] = scheduling.offer(in_progress(), doctor, [monday], front_desk, now=friday_morning)
    # That offer let go of the expired holds of this practitioner; make a second set to end here.
    assert set(statuses(ended[0].request)) == {"cancelled"}
    other = builders.practitioner()
    again = scheduling.offer(in_progress(), other, [FRIDAY, FRIDAY + HALF_HOUR], front_desk, now=NOW)
    assert scheduling.release_expired(friday_morning) == 1
    assert scheduling.release_expired(friday_morning) == 0
    assert set(statuses(again[0].request)) == {"cancelled"}
    assert statuses(kept.request) == ["pending"]


def test_moving_frees_the_old_time_and_takes_the_new_one(doctor: Practitioner, front_desk: User) -> None:
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    moved = scheduling.move_appointment(booked, FRIDAY + HALF_HOUR, front_desk, now=NOW)
    assert (moved.pk, moved.start, moved.sequence) == (booked.pk, FRIDAY + HALF_HOUR, 1)
    assert moved.uid == booked.uid
    assert (
        "December 4, 10am to Friday, December 4, 10:30am"
        in booked.request.events.get(kind="appointment").note
    )
    scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    with pytest.raises(TimeTaken):
        scheduling.move_appointment(moved, FRIDAY, front_desk, now=NOW)
    moved.refresh_from_db()
    assert (moved.start, moved.sequence) == (FRIDAY + HALF_HOUR, 1)


def test_moving_to_another_practitioner(doctor: Practitioner, front_desk: User) -> None:
    other = builders.practitioner()
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    assert scheduling.move_appointment(booked, FRIDAY, front_desk, other, now=NOW).practitioner == other
    with pytest.raises(SchedulingError, match="already"):
        scheduling.move_appointment(booked, FRIDAY, front_desk, other, now=NOW)
    with pytest.raises(SchedulingError):
        scheduling.move_appointment(booked, FRIDAY + HALF_HOUR, None, now=NOW)


def test_cancelling_by_staff_puts_the_request_back_with_the_reason(
    doctor: Practitioner, front_desk: User
) -> None:
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    scheduling.cancel(booked, front_desk, "The doctor is ill.", now=NOW)
    booked.refresh_from_db()
    request = PatientRequest.objects.get(pk=booked.request_id)
    assert (booked.status, booked.cancellation_reason) == (AppointmentStatus.CANCELLED, "The doctor is ill.")
    assert (booked.sequence, booked.cancelled_at) == (1, NOW)
    assert (request.status, request.respond_by) == (Status.IN_PROGRESS, NOW)
    with pytest.raises(SchedulingError):
        scheduling.cancel(booked, front_desk, "", now=NOW)


@pytest.mark.parametrize(
    ("before", "note"),
    [
        (timedelta(hours=24), "Ill."),
        (timedelta(seconds=24 * 3600 - 1), "Late cancellation. Ill."),
        (timedelta(seconds=1), "Late cancellation. Ill."),
    ],
)
def test_the_patient_cancels_at_any_hour_and_the_desk_sees_that_it_is_late(
    doctor: Practitioner, front_desk: User, before: timedelta, note: str
) -> None:
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    scheduling.cancel(booked, None, "Ill.", now=FRIDAY - before)
    booked.refresh_from_db()
    assert (booked.status, booked.cancellation_reason) == (AppointmentStatus.CANCELLED, "Ill.")
    assert booked.request.events.get(action=Action.APPOINTMENT_CANCELLED).note == note


def test_what_has_begun_is_cancelled_by_nobody_but_the_desk(doctor: Practitioner, front_desk: User) -> None:
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    with pytest.raises(SchedulingError, match="call us"):
        scheduling.cancel(booked, None, "", now=FRIDAY)
    scheduling.cancel(booked, front_desk, "", now=FRIDAY)
    assert not booked.request.events.filter(note__contains="Late").exists()


def test_cancelling_held_times_one_by_one(doctor: Practitioner, front_desk: User) -> None:
    held = offered(doctor, front_desk, count=2)
    request = PatientRequest.objects.get(pk=held[0].request_id)
    scheduling.cancel(held[0], front_desk, "", now=NOW)
    request.refresh_from_db()
    assert (request.status, statuses(request)) == (Status.OFFERED, ["cancelled", "pending"])
    scheduling.cancel(held[1], front_desk, "", now=NOW)
    request.refresh_from_db()
    assert (request.status, statuses(request)) == (Status.IN_PROGRESS, ["cancelled", "cancelled"])


def test_the_visit(doctor: Practitioner, front_desk: User) -> None:
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    for step in (scheduling.arrive, scheduling.fulfil, scheduling.no_show):
        with pytest.raises(SchedulingError, match="hasn't"):
            step(booked, front_desk, now=NOW)
        with pytest.raises(SchedulingError):
            step(booked, None, now=FRIDAY)
    with pytest.raises(SchedulingError, match="hasn't begun"):
        scheduling.no_show(booked, front_desk, now=FRIDAY - HALF_HOUR)
    scheduling.arrive(booked, front_desk, now=FRIDAY - timedelta(minutes=5))
    arrived = booked.request.events.get(note="The patient has arrived.")
    assert arrived.kind == EventKind.MARK, "the patient's page would say that something has changed"
    with pytest.raises(SchedulingError):
        scheduling.arrive(booked, front_desk, now=FRIDAY)
    scheduling.fulfil(booked, front_desk, now=FRIDAY)
    request = PatientRequest.objects.get(pk=booked.request_id)
    assert (request.status, statuses(request)) == (Status.COMPLETED, ["fulfilled"])
    with pytest.raises(SchedulingError):
        scheduling.fulfil(booked, front_desk, now=FRIDAY)


def test_a_patient_who_didnt_come(doctor: Practitioner, front_desk: User) -> None:
    booked = scheduling.book(in_progress(), doctor, FRIDAY, front_desk, now=NOW)
    scheduling.no_show(booked, front_desk, now=FRIDAY + HALF_HOUR)
    request = PatientRequest.objects.get(pk=booked.request_id)
    assert (request.status, statuses(request)) == (Status.COMPLETED, ["noshow"])


def test_one_broken_request_keeps_no_other_hold_from_ending(
    doctor: Practitioner, front_desk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = offered(doctor, front_desk, 1)[0].request
    other = offered(doctor, front_desk, 1, FRIDAY + HALF_HOUR)[0].request
    after_move = notices.after_move

    def break_for_one(request: PatientRequest, event: RequestEvent) -> None:
        if request.pk == broken.pk:
            raise ValueError
        after_move(request, event)

    monkeypatch.setattr(notices, "after_move", break_for_one)
    assert scheduling.release_expired(FRIDAY) == 1
    other.refresh_from_db()
    assert other.status == Status.IN_PROGRESS
