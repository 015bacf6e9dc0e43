"""An e-mail that failed for good is sent again: new patience, one call at most, a timeline that tells."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from appointments.messages import faults, outbox, paused_mail
from appointments.messages.notices import queue
from appointments.messages.phone_tasks import phone_task_done
from appointments.messages.sending_again import send_again
from appointments.models import EventKind, Message, MessageStatus, RequestEvent
from tests import builders
from tests.builders import WEDNESDAY
from tests.faults.mail_server import MailServer

pytestmark = pytest.mark.django_db
WORKER = uuid.uuid4()
LATER = WEDNESDAY + timedelta(days=5)
ADDRESS = "ada@example.org"


@pytest.fixture
def failed(server: MailServer) -> Message:
    """An e-mail that was refused five days ago, with the phone task that stands for it."""
    patient_request = builders.callback_request(email=ADDRESS, received_at=WEDNESDAY)
    event = RequestEvent.objects.create(request=patient_request, kind=EventKind.RECEIVED, at=WEDNESDAY)
    message = queue(patient_request, "acknowledgement", event)
    assert message is not None
    server.behave("550")
    outbox.deliver_due(WORKER, WEDNESDAY)
    assert Message.objects.failed().get() == message
    assert Message.objects.phone_tasks().count() == 1
    return message


def again() -> User:
    desk = builders.staff()
    assert send_again(Message.objects.all(), desk, LATER) == 1
    return desk


def status(message: Message) -> str:
    return Message.objects.get(pk=message.pk).status


def last_note() -> str:
    return RequestEvent.objects.filter(kind=EventKind.MESSAGE).latest("at", "pk").note


@pytest.mark.parametrize("fault", ["451", "421", "refuse"])
def test_one_passing_fault_does_not_fail_it_and_the_call_ends_with_the_mail(
    server: MailServer, failed: Message, fault: str
) -> None:
    desk = again()
    server.behave(fault)
    outbox.deliver_due(WORKER, LATER)
    assert status(failed) == MessageStatus.QUEUED
    task = Message.objects.phone_tasks().get()
    server.behave("ok")
    outbox.deliver_due(WORKER, LATER + timedelta(minutes=10))
    assert status(failed) == MessageStatus.SENT
    assert server.taken.ids == [failed.message_id]
    assert status(task) == MessageStatus.VOID
    notes = RequestEvent.objects.filter(kind=EventKind.MESSAGE).order_by("at", "pk")
    assert [(event.note, event.by_id) for event in notes] == [
        (f"The e-mail “{failed.subject}” could not be delivered. Please call.", None),
        (f"Trying to send the e-mail “{failed.subject}” again.", desk.pk),
        (f"The e-mail “{failed.subject}” was sent on a new try.", None),
    ]


def test_what_was_said_on_the_phone_stays_said(server: MailServer, failed: Message) -> None:
    task = Message.objects.phone_tasks().get()
    assert phone_task_done(task, builders.staff(), WEDNESDAY + timedelta(hours=1))
    again()
    server.behave("ok")
    outbox.deliver_due(WORKER, LATER)
    assert (status(failed), status(task)) == (MessageStatus.SENT, MessageStatus.SENT)


def test_failing_again_leaves_one_call_and_says_so(server: MailServer, failed: Message) -> None:
    again()
    outbox.deliver_due(WORKER, LATER)
    assert status(failed) == MessageStatus.FAILED
    assert Message.objects.phone_tasks().count() == 1
    assert last_note() == f"The e-mail “{failed.subject}” could not be delivered. Please call."
    assert RequestEvent.objects.filter(kind=EventKind.MESSAGE).count() == 3


def test_failing_again_asks_anew_for_a_call_that_was_taken_off_the_list(
    server: MailServer, failed: Message
) -> None:
    Message.objects.phone_tasks().void()
    again()
    outbox.deliver_due(WORKER, LATER)
    assert Message.objects.phone_tasks().count() == 1


def test_failing_again_after_it_was_said_asks_for_no_second_call(server: MailServer, failed: Message) -> None:
    phone_task_done(Message.objects.phone_tasks().get(), builders.staff(), WEDNESDAY + timedelta(hours=1))
    again()
    outbox.deliver_due(WORKER, LATER)
    assert not Message.objects.phone_tasks().exists()
    assert last_note() == f"The e-mail “{failed.subject}” could not be delivered again."


def test_the_new_patience_ends_too(server: MailServer, failed: Message) -> None:
    again()
    server.behave("451")
    outbox.deliver_due(WORKER, LATER)
    outbox.deliver_due(WORKER, LATER + faults.GIVE_UP_ON_ADDRESS)
    assert status(failed) == MessageStatus.FAILED


def test_only_what_failed_is_sent_again(server: MailServer, failed: Message) -> None:
    desk = again()
    assert send_again(Message.objects.all(), desk, LATER) == 0


def test_mail_released_after_a_restore_has_its_patience_before_it(server: MailServer) -> None:
    patient_request = builders.callback_request(email=ADDRESS, received_at=WEDNESDAY)
    message = queue(patient_request, "acknowledgement", None, cause="held", now=WEDNESDAY)
    assert message is not None
    paused_mail.pause()
    paused_mail.release(LATER)
    server.behave("451")
    outbox.deliver_due(WORKER, LATER)
    assert status(message) == MessageStatus.QUEUED
