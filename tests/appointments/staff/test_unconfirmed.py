"""Whom the desk calls because nobody knows whether they come: the day before, from noon on, each once."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments import scheduling
from appointments.follow_up.reminders import remind
from appointments.lifecycle import Action, Status
from appointments.messages.phone_tasks import ask_for_call, phone_task_done
from appointments.models import Appointment, CallOutcome, EventKind, Message, MessageStatus, RequestEvent
from appointments.requests.calls import log_attempt
from appointments.staff import unconfirmed
from clinic.models import Clinic, OpeningHours, Practitioner
from clinic.time.hours import OpeningTimes, at
from tests import builders

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY, WEDNESDAY = date(2026, 12, 1), date(2026, 12, 2)
MONDAY, FRIDAY = date(2026, 12, 7), date(2026, 12, 4)
WEEK = OpeningTimes({day: [(time(9), time(17))] for day in range(5)})


def on(day: date, hour: int, minute: int = 0) -> datetime:
    return at(day, time(hour, minute))


@pytest.fixture
def who(clinic: Clinic) -> Practitioner:
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, opens=time(9), closes=time(17)) for day in range(5)
    )
    return builders.practitioner()


def booked(who: Practitioner, start: datetime, email: str = "ada@example.org", **values: Any) -> Appointment:
    received = start - 9 * DAY
    row = builders.appointment_request(status=Status.BOOKED, email=email, received_at=received, **values)
    visit = builders.appointment(row, who, start)
    RequestEvent.objects.create(
        request=row, kind=EventKind.MOVED, action=Action.BOOK, to_status=Status.BOOKED, at=received
    )
    return visit


def reminded(who: Practitioner, start: datetime, **values: Any) -> Appointment:
    """With the reminders of the days before sent."""
    visit = booked(who, start, **values)
    remind(start - 2 * DAY + HOUR)
    Message.objects.filter(channel="email").update(status=MessageStatus.SENT, sent_at=start - 2 * DAY + HOUR)
    return visit


def listed(now: datetime) -> list[Appointment]:
    return [each.appointment for each in unconfirmed.to_call(now, Clinic.current())]


@pytest.mark.parametrize(
    ("now", "span"),
    [
        (on(TUESDAY, 11, 59), None),
        (on(TUESDAY, 12), (on(WEDNESDAY, 0), on(WEDNESDAY + DAY, 0))),
        (on(FRIDAY, 12), (on(FRIDAY + DAY, 0), on(MONDAY + DAY, 0))),
        (on(FRIDAY + DAY, 8), (on(FRIDAY + DAY, 0) + DAY, on(MONDAY + DAY, 0))),
        (on(MONDAY, 9), (on(MONDAY, 9), on(MONDAY + DAY, 0))),
        (on(MONDAY, 13), (on(MONDAY, 13), on(MONDAY + 2 * DAY, 0))),
    ],
    ids=["morning", "noon", "Friday", "Saturday", "Monday morning", "Monday noon"],
)
def test_which_days_are_called_about(now: datetime, span: object) -> None:
    assert unconfirmed.span_to_call(now, WEEK) == span


def test_a_short_day_begins_to_call_earlier_and_a_long_closure_is_not_bridged() -> None:
    short = OpeningTimes({day: [(time(8), time(12))] for day in range(5)})
    assert unconfirmed.span_to_call(on(TUESDAY, 8, 59), short) is None
    assert unconfirmed.span_to_call(on(TUESDAY, 9), short)
    closed = OpeningTimes(WEEK.weekly, closed=[(WEDNESDAY, WEDNESDAY + 14 * DAY)])
    assert unconfirmed.span_to_call(on(TUESDAY, 13), closed) is None


def test_who_was_reminded_and_said_nothing_is_listed_until_confirmed(who: Practitioner) -> None:
    visit = reminded(who, on(WEDNESDAY, 10))
    now = on(TUESDAY, 13)
    [line] = unconfirmed.to_call(now, Clinic.current())
    assert line.appointment == visit
    assert "Reminded" in line.reminded
    assert listed(on(TUESDAY, 11)) == []
    scheduling.confirm(visit, sequence=0, now=now)
    assert listed(now) == []


def test_a_cancelled_visit_and_one_of_another_day_are_not_listed(who: Practitioner) -> None:
    scheduling.cancel(reminded(who, on(WEDNESDAY, 10)), None, now=on(TUESDAY, 12))
    reminded(who, on(WEDNESDAY + DAY, 10))
    assert listed(on(TUESDAY, 13)) == []


def test_who_hears_of_it_later_today_is_not_called_yet_and_who_has_no_email_is(who: Practitioner) -> None:
    Clinic.objects.update(reminder_days=0, reminder_morning=time(15))
    booked(who, on(WEDNESDAY, 10))
    without = booked(who, on(WEDNESDAY, 11), email="")
    assert listed(on(TUESDAY, 13)) == [without]
    assert unconfirmed.to_call(on(TUESDAY, 13), Clinic.current())[0].reminded == "No e-mail: call"
    assert len(listed(on(TUESDAY, 15, 5))) == 2


def test_without_reminders_everybody_is_called(who: Practitioner) -> None:
    Clinic.objects.update(reminder_days=0, reminder_morning=None)
    visit = booked(who, on(WEDNESDAY, 10))
    [line] = unconfirmed.to_call(on(TUESDAY, 13), Clinic.current())
    assert (line.appointment, line.reminded) == (visit, "No reminder went out")


def test_who_agreed_today_is_not_asked_again_unless_we_moved_it_since(who: Practitioner) -> None:
    visit = booked(who, on(WEDNESDAY, 10))
    moved = {"kind": EventKind.MOVED, "action": Action.TAKE_OFFER, "to_status": Status.BOOKED}
    RequestEvent.objects.create(request=visit.request, at=on(TUESDAY, 11), **moved)
    assert listed(on(TUESDAY, 13)) == []
    RequestEvent.objects.create(request=visit.request, at=on(TUESDAY, 12), kind=EventKind.APPOINTMENT)
    assert listed(on(TUESDAY, 13)) == [visit]


@pytest.mark.parametrize(
    ("outcome", "stays"),
    [
        (CallOutcome.REACHED, False),
        (CallOutcome.VOICEMAIL, False),
        (CallOutcome.WRONG_NUMBER, False),
        (CallOutcome.NO_ANSWER, True),
    ],
)
def test_who_was_called_leaves_the_list(
    who: Practitioner, front_desk: User, outcome: CallOutcome, stays: bool
) -> None:
    visit = reminded(who, on(WEDNESDAY, 10), voicemail_ok=True)
    log_attempt(visit.request, outcome, front_desk, now=on(TUESDAY, 12, 30))
    found = unconfirmed.to_call(on(TUESDAY, 13), Clinic.current())
    assert bool(found) == stays
    assert [each.tried for each in found] == ["No answer, 12:30pm"] * stays


def test_fridays_call_counts_on_monday_and_tuesdays_not_on_thursday(
    who: Practitioner, front_desk: User
) -> None:
    visit = reminded(who, on(MONDAY, 10))
    log_attempt(visit.request, CallOutcome.REACHED, front_desk, now=on(FRIDAY, 13))
    assert listed(on(MONDAY, 9)) == []
    late = reminded(who, on(FRIDAY, 10))
    log_attempt(late.request, CallOutcome.REACHED, front_desk, now=on(TUESDAY, 13))
    assert listed(on(FRIDAY - DAY, 13)) == [late]


def test_a_reminder_to_be_said_on_the_phone_says_so_and_told_ends_it(
    who: Practitioner, front_desk: User
) -> None:
    visit = booked(who, on(WEDNESDAY, 10))
    remind(on(TUESDAY, 9, 5))
    mail = Message.objects.get()
    Message.objects.update(status=MessageStatus.FAILED)
    task = ask_for_call(mail, on(TUESDAY, 10))
    assert task
    [line] = unconfirmed.to_call(on(TUESDAY, 13), Clinic.current())
    assert (line.appointment, line.in_tasks, line.reminded) == (visit, True, "The reminder did not arrive")
    assert phone_task_done(task, front_desk, on(TUESDAY, 13))
    assert listed(on(TUESDAY, 13)) == []


def test_the_queries_do_not_grow(
    who: Practitioner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clinic = Clinic.current()
    with django_assert_num_queries(2):
        assert unconfirmed.to_call(on(TUESDAY, 13), clinic) == []
    for hour in (10, 11, 12):
        reminded(who, on(WEDNESDAY, hour))
        with django_assert_num_queries(4):
            assert unconfirmed.to_call(on(TUESDAY, 13), clinic)


class TestPages:
    @pytest.fixture
    def visit(self, who: Practitioner) -> Appointment:
        start = timezone.now().replace(microsecond=0) + HOUR
        return booked(who, start, first_name="Grace", last_name="Hopper")

    def test_one_click_notes_it_and_one_takes_it_back(self, desk_client: Client, visit: Appointment) -> None:
        page = reverse("admin:appointments_patientrequest_change", args=[visit.request_id])
        address = reverse("admin:request-confirmed", args=[visit.request_id])
        assert "Confirmed on the phone" in desk_client.get(page).content.decode()
        for words in ("Confirmed: Grace Hopper", "That is noted already"):
            shown = desk_client.post(address, {"answer": "yes", "sequence": 0}, follow=True)
            assert words in shown.content.decode()
        assert "Not confirmed after all" in shown.content.decode()
        shown = desk_client.post(address, {"answer": "undo", "sequence": 0}, follow=True)
        assert "Not confirmed any more: Grace Hopper" in shown.content.decode()
        visit.refresh_from_db()
        assert visit.confirmed_at is None

    def test_a_page_of_before_the_move_confirms_nothing(
        self, desk_client: Client, visit: Appointment
    ) -> None:
        Appointment.objects.update(sequence=3)
        address = reverse("admin:request-confirmed", args=[visit.request_id])
        shown = desk_client.post(address, {"answer": "yes", "sequence": 2}, follow=True)
        assert "Nothing is confirmed yet" in shown.content.decode()
        visit.refresh_from_db()
        assert visit.confirmed_at is None

    def test_schedule_and_day_sheet_say_whether_they_come(
        self, desk_client: Client, visit: Appointment
    ) -> None:
        day = f"{visit.start.astimezone(timezone.get_default_timezone()).date()}"
        pages = [f"{reverse('admin:schedule')}?view=day&day={day}", f"{reverse('admin:day-sheet')}?day={day}"]
        for page in pages:
            assert "not confirmed" in desk_client.get(page).content.decode().lower()
        scheduling.confirm(visit, sequence=0)
        for page in pages:
            shown = desk_client.get(page).content.decode()
            assert "Not confirmed after all" in shown
            assert "confirmed" in shown.replace("Not confirmed after all", "").lower()

    def test_today_lists_it_by_day(
        self, desk_client: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line = unconfirmed.Unconfirmed(visit, "No e-mail: call", "", in_tasks=True)
        monkeypatch.setattr(unconfirmed, "to_call", lambda now, clinic: [line])
        shown = desk_client.get("/admin/").content.decode()
        assert "Not confirmed for to" in shown
        assert "No e-mail: call" in shown
        assert "Also among what is to be said on the phone" in shown


def test_the_list_is_named_after_its_day() -> None:
    now = datetime(2026, 12, 5, 2, 0, tzinfo=UTC)  # still Friday at the clinic
    assert unconfirmed._title(FRIDAY, now) == "Not confirmed for today"
    assert unconfirmed._title(FRIDAY + DAY, now) == "Not confirmed for tomorrow"
    assert unconfirmed._title(MONDAY, now) == "Not confirmed for Monday, December 7"
