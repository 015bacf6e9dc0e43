"""One rule for flags, the owed decision and the dermatologist's list; it lifts what it set itself."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from appointments.lifecycle import Action, Status
from appointments.models import Decision, PatientRequest, RequestEvent
from appointments.requests import correction, reviewing, spam
from clinic.models import Closure
from tests import builders

pytestmark = pytest.mark.django_db

TOO_OLD, FITTING = date(1930, 1, 1), date(1990, 5, 17)


@pytest.fixture
def waiting(clinic: object) -> PatientRequest:
    return builders.appointment_request(treatment=builders.treatment(), date_of_birth=FITTING)


def born(row: PatientRequest, day: date, by: User) -> PatientRequest:
    """`row` as stored after its date of birth was corrected."""
    fresh = PatientRequest.objects.get(pk=row.pk)
    fresh.date_of_birth = day
    correction.correct(fresh, ["date_of_birth"], by, "Misheard.", fresh.version, timezone.now())
    return PatientRequest.objects.get(pk=row.pk)


def state(row: PatientRequest) -> tuple[str, bool, bool]:
    return row.status, row.decision_owed, row.age_flagged


def test_an_age_outside_the_range_brings_it_to_the_dermatologist_and_back(
    waiting: PatientRequest, front_desk: User
) -> None:
    row = born(waiting, TOO_OLD, front_desk)
    assert state(row) == (Status.CLINICAL_REVIEW, True, True)
    assert list(PatientRequest.objects.in_inbox().filter(status=Status.CLINICAL_REVIEW)) == [row]
    row = born(waiting, FITTING, front_desk)
    assert state(row) == (Status.NEW, False, False)
    actions = RequestEvent.objects.filter(request=row).exclude(action="").values_list("action", flat=True)
    assert list(actions) == [Action.ASK_REVIEW, Action.SCREENING_LIFTED]


def test_what_somebody_has_taken_stays_theirs(waiting: PatientRequest, front_desk: User) -> None:
    waiting.move(Action.TAKE, front_desk)
    born(waiting, TOO_OLD, front_desk)
    row = born(waiting, FITTING, front_desk)
    assert (row.status, row.assignee) == (Status.IN_PROGRESS, front_desk)


def test_another_flag_keeps_it_with_her(waiting: PatientRequest, front_desk: User) -> None:
    PatientRequest.objects.filter(pk=waiting.pk).update(screening_flagged=True)
    born(waiting, TOO_OLD, front_desk)
    assert state(born(waiting, FITTING, front_desk)) == (Status.CLINICAL_REVIEW, True, False)


def test_what_the_front_desk_asked_stays_asked(waiting: PatientRequest, front_desk: User) -> None:
    waiting.move(Action.ASK_REVIEW, front_desk)
    born(waiting, TOO_OLD, front_desk)
    assert state(born(waiting, FITTING, front_desk)) == (Status.CLINICAL_REVIEW, True, False)


def test_what_the_front_desk_asked_stays_held_when_it_is_reopened(
    waiting: PatientRequest, front_desk: User
) -> None:
    waiting.move(Action.ASK_REVIEW, front_desk)
    waiting.move(Action.WITHDRAW)
    waiting.move(Action.REOPEN, front_desk, "She called.")
    assert state(born(waiting, date(1991, 5, 17), front_desk)) == (Status.IN_PROGRESS, True, False)


def test_her_own_question_stays_open(waiting: PatientRequest, front_desk: User, dermatologist: User) -> None:
    row = born(waiting, TOO_OLD, front_desk)
    reviewing.decide(row, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    row = born(waiting, FITTING, front_desk)
    assert state(row) == (Status.IN_PROGRESS, True, False)
    assert reviewing.open_question(row)


def test_what_she_decided_is_not_asked_again(
    waiting: PatientRequest, front_desk: User, dermatologist: User
) -> None:
    reviewing.decide(born(waiting, TOO_OLD, front_desk), Decision.SUITABLE, dermatologist)
    assert state(born(waiting, date(1931, 1, 1), front_desk)) == (Status.IN_PROGRESS, False, True)


def test_what_is_offered_is_flagged_and_stays_offered(waiting: PatientRequest, front_desk: User) -> None:
    PatientRequest.objects.filter(pk=waiting.pk).update(status=Status.OFFERED)
    assert state(born(waiting, TOO_OLD, front_desk)) == (Status.OFFERED, False, True)


def test_suspected_spam_is_held_and_reaches_her_when_it_is_freed(
    waiting: PatientRequest, front_desk: User
) -> None:
    PatientRequest.objects.filter(pk=waiting.pk).update(suspected_spam=True)
    assert state(born(waiting, TOO_OLD, front_desk)) == (Status.NEW, True, True)
    assert state(born(waiting, FITTING, front_desk)) == (Status.NEW, False, False)
    born(waiting, TOO_OLD, front_desk)
    spam.free(PatientRequest.objects.filter(pk=waiting.pk), front_desk, timezone.now())
    waiting.refresh_from_db()
    assert state(waiting) == (Status.CLINICAL_REVIEW, True, True)


def test_a_corrected_phone_number_is_marked_anew(waiting: PatientRequest, front_desk: User) -> None:
    for number, to_check in (("+12305550123", True), ("+13105550188", False)):
        fresh = PatientRequest.objects.get(pk=waiting.pk)
        fresh.phone = number
        correction.correct(fresh, ["phone"], front_desk, "Misheard.", fresh.version, timezone.now())
        stored = PatientRequest.objects.get(pk=waiting.pk)
        assert stored.phone_to_check is to_check
        assert stored.phone_digits == number.removeprefix("+")


@pytest.mark.parametrize("status", [Status.OFFERED, Status.BOOKED, Status.WITHDRAWN])
def test_what_was_flagged_meanwhile_is_looked_at_when_it_comes_back(
    waiting: PatientRequest, front_desk: User, status: str
) -> None:
    finished = timezone.now() if status == Status.WITHDRAWN else None
    PatientRequest.objects.filter(pk=waiting.pk).update(status=status, finished_at=finished)
    born(waiting, TOO_OLD, front_desk)
    step = {
        Status.OFFERED: (Action.HOLD_ENDED, None),
        Status.BOOKED: (Action.APPOINTMENT_CANCELLED, front_desk),
        Status.WITHDRAWN: (Action.REOPEN, front_desk),
    }[Status(status)]
    waiting.move(*step, "Why.")
    assert state(waiting) == (Status.CLINICAL_REVIEW, True, True)


def test_a_closure_to_the_wrong_year_lets_her_ask(
    waiting: PatientRequest, front_desk: User, dermatologist: User
) -> None:
    waiting.move(Action.ASK_REVIEW, front_desk)
    Closure.objects.create(first_day=date(2020, 1, 1), last_day=date(2072, 1, 1))
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    assert waiting.respond_by > timezone.now()
