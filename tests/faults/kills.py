"""Workers that die by SIGKILL at each step of sending, and two workers at once. Needs Django set up.

The step is hit exactly: the child kills itself there. It is a fork, so that hundreds of deaths take seconds.
"""

import os
import signal
import smtplib
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

from django.db import connections
from django.utils import timezone

from appointments.messages import outbox
from appointments.models import Message, MessageStatus
from tests.faults.mail_server import MailServer
from tests.faults.outages import BEGIN, use, written
from tests.faults.stage import Row

# Where the child dies: right after a function of the sending.
STEPS: dict[str, tuple[Any, str]] = {
    "after the claim": (outbox, "claim"),
    "after connecting": (smtplib.SMTP, "connect"),
    "after MAIL FROM": (smtplib.SMTP, "mail"),
    "after RCPT TO": (smtplib.SMTP, "rcpt"),
    "after the server's 250": (smtplib.SMTP, "data"),
    "after the record": (outbox, "_record"),
}
MAY_DOUBLE = {"after the server's 250"}


def die() -> NoReturn:
    """As if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit(1)


def _deadly(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> NoReturn:
        function(*args, **kwargs)
        die()

    return wrapped


def in_child(work: Callable[[], None]) -> int:
    """Runs `work` in a forked child; returns its process id."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        os._exit(0)


def kill_at(step: str, times: int) -> Row:
    """One message, a worker that dies at `step`, and another that comes when the lease has ended."""
    place, name = STEPS[step]
    lost = doubled = too_often = 0
    with MailServer() as server:
        use(server, timeout=2)
        for message in written(times, BEGIN, apart=timedelta(hours=1)):
            now = message.next_attempt_at

            def dies(now: Any = now) -> None:
                setattr(place, name, _deadly(getattr(place, name)))
                outbox.deliver_due(uuid.uuid4(), now)

            _pid, status = os.waitpid(in_child(dies), 0)
            if not os.WIFSIGNALED(status):
                return Row(f"SIGKILL {step}", "the child did not die", False)
            outbox.deliver_due(uuid.uuid4(), now + outbox.LEASE + timedelta(seconds=1))
            arrived = server.taken.counts[message.message_id]
            lost += arrived == 0
            doubled += arrived == 2
            too_often += arrived > 2
    figures = (
        f"{times} kills, {lost} lost, {doubled} doubled under the same Message-ID, {too_often} more often"
    )
    return Row(f"SIGKILL {step}", figures, not lost and not too_often and (step in MAY_DOUBLE or not doubled))


def two_workers(number: int = 200) -> Row:
    """Two workers send what waits."""
    with MailServer() as server:
        use(server, timeout=5)
        messages = written(number, timezone.now())

        def works() -> None:
            worker = uuid.uuid4()
            while Message.objects.unsent().exists():
                outbox.deliver_due(worker, timezone.now(), limit=20)

        began = time.monotonic()
        children = [in_child(works) for _worker in range(2)]
        for child in children:
            os.waitpid(child, 0)
        seconds = time.monotonic() - began
        counts = server.taken.counts
    lost = sum(counts[message.message_id] == 0 for message in messages)
    doubled = sum(count > 1 for count in counts.values())
    sent = Message.objects.filter(status=MessageStatus.SENT).count()
    figures = f"{number} messages, {lost} lost, {doubled} doubled, {seconds:.1f} s"
    return Row("2 workers at once", figures, not lost and not doubled and sent == number)


def run() -> None:
    """A row for each step, and one for two workers."""
    two_workers().tell()
    for step in STEPS:
        kill_at(step, 40).tell()
