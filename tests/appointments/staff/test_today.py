"""Today's counts and lists: each number is what its link shows, in a bounded number of queries."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, Message, MessageChannel, MessageStatus
from appointments.staff import counts
from clinic.models import Practitioner
from tests import builders
from tests.builders import WEDNESDAY

HOUR = timedelta(hours=1)


def message(**values: object) -> Message:
    number = Message.objects.count()
    defaults = {
        "key": f"k{number}", "kind": "booked", "recipient": "a@example.org", "language": "en", "subject": "s",
        "text": "t", "message_id": f"<{number}@x>", "created_at": WEDNESDAY, "next_attempt_at": WEDNESDAY,
    }  # fmt: skip
    return Message.objects.create(**(defaults | values))


@pytest.mark.django_db
def test_nothing_waits(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert set(counts.counts(WEDNESDAY).values()) == {0}


@pytest.mark.django_db
def test_each_count_counts_its_own(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    later = WEDNESDAY + 48 * HOUR
    builders.appointment_request(respond_by=WEDNESDAY + HOUR)
    builders.appointment_request(respond_by=WEDNESDAY - 48 * HOUR, status=Status.IN_PROGRESS)
    builders.appointment_request(respond_by=later, status=Status.CLINICAL_REVIEW, decision_owed=True)
    builders.callback_request(respond_by=later, status=Status.IN_PROGRESS, crowded=True)
    builders.callback_request(status=Status.WITHDRAWN, finished_at=later, crowded=True)
    builders.callback_request(respond_by=later, status=Status.IN_PROGRESS, next_call_at=later)
    builders.callback_request(respond_by=WEDNESDAY, suspected_spam=True)
    who = builders.practitioner()
    for number, end in enumerate((HOUR, 2 * HOUR, 48 * HOUR)):
        offered = builders.appointment_request(respond_by=later, status=Status.OFFERED)
        for slot in (2 * number, 2 * number + 1):
            builders.appointment(
                offered,
                who,
                later + slot * HOUR,
                status=AppointmentStatus.PENDING,
                hold_until=WEDNESDAY + end,
            )
    message(status=MessageStatus.FAILED)
    message(channel=MessageChannel.PHONE)
    message()
    with django_assert_num_queries(1):
        assert counts.counts(WEDNESDAY) == {
            "new": 1, "overdue": 1, "due_today": 1, "review": 1, "asked": 0, "offered": 3, "holds_end": 2,
            "calls": 1, "phone_tasks": 1, "failed": 1, "crowded": 1, "spam": 1, "unfinished": 0,
            "untouched": 3, "hold_ended": 0, "hold_fallen": 0,
        }  # fmt: skip


@pytest.mark.django_db
def test_the_days_appointments_stand_by_practitioner(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first, second = builders.practitioner(name="Dr. A"), builders.practitioner(name="Dr. B")

    def visit(who: Practitioner, hours: int, status: str = AppointmentStatus.BOOKED) -> Appointment:
        row = builders.appointment_request(status=Status.BOOKED)
        hold = WEDNESDAY if status == AppointmentStatus.PENDING else None
        return builders.appointment(row, who, WEDNESDAY + hours * HOUR, status=status, hold_until=hold)

    late, early = visit(first, 3), visit(first, 1, AppointmentStatus.ARRIVED)
    other = visit(second, 1)
    visit(first, 4, AppointmentStatus.PENDING)
    visit(first, 5, AppointmentStatus.CANCELLED)
    visit(first, 24)
    with django_assert_num_queries(1):
        found = counts.appointments_by_practitioner(WEDNESDAY)
    assert found == [(first, [early, late]), (second, [other])]


@pytest.mark.django_db
def test_the_oldest_unsent_message_is_told_once_it_is_old() -> None:
    message(created_at=WEDNESDAY - timedelta(minutes=10))
    assert counts.mail_stands(WEDNESDAY) is None
    message(created_at=WEDNESDAY - 3 * HOUR)
    message(created_at=WEDNESDAY - 9 * HOUR, status=MessageStatus.FAILED)
    stands = counts.mail_stands(WEDNESDAY)
    assert stands
    assert stands.waited == 3 * HOUR
