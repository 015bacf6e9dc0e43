"""Workers that die by SIGKILL at each step of sending, and two workers at once. Needs Django set up.

The step is hit exactly: the child kills itself there. It is a fork, so that hundreds of deaths take seconds.
"""

import os
import signal
import smtplib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
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


def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, after which the process dies."""

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


def kills_after(
    what: str,
    place: tuple[Any, str],
    messages: Iterable[Message],
    deliver: Callable[[datetime], Any],
    arrived: Callable[[Message], int],
    *,
    may_double: bool,
    doubled_how: str = "doubled",
) -> Row:
    """For each message a worker that dies right after the function of `place` (its owner, its name), and
    another that comes when the lease has ended. `deliver` sends what is due, `arrived` says how often a
    message came."""
    owner, name = place
    counts: Counter[int] = Counter()
    for message in messages:
        now = message.next_attempt_at

        def dies(now: datetime = now) -> None:
            setattr(owner, name, deadly(getattr(owner, name)))
            deliver(now)

        _pid, status = os.waitpid(in_child(dies), 0)
        if not os.WIFSIGNALED(status):
            return Row(what, "the child did not die", False)
        deliver(now + outbox.LEASE + timedelta(seconds=1))
        counts[arrived(message)] += 1
    lost, doubled = counts[0], counts[2]
    times, too_often = counts.total(), counts.total() - lost - counts[1] - doubled
    figures = f"{times} kills, {lost} lost, {doubled} {doubled_how}, {too_often} more often"
    return Row(what, figures, not lost and not too_often and (may_double or not doubled))


def kill_at(step: str, times: int) -> Row:
    """One e-mail, and a worker that dies at `step`."""
    with MailServer() as server:
        use(server, timeout=2)
        return kills_after(
            f"SIGKILL {step}",
            STEPS[step],
            written(times, BEGIN, apart=timedelta(hours=1)),
            lambda now: outbox.deliver_due(uuid.uuid4(), now),
            lambda message: server.taken.counts[message.message_id],
            may_double=step in MAY_DOUBLE,
            doubled_how="doubled under the same Message-ID",
        )


def kill_within_a_batch(times: int, batch: int = 5) -> Row:
    """Several messages that were claimed at once, a worker that dies right after the server took the third,
    and another that comes when the lease has ended."""
    lost = doubled = too_often = most = 0
    with MailServer() as server:
        use(server, timeout=2)
        for _time in range(times):
            server.taken.ids.clear()
            messages = written(batch, BEGIN)

            def dies() -> None:
                place, name = STEPS["after the server's 250"]
                send, taken = getattr(place, name), iter((_harmless, _harmless, deadly))

                def data(*args: Any, **kwargs: Any) -> Any:
                    return next(taken)(send)(*args, **kwargs)

                setattr(place, name, data)
                outbox.deliver_due(uuid.uuid4(), BEGIN)

            os.waitpid(in_child(dies), 0)
            outbox.deliver_due(uuid.uuid4(), BEGIN + outbox.LEASE + timedelta(seconds=1))
            counts = [server.taken.counts[message.message_id] for message in messages]
            lost, too_often = lost + counts.count(0), too_often + sum(each > 2 for each in counts)
            doubled, most = doubled + counts.count(2), max(most, counts.count(2))
    figures = (
        f"{times} kills, {lost} lost, {doubled} doubled, {most} at most by one kill, {too_often} more often"
    )
    return Row(f"SIGKILL within a batch of {batch}", figures, not lost and not too_often and most == 1)


def _harmless(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


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
    """A row for each step, one for two workers, and one for what is claimed at once."""
    two_workers().tell()
    for step in STEPS:
        kill_at(step, 40).tell()
    kill_within_a_batch(20).tell()
