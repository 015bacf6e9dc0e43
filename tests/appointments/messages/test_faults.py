"""Whose fault a refusal is: what real servers say, and what comes of it in the outbox."""

import smtplib
import socket
import uuid
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from appointments import monitoring
from appointments.messages import outbox
from appointments.messages.faults import Fault, fault_of, with_evidence
from appointments.messages.notices import queue
from appointments.models import Message, MessageStatus
from appointments.models.choices import HeldUp
from tests import builders
from tests.builders import WEDNESDAY
from tests.faults.mail_server import MailServer

WORKER = uuid.uuid4()
MESSAGE, SERVER, SETUP, EITHER = Fault.MESSAGE, Fault.SERVER, Fault.SETUP, Fault.SETUP_OR_MESSAGE

# The step, the server's reply, whose fault it is.
REPLIES = [
    # Postfix
    ("RCPT", "553 5.7.1 <no-reply@x.example>: Sender address rejected: not owned by user clinic", EITHER),
    ("RCPT", "450 4.1.8 <no-reply@x.example>: Sender address rejected: Domain not found", EITHER),
    ("RCPT", "550 5.1.0 <no-reply@x.example>: Sender address rejected: User unknown", EITHER),
    ("RCPT", "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", EITHER),
    ("RCPT", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", EITHER),
    ("RCPT", "504 5.5.2 <web>: Helo command rejected: need fully-qualified hostname", EITHER),
    ("RCPT", "554 5.7.1 <ada@x.example>: Relay access denied", EITHER),
    ("RCPT", "454 4.7.1 <ada@x.example>: Relay access denied", EITHER),
    ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", EITHER),
    ("RCPT", "554 5.7.1 <ada@x.example>: Recipient address rejected: Access denied", EITHER),
    ("MAIL", "550 5.7.1 <no-reply@x.example>: Sender address rejected: not owned by user", SETUP),
    ("MAIL", "450 4.1.8 <no-reply@x.example>: Sender address rejected: Domain not found", SETUP),
    ("MAIL", "452 4.3.1 Insufficient system storage", SERVER),
    ("MAIL", "552 5.3.4 Message size exceeds fixed limit", MESSAGE),
    ("RCPT", "550 5.1.1 <sender@x.example>: Recipient address rejected: User unknown in table", MESSAGE),
    ("RCPT", "450 4.1.2 <ada@x.invalid>: Recipient address rejected: Domain not found", MESSAGE),
    ("RCPT", "450 4.2.0 <ada@x.example>: Recipient address rejected: Greylisted, try later", MESSAGE),
    ("RCPT", "452 4.3.1 Insufficient system storage", SERVER),
    ("RCPT", "552 5.2.2 <ada@x.example>: quota exceeded", MESSAGE),
    # Exim
    ("RCPT", "550 relay not permitted", EITHER),
    ("RCPT", "550-Verification failed for <no-reply@x.example>\nNo such user\nSender verify failed", EITHER),
    ("RCPT", "550 Unrouteable address", MESSAGE),
    ("RCPT", "550 Unknown user", MESSAGE),
    ("DATA", "552 Message size exceeds maximum permitted", MESSAGE),
    ("DATA", "550 Administrative prohibition", EITHER),
    # qmail
    ("RCPT", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", EITHER),
    # Exchange and Office 365
    ("DATA", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", EITHER),
    ("DATA", "554 5.2.252 SendAsDenied; x@x.example not allowed to send as y@x.example", EITHER),
    ("DATA", "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiException", EITHER),
    ("MAIL", "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", SETUP),
    ("RCPT", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", EITHER),
    ("DATA", "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", EITHER),
    ("DATA", "550 5.1.8 Access denied, bad outbound sender", EITHER),
    ("DATA", "554 5.2.0 SubmissionQuotaExceededException; recipient rate limit exceeded", SETUP),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", MESSAGE),
    (
        "RCPT",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        MESSAGE,
    ),
    ("RCPT", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", EITHER),
    # Gmail
    ("MAIL", "530-5.7.0 Authentication Required. For more information, go to", SETUP),
    ("DATA", "550-5.7.26 This mail is unauthenticated, which poses a security risk", EITHER),
    ("DATA", "550-5.7.1 [192.0.2.1] Our system has detected an unusual rate of unsolicited mail", EITHER),
    ("DATA", "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail", SETUP),
    ("RCPT", "421-4.7.28 Gmail has detected an unusual rate of mail from your IP", SERVER),
    ("RCPT", "550-5.1.1 The email account that you tried to reach does not exist.", MESSAGE),
    ("RCPT", "550 5.2.1 The email account that you tried to reach is disabled.", MESSAGE),
    ("RCPT", "452-4.2.2 The recipient's inbox is out of storage space and over quota", MESSAGE),
    ("DATA", "552-5.7.0 This message was blocked because its content presents a potential issue", EITHER),
    ("DATA", "552 5.3.4 Your message exceeded Google's message size limits.", MESSAGE),
    # Amazon SES
    ("DATA", "554 Message rejected: Email address is not verified. The following identities failed", EITHER),
    ("DATA", "454 Throttling failure: Daily message quota exceeded.", SETUP),
    ("DATA", "454 Throttling failure: Maximum sending rate exceeded.", SETUP),
    ("DATA", "554 Message rejected: Sending paused for this account.", EITHER),
    ("RCPT", "530 Authentication required", SETUP),
    # SendGrid, Postmark, Mailgun, Yahoo
    ("DATA", "550 The from address does not match a verified Sender Identity.", EITHER),
    ("RCPT", "451 Authentication failed: Maximum credits exceeded", SETUP),
    ("DATA", "550 5.7.1 Sender signature not confirmed", EITHER),
    ("DATA", "550 5.7.1 SPF check failed", EITHER),
    ("DATA", "550 5.7.1 rejected by DMARC policy of x.example", EITHER),
    ("RCPT", "554 delivery error: dd This user doesn't have a yahoo.com account", MESSAGE),
    # Bare
    ("RCPT", "550 Requested action not taken: mailbox unavailable", MESSAGE),
    ("RCPT", "451 try again later", MESSAGE),
    ("DATA", "554 Transaction failed", EITHER),
    ("RCPT", "554 Denied", EITHER),
]


def error(step: str, reply: str) -> Exception:
    """As smtplib raises it."""
    code, words = int(reply[:3]), reply[4:].encode()
    if step == "MAIL":
        return smtplib.SMTPSenderRefused(code, words, "no-reply@x.example")
    if step == "RCPT":
        return smtplib.SMTPRecipientsRefused({"ada@x.example": (code, words)})
    return smtplib.SMTPDataError(code, words)


@pytest.mark.parametrize(("step", "reply", "fault"), REPLIES, ids=[reply[:60] for _, reply, _ in REPLIES])
def test_what_real_servers_say(step: str, reply: str, fault: Fault) -> None:
    assert fault_of(error(step, reply), connecting=False) is fault


@pytest.mark.parametrize(
    ("met", "fault"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 Username and Password not accepted"), SETUP),
        (smtplib.SMTPAuthenticationError(454, b"4.7.0 Temporary authentication failure"), SETUP),
        (smtplib.SMTPConnectError(554, b"5.7.1 no access for your host"), SETUP),
        (smtplib.SMTPConnectError(421, b"4.3.2 too busy"), SERVER),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), SETUP),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), SERVER),
        (ConnectionRefusedError(), SERVER),
        (TimeoutError(), SERVER),
    ],
)
def test_what_connecting_meets(met: Exception, fault: Fault) -> None:
    assert fault_of(met, connecting=True) is fault


def test_only_what_waited_and_is_refused_where_another_was_taken_is_its_own() -> None:
    assert with_evidence(EITHER, waited=True, took_another=True) is MESSAGE
    assert with_evidence(EITHER, waited=False, took_another=True) is EITHER
    assert with_evidence(EITHER, waited=True, took_another=False) is EITHER
    assert with_evidence(SETUP, waited=True, took_another=True) is SETUP


def written(name: str, at: datetime = WEDNESDAY) -> Message:
    request = builders.callback_request(email=f"{name}@example.org", received_at=at)
    message = queue(request, "acknowledgement", None, cause=name, now=at)
    assert message is not None
    return message


def work(now: datetime, length: timedelta, step: timedelta = timedelta(hours=1)) -> datetime:
    end = now + length
    while now < end:
        outbox.deliver_due(WORKER, now)
        now += step
    return now


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "reply"), [case[:2] for case in REPLIES if case[2] in (SETUP, EITHER)][::3])
def test_what_is_said_of_us_fails_no_message_and_stands_until_it_is_mended(
    server: MailServer, step: str, reply: str
) -> None:
    messages = [written(name) for name in ("ada", "bea", "cyd")]
    server.answer(**{step: f"{reply[:3]} {reply[4:]}".replace("\n", " ")})
    assert outbox.deliver_due(WORKER, WEDNESDAY) == 1
    now = work(WEDNESDAY, timedelta(days=2))
    assert not Message.objects.failed().exists()
    assert not Message.objects.phone_tasks().exists()
    assert monitoring.mail(now)["held_up"] is True
    server.answer()
    now = work(now, timedelta(minutes=10), timedelta(seconds=30))
    assert server.taken.counts == {message.message_id: 1 for message in messages}
    assert monitoring.mail(now)["ok"] is True


@pytest.mark.django_db
@pytest.mark.parametrize("reply", ["554 5.7.1 Recipient address rejected: Access denied", "550 Denied"])
def test_an_unclear_refusal_of_one_address_is_its_own_once_another_was_taken(
    server: MailServer, reply: str
) -> None:
    server.refuse_recipient("ada@example.org", reply)
    bad, good = written("ada"), written("bea")
    outbox.deliver_due(WORKER, WEDNESDAY)
    bad.refresh_from_db()
    assert (bad.status, bad.held_up) == (MessageStatus.QUEUED, HeldUp.LINE)
    now = work(WEDNESDAY, timedelta(minutes=3), timedelta(seconds=30))
    bad.refresh_from_db()
    assert (bad.status, bad.held_up) == (MessageStatus.FAILED, "")
    assert Message.objects.phone_tasks().get().request == bad.request
    assert server.taken.ids == [good.message_id]
    assert monitoring.mail(now)["held_up"] is False


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["refuse", "530"])
def test_days_without_mail_are_a_call_that_ends_when_the_mail_goes_out(server: MailServer, mode: str) -> None:
    messages = [written(name) for name in ("ada", "bea", "cyd")]
    server.behave(mode)
    now = work(WEDNESDAY, timedelta(days=8), timedelta(hours=2))
    assert not Message.objects.failed().exists()
    assert {task.request_id for task in Message.objects.phone_tasks()} == {m.request_id for m in messages}
    assert Message.objects.phone_tasks().count() == 3
    server.behave("ok")
    work(now, timedelta(minutes=10), timedelta(seconds=30))
    assert server.taken.counts == {message.message_id: 1 for message in messages}
    assert not Message.objects.phone_tasks().exists()


@pytest.mark.django_db
def test_a_server_that_is_not_found_holds_the_line(
    server: MailServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = written("ada")
    settings.EMAIL_HOST = "mail.invalid"

    def lookup(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    work(WEDNESDAY, timedelta(days=4))
    message.refresh_from_db()
    assert (message.status, message.held_up) == (MessageStatus.QUEUED, HeldUp.LINE)
