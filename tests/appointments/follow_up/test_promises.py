"""The promise clock: warned before it breaks, answered for once when it has."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from appointments import scheduling
from appointments.follow_up import promises
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.messages.to_staff import digest
from appointments.models import Decision, EventKind, Message, PatientRequest, RequestEvent
from appointments.models.request import promise_from
from appointments.patients import journey
from appointments.requests import calls, reviewing
from clinic.admin.availability import lock_availability
from clinic.models import Clinic, Closure, HolidayDecision, OpeningHours
from clinic.time.hours import clinic_day
from clinic.time.words import day_and_clock
from tests import builders
from tests.threads import at_once

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


DECEMBER_8 = date(2026, 12, 8)
CLOSING: dict[str, Callable[[], object]] = {
    "the clinic closed": lambda: Closure.objects.create(first_day=DECEMBER_8, last_day=DECEMBER_8),
    "a holiday": lambda: HolidayDecision.objects.create(day=DECEMBER_8, is_closed=True),
    "every Tuesday": lambda: Closure.objects.create(first_day=DECEMBER_8, weekly=True),
    "other hours": lambda: OpeningHours.objects.bulk_create(
        OpeningHours(weekday=weekday, opens=time(9), closes=time(17)) for weekday in (0, 2, 3, 4)
    ),
}


@pytest.mark.parametrize("close", CLOSING.values(), ids=CLOSING)
def test_a_promise_for_a_day_that_is_closed_afterwards_passes_on(
    clinic: Clinic, close: Callable[[], object]
) -> None:
    row = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    close()
    assert promises.pass_on(clock(7, 11)) == 1
    row.refresh_from_db()
    assert row.respond_by == clock(9, 17)
    assert row.respond_by == promise_from(clock(7, 10))  # what a new request would be promised
    message = Message.objects.get()
    assert message.kind == "promise_moved"
    assert "by Wednesday, December 9, 5pm" in message.text
    note = row.events.get()
    assert (note.kind, note.by) == (EventKind.MARK, None)
    assert "December 9" in note.note
    assert promises.pass_on(clock(7, 12)) == 0
    Closure.objects.all().delete()
    HolidayDecision.objects.all().delete()
    assert promises.pass_on(clock(7, 13)) == 0  # opened again: what was told stands


def test_a_day_that_closes_earlier_brings_the_promise_forward_untold(clinic: Clinic) -> None:
    row = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    Closure.objects.create(first_day=DECEMBER_8, last_day=DECEMBER_8, starts=time(14), ends=time(17))
    assert promises.pass_on(clock(7, 11)) == 1
    row.refresh_from_db()
    assert row.respond_by == clock(8, 14)
    assert not Message.objects.exists()
    Closure.objects.update(starts=time(9))
    assert promises.pass_on(clock(8, 12)) == 1
    row.refresh_from_db()
    assert row.respond_by == clock(9, 17)


def test_an_acknowledgement_that_waits_says_the_new_promise_itself(clinic: Clinic) -> None:
    row = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    event = RequestEvent.objects.create(request=row, kind=EventKind.RECEIVED, at=clock(7, 10))
    notices.after_receipt(row, event)
    CLOSING["the clinic closed"]()
    promises.pass_on(clock(7, 11))
    message = Message.objects.get()
    assert message.kind == "acknowledgement"
    assert "by Wednesday, December 9, 5pm" in message.text
    assert "December 9" in message.spoken


def test_something_urgent_is_due_when_somebody_is_there_again(clinic: Clinic) -> None:
    row = builders.callback_request(urgent=True, received_at=clock(7, 18), respond_by=clock(8, 9))
    CLOSING["the clinic closed"]()
    assert promises.pass_on(clock(7, 19)) == 1
    row.refresh_from_db()
    assert row.respond_by == clock(9, 9)


def test_a_call_that_was_agreed_moves_with_the_promise_unless_it_was_agreed_out_of_hours(
    clinic: Clinic, front_desk: User
) -> None:
    agreed, late = (builders.callback_request(received_at=clock(7, 9)) for _ in range(2))
    calls.call_again(agreed, clock(8, 15), front_desk, clock(7, 10))
    calls.call_again(late, clock(8, 19), front_desk, clock(7, 10))
    assert promises.pass_on(clock(7, 11)) == 0
    Closure.objects.create(first_day=DECEMBER_8, last_day=DECEMBER_8, starts=time(14), ends=time(16))
    assert promises.pass_on(clock(7, 11)) == 1
    agreed.refresh_from_db()
    late.refresh_from_db()
    assert (agreed.respond_by, agreed.next_call_at) == (clock(8, 16), clock(8, 16))
    assert late.respond_by == clock(8, 19)


def test_what_stands_or_is_nobodys_turn_is_left_alone(clinic: Clinic) -> None:
    received = clock(7, 10)
    builders.appointment_request(received_at=received, status=Status.OFFERED)
    builders.appointment_request(received_at=received, respond_by=clock(7, 9))
    builders.appointment_request(received_at=received, respond_by=clock(9, 17))
    CLOSING["the clinic closed"]()
    assert promises.pass_on(clock(7, 11)) == 0


def test_a_closure_by_slip_for_many_years_moves_nothing_over_and_over(clinic: Clinic) -> None:
    row = builders.appointment_request(email="ada@example.org", received_at=clock(7, 10))
    Closure.objects.create(first_day=DECEMBER_8, last_day=date(2072, 1, 1))
    assert promises.pass_on(clock(7, 11)) == 0
    row.refresh_from_db()
    assert row.respond_by == clock(8, 17)


@pytest.mark.django_db(transaction=True)
def test_who_closes_a_day_passes_its_promises_on_at_once(desk_client: Client, clinic: Clinic) -> None:
    row = builders.appointment_request(email="ada@example.org", language="es")
    day = clinic_day(row.respond_by).isoformat()
    url = "/admin/clinic/closure/add/"
    sent = {"practitioner": "", "first_day": day, "last_day": day, "starts": "", "ends": ""}
    shown = desk_client.post(url, sent, follow=True)
    assert "1 promised answer now falls on another time." in shown.text
    row.refresh_from_db()
    assert clinic_day(row.respond_by) > date.fromisoformat(day)
    with translation.override("es"):
        said = day_and_clock(row.respond_by)
    assert said in Message.objects.get(kind="promise_moved").text
    assert said in desk_client.get(row.get_absolute_url().replace("/appointments", "/es/appointments")).text


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_booking_under_way_and_a_closing_never_wait_for_each_other(
    clinic: Clinic, front_desk: User
) -> None:
    """A booking locks its request, then its practitioner; a closing the practitioners, then the requests."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    rows = [builders.appointment_request(received_at=clock(7, 10)) for _ in range(2)]
    who, has_locked, closes = builders.practitioner(), Event(), Event()

    def book() -> None:
        with transaction.atomic():
            PatientRequest.objects.select_for_update().get(pk=rows[0].pk)
            has_locked.set()
            assert closes.wait(10)
            list(type(who).objects.select_for_update(no_key=True).filter(pk=who.pk))

    def close() -> None:
        assert has_locked.wait(10)
        with transaction.atomic():
            lock_availability()
            CLOSING["the clinic closed"]()
            closes.set()
            assert promises.pass_on(clock(7, 11), changed=True) == 1

    at_once(lambda number: [book, close][number](), 2, threads=2)
    assert promises.pass_on(clock(7, 12)) == 1  # the worker, a minute later
    assert {row.respond_by for row in PatientRequest.objects.all()} == {clock(9, 17)}


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
    soon = builders.callback_request(received_at=at - timedelta(days=9), respond_by=at + timedelta(minutes=9))
    builders.callback_request(received_at=at - timedelta(days=9), respond_by=at + timedelta(days=9))
    today = desk_client.get(reverse("admin:index")).text
    assert "2 answers are due within the next two hours that we are open." in today
    [link] = re.findall(r'href="([^"]+state=due-soon)"', today)
    listed = desk_client.get(html.unescape(link)).text
    assert soon.shown_reference in listed
    assert listed.count('class="action-select"') == 2


def test_staff_get_one_digest_with_counts_only(clinic: Clinic) -> None:
    assert digest.write(clock(7, 10)) == 0
    builders.clinic(email="desk@example.org")
    builders.appointment_request(first_name="Zzcanary", email="ada@example.org", received_at=clock(7, 10))
    assert digest.write(clock(7, 10, 1)) == 1
    assert digest.write(clock(7, 10, 2)) == 0
    told = Message.objects.get()
    assert (told.recipient, told.request) == ("desk@example.org", None)
    assert "1 new request" in told.subject
    assert "http://testserver/admin/" in told.text
    assert "Zzcanary" not in told.text + told.html
    promises.answer_for_broken(clock(8, 18))
    assert digest.write(clock(8, 18)) == 1
    newest = Message.objects.filter(request=None).latest("pk")
    assert "1 request past the time that we promised" in newest.text
    assert digest.write(clock(8, 17)) == 0
    assert digest.write(clock(9, 9)) == 0


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
