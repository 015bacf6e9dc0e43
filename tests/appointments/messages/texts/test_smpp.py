"""Texts through the outbox, against a real message centre on the loopback."""

import io
import socket
import struct
import threading
import uuid
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from appointments import monitoring
from appointments.messages import outbox
from appointments.messages.texts import consent
from appointments.messages.texts.line import TextLine
from appointments.models import Message, MessageChannel, MessageStatus
from appointments.models.choices import HeldUp
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments.messages.texts.conftest import use
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY
from tests.faults.text_server import DELIVERED, TextServer

pytestmark = pytest.mark.django_db
WORKER = uuid.uuid4()
TEXT = MessageChannel.TEXT


def send(now: datetime = WEDNESDAY, line: TextLine | None = None) -> int:
    """One batch, by a line of its own."""
    if line is not None:
        return outbox.send_texts(line, WORKER, now).tried
    with TextLine() as own:
        return outbox.send_texts(own, WORKER, now).tried


def work(since: datetime, length: timedelta, step: timedelta) -> datetime:
    now = since
    while now < since + length:
        send(now)
        now += step
    return now


def test_a_text_goes_out_once_with_the_short_link_and_its_carriers_name(centre: TextServer) -> None:
    request = agreed()
    message = text_for(request)
    assert send() == 1
    message.refresh_from_db()
    assert (message.status, message.carrier_id) == (MessageStatus.SENT, "1")
    assert centre.numbers == [request.phone.as_e164]
    assert f"http://testserver/s/{request.token}/" in centre.words[0]
    assert "Reply STOP" in centre.words[0]
    assert send() == 0


def test_many_go_by_one_connection_and_a_long_one_is_one_piece(centre: TextServer) -> None:
    messages = [text_for(agreed()) for _number in range(3)]
    Message.objects.filter(pk=messages[1].pk).update(text="Señora Núñez, 🙂 " * 30)
    assert send() == 3
    assert len(centre.numbers) == 3
    assert "Señora Núñez, 🙂 " * 30 in centre.words


def test_a_refused_sign_in_fails_no_text_and_stands_for_somebody_to_mend(settings: Settings) -> None:
    """By the bytes of the specification (4.1, 5.1.3): the centre of the other tests lets everybody in."""
    builders.clinic()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        use(settings, listener.getsockname()[1])
        thread = threading.Thread(target=refuse_one, args=(listener, 0x0E))
        thread.start()
        message = text_for(agreed())
        assert send() == 1
        thread.join()
    message.refresh_from_db()
    assert (message.status, message.held_up) == (MessageStatus.QUEUED, HeldUp.LINE)
    assert message.last_error == "NotTaken 0xe"
    found = monitoring.mail(WEDNESDAY)
    assert (found["ok"], found["held_up"]) == (False, True)
    owner = Client()
    owner.force_login(builders.superuser())
    assert "No text message goes out" in owner.get("/admin/").text
    later = WEDNESDAY + timedelta(seconds=2)
    assert send(later) == 0


def refuse_one(listener: socket.socket, status: int) -> None:
    connection, _address = listener.accept()
    with connection:
        length = int.from_bytes(connection.recv(4), "big")
        asked = connection.recv(length - 4)
        connection.sendall(struct.pack(">LLLL", 16, 0x80000009, status, int.from_bytes(asked[8:12], "big")))


@pytest.mark.parametrize("mode", ["refuse", "hang", "throttle", "full", "sender"])
def test_nothing_is_lost_in_an_outage_and_all_is_sent_soon_after_it(centre: TextServer, mode: str) -> None:
    messages = [text_for(agreed()) for _number in range(3)]
    centre.behave(mode)
    now = work(WEDNESDAY, timedelta(minutes=50), timedelta(minutes=10))
    assert centre.numbers == []
    assert Message.objects.unsent(TEXT).count() == 3
    assert Message.objects.held_up(TEXT).exists() == (mode == "sender")
    centre.behave("ok")
    work(now, timedelta(minutes=10), timedelta(minutes=1))
    assert centre.counts == {message.recipient: 1 for message in messages}


def test_a_bad_number_becomes_a_call_and_stops_no_other(centre: TextServer) -> None:
    bad, good = text_for(agreed()), text_for(agreed())
    centre.bad_numbers.add(bad.recipient)
    send()
    bad.refresh_from_db()
    assert (bad.status, bad.last_error) == (MessageStatus.FAILED, "NotTaken 0xb")
    assert centre.numbers == [good.recipient]
    task = Message.objects.phone_tasks().get()
    assert (task.request_id, task.kind) == (bad.request_id, "offers")
    assert "text message" in bad.request.events.last().note  # type: ignore[union-attr]


def test_who_has_an_e_mail_gets_both_and_no_call_when_the_text_fails(centre: TextServer) -> None:
    message = text_for(agreed(email="ada@example.org"))
    centre.bad_numbers.add(message.recipient)
    send()
    assert Message.objects.unsent().get().kind == "offers"
    assert not Message.objects.phone_tasks().exists()


def test_an_outage_of_one_channel_is_none_of_the_other(centre: TextServer, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "clinic.operations.mail.NotSetUp"
    text_for(agreed(email="ada@example.org"))
    outbox.send_batch(WORKER, WEDNESDAY)
    send()
    assert len(centre.numbers) == 1
    assert Message.objects.unsent().count() == 1


def test_a_centre_that_takes_it_and_says_nothing_gets_it_once_more(centre: TextServer) -> None:
    message = text_for(agreed())
    centre.behave("drop")
    send()
    centre.behave("ok")
    send(WEDNESDAY + timedelta(minutes=2))
    assert centre.counts == {message.recipient: 2}


def test_a_text_that_waits_for_the_day_waits_for_nobody(texts: None, clinic: object) -> None:
    evening = at(clinic_day(WEDNESDAY), time(21))
    text_for(agreed(at=evening), at=evening)
    assert monitoring.mail(evening + timedelta(hours=9))["ok"]
    assert monitoring.mail(at(clinic_day(WEDNESDAY) + timedelta(days=1), time(8, 20)))["ok"]
    assert not monitoring.mail(at(clinic_day(WEDNESDAY) + timedelta(days=1), time(9)))["ok"]


def test_the_line_outlives_its_batch_and_a_centre_that_hung_up(centre: TextServer) -> None:
    with TextLine() as line:
        text_for(agreed())
        assert send(line=line) == 1
        assert line.is_open
        centre.behave("refuse")
        centre.behave("ok")
        text_for(agreed())
        send(line=line)
        send(WEDNESDAY + timedelta(minutes=2), line=line)
        assert len(centre.numbers) == 2


def test_who_cant_be_reached_is_not_asked_for_replies_all_the_time(centre: TextServer) -> None:
    centre.behave("refuse")
    with TextLine() as line:
        with pytest.raises(OSError, match="refused"):
            line.hear(WEDNESDAY)
        assert line.hear(WEDNESDAY) == 0  # without a try


def test_no_log_line_holds_a_number_or_a_word(centre: TextServer, written_log: io.StringIO) -> None:
    message = text_for(agreed(phone="+13105550177"))
    centre.receipts = DELIVERED
    send()
    written = written_log.getvalue()
    assert "3105550177" not in written
    assert message.text[:20].encode().hex() not in written
    assert b"3105550177".hex() not in written


def test_without_the_channel_nothing_is_a_text(clinic: object) -> None:
    request = builders.appointment_request(status="offered")
    assert not consent.give(request, None, WEDNESDAY)
    assert not Message.objects.filter(channel=TEXT).exists()
