"""A request that names a sign of alarm: found in every word of the patient, first in the lists, told at once,
over when somebody has spoken to the patient."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Decision, EventKind, Message, PatientRequest
from appointments.requests import alarm, calls, correction, intake, reviewing
from tests import builders
from tests.appointments import posts
from tests.builders import WEDNESDAY
from treatments.alarm.signs import Level
from treatments.models import Answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clinic")]
LATER = WEDNESDAY + timedelta(minutes=20)
EYELID = "My left eyelid droops since this morning."


def seen(row: PatientRequest) -> tuple[str, bool, bool, bool]:
    row.refresh_from_db()
    return row.alarm, row.urgent, row.suspected_spam, row.alarm_met_at is None


@pytest.mark.parametrize(
    ("answered", "message", "affirmed", "level"),
    [
        ("", "no puedo tragar", "", Level.CALL_911),
        ("", EYELID, "", Level.CALL_US),
        (Level.CALL_US, "I can't breathe", "", Level.CALL_911),
        (Level.CALL_911, EYELID, "", Level.CALL_911),
        ("", "", "Do you have problems with swallowing or breathing?", Level.CALL_US),
        ("", "", "Are you pregnant?", ""),
    ],
)
def test_the_worst_of_answer_message_and_screening_counts(
    answered: str, message: str, affirmed: str, level: str
) -> None:
    treatment = builders.treatment(questions=1)
    question = treatment.screening_questions.get()
    row = builders.appointment_request(treatment=treatment, message=message, submission_digest="x")
    PatientRequest.objects.filter(pk=row.pk).delete()
    row.pk = None
    told = [intake.GivenAnswer(question, affirmed, Answer.YES)] if affirmed else []
    intake.receive(row, told, WEDNESDAY, answered=answered)
    assert seen(row) == (level, bool(level), False, True)
    assert row.events.filter(kind=EventKind.MARK).exists() is bool(level)


def test_no_spam_trap_hides_a_sign(client: Client) -> None:
    client.post(posts.CALLBACK, posts.callback(website="http://spam.example", message="Me falta el aire"))
    client.post(posts.CALLBACK, posts.callback(website="http://spam.example", message="Buy pills"))
    sign, spam = PatientRequest.objects.order_by("pk")
    assert seen(sign) == (Level.CALL_911, True, False, True)
    assert (spam.alarm, spam.suspected_spam) == ("", True)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientRequest.objects.filter(pk=sign.pk).update(suspected_spam=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientRequest.objects.filter(pk=sign.pk).update(urgent=False)


def changed_message(row: PatientRequest, **_: Any) -> None:
    row.message = EYELID
    correction.correct(row, ["message"], None, "", row.version, LATER)


def answered_question(row: PatientRequest, doctor: User) -> None:
    row.move(Action.ASK_REVIEW, now=WEDNESDAY)
    reviewing.decide(row, Decision.NEEDS_INFORMATION, doctor, "How are you?", now=WEDNESDAY)
    reviewing.answer(row, EYELID, LATER)


def none_suits(row: PatientRequest, doctor: User) -> None:
    scheduling.offer(row, builders.practitioner(), [WEDNESDAY + timedelta(days=7)], doctor, now=WEDNESDAY)
    scheduling.none_suits(row, EYELID, now=LATER)


def withdrew(row: PatientRequest, **_: Any) -> None:
    row.move(Action.WITHDRAW, None, EYELID, now=LATER)


@pytest.mark.parametrize(
    ("say", "suspected"),
    [
        (changed_message, False),
        (changed_message, True),
        (answered_question, False),
        (none_suits, False),
        (withdrew, False),
    ],
)
def test_whatever_a_patient_writes_later_is_looked_at(
    client: Client, desk_client: Client, say: Any, suspected: bool
) -> None:
    builders.clinic(email="desk@example.org")
    doctor = builders.physician(email="doctor@example.org")
    row = builders.appointment_request(
        received_at=WEDNESDAY, email="ada@example.org", status=Status.IN_PROGRESS, suspected_spam=suspected
    )
    say(row, doctor=doctor)
    assert seen(row) == (Level.CALL_US, True, False, True)
    told = Message.objects.filter(kind="staff_urgent", created_at=LATER)
    assert sorted(told.values_list("recipient", flat=True)) == ["desk@example.org", "doctor@example.org"]
    assert 'class="call-911"' in client.get(row.get_absolute_url()).text
    today = desk_client.get(reverse("admin:today")).text
    assert row.full_name in today[today.index('id="alarms"') :]


def test_staffs_own_words_raise_nothing(front_desk: User) -> None:
    row = builders.appointment_request(status=Status.IN_PROGRESS)
    row.move(Action.WITHDRAW, front_desk, EYELID)
    assert seen(row) == ("", False, False, True)


def test_it_ends_when_somebody_has_spoken_to_the_patient_and_begins_again(
    client: Client, desk_client: Client, front_desk: User
) -> None:
    client.post(posts.CALLBACK, posts.callback(message="I can't breathe"))
    row = PatientRequest.objects.get()
    page = desk_client.get(reverse("admin:appointments_patientrequest_change", args=[row.pk])).text
    assert "Told to call 911" in page
    desk_client.post(reverse("admin:request-alarm-met", args=[row.pk]))
    assert seen(row) == (Level.CALL_911, False, False, False)
    assert not alarm.met(row, front_desk, LATER), "once"
    assert "<h1>Call 911 now</h1>" not in client.get(row.get_absolute_url()).text
    assert 'id="alarms"' not in desk_client.get(reverse("admin:today")).text
    changed_message(row)
    assert seen(row) == (Level.CALL_US, True, False, True), "what is over doesn't make the new one worse"
    calls.log_attempt(row, "no_answer", front_desk, now=LATER)
    assert seen(row)[1]
    calls.log_attempt(row, "reached", front_desk, now=LATER)
    assert seen(row) == (Level.CALL_US, False, False, False)


NIGHT = datetime(2026, 12, 5, 4, 0, tzinfo=UTC)  # Friday, 8pm
EARLY = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)  # Wednesday, 7am


@pytest.mark.parametrize(
    ("now", "promise", "is_closed"),
    [
        (WEDNESDAY, "We get in touch with you today, within our opening hours, as soon as we can.", False),
        (EARLY, "We are closed now. We get in touch with you today, within our opening hours", True),
        (NIGHT, "We are closed now. We get in touch with you as soon as we are open again.", True),
    ],
)
def test_the_page_promises_today_and_names_the_emergency_ways_while_nobody_is_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, now: datetime, promise: str, is_closed: bool
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    builders.clinic(phone="+13105550143")
    us = "We are closed now. Get medical help today</h1>" if is_closed else "Call us now;"
    for message, heading in (("I can't breathe", "Call 911 now</h1>"), (EYELID, us)):
        answer = client.post(posts.CALLBACK, posts.callback(message=message))
        page = client.get(answer["Location"]).text
        box = page[page.index('<div class="call-911">') : page.index('id="panel-title"')]
        assert f"<h1>{heading}" in page
        assert promise in page
        assert ("Nobody is at the clinic now" in box) is is_closed
        assert ("get medical help today, at an urgent care center" in box) is (
            is_closed and message == EYELID
        )
        assert ("We open again on" in box) is is_closed
        assert 'href="tel:911"' in box
        assert 'href="tel:+13105550143"' in box
        if is_closed:
            assert 'class="button button--emergency" href="tel:911"' in box
