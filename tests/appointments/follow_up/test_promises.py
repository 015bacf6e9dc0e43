"""The promise clock: warned before it breaks, answered for once when it has."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.follow_up import promises
from appointments.lifecycle import Action, Status
from appointments.messages import staff_digest
from appointments.models import Decision, EventKind, Message, PatientRequest, RequestEvent
from appointments.patients import journey
from appointments.requests import reviewing
from clinic.models import Clinic
from clinic.time.words import day_and_clock
from tests import builders

pytestmark = pytest.mark.django_db


def clock(day: int, hour: int, minute: int = 0) -> datetime:
    """In December 2026, by the clinic's clock. The 7th is a Monday."""
    return datetime(2026, 12, day, tzinfo=UTC) + timedelta(hours=hour + 8, minutes=minute)


def test_a_broken_promise_is_answered_for_once(clinic: Clinic) -> None:
    request = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    assert request.respond_by == clock(8, 17)
    assert promises.answer_for_broken(clock(8, 17)) == 0
    assert promises.answer_for_broken(clock(8, 17, 1)) == 1
    assert promises.answer_for_broken(clock(8, 17, 2)) == 0
    request.refresh_from_db()
    assert request.promise_broken_at == clock(8, 17, 1)
    assert request.respond_by == clock(8, 17)  # overdue it stays
    message = Message.objects.get()
    assert message.kind == "missed_promise"
    assert "We answer by Wednesday, December 9, 5pm." in message.text
    assert promises.new_time(request) == clock(9, 17)
    assert RequestEvent.objects.get().kind == EventKind.MARK


def test_what_was_answered_or_is_spam_breaks_no_promise(clinic: Clinic, front_desk: User) -> None:
    received = clock(7, 10)
    builders.callback_request(received_at=received, suspected_spam=True)
    builders.callback_request(received_at=received).move(Action.CLOSE, front_desk, reason="spam")
    builders.callback_request(received_at=received, status=Status.OFFERED)
    assert promises.answer_for_broken(clock(9, 9)) == 0


def test_due_now_after_an_ended_hold_gives_the_patient_a_day_before_we_call_it_late(
    clinic: Clinic, front_desk: User
) -> None:
    request = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    request.move(Action.TAKE, front_desk, now=clock(7, 11))
    scheduling.offer(request, builders.practitioner(), [clock(10, 10)], front_desk, now=clock(7, 11))
    scheduling.none_suits(request, now=clock(8, 9))
    assert PatientRequest.objects.overdue(clock(8, 9, 1)).exists()
    assert promises.answer_for_broken(clock(8, 9, 1)) == 0
    assert promises.answer_for_broken(clock(9, 17)) == 0
    assert promises.answer_for_broken(clock(9, 17, 1)) == 1


def test_while_the_patient_owes_an_answer_the_clinic_breaks_nothing(
    clinic: Clinic, dermatologist: User
) -> None:
    request = builders.appointment_request(received_at=clock(7, 10), status=Status.CLINICAL_REVIEW)
    reviewing.decide(request, Decision.NEEDS_INFORMATION, dermatologist, "Which medicines?", now=clock(8, 9))
    assert promises.answer_for_broken(clock(9, 9)) == 0
    reviewing.answer(request, "None.", clock(9, 10))
    assert promises.answer_for_broken(clock(10, 17)) == 0
    assert promises.answer_for_broken(clock(10, 17, 1)) == 1


def test_a_colleague_who_answers_at_the_same_moment_wins(clinic: Clinic, front_desk: User) -> None:
    request = builders.callback_request(received_at=clock(7, 10))
    stale = PatientRequest.objects.get(pk=request.pk)
    request.move(Action.TAKE, front_desk, now=clock(8, 17))
    assert not promises._own_up(stale, clock(8, 17, 1))
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        (clock(8, 14, 59), False),
        (clock(8, 15), False),
        (clock(8, 15, 1), True),
        (clock(8, 17, 1), False),  # broken, no longer due soon
        (clock(8, 8), False),
    ],
)
def test_due_soon_counts_clinic_time(clinic: Clinic, now: datetime, is_due: bool) -> None:
    builders.callback_request(received_at=clock(7, 10))
    assert promises.due_soon(now).exists() == is_due


def test_due_soon_reaches_over_a_weekend(clinic: Clinic) -> None:
    builders.callback_request(received_at=clock(7, 10), respond_by=clock(14, 9, 30))
    assert not promises.due_soon(clock(11, 15)).exists()
    assert promises.due_soon(clock(11, 16)).exists()


def test_today_warns_before_a_promise_breaks(clinic: Clinic, desk_client: Client) -> None:
    at = timezone.now()
    builders.callback_request(received_at=at - timedelta(days=1), respond_by=at + timedelta(seconds=30))
    assert "1 answer is due within two hours." in desk_client.get(reverse("admin:index")).text


def test_staff_get_one_digest_with_counts_only(clinic: Clinic) -> None:
    assert staff_digest.write(clock(7, 10)) == 0
    builders.clinic(email="desk@example.org")
    builders.appointment_request(first_name="Zzcanary", email="ada@example.org", received_at=clock(7, 10))
    assert staff_digest.write(clock(7, 10, 1)) == 1
    assert staff_digest.write(clock(7, 10, 2)) == 0
    digest = Message.objects.get()
    assert (digest.recipient, digest.request) == ("desk@example.org", None)
    assert "1 new request" in digest.subject
    assert "http://testserver/admin/" in digest.text
    assert "Zzcanary" not in digest.text + digest.html
    promises.answer_for_broken(clock(8, 18))
    assert staff_digest.write(clock(8, 18)) == 1
    newest = Message.objects.filter(request=None).latest("pk")
    assert "1 request past the time that we promised" in newest.text
    assert staff_digest.write(clock(8, 17)) == 0
    assert staff_digest.write(clock(9, 9)) == 0


def test_a_promise_made_after_a_broken_one_is_a_new_promise(clinic: Clinic, front_desk: User) -> None:
    request = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    assert promises.answer_for_broken(clock(8, 17, 1)) == 1
    request.move(Action.TAKE, front_desk, now=clock(9, 9))
    scheduling.offer(request, builders.practitioner(), [clock(11, 10)], front_desk, now=clock(9, 9))
    scheduling.none_suits(request, now=clock(9, 10))
    request.refresh_from_db()
    said = journey.promise(request, list(request.events.all()), clock(9, 10, 1))
    assert said == "We look for other times now."
    assert promises.answer_for_broken(clock(10, 17, 1)) == 1


def test_a_reopened_request_has_a_promise_of_its_own(clinic: Clinic, front_desk: User) -> None:
    request = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    assert promises.answer_for_broken(clock(8, 17, 1)) == 1
    request.move(Action.CLOSE, front_desk, reason="unreachable", now=clock(9, 9))
    request.move(Action.REOPEN, front_desk, "Called back.", now=clock(9, 10))
    assert promises.answer_for_broken(clock(10, 17)) == 0
    assert promises.answer_for_broken(clock(10, 17, 1)) == 1


def test_the_patients_page_says_the_new_time_too(client: Client, clinic: Clinic) -> None:
    now = timezone.now()
    request = builders.callback_request(respond_by=now - timedelta(minutes=5))
    assert promises.answer_for_broken(now) == 1
    request.refresh_from_db()
    page = client.get(request.get_absolute_url()).text
    assert f"We call you by {day_and_clock(promises.new_time(request))}." in page
