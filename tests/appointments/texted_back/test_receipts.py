"""What a message centre says of a text that it took, and what patients write, through the worker's line."""

import uuid
from datetime import timedelta

import pytest

from appointments.messages import outbox
from appointments.messages.texts import inbound
from appointments.messages.texts.inbound import NotYet, Outcome, Receipt
from appointments.messages.texts.line import TextLine
from appointments.messages.texts.smpp import TRY_AGAIN
from appointments.models import EventKind, Message, MessageStatus, TextOptOut
from appointments.texted_back import receipts
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY
from tests.faults.text_server import DELIVERED, UNDELIVERABLE, TextServer, waited_for

pytestmark = pytest.mark.django_db
WORKER = uuid.uuid4()


def heard(line: TextLine) -> bool:
    return line.hear(WEDNESDAY) > 0


def test_a_text_that_arrived_says_so_in_the_ledger(centre: TextServer) -> None:
    message = text_for(agreed())
    centre.receipts = DELIVERED
    with TextLine() as line:
        outbox.send_texts(line, WORKER, WEDNESDAY)
        assert waited_for(lambda: heard(line))
    message.refresh_from_db()
    assert message.status == MessageStatus.SENT
    assert message.delivered_at is not None


def test_one_that_never_arrives_becomes_a_call_once(centre: TextServer) -> None:
    message = text_for(agreed())
    centre.receipts = UNDELIVERABLE
    with TextLine() as line:
        outbox.send_texts(line, WORKER, WEDNESDAY)
        assert waited_for(lambda: heard(line))
    message.refresh_from_db()
    assert (message.status, message.last_error) == (MessageStatus.FAILED, "came back UNDELIV")
    receipts.take(Receipt("1", Outcome.UNDELIVERED, "UNDELIV"), WEDNESDAY)
    assert Message.objects.phone_tasks().count() == 1


def test_a_receipt_for_none_of_ours_changes_nothing() -> None:
    receipts.take(Receipt("nobody's", Outcome.UNDELIVERED), WEDNESDAY)
    assert not Message.objects.exists()


def test_one_that_comes_before_we_have_written_it_down_has_to_come_again() -> None:
    message = text_for(agreed())
    Message.objects.filter(pk=message.pk).update(
        leased_by=WORKER, lease_until=WEDNESDAY + timedelta(minutes=5)
    )
    with pytest.raises(NotYet):
        receipts.take(Receipt("77", Outcome.DELIVERED), WEDNESDAY)


@pytest.mark.parametrize(
    ("words", "coding"),
    [(b"Gracias", 0), ("¿Mañana a las 5?".encode("latin-1"), 3), ("¿Mañana? 🙂".encode("utf-16-be"), 8)],
)
def test_what_a_patient_writes_comes_in_by_the_same_line(
    centre: TextServer, words: bytes, coding: int
) -> None:
    row = agreed()
    with TextLine() as line:
        line.hear(WEDNESDAY)
        answer = centre.write(row.phone.as_e164, words, data_coding=coding)
        assert waited_for(lambda: heard(line) or answer.done())
        assert answer.result(1) == 0
    written = row.events.get(kind=EventKind.TEXT).note
    assert written == words.decode({0: "ascii", 3: "latin-1", 8: "utf-16-be"}[coding])


def test_a_stop_that_cant_be_stored_comes_again(centre: TextServer, monkeypatch: pytest.MonkeyPatch) -> None:
    row = agreed()
    with TextLine() as line:
        line.hear(WEDNESDAY)
        with monkeypatch.context() as patch:
            patch.setattr(inbound, "heard", [lambda news, now: 1 / 0])
            answer = centre.write(row.phone.as_e164, b"STOP")
            assert waited_for(lambda: line.hear(WEDNESDAY) == 0 and answer.done())
        assert answer.result() == TRY_AGAIN
        assert not TextOptOut.objects.exists()
        answer = centre.write(row.phone.as_e164, b"STOP")
        assert waited_for(lambda: heard(line) or answer.done())
    assert TextOptOut.objects.get().number == row.phone.as_e164
