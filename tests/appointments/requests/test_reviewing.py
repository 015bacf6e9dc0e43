"""The clinical review: who may decide, what a decision does, the question to the patient and its answer."""

from datetime import date, time, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import Action, ColleagueWasFaster, MoveRefused, Status
from appointments.models import ClinicalReview, Decision, EventKind, Message, PatientRequest, RequestEvent
from appointments.models.timeline import AppendOnlyError
from appointments.requests import reviewing
from appointments.requests.reviewing import ReviewRefused
from clinic.time.hours import at
from tests import builders

NOTE = "zebrafish-note"


@pytest.fixture
def waiting(db: None) -> PatientRequest:
    """A request whose decision is owed."""
    return builders.appointment_request(
        status=Status.CLINICAL_REVIEW, decision_owed=True, screening_flagged=True, email="ada@example.org"
    )


def stored(request: PatientRequest) -> PatientRequest:
    return PatientRequest.objects.get(pk=request.pk)


@pytest.mark.parametrize(
    ("decision", "status", "held"),
    [
        (Decision.SUITABLE, Status.IN_PROGRESS, False),
        (Decision.CONSULTATION_FIRST, Status.IN_PROGRESS, False),
        (Decision.NEEDS_INFORMATION, Status.IN_PROGRESS, True),
        (Decision.NOT_SUITABLE, Status.DECLINED, True),
    ],
)
def test_what_each_decision_does(
    waiting: PatientRequest, dermatologist: User, decision: str, status: str, held: bool
) -> None:
    review = reviewing.decide(waiting, decision, dermatologist, "Words for you.", NOTE)
    row = stored(waiting)
    assert (row.status, row.decision_owed) == (status, held)
    assert (review.decision, review.words_for_patient, review.note) == (decision, "Words for you.", NOTE)
    event = RequestEvent.objects.get(request=waiting, action=Action.DECIDE)
    assert event.by == dermatologist
    assert NOTE not in event.note
    assert not any(NOTE in message.text + message.html + message.subject for message in Message.objects.all())


def test_only_a_dermatologist_decides(waiting: PatientRequest, front_desk: User, editor: User) -> None:
    for user in (front_desk, editor):
        with pytest.raises(ReviewRefused):
            reviewing.decide(waiting, Decision.SUITABLE, user)
    assert stored(waiting).decision_owed
    assert not ClinicalReview.objects.exists()


@pytest.mark.parametrize("decision", [Decision.NEEDS_INFORMATION, Decision.NOT_SUITABLE])
def test_words_are_owed(waiting: PatientRequest, dermatologist: User, decision: str) -> None:
    with pytest.raises(ReviewRefused):
        reviewing.decide(waiting, decision, dermatologist, "   ")
    assert stored(waiting).status == Status.CLINICAL_REVIEW
    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicalReview.objects.create(request=waiting, decision=decision, by=dermatologist, at=timezone.now())


def test_the_second_decision_leaves_nothing_behind(waiting: PatientRequest, dermatologist: User) -> None:
    late = stored(waiting)
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    with pytest.raises(ColleagueWasFaster):
        reviewing.decide(late, Decision.SUITABLE, dermatologist)
    assert ClinicalReview.objects.count() == 1
    assert stored(waiting).decision_owed


def test_a_request_seen_before_it_changed_is_not_decided(
    waiting: PatientRequest, dermatologist: User
) -> None:
    with pytest.raises(ColleagueWasFaster):
        reviewing.decide(waiting, Decision.SUITABLE, dermatologist, seen_version=waiting.version + 1)
    assert stored(waiting).decision_owed


def test_no_offer_and_no_booking_before_the_decision(
    waiting: PatientRequest, dermatologist: User, front_desk: User
) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    for action in (Action.OFFER, Action.BOOK):
        with pytest.raises(MoveRefused):
            waiting.move(action, front_desk)
    for status in (Status.OFFERED, Status.BOOKED):
        with pytest.raises(IntegrityError), transaction.atomic():
            PatientRequest.objects.filter(pk=waiting.pk).update(status=status)


def test_the_patients_answer_comes_back_to_the_dermatologist(
    waiting: PatientRequest, dermatologist: User
) -> None:
    assert reviewing.open_question(waiting) is None
    now = timezone.now()
    review = reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?", now=now)
    assert reviewing.open_question(waiting) == review
    later = now + timedelta(days=3)
    event = reviewing.answer(waiting, "  Aspirin.  ", later)
    assert (event.kind, event.note, event.by) == (EventKind.ANSWER, "Aspirin.", None)
    assert (waiting.status, waiting.decision_owed) == (Status.CLINICAL_REVIEW, True)
    assert waiting.respond_by > later
    assert reviewing.open_question(waiting) is None
    with pytest.raises(ReviewRefused):
        reviewing.answer(waiting, "Again.", later)
    assert RequestEvent.objects.filter(kind=EventKind.ANSWER).count() == 1


def test_a_question_is_due_again_when_the_patients_time_is_over(
    waiting: PatientRequest, dermatologist: User, front_desk: User
) -> None:
    now = builders.WEDNESDAY
    requests = PatientRequest.objects

    def state() -> tuple[bool, bool]:
        return requests.overdue(now).exists(), requests.with_open_question().exists()

    requests.update(respond_by=now - timedelta(days=1))
    assert state() == (True, False)
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?", now=now)
    assert state() == (False, True)
    assert requests.waiting().exists(), "nothing leaves the inbox before it is done"
    # Three clinic days after a Wednesday: Monday's close.
    assert waiting.respond_by == at(date(2026, 12, 7), time(17))
    assert requests.overdue(waiting.respond_by + timedelta(minutes=1)).exists()
    waiting.move(Action.PUT_BACK, front_desk)
    assert state() == (False, True)
    reviewing.answer(waiting, "Aspirin.", now)
    assert state() == (False, False)
    assert waiting.respond_by == at(date(2026, 12, 3), time(17)), "the promise counts from the answer"
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "How much?", now=now)
    assert state() == (False, True)
    waiting.move(Action.ASK_REVIEW, front_desk)
    assert state() == (False, False), "it is with the dermatologist again"


def test_staff_read_that_the_patient_is_asked(
    waiting: PatientRequest, dermatologist: User, desk_client: Client
) -> None:
    PatientRequest.objects.update(respond_by=timezone.now() - timedelta(days=1))
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    page = reverse("admin:appointments_patientrequest_change", args=[waiting.pk])
    inbox = reverse("admin:appointments_patientrequest_changelist")
    words = "Waits for the patient's answer to the dermatologist's question."
    answer = desk_client.get(page)
    assert words in unescape(answer.text)
    assert not any(button.is_next for button in answer.context["buttons"])
    assert waiting.shown_reference not in desk_client.get(inbox, {"state": "overdue"}).text
    builders.appointment_request(status=Status.OFFERED)
    builders.appointment_request(status=Status.BOOKED)
    tab = desk_client.get(inbox, {"state": "with-patient"})
    assert len(tab.context["cl"].result_list) == 3
    assert 'With the patient <small class="tab-count">3</small>' in tab.text
    listed = unescape(desk_client.get(inbox, {"state": "with-patient", "flag": "decision"}).text)
    assert waiting.shown_reference in listed
    assert "With the patient" in listed
    assert "question waiting for the patient's answer" in unescape(
        desk_client.get(reverse("admin:today")).text
    )
    reviewing.answer(waiting, "Aspirin.", timezone.now())
    assert words not in unescape(desk_client.get(page).text)


def test_she_may_ask_twice_at_the_same_moment(waiting: PatientRequest, dermatologist: User) -> None:
    now = timezone.now()
    for question in ("Which medicine?", "How much of it?"):
        review = reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, question, now=now)
        assert reviewing.open_question(waiting) == review
        reviewing.answer(waiting, "Words.", now)
    assert reviewing.open_question(waiting) is None


def test_an_answer_after_the_front_desk_sent_it_back_itself(
    waiting: PatientRequest, dermatologist: User, front_desk: User
) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    waiting.move(Action.ASK_REVIEW, front_desk, "She called: aspirin.")
    reviewing.answer(waiting, "Aspirin.", timezone.now())
    assert waiting.status == Status.CLINICAL_REVIEW


def test_a_request_that_has_ended_asks_nothing(waiting: PatientRequest, dermatologist: User) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    waiting.move(Action.WITHDRAW)
    assert reviewing.open_question(waiting) is None
    with pytest.raises(ReviewRefused):
        reviewing.answer(waiting, "Aspirin.", timezone.now())


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001])
def test_an_answer_of_the_wrong_length(waiting: PatientRequest, dermatologist: User, words: str) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?")
    with pytest.raises(ReviewRefused):
        reviewing.answer(waiting, words, timezone.now())
    assert reviewing.open_question(waiting)


def test_a_review_is_never_rewritten(waiting: PatientRequest, dermatologist: User) -> None:
    review = reviewing.decide(waiting, Decision.SUITABLE, dermatologist, note=NOTE)
    review.note = "other"
    with pytest.raises(AppendOnlyError):
        review.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        ClinicalReview.objects.filter(pk=review.pk).update(note="other")
    assert ClinicalReview.objects.get().note == NOTE


def test_a_plain_decide_is_a_decision_on_record(waiting: PatientRequest, dermatologist: User) -> None:
    """Whoever knows the table of moves alone gets a request that times can be offered for."""
    waiting.move("decide", dermatologist, "Looks fine.")
    row = stored(waiting)
    assert (row.status, row.decision_owed) == (Status.IN_PROGRESS, False)
    review = ClinicalReview.objects.get(request=waiting)
    assert (review.decision, review.by) == (Decision.SUITABLE, dermatologist)


def test_a_consultation_first_takes_as_long_as_a_consultation(dermatologist: User) -> None:
    clinic = builders.clinic(consultation_minutes=20)
    request = builders.appointment_request(
        status=Status.CLINICAL_REVIEW, decision_owed=True, treatment=builders.treatment(visit_minutes=45)
    )
    assert request.visit_minutes(clinic) == 45
    reviewing.decide(request, Decision.CONSULTATION_FIRST, dermatologist)
    assert request.visit_minutes(clinic) == 20


def test_while_the_patient_owes_the_answer_their_page_calls_nothing_late(
    waiting: PatientRequest, dermatologist: User, client: Client
) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Since when?")
    PatientRequest.objects.update(respond_by=timezone.now() - timedelta(days=2))
    text = client.get(waiting.get_absolute_url()).text
    assert "Our answer is late" not in text
    assert "We answer by" not in text
    assert "Before we can go on, we need to know a little more." in text
