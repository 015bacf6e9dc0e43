"""The outbox against a real SMTP server on the loopback."""

import smtplib
import uuid
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from appointments import monitoring
from appointments.messages import line, outbox, paused_mail
from appointments.messages.notices import queue
from appointments.models import EventKind, Message, MessageChannel, MessageStatus, RequestEvent
from tests import builders
from tests.builders import WEDNESDAY
from tests.faults.mail_server import MailServer

pytestmark = pytest.mark.django_db
WORKER = uuid.uuid4()


@pytest.fixture
def owner() -> Client:
    browser = Client()
    browser.force_login(builders.superuser())
    return browser


def written(email: str = "ada@example.org", kind: str = "acknowledgement") -> Message:
    request = builders.callback_request(email=email, received_at=WEDNESDAY)
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=WEDNESDAY)
    message = queue(request, kind, event)
    assert message is not None
    return message


def work(since: datetime, length: timedelta, step: timedelta = timedelta(seconds=30)) -> datetime:
    """Lets a worker look every `step` of simulated time; returns the time at the end."""
    now = since
    while now < since + length:
        outbox.deliver_due(WORKER, now)
        now += step
    return now


@pytest.mark.parametrize("mode", ["refuse", "hang", "421", "451"])
def test_nothing_is_lost_in_an_outage_and_all_is_sent_within_ten_minutes_of_its_end(
    server: MailServer, mode: str
) -> None:
    messages = [written(f"patient{number}@example.org") for number in range(3)]
    server.behave(mode)
    now = work(WEDNESDAY, timedelta(minutes=50), timedelta(minutes=7))
    assert server.taken.ids == []
    assert Message.objects.unsent().count() == 3
    server.behave("ok")
    work(now, timedelta(minutes=10))
    assert server.taken.counts == {message.message_id: 1 for message in messages}
    assert not Message.objects.unsent().exists()


@pytest.mark.parametrize("wrong", ["530", "relay", "sign-in", "TLS", "certificate"])
def test_what_is_wrong_with_the_set_up_fails_no_message_and_goes_on_by_itself(
    server: MailServer, settings: Settings, owner: Client, wrong: str
) -> None:
    """However long it takes: the line stands, says so, and tries one message now and then for all. Whoever
    has waited for days is called meanwhile."""
    messages = [written(f"patient{number}@example.org") for number in range(3)]
    if wrong in ("530", "relay"):
        server.behave(wrong)
    settings.EMAIL_USE_TLS = wrong == "TLS"
    settings.EMAIL_USE_SSL = wrong == "certificate"
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "nobody" if wrong == "sign-in" else ""
    assert outbox.deliver_due(WORKER, WEDNESDAY) == 1
    assert outbox.deliver_due(WORKER, WEDNESDAY + timedelta(seconds=2)) == 0
    now = work(WEDNESDAY, timedelta(days=5), timedelta(hours=2))
    assert Message.objects.unsent().count() == 3
    assert "No e-mail goes out" in owner.get("/admin/").text
    assert monitoring.mail(now)["held_up"] is True
    server.behave("ok")
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    now = work(now, timedelta(minutes=10))
    assert server.taken.counts == {message.message_id: 1 for message in messages}
    assert monitoring.mail(now)["ok"] is True
    assert "No e-mail goes out" not in owner.get("/admin/").text


def test_mail_paused_while_the_line_stood_holds_nothing_up(server: MailServer) -> None:
    """A backup from the time of a fault, brought back when the fault is long mended."""
    written("paused@example.org")
    server.behave("530")
    outbox.deliver_due(WORKER, WEDNESDAY)
    assert Message.objects.held_up().count() == 1
    paused_mail.pause()
    server.behave("ok")
    written("new@example.org")
    work(WEDNESDAY, timedelta(minutes=10))
    assert server.taken.recipients == ["new@example.org"]
    assert not Message.objects.held_up().exists()


def test_a_message_that_the_site_cannot_build_waits_and_stops_no_other(
    server: MailServer, owner: Client
) -> None:
    bad, good = written("bad@example.org"), written("good@example.org")
    Message.objects.filter(pk=bad.pk).update(subject="Two\nlines")
    work(WEDNESDAY, timedelta(days=5), timedelta(hours=2))
    assert server.taken.recipients == ["good@example.org"]
    bad.refresh_from_db()
    assert (bad.status, bad.last_error) == (MessageStatus.QUEUED, "BadHeaderError")
    assert "This e-mail can&#x27;t be built" in owner.get("/admin/").text
    good.refresh_from_db()
    assert good.status == MessageStatus.SENT


def test_an_outage_of_a_day_costs_no_message(server: MailServer) -> None:
    written()
    server.behave("refuse")
    now = work(WEDNESDAY, timedelta(hours=26), timedelta(minutes=20))
    server.behave("ok")
    work(now, timedelta(minutes=10))
    assert len(server.taken.ids) == 1


def test_a_line_dropped_after_the_last_dot_sends_again_with_the_same_id(server: MailServer) -> None:
    message = written()
    server.behave("drop")
    outbox.deliver_due(WORKER, WEDNESDAY)
    server.behave("ok")
    work(WEDNESDAY, timedelta(minutes=10))
    assert server.taken.counts == {message.message_id: 2}


def test_a_bad_address_is_final_and_stops_no_other(server: MailServer) -> None:
    server.refuse_recipient("bad@example.org")
    bad, good = written("bad@example.org"), written("good@example.org")
    outbox.deliver_due(WORKER, WEDNESDAY)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.attempts, bad.last_error) == (
        MessageStatus.FAILED,
        1,
        "SMTPRecipientsRefused 550",
    )
    assert good.status == MessageStatus.SENT
    assert server.taken.recipients == ["good@example.org"]


def test_a_failure_becomes_one_phone_task_with_the_words_to_say(server: MailServer) -> None:
    server.refuse_recipient("bad@example.org")
    message = written("bad@example.org")
    outbox.deliver_due(WORKER, WEDNESDAY)
    task = Message.objects.phone_tasks().get()
    assert (task.request, task.channel) == (message.request, MessageChannel.PHONE)
    assert "We have your request" in task.text
    Message.objects.filter(pk=message.pk).update(status=MessageStatus.QUEUED, next_attempt_at=WEDNESDAY)
    outbox.deliver_due(WORKER, WEDNESDAY)
    assert Message.objects.phone_tasks().count() == 1
    assert RequestEvent.objects.filter(kind=EventKind.MESSAGE).count() == 1


def test_an_address_that_is_always_told_later_ends_as_a_phone_task(server: MailServer) -> None:
    written()
    server.behave("451")
    work(WEDNESDAY, timedelta(hours=25), timedelta(minutes=20))
    assert Message.objects.failed().count() == 1
    assert Message.objects.phone_tasks().count() == 1


def connections(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets one more entry with each connection that is opened."""
    opened: list[int] = []
    connect = smtplib.SMTP.connect

    def counted(self: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
        opened.append(1)
        return connect(self, *args, **kwargs)

    monkeypatch.setattr(smtplib.SMTP, "connect", counted)
    return opened


def test_one_connection_serves_a_batch(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = connections(monkeypatch)
    for number in range(5):
        written(f"patient{number}@example.org")
    assert outbox.deliver_due(WORKER, WEDNESDAY) == 5
    assert len(opened) == 1


def test_a_faulty_server_costs_a_batch_two_timeouts_not_one_for_each_message(server: MailServer) -> None:
    for number in range(5):
        written(f"patient{number}@example.org")
    server.behave("hang")
    assert outbox.deliver_due(WORKER, WEDNESDAY) == 2


def test_a_connection_is_renewed_before_servers_get_tired_of_it(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MOST_ON_A_LINE", 2)
    opened = connections(monkeypatch)
    for number in range(5):
        written(f"patient{number}@example.org")
    assert outbox.deliver_due(WORKER, WEDNESDAY) == 5
    assert len(opened) == 3


def test_what_is_urgent_never_waits_for_what_went_to_many_before_it(server: MailServer) -> None:
    for number in range(30):
        written(f"patient{number}@example.org")
    Message.objects.update(kind="recall", next_attempt_at=WEDNESDAY - timedelta(hours=1))
    written("ada@example.org")
    assert outbox.deliver_due(WORKER, WEDNESDAY, limit=3) == 3
    assert server.taken.recipients[0] == "ada@example.org"
    assert set(server.taken.recipients[1:]) <= {f"patient{number}@example.org" for number in range(30)}


@pytest.mark.parametrize("why", ["a signal", "a slow server"])
def test_what_is_claimed_and_not_sent_soon_goes_back(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """So that it can be taken back, gets a corrected address, or goes out by another worker."""
    for number in range(5):
        written(f"patient{number}@example.org")
    if why == "a slow server":
        monkeypatch.setattr(outbox, "HELD", timedelta(0))
    seen: list[int] = []

    def other_worker() -> bool:
        seen.append(Message.objects.filter(leased_by=WORKER).count())
        return why == "a signal" and bool(server.taken.ids)

    tried = outbox.deliver_due(WORKER, WEDNESDAY, stop=other_worker)
    assert tried == (1 if why == "a signal" else 5)
    assert Message.objects.unsent().count() == 5 - tried
    assert not Message.objects.exclude(leased_by=None).exists()
    assert why == "a signal" or min(seen) == 0


def test_a_claim_is_no_attempt(server: MailServer) -> None:
    for number in range(3):
        written(f"patient{number}@example.org")
    server.behave("530")
    outbox.deliver_due(WORKER, WEDNESDAY)
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_leased_message_is_left_alone_until_the_lease_ends(server: MailServer) -> None:
    message = written()
    assert outbox.claim(uuid.uuid4(), WEDNESDAY) == [message]
    assert outbox.claim(WORKER, WEDNESDAY + outbox.LEASE - timedelta(seconds=1)) == []
    assert outbox.claim(WORKER, WEDNESDAY + outbox.LEASE) == [message]


def test_who_has_lost_the_lease_records_nothing(server: MailServer) -> None:
    written()
    late = uuid.uuid4()
    [claimed] = outbox.claim(late, WEDNESDAY)
    [_again] = outbox.claim(WORKER, WEDNESDAY + outbox.LEASE)
    server.refuse_recipient("ada@example.org")
    outbox.deliver(claimed, late, WEDNESDAY + outbox.LEASE)
    message = Message.objects.get()
    assert (message.status, message.leased_by) == (MessageStatus.QUEUED, WORKER)
    assert not Message.objects.phone_tasks().exists()


def test_mail_of_a_moved_or_cancelled_appointment_is_void(server: MailServer) -> None:
    request = builders.appointment_request(email="ada@example.org", received_at=WEDNESDAY)
    start = WEDNESDAY + timedelta(days=3)
    moved = builders.appointment(request, builders.practitioner(), start)
    assert queue(request, "booked", None, moved, cause="first", now=WEDNESDAY)
    moved.sequence += 1
    moved.save()
    assert queue(request, "reminder_days", None, moved, cause="second", now=WEDNESDAY)
    moved.status = "cancelled"
    moved.save()
    outbox.deliver_due(WORKER, WEDNESDAY)
    assert server.taken.ids == []
    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.VOID}


@pytest.mark.parametrize("kind", ["booked", "reminder_days"])
def test_mail_with_the_time_before_the_move_is_void(server: MailServer, kind: str) -> None:
    """The appointment stands, at another time: only its sequence tells that the mail is overtaken."""
    patient_request = builders.appointment_request(email="ada@example.org", received_at=WEDNESDAY)
    visit = builders.appointment(patient_request, builders.practitioner(), WEDNESDAY + timedelta(days=1))
    before = queue(patient_request, kind, None, visit, cause="before", now=WEDNESDAY)
    visit.start, visit.end = visit.start + timedelta(days=1), visit.end + timedelta(days=1)
    visit.sequence += 1
    visit.save()
    after = queue(patient_request, kind, None, visit, cause="after", now=WEDNESDAY)
    assert before
    assert after
    outbox.deliver_due(WORKER, WEDNESDAY)
    assert server.taken.ids == [after.message_id]
    assert Message.objects.get(pk=before.pk).status == MessageStatus.VOID


def test_the_same_message_keeps_its_words_and_its_id(server: MailServer) -> None:
    message = written()
    outbox.deliver_due(WORKER, WEDNESDAY)
    [content] = server.taken.contents
    assert server.taken.ids == [message.message_id]
    assert message.message_id.endswith("@testserver>")
    assert b"Auto-Submitted: auto-generated" in content
    assert b"text/plain" in content
    assert b"text/html" in content


def test_the_link_that_stops_recalls_travels_whole(server: MailServer) -> None:
    message = written()
    link = "http://testserver/appointments/recall/" + "a" * 90 + "/stop/"
    Message.objects.filter(pk=message.pk).update(unsubscribe_url=link)
    outbox.deliver_due(WORKER, WEDNESDAY)
    headers = message_from_bytes(server.taken.contents[0], policy=policy.default)
    assert headers["List-Unsubscribe"].strip() == f"<{link}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.encode() in server.taken.contents[0]


def test_the_wait_grows_and_never_passes_eight_minutes() -> None:
    assert timedelta(seconds=45) <= outbox.backoff(1) <= timedelta(seconds=60)
    assert timedelta(seconds=90) <= outbox.backoff(2) <= timedelta(seconds=120)
    assert all(outbox.backoff(attempts) <= timedelta(minutes=8) for attempts in range(1, 40))
