"""An e-mail that came back is the same call as one that was refused at once."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from appointments.messages.making import note_on_timeline
from appointments.messages.phone_tasks import phone_task_done
from appointments.messages.sending_again import gone_out, send_again
from appointments.models import EventKind, Message, PatientRequest, RequestEvent
from appointments.returned_mail import marking
from appointments.returned_mail.marking import Told, came_back, was_complained_about
from tests import builders
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def notes(message: Message) -> list[str]:
    events = RequestEvent.objects.filter(request_id=message.request_id, kind=EventKind.MESSAGE)
    return list(events.order_by("pk").values_list("note", flat=True))


def test_it_counts_as_failed_and_becomes_a_call_once(sent: Message) -> None:
    now = timezone.now()
    said = "550 5.1.1 <ana@example.org>: user unknown"
    assert came_back(sent.message_id, now, now, said) is Told.MARKED
    for again in (sent.message_id, sent.message_id.strip("<>"), f" {sent.message_id} "):
        assert came_back(again, now, now, said) is Told.KNOWN
    sent.refresh_from_db()
    assert (sent.status, sent.sent_at, sent.last_error) == ("failed", None, "came back 5.1.1")
    task = Message.objects.phone_tasks().get()
    assert task.request_id == sent.request_id
    assert len(notes(sent)) == 1
    assert "Please call" in notes(sent)[0]


def test_nothing_that_the_server_said_is_kept_or_logged(
    sent: Message, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    came_back(sent.message_id, timezone.now(), None, "no such user ana@example.org here")
    sent.refresh_from_db()
    assert sent.last_error == "came back"
    assert "ana@example.org" not in caplog.text


@pytest.mark.parametrize(
    "message_id", ["", "<>", "x", "<nobody@clinic.example>", "%@%", "<a@b> <c@d>", "<" + "a" * 500 + "@b>"]
)
def test_an_id_that_we_never_gave_out_is_nothing(sent: Message, message_id: str) -> None:
    assert came_back(message_id, timezone.now()) is Told.KNOWN
    assert was_complained_about(message_id, timezone.now()) is Told.KNOWN
    assert not Message.objects.phone_tasks().exists()
    assert notes(sent) == []


def test_news_that_outrun_the_record_wait_for_it(sent: Message) -> None:
    now = timezone.now()
    Message.objects.filter(pk=sent.pk).update(
        status="queued", sent_at=None, lease_until=now + timedelta(minutes=5)
    )
    assert came_back(sent.message_id, now) is Told.LATER
    Message.objects.filter(pk=sent.pk).update(status="sent", sent_at=now, lease_until=None)
    assert came_back(sent.message_id, now) is Told.MARKED


def test_old_news_say_nothing_about_a_new_try(sent: Message) -> None:
    now = timezone.now()
    desk = builders.staff()
    assert came_back(sent.message_id, now, now - timedelta(minutes=9)) is Told.MARKED
    send_again(Message.objects.filter(pk=sent.pk), desk, now)
    later = now + timedelta(hours=1)
    Message.objects.filter(pk=sent.pk).update(status="sent", sent_at=later)
    sent.refresh_from_db()
    gone_out(sent, later)
    assert came_back(sent.message_id, later, now - timedelta(minutes=9)) is Told.KNOWN
    assert not Message.objects.phone_tasks().exists()
    assert came_back(sent.message_id, later, later + timedelta(seconds=9)) is Told.MARKED
    assert Message.objects.phone_tasks().count() == 1


def test_a_call_that_was_made_is_not_asked_for_again(sent: Message) -> None:
    now = timezone.now()
    came_back(sent.message_id, now)
    phone_task_done(Message.objects.phone_tasks().get(), builders.staff())
    assert came_back(sent.message_id, now) is Told.KNOWN
    assert not Message.objects.phone_tasks().exists()


def test_what_no_longer_holds_is_no_call_but_shows(sent: Message) -> None:
    Message.objects.filter(pk=sent.pk).update(kind="offers")
    assert came_back(sent.message_id, timezone.now()) is Told.MARKED
    assert not Message.objects.phone_tasks().exists()
    assert "came back undelivered" in notes(sent)[0]


def test_a_complaint_is_told_once_and_nobody_calls(sent: Message) -> None:
    now = timezone.now()
    assert was_complained_about(sent.message_id, now) is Told.MARKED
    assert was_complained_about(sent.message_id, now) is Told.KNOWN
    sent.refresh_from_db()
    assert sent.status == "sent"
    assert len(notes(sent)) == 1
    assert not Message.objects.phone_tasks().exists()
    assert PatientRequest.objects.get().recall_opted_out_at is None


def test_a_complaint_that_comes_again_while_it_is_written_down_is_one(
    sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, again = note_on_timeline, []

    def interrupted(*args: Any) -> None:
        monkeypatch.undo()
        again.append(was_complained_about(sent.message_id, timezone.now()))
        real(*args)

    monkeypatch.setattr(marking, "note_on_timeline", interrupted)
    assert was_complained_about(sent.message_id, timezone.now()) is Told.MARKED
    assert again == [Told.KNOWN]
    assert len(notes(sent)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_tellings_at_once_one_counts(sent: Message) -> None:
    told = at_once(lambda _number: was_complained_about(sent.message_id, timezone.now()), 8)
    assert sorted(each.value for each in told) == ["known"] * 7 + ["marked"]
    assert len(notes(sent)) == 1


def test_who_takes_being_asked_back_for_spam_is_not_asked_back_again(sent: Message) -> None:
    Message.objects.filter(pk=sent.pk).update(kind="recall")
    was_complained_about(sent.message_id, timezone.now())
    assert PatientRequest.objects.get().recall_opted_out_at is not None
