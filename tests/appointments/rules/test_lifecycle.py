"""The table of moves, exhaustively: every status, every action, every role, against the database."""

from datetime import timedelta
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from appointments import lifecycle
from appointments.lifecycle import Action, ClosedReason, ColleagueWasFaster, MoveRefused, Status
from appointments.models import PatientRequest, RequestEvent
from tests import builders

ROLES = ("front_desk", "dermatologist", "editor", "nobody")
# The table once more, by hand from the design, so that a slip in lifecycle.py is noticed.
DESK, DOCTOR, NOBODY = "front_desk", "dermatologist", "nobody"
STAFF = {DESK, DOCTOR}
EXPECTED: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("new", "take"): ("in_progress", STAFF),
    ("in_progress", "put_back"): ("new", STAFF),
    ("new", "ask_review"): ("clinical_review", STAFF | {NOBODY}),
    ("in_progress", "ask_review"): ("clinical_review", STAFF | {NOBODY}),
    ("clinical_review", "decide"): ("in_progress", {DOCTOR}),
    ("clinical_review", "screening_lifted"): ("new", {NOBODY}),
    ("in_progress", "offer"): ("offered", STAFF | {NOBODY}),
    ("offered", "take_offer"): ("booked", STAFF | {NOBODY}),
    ("offered", "none_suits"): ("in_progress", STAFF | {NOBODY}),
    ("offered", "hold_ended"): ("in_progress", {NOBODY}),
    ("offered", "hold_fallen"): ("in_progress", {NOBODY}),
    ("in_progress", "book"): ("booked", STAFF),
    ("booked", "appointment_cancelled"): ("in_progress", STAFF | {NOBODY}),
    ("booked", "ask_other"): ("booked", STAFF | {NOBODY}),
    ("booked", "offer_other"): ("booked", STAFF | {NOBODY}),
    ("booked", "take_other"): ("booked", STAFF | {NOBODY}),
    ("booked", "keep_time"): ("booked", STAFF | {NOBODY}),
    ("booked", "other_ended"): ("booked", STAFF | {NOBODY}),
    ("booked", "confirm"): ("booked", STAFF | {NOBODY}),
    ("booked", "confirm_undone"): ("booked", STAFF),
    ("booked", "complete"): ("completed", STAFF),
    ("in_progress", "complete"): ("completed", STAFF),
    ("completed", "visit_undone"): ("booked", STAFF),
    **{(status, "decline"): ("declined", STAFF) for status in ("new", "in_progress", "offered")},
    **{
        (status, "close"): ("closed", STAFF)
        for status in ("new", "in_progress", "clinical_review", "offered")
    },
    **{
        (status, "withdraw"): ("withdrawn", STAFF | {NOBODY})
        for status in ("new", "in_progress", "clinical_review", "offered", "booked")
    },
    **{
        (status, "reopen"): ("in_progress", STAFF)
        for status in ("withdrawn", "declined", "closed", "completed")
    },
}


def in_status(status: str) -> PatientRequest:
    finished = timezone.now() if status in lifecycle.FINISHED else None
    reason = ClosedReason.SPAM if status == Status.CLOSED else ""
    return builders.callback_request(
        status=status, finished_at=finished, closed_reason=reason, respond_by=timezone.now()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_status_with_every_action(role: str, request: pytest.FixtureRequest) -> None:
    by: User | None = None if role == NOBODY else request.getfixturevalue(role)
    kept = {status: in_status(status) for status in Status}
    for status, action in product(Status, Action):
        target, who = EXPECTED.get((status, action), ("", set()))
        allowed = role in who
        patient_request = in_status(status) if allowed else kept[status]
        assert (action in patient_request.possible_actions(by)) == allowed, (status, action)
        if allowed:
            patient_request.move(action, by, "a note", reason=ClosedReason.SPAM)
        else:
            with pytest.raises(MoveRefused):
                patient_request.move(action, by, "a note", reason=ClosedReason.SPAM)
        stored = PatientRequest.objects.get(pk=patient_request.pk)
        assert stored.status == (target if allowed else status), (status, action)
        assert RequestEvent.objects.filter(request=stored).count() == int(allowed)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [DESK, NOBODY])
def test_whose_wish_a_step_was_is_on_its_event(role: str, request: pytest.FixtureRequest) -> None:
    by: User | None = None if role == NOBODY else request.getfixturevalue(role)
    for (status, action), (_target, who) in EXPECTED.items():
        if role not in who:
            continue
        event = in_status(status).move(action, by, "a note", reason=ClosedReason.SPAM)
        of_patient = {
            "take_offer",
            "none_suits",
            "appointment_cancelled",
            "withdraw",
            "take_other",
            "keep_time",
            "confirm",
            "ask_other",
        }
        wished = action == "withdraw" or (by is None and action in of_patient)
        assert event.is_patients_wish == event.wish_of_patient == wished, (status, action)
    booked = in_status("booked")
    assert booked.move(Action.APPOINTMENT_CANCELLED, by, wish_of_patient=True).is_patients_wish


@pytest.mark.django_db
@pytest.mark.parametrize("reason", [*ClosedReason, "lost", ""])
def test_every_reason_to_close_is_one_of_the_list(reason: str, front_desk: User) -> None:
    patient_request = builders.callback_request()
    if reason not in ClosedReason.values:
        with pytest.raises(MoveRefused):
            patient_request.move(Action.CLOSE, front_desk, reason=reason)
        return
    if reason == ClosedReason.OTHER:
        with pytest.raises(MoveRefused, match="Write a note"):
            patient_request.move(Action.CLOSE, front_desk, " ", reason=reason)
    patient_request.move(Action.CLOSE, front_desk, "Why it was.", reason=reason)
    assert PatientRequest.objects.get().closed_reason == reason


@pytest.mark.django_db
def test_who_comes_second_is_told_who_did_what(front_desk: User) -> None:
    kim = builders.staff(first_name="Kim")
    stored = builders.callback_request()
    stored.move(Action.TAKE, kim, now=timezone.now() - timedelta(minutes=2))
    with pytest.raises(ColleagueWasFaster, match=r"Kim took it 2 minutes ago\.$"):
        stored.move(Action.TAKE, front_desk)
    with pytest.raises(ColleagueWasFaster) as refused:
        stored.move(Action.TAKE, kim)
    assert "You took it 2 minutes ago." in str(refused.value)
    assert "colleague" not in str(refused.value)
    stored.move(Action.WITHDRAW)
    with pytest.raises(ColleagueWasFaster) as refused:
        stored.move(Action.DECLINE, front_desk)
    assert str(refused.value) == "The request is now: Withdrawn. The patient withdrew it just now."
    with pytest.raises(ColleagueWasFaster) as told_to_patient:
        stored.move(Action.WITHDRAW)
    assert "Kim" not in str(told_to_patient.value), "patients aren't told who works here"


@pytest.mark.django_db
def test_second_of_two_colleagues_is_told(front_desk: User) -> None:
    first = builders.callback_request()
    second = PatientRequest.objects.get(pk=first.pk)
    first.move(Action.TAKE, front_desk)
    with pytest.raises(ColleagueWasFaster, match="A colleague was faster"):
        second.move(Action.TAKE, builders.staff())
    assert PatientRequest.objects.get(pk=first.pk).assignee == front_desk
    assert RequestEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_version_seen_before_a_colleagues_move_is_refused(front_desk: User) -> None:
    request = builders.callback_request()
    seen = request.version
    request.move(Action.TAKE, front_desk)
    request.move(Action.PUT_BACK, front_desk)
    with pytest.raises(ColleagueWasFaster):
        request.move(Action.TAKE, front_desk, seen_version=seen)


@pytest.mark.django_db
def test_closing_needs_a_reason_and_reopening_a_note(front_desk: User) -> None:
    request = builders.callback_request()
    with pytest.raises(MoveRefused):
        request.move(Action.CLOSE, front_desk)
    request.move(Action.CLOSE, front_desk, reason=ClosedReason.UNREACHABLE)
    assert request.closed_reason == ClosedReason.UNREACHABLE
    with pytest.raises(MoveRefused):
        request.move(Action.REOPEN, front_desk, "  ")
    request.move(Action.REOPEN, front_desk, "She called back.")
    assert (request.closed_reason, request.finished_at, request.assignee) == ("", None, front_desk)


@pytest.mark.django_db
def test_an_unknown_action_is_refused(front_desk: User) -> None:
    with pytest.raises(MoveRefused):
        builders.callback_request().move("delete", front_desk)
