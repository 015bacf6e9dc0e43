"""Texts over TLS, against a real message centre behind it."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from appointments.messages import outbox
from appointments.messages.texts.line import TextLine
from appointments.models import Message, MessageStatus, TextOptOut
from appointments.models.choices import HeldUp
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY
from tests.faults.text_server import TextServer, waited_for
from tests.faults.tls_front import TlsFront, certificate

pytestmark = pytest.mark.django_db
WORKER = uuid.uuid4()


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of the centre's, which this machine trusts."""
    path = certificate(tmp_path / "centre.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
def front(centre: TextServer, settings: Settings, pem: Path) -> Iterator[TlsFront]:
    with TlsFront(centre.port, pem) as running:
        settings.TEXTS_PORT, settings.TEXTS_TLS, settings.TEXTS_TIMEOUT = running.port, True, 5
        yield running


def test_texts_go_out_and_what_comes_in_at_once_is_all_heard(centre: TextServer, front: TlsFront) -> None:
    numbers = [f"+1310555017{number}" for number in range(3)]
    for number in numbers:
        text_for(agreed(phone=number))
    with TextLine() as line:
        assert outbox.send_texts(line, WORKER, WEDNESDAY).tried == 3
        assert sorted(centre.numbers) == numbers
        # What TLS has read ahead, no `select` knows of: the second STOP would wait for the next sign of life.
        stops = [centre.write(number, b"STOP") for number in numbers]
        assert waited_for(lambda: line.hear(WEDNESDAY) > 0)
        assert waited_for(lambda: all(stop.done() for stop in stops))
    assert [stop.result() for stop in stops] == [0, 0, 0]
    assert sorted(TextOptOut.objects.values_list("number", flat=True)) == numbers


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_a_centre_that_cant_prove_who_it_is_gets_nothing(
    centre: TextServer, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    wrong = certificate(tmp_path / "wrong.pem", "127.0.0.2" if whose == "another's" else "127.0.0.1")
    trusted = wrong if whose == "another's" else certificate(tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    message = text_for(agreed())
    with TlsFront(centre.port, wrong) as front, TextLine() as line:
        settings.TEXTS_PORT, settings.TEXTS_TLS, settings.TEXTS_TIMEOUT = front.port, True, 5
        outbox.send_texts(line, WORKER, WEDNESDAY)
    message.refresh_from_db()
    assert (message.status, message.held_up) == (MessageStatus.QUEUED, HeldUp.LINE)
    assert not centre.numbers
    assert not Message.objects.failed().exists()
