"""A unit of the machine has failed: somebody hears it, whatever else is down."""

import smtplib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone, translation
from pytest_django import Settings

from appointments.messages.to_staff import failed_unit
from appointments.models import Message
from tests import builders
from tests.clinic.test_checks import PRODUCTION, run_manage
from tests.spanish import catalog

UNIT = "finetouch-backup"


class Down(BaseEmailBackend):
    """A mail server that takes nothing now."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPConnectError(421, b"later")


class AwayForOne(BaseEmailBackend):
    """A mail server that refuses the operator's address."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if email_messages[0].to == ["operator@example.org"]:
            raise smtplib.SMTPRecipientsRefused({"operator@example.org": (550, b"unknown")})
        mail.outbox.extend(email_messages)
        return len(email_messages)


@pytest.fixture(autouse=True)
def operator(settings: Settings) -> None:
    settings.OPERATOR_EMAIL = ["operator@example.org"]


@pytest.fixture
def owners(db: None) -> None:
    builders.clinic(email="desk@example.org")
    builders.superuser(email="owner@example.org")


@pytest.fixture
def no_database() -> Iterator[None]:
    """Every query fails, as when the server is down."""

    def refuse(*args: object) -> None:
        raise OperationalError("down")

    with connection.execute_wrapper(refuse):
        yield


def told() -> list[str]:
    return [message.to[0] for message in mail.outbox]


def test_the_operator_and_the_owners_are_told_at_once(
    owners: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("tell_failed", UNIT)
    assert told() == ["operator@example.org", "desk@example.org", "owner@example.org"]
    assert mail.outbox[0].subject == "finetouch-backup has failed"
    assert "journalctl -u finetouch-backup" in str(mail.outbox[0].body)
    assert "finetouch-backup has failed: 3 told, 0 waiting" in capsys.readouterr().out
    assert not Message.objects.exists()  # no worker is needed, which may be what failed


def test_its_words_can_be_translated_as_those_of_the_other_notices(settings: Settings) -> None:
    settings.SITE_URL = "https://clinic.example"
    collected = {entry.english for entry in catalog.entries()}
    with translation.override("es"):
        subject, text = failed_unit._worded("backup%@x")
    assert (subject, text.splitlines()[0]) == (
        "backup%@x has failed", "The unit backup%@x of https://clinic.example has failed.",
    )  # fmt: skip
    assert {"%(unit)s has failed", "The unit %(unit)s of %(site)s has failed."} <= collected


@pytest.mark.django_db
def test_without_a_database_the_operator_is_told(no_database: None) -> None:
    call_command("tell_failed", UNIT)
    assert told() == ["operator@example.org"]


def test_what_the_mail_server_takes_not_now_waits_in_the_outbox(owners: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    call_command("tell_failed", UNIT)
    call_command("tell_failed", UNIT)  # the next night's is told too
    waiting = Message.objects.to_send(timezone.now())
    assert set(waiting.values_list("recipient", flat=True)) == {
        "desk@example.org",
        "operator@example.org",
        "owner@example.org",
    }
    assert waiting.count() == 6


def test_an_address_that_is_refused_keeps_nobody_else_from_hearing_it(
    owners: None, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.AwayForOne"
    call_command("tell_failed", UNIT)
    assert told() == ["desk@example.org", "owner@example.org"]


def test_a_database_that_is_not_there_keeps_nothing_up(tmp_path: Path) -> None:
    away = {
        "DATABASE_URL": "postgres://clinic@127.0.0.1:1/clinic",
        "EMAIL_URL": f"file://{tmp_path / 'mail'}",
    }
    done = run_manage(tmp_path, "tell_failed", UNIT, **PRODUCTION | away)
    assert "1 told" in done.stdout, done.stderr
    [sent] = (tmp_path / "mail").iterdir()
    assert "To: operator@example.org" in sent.read_text()


@pytest.mark.django_db
def test_when_nobody_can_be_told_the_command_fails(settings: Settings, no_database: None) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    with pytest.raises(CommandError, match="nobody could be told"):
        call_command("tell_failed", UNIT)
