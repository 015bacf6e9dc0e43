"""Reminders: by the clinic's wall clock, on both clock changes, once, and never for a time that is gone."""

from datetime import UTC, datetime, time, timedelta

import pytest

from appointments.follow_up.reminders import due_moments, remind
from appointments.messages import outbox
from appointments.messages.notices import queue
from appointments.messages.staleness import is_stale
from appointments.models import Appointment, EventKind, Message, MessageStatus, RequestEvent
from appointments.monitoring import mail
from appointments.worker.steps import Rounds
from clinic.models import Clinic, Closure
from tests import builders

pytestmark = pytest.mark.django_db


def booked(start: datetime, told_at: datetime, email: str = "ada@example.org") -> Appointment:
    """An appointment at `start` that the patient heard of at `told_at`."""
    request = builders.appointment_request(email=email, received_at=told_at)
    appointment = builders.appointment(request, builders.practitioner(), start)
    RequestEvent.objects.create(request=request, kind=EventKind.APPOINTMENT, at=told_at)
    return appointment


def sent() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


# Wall clock 10:00 on the Monday after each change; the offsets are those of that day's clock.
@pytest.mark.parametrize(
    ("start", "two_days_before", "morning_before"),
    [
        # 2026-11-01: the clocks go back. Saturday is still on summer time, 7 hours behind UTC.
        (datetime(2026, 11, 2, 18, 0, tzinfo=UTC), datetime(2026, 10, 31, 17, 0, tzinfo=UTC),
         datetime(2026, 11, 1, 17, 0, tzinfo=UTC)),
        # 2027-03-14: the clocks go forward. Saturday is still on winter time, 8 hours behind UTC.
        (datetime(2027, 3, 15, 17, 0, tzinfo=UTC), datetime(2027, 3, 13, 18, 0, tzinfo=UTC),
         datetime(2027, 3, 14, 16, 0, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_both_clock_change_weekends(
    clinic: Clinic, start: datetime, two_days_before: datetime, morning_before: datetime
) -> None:
    booked(start, start - timedelta(days=6))
    second = timedelta(seconds=1)
    remind(two_days_before - second)
    assert sent() == []
    remind(two_days_before)
    assert sent() == ["reminder_days"]
    remind(morning_before - second)
    assert sent() == ["reminder_days"]
    remind(morning_before)
    assert sent() == ["reminder_days", "reminder_morning"]
    assert all("Monday" in text and "10am" in text for text in Message.objects.values_list("text", flat=True))


def test_a_clock_that_steps_back_an_hour_sends_nothing_twice(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    booked(start, start - timedelta(days=6))
    now = start - timedelta(days=2)
    for moment in (now, now + timedelta(minutes=5), now - timedelta(minutes=55), now + timedelta(minutes=5)):
        remind(moment)
        Rounds(steps=()).run(moment)
    assert sent() == ["reminder_days"]
    assert Message.objects.get().attempts == 1
    morning = start - timedelta(days=1, hours=1)
    for moment in (morning, morning - timedelta(hours=1)):
        remind(moment)
    assert sent() == ["reminder_days", "reminder_morning"]


def test_a_time_booked_late_is_not_reminded_of_at_once(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    booked(start, start - timedelta(hours=30))
    remind(start - timedelta(hours=30))
    assert sent() == []
    remind(start - timedelta(hours=25))
    assert sent() == ["reminder_morning"]


def test_after_a_pause_only_the_latest_one_goes_out(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    booked(start, start - timedelta(days=6))
    remind(start - timedelta(hours=3))
    remind(start - timedelta(hours=2))
    assert sent() == ["reminder_morning"]
    remind(start)
    assert len(sent()) == 1


def test_the_reminder_of_a_cancelled_or_moved_time_is_void(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    appointment = booked(start, start - timedelta(days=6))
    now = start - timedelta(days=2)
    remind(now)
    Appointment.objects.filter(pk=appointment.pk).cancel(now)
    outbox.deliver_due(Rounds().worker, now)
    assert Message.objects.get().status == MessageStatus.VOID


def test_a_moved_appointment_is_reminded_of_anew(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    appointment = booked(start, start - timedelta(days=6))
    remind(start - timedelta(days=2))
    later = start + timedelta(days=7)
    Appointment.objects.filter(pk=appointment.pk).update(
        start=later, end=later + timedelta(minutes=30), sequence=1
    )
    remind(later - timedelta(days=2))
    assert sent() == ["reminder_days", "reminder_days"]


def test_without_email_only_the_morning_before_asks_for_a_call(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    booked(start, start - timedelta(days=6), email="")
    remind(start - timedelta(days=2))
    assert sent() == []
    remind(start - timedelta(days=1, hours=1))
    assert Message.objects.phone_tasks().get().kind == "reminder_morning"


def test_the_clinic_sets_the_times_or_none(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 30, tzinfo=UTC)
    clinic.reminder_days, clinic.reminder_morning = 3, time(8, 15)
    assert due_moments(start, clinic) == [
        (datetime(2026, 12, 7, 18, 30, tzinfo=UTC), "reminder_days"),
        (datetime(2026, 12, 9, 16, 15, tzinfo=UTC), "reminder_morning"),
    ]
    clinic.reminder_days, clinic.reminder_morning = 0, None
    assert due_moments(start, clinic) == []


def test_nobody_is_reminded_of_a_time_at_which_nobody_is_there(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    visit = booked(start, start - timedelta(days=6))
    closure = Closure.objects.create(
        practitioner=visit.practitioner, first_day=start.date(), last_day=start.date()
    )
    assert remind(start - timedelta(days=2)) == 0
    closure.delete()
    assert remind(start - timedelta(days=2)) == 1


@pytest.mark.parametrize("kind", ["reminder_days", "reminder_morning", "booked", "moved"])
def test_what_waits_in_the_outbox_when_the_day_is_closed_waits_on(
    clinic: Clinic, mailoutbox: list[object], kind: str
) -> None:
    """Until the closure is gone, which was perhaps a slip; one that is mended by a move is void by that."""
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    visit, now = booked(start, start - timedelta(days=6)), start - timedelta(days=2)
    queue(visit.request, kind, None, visit, cause="once", now=now, old_start=start)
    closure = Closure.objects.create(first_day=start.date(), last_day=start.date())
    worker = Rounds().worker
    assert outbox.deliver_due(worker, now) == 0
    assert mail(now + timedelta(hours=1))["ok"]
    closure.delete()
    assert outbox.deliver_due(worker, now) == len(mailoutbox) == 1


def test_a_reminder_asks_whether_they_come_until_they_have_said_so(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    visit = booked(start, start - timedelta(days=6))
    remind(start - timedelta(days=2))
    asks = Message.objects.get()
    assert "Please tell us that you are coming" in asks.text
    assert "Tell us that you are coming" in asks.html
    visit.confirmed_at = start - timedelta(days=2) + timedelta(minutes=1)
    visit.save()
    asks.refresh_from_db()
    assert is_stale(asks, start - timedelta(days=2) + timedelta(minutes=2))
    remind(start - timedelta(days=1, hours=1))
    says = Message.objects.latest("pk")
    assert says.kind == "reminder_morning"
    assert "you are coming" not in says.text + says.html
    assert says.spoken == ""
    assert not is_stale(says, start - timedelta(days=1))


def test_nobody_is_called_to_hear_what_they_have_confirmed(clinic: Clinic) -> None:
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    visit = booked(start, start - timedelta(days=6), email="")
    visit.confirmed_at = start - timedelta(days=3)
    visit.save()
    remind(start - timedelta(days=1, hours=1))
    assert sent() == []
