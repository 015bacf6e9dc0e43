"""The outbox: written with the event in one transaction, claimed under a lease, sent outside any transaction.

A worker that dies leaves a lease that ends by itself, so a message is never lost. Exactly once can't be had
over SMTP: a worker killed between the server's 250 and the note of it sends again, with the same Message-ID.
So each is noted before the next one goes out, and only the claiming is done for several at once.
"""

import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction

from appointments.messages.faults import Fault, error_words, fault_of, is_final, ours, patience, with_evidence
from appointments.messages.line import Line
from appointments.messages.phone_tasks import ask_for_call, call_meanwhile
from appointments.messages.sending_again import gone_out
from appointments.messages.staleness import about_fallen, is_stale
from appointments.messages.texts import consent
from appointments.messages.texts.line import TextLine
from appointments.models.choices import HeldUp, MessageChannel, MessageStatus
from appointments.models.message import CAN_WAIT, Message, MessageQuerySet
from appointments.models.request import PatientRequest
from clinic.operations import leases

logger = logging.getLogger(__name__)

# Longer than a server may keep a connection hanging (EMAIL_TIMEOUT for each step of the dialogue).
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=8)
RECORD_TRIES = 5
# Of the request only its status matters, unless the message fails: the rest is half the cost of reading it.
_NOT_READ = [
    f"request__{each.name}"
    for each in PatientRequest._meta.concrete_fields
    if each.name not in ("id", "status")
]
# The worker has other work: a batch ends after so long, and the next round goes on.
BATCH = timedelta(seconds=5)
# So many are claimed at once, and so long they may be held before they are sent: whoever takes one back or
# corrects its address meanwhile comes too late for it. What is left then goes back into the queue.
CLAIMED_AT_ONCE = 20
HELD = timedelta(seconds=1)


def line_for(channel: str) -> Line:
    """A new line by which messages of that channel go out."""
    return TextLine() if channel == MessageChannel.TEXT else Line()


def to_send(now: datetime, channel: str) -> MessageQuerySet:
    """What may go out now. Of texts, what its number still wants, by day."""
    due = Message.objects.to_send(now, channel)
    return consent.wanted(due, now) if channel == MessageChannel.TEXT else due


def claim(
    worker: uuid.UUID,
    now: datetime,
    but: Collection[int] = (),
    limit: int = CLAIMED_AT_ONCE,
    channel: str = MessageChannel.EMAIL,
) -> list[Message]:
    """The next messages to send, `limit` at most, leased to `worker`, `but` these aside. What is written to
    many at once goes out when nothing else waits."""
    due = to_send(now, channel).exclude(pk__in=but).order_by("next_attempt_at", "pk")
    lease = {"leased_by": worker, "lease_until": now + LEASE}
    taken = leases.take(due.exclude(kind__in=CAN_WAIT), limit, **lease)
    if len(taken) < limit:
        taken += leases.take(due.filter(kind__in=CAN_WAIT), limit - len(taken), **lease)
    rows = Message.objects.select_related("appointment__practitioner", "request").defer(*_NOT_READ)
    found = rows.in_bulk(taken)
    return [found[pk] for pk in taken if pk in found]


def deliver(message: Message, worker: uuid.UUID, now: datetime, line: Line | None = None) -> str:
    """Sends one claimed message and records how it went; returns its new status.

    The record is written only while the lease is still this worker's.
    """
    if is_stale(message, now):
        _record(message, worker, status=MessageStatus.VOID)
        return MessageStatus.VOID
    if line is None:
        with line_for(message.channel) as line:
            return deliver(message, worker, now, line)
    if message.channel == MessageChannel.TEXT and not _is_still_wanted(message, worker, now):
        message.refresh_from_db(fields=["status"])
        return message.status
    try:
        carrier_id = line.hand_over(message)
    except Exception as error:  # whatever one message meets must not stop the others
        fault = fault_of(error, connecting=not line.is_open)
        fault = with_evidence(fault, message.held_up == HeldUp.LINE, line.has_taken)
        line.met(fault, error)
        return _record_failure(message, worker, error, fault, now)
    line.done()
    said = {
        "sent_at": now, "last_error": "", "held_up": "", "attempts": message.attempts + 1,
        "carrier_id": carrier_id,
    }  # fmt: skip
    sent = _record(message, worker, status=MessageStatus.SENT, **said)
    if message.held_up == HeldUp.LINE:
        Message.objects.unsent(line.channel).filter(held_up=HeldUp.LINE).update(next_attempt_at=now)
    if sent and message.tried_since:
        gone_out(message, now)
    return MessageStatus.SENT


@dataclass
class Batch:
    """What one worker sends in one go, from `now` on: for BATCH at most, and up to `limit` messages."""

    worker: uuid.UUID
    now: datetime
    limit: int | None = None
    stop: Callable[[], bool] = lambda: False
    tried: int = 0
    goes_on: bool = False  # it has ended while more could be sent at once
    _began: float = field(default_factory=time.monotonic)

    def send(self, line: Line) -> None:
        """Claims and sends until nothing is left, or the batch is full. What would tell a time at which
        nobody is there any more waits. Ends early when `stop` says so, and when the server or the set-up,
        rather than a message, is at fault."""
        waiting = about_fallen(to_send(self.now, line.channel), self.now)
        while not self._must_end(line):
            if self._is_full():
                self.goes_on = True
                return
            room = CLAIMED_AT_ONCE if self.limit is None else min(CLAIMED_AT_ONCE, self.limit - self.tried)
            claimed = claim(self.worker, self._moment(), waiting, room, line.channel)
            if not claimed:
                return
            self._send(claimed, line)

    def _send(self, claimed: list[Message], line: Line) -> None:
        """At least one of `claimed`; what can't be sent soon goes back into the queue."""
        held_until, rest = self._moment() + HELD, deque(claimed)
        try:
            while rest:
                deliver(rest.popleft(), self.worker, self._moment(), line)
                self.tried += 1
                if self._must_end(line) or self._moment() >= held_until:
                    break
        finally:
            if rest:
                theirs = Message.objects.unsent(line.channel).filter(pk__in=[each.pk for each in rest])
                theirs.filter(leased_by=self.worker).update(lease_until=None, leased_by=None)

    def _moment(self) -> datetime:
        """A slow server makes a batch long; leases and waits count from the moment, not from its start."""
        return self.now + timedelta(seconds=time.monotonic() - self._began)

    def _must_end(self, line: Line) -> bool:
        return line.is_at_fault or self.stop()

    def _is_full(self) -> bool:
        """Never before it has sent something, however long the looking took."""
        if self.limit is not None and self.tried >= self.limit:
            return True
        return self.tried > 0 and self._moment() >= self.now + BATCH


def send_batch(worker: uuid.UUID, now: datetime, **bounds: Any) -> Batch:
    """Sends the e-mails that are due within the `bounds` of a Batch. While the set-up is at fault, one is
    tried now and then for all the others, so that the line goes on by itself when it is mended."""
    with Line() as line:
        return _send_batch(line, worker, now, **bounds)


def send_texts(line: TextLine, worker: uuid.UUID, now: datetime, **bounds: Any) -> Batch:
    """The same of texts, by a line that the caller keeps. What no longer may be sent as a text becomes a call
    first, where somebody has to hear it."""
    consent.give_up_unwanted(now)
    line.begin()
    return _send_batch(line, worker, now, **bounds)


def _send_batch(line: Line, worker: uuid.UUID, now: datetime, **bounds: Any) -> Batch:
    batch = Batch(worker, now, **bounds)
    unsent = Message.objects.unsent(line.channel)
    if not unsent.filter(held_up=HeldUp.LINE, next_attempt_at__gt=now).exists():
        batch.send(line)
    return batch


def deliver_due(worker: uuid.UUID, now: datetime, **bounds: Any) -> int:
    """How many messages `send_batch` tried."""
    return send_batch(worker, now, **bounds).tried


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
    held_up = "" if not fault.stops_the_line else HeldUp.MESSAGE if ours(error) else HeldUp.LINE
    attempts = message.attempts + 1
    said = {"last_error": error_words(error), "held_up": held_up, "attempts": attempts}
    tried_for = now - (message.tried_since or message.created_at)
    if not is_final(error, fault) and tried_for < patience(fault):
        _record(message, worker, next_attempt_at=now + backoff(attempts), **said)
        if fault is not Fault.MESSAGE:
            call_meanwhile(now)
        return MessageStatus.QUEUED
    with transaction.atomic():
        if _record(message, worker, status=MessageStatus.FAILED, **said):
            ask_for_call(message, now)
    return MessageStatus.FAILED


def _is_still_wanted(message: Message, worker: uuid.UUID, now: datetime) -> bool:
    """Whether a claimed text may be handed over at this moment: STOP counts from when it is written. Else it
    is taken out, or becomes a call."""
    mine = Message.objects.filter(pk=message.pk, leased_by=worker, status=MessageStatus.QUEUED)
    if consent.wanted(mine, now).exists():
        return True
    mine.update(lease_until=None, leased_by=None)
    consent.give_up_unwanted(now)
    return False
