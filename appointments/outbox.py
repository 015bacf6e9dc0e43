"""The outbox: written with the event in one transaction, claimed under a lease, sent outside any transaction.

A worker that dies leaves a lease that ends by itself, so a message is never lost. Exactly once can't be had
over SMTP: a worker killed between the server's 250 and the note of it sends again, with the same Message-ID.
"""

import logging
import random
import smtplib
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F
from django.utils import timezone

from appointments.models.choices import MessageStatus
from appointments.models.message import Message

logger = logging.getLogger(__name__)

# Longer than a server may keep a connection hanging (EMAIL_TIMEOUT for each step of the dialogue).
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 12
LONGEST_WAIT = timedelta(minutes=8)


def claim(worker: uuid.UUID, now: datetime) -> Message | None:
    """The next message to send, leased to `worker`; None when nothing is due.

    One conditional UPDATE decides between workers: the row count says who won.
    """
    for pk in Message.objects.to_send(now).order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:20]:
        won = (
            Message.objects.to_send(now)
            .filter(pk=pk)
            .update(leased_by=worker, lease_until=now + LEASE, attempts=F("attempts") + 1)
        )
        if won:
            return Message.objects.select_related("appointment").get(pk=pk)
    return None


def deliver(message: Message, worker: uuid.UUID, now: datetime) -> str:
    """Sends one claimed message and records how it went; returns its new status.

    The record is written only while the lease is still this worker's.
    """
    mine = Message.objects.filter(pk=message.pk, leased_by=worker, status=MessageStatus.QUEUED)
    if is_stale(message):
        mine.update(status=MessageStatus.VOID, lease_until=None, leased_by=None)
        return MessageStatus.VOID
    try:
        _send(message)
    except Exception as error:  # noqa: BLE001 - whatever one message meets must not stop the others
        return _record_failure(message, worker, error, now)
    mine.update(
        status=MessageStatus.SENT, sent_at=timezone.now(), lease_until=None, leased_by=None, last_error=""
    )
    return MessageStatus.SENT


def deliver_due(worker: uuid.UUID, now: datetime, limit: int = 100) -> int:
    """Sends what is due, up to `limit` messages; returns how many were tried."""
    tried = 0
    while tried < limit and (message := claim(worker, now)):
        deliver(message, worker, now)
        tried += 1
    return tried


def is_stale(message: Message) -> bool:
    """Whether the appointment that the message speaks of has changed since it was written."""
    appointment = message.appointment
    return appointment is not None and appointment.sequence != message.appointment_sequence


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: doubling from OUTBOX_RETRY_SECONDS, with jitter so
    that a queue doesn't come back all at once, and a ceiling so that it drains soon after an outage."""
    base = timedelta(seconds=settings.OUTBOX_RETRY_SECONDS * 2 ** min(attempts - 1, 10))
    return min(base, LONGEST_WAIT) * random.uniform(0.75, 1.0)  # noqa: S311 - not a secret


def is_final(error: Exception) -> bool:
    """Whether the server's answer means that trying again is no use (RFC 5321: 5xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _error_words(error: Exception) -> str:
    """What went wrong without anything that names the recipient: the kind of error and the SMTP code."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _record_failure(message: Message, worker: uuid.UUID, error: Exception, now: datetime) -> str:
    final = is_final(error) or message.attempts >= MAX_ATTEMPTS
    status = MessageStatus.FAILED if final else MessageStatus.QUEUED
    logger.warning("message %s not sent: %s", message.pk, _error_words(error))
    Message.objects.filter(pk=message.pk, leased_by=worker).update(
        status=status,
        last_error=_error_words(error),
        next_attempt_at=now + backoff(message.attempts),
        lease_until=None,
        leased_by=None,
    )
    return status


def _send(message: Message) -> None:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.recipient],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
        connection=get_connection(),
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    mail.send()


def message_id_domain() -> str:
    """The right-hand side of our Message-IDs: the site's host."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"
