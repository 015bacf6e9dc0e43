"""The outbox: written with the event in one transaction, claimed under a lease, sent outside any transaction.

A worker that dies leaves a lease that ends by itself, so a message is never lost. Exactly once can't be had
over SMTP: a worker killed between the server's 250 and the note of it sends again, with the same Message-ID.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import get_connection
from django.db import OperationalError, connection, transaction
from django.db.models import F

from appointments.messages.envelope import mail_of
from appointments.messages.faults import Fault, error_words, fault_of, is_final, ours, patience
from appointments.messages.phone_tasks import ask_for_call
from appointments.messages.sending_again import gone_out
from appointments.messages.staleness import about_fallen, is_stale
from appointments.models.choices import HeldUp, MessageStatus
from appointments.models.message import Message
from clinic.models import Clinic
from clinic.operations import leases

logger = logging.getLogger(__name__)

# Longer than a server may keep a connection hanging (EMAIL_TIMEOUT for each step of the dialogue).
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=8)
# After as many faults of the server in a row the batch ends: each may take EMAIL_TIMEOUT.
SERVER_FAULTS = 2
RECORD_TRIES = 5
# The worker has other work: a batch ends after so long, and the next round goes on.
BATCH = timedelta(minutes=1)


class Line:
    """One connection to the mail server for a batch: opened at the first message, dropped after a fault."""

    def __init__(self) -> None:
        self._backend: Any = None
        self._clinic: Clinic | None = None
        self.faults = 0  # of the server, in a row
        self.stands = False  # for what is wrong with the set-up

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()

    def clinic(self) -> Clinic:
        """The clinic as it stands at the first message: who mail is from."""
        self._clinic = self._clinic or Clinic.facts()
        return self._clinic

    def backend(self) -> Any:
        """The open backend. Raises what the connecting meets."""
        if self._backend is None:
            backend = get_connection()
            backend.open()
            self._backend = backend
        return self._backend

    def done(self) -> None:
        """A message has gone out. Only SMTP keeps the line open; a demo's mail is one file each."""
        self.faults = 0
        if not hasattr(self._backend, "connection"):
            self.drop()

    def met(self, fault: Fault, error: Exception) -> None:
        """A message hasn't gone out."""
        self.drop()
        self.faults = self.faults + 1 if fault is Fault.SERVER else 0
        self.stands = fault is Fault.SETUP and not ours(error)

    @property
    def is_open(self) -> bool:
        return self._backend is not None

    def drop(self) -> None:
        """Hangs up; the next message connects anew."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(Exception):
                backend.close()


def claim(worker: uuid.UUID, now: datetime, but: Collection[int] = ()) -> Message | None:
    """The next message to send, leased to `worker`, `but` these aside; None when nothing is due."""
    due = Message.objects.to_send(now).exclude(pk__in=but).order_by("next_attempt_at", "pk")
    taken = leases.take(due, leased_by=worker, lease_until=now + LEASE, attempts=F("attempts") + 1)
    if taken is None:
        return None
    return Message.objects.select_related("appointment__practitioner", "request").get(pk=taken)


def deliver(message: Message, worker: uuid.UUID, now: datetime, line: Line | None = None) -> str:
    """Sends one claimed message and records how it went; returns its new status.

    The record is written only while the lease is still this worker's.
    """
    if is_stale(message, now):
        _record(message, worker, status=MessageStatus.VOID)
        return MessageStatus.VOID
    if line is None:
        with Line() as line:
            return deliver(message, worker, now, line)
    try:
        _send(message, line)
    except Exception as error:  # whatever one message meets must not stop the others
        fault = fault_of(error, connecting=not line.is_open)
        line.met(fault, error)
        return _record_failure(message, worker, error, fault, now)
    line.done()
    sent = _record(message, worker, status=MessageStatus.SENT, sent_at=now, last_error="", held_up="")
    if message.held_up == HeldUp.LINE:
        Message.objects.unsent().filter(held_up=HeldUp.LINE).update(held_up="", next_attempt_at=now)
    if sent and message.tried_since:
        gone_out(message, now)
    return MessageStatus.SENT


def deliver_due(
    worker: uuid.UUID, now: datetime, limit: int = 100, stop: Callable[[], bool] = lambda: False
) -> int:
    """Sends what is due, up to `limit` messages; returns how many were tried.

    What would tell a time at which nobody is there any more waits. Ends early when `stop` says so, and when
    the server or the set-up, rather than a message, is at fault. While the set-up is, one message is tried
    now and then for all the others, so that the line goes on by itself when it is mended.
    """
    if Message.objects.unsent().filter(held_up=HeldUp.LINE, next_attempt_at__gt=now).exists():
        return 0
    began = time.monotonic()
    waiting = about_fallen(Message.objects.to_send(now), now)
    tried = 0
    with Line() as line:
        while tried < limit and line.faults < SERVER_FAULTS and not line.stands and not stop():
            # A slow server makes a batch long; leases and waits count from the moment, not from its start.
            moment = now + timedelta(seconds=time.monotonic() - began)
            message = claim(worker, moment, waiting) if moment < now + BATCH else None
            if message is None:
                break
            deliver(message, worker, moment, line)
            tried += 1
    return tried


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: doubling from OUTBOX_RETRY_SECONDS, with jitter so
    that a queue doesn't come back all at once, and a ceiling so that it drains soon after an outage."""
    base = timedelta(seconds=settings.OUTBOX_RETRY_SECONDS * 2 ** min(max(attempts, 1) - 1, 10))
    return min(base, LONGEST_WAIT) * random.uniform(0.75, 1.0)  # noqa: S311 - not a secret


def _record(message: Message, worker: uuid.UUID, **values: Any) -> bool:
    """Writes how it went, as long as the lease is still `worker`'s; True when it was.

    A database that fails right after the server took the message would make it go out twice, so this is
    tried a few times.
    """
    mine = Message.objects.filter(pk=message.pk, leased_by=worker, status=MessageStatus.QUEUED)
    for left in reversed(range(RECORD_TRIES)):
        try:
            return bool(mine.update(lease_until=None, leased_by=None, **values))
        except OperationalError:
            if not left or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(1)
    return False


def _record_failure(
    message: Message, worker: uuid.UUID, error: Exception, fault: Fault, now: datetime
) -> str:
    logger.warning("message %s not sent, fault of the %s: %s", message.pk, fault.value, error_words(error))
    held_up = "" if fault is not Fault.SETUP else HeldUp.MESSAGE if ours(error) else HeldUp.LINE
    said = {"last_error": error_words(error), "held_up": held_up}
    tried_for = now - (message.tried_since or message.created_at)
    if not is_final(error, fault) and tried_for < patience(fault):
        _record(message, worker, next_attempt_at=now + backoff(message.attempts), **said)
        return MessageStatus.QUEUED
    with transaction.atomic():
        if _record(message, worker, status=MessageStatus.FAILED, **said):
            ask_for_call(message, now)
    return MessageStatus.FAILED


def _send(message: Message, line: Line) -> None:
    mail = mail_of(message, line.clinic())
    mail.connection = line.backend()
    mail.send()
