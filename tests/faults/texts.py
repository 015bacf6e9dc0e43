"""Text messages under faults: a message centre that fails in every way, workers that die by SIGKILL at each
step of sending and of hearing, two workers at once. Simulated time. Needs Django set up on a database of its
own."""

import os
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import smpplib.client
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from appointments.messages import outbox
from appointments.messages.notices import queue
from appointments.messages.texts import consent, inbound
from appointments.messages.texts.line import TextLine
from appointments.messages.texts.smpp import Smpp
from appointments.models import (
    EventKind,
    Message,
    MessageChannel,
    MessageStatus,
    PatientRequest,
    RequestEvent,
    TextOptOut,
)
from clinic.time import quiet
from tests import builders
from tests.faults.kills import deadly, in_child, kills_after
from tests.faults.outages import BEGIN, DRAIN, LOOK_EVERY, OUTAGE
from tests.faults.stage import Row
from tests.faults.text_server import MODES, TextServer, waited_for

TEXT = MessageChannel.TEXT
# Where the child dies: right after a function of the sending.
STEPS: dict[str, tuple[Any, str]] = {
    "after the claim": (outbox, "claim"),
    "after the bind": (smpplib.client.Client, "bind_transceiver"),
    "after the text is on its way": (smpplib.client.Client, "send_message"),
    "after the centre's answer": (Smpp, "send"),
    "after the record": (outbox, "_record"),
}
MAY_DOUBLE = {"after the text is on its way", "after the centre's answer"}


def use(server: TextServer, timeout: float = 0.2) -> None:
    """Points this process's texts at `server`."""
    settings.TEXTS_BACKEND = "appointments.messages.texts.smpp.Smpp"
    settings.TEXTS_HOST, settings.TEXTS_PORT, settings.TEXTS_TIMEOUT = "127.0.0.1", server.port, timeout
    settings.TEXTS_USER, settings.TEXTS_PASSWORD, settings.TEXTS_SENDER = "clinic", "secret", "13105550100"


@transaction.atomic
def written(number: int, at: datetime, apart: timedelta = timedelta()) -> list[Message]:
    """As many texts in the outbox, one for each patient, the first `at`, the next so far `apart`."""
    Message.objects.all().delete()
    TextOptOut.objects.all().delete()
    PatientRequest.objects.all().update(status="withdrawn", finished_at=at)
    for each in range(number):
        moment = at + each * apart
        phone = f"+1310555{each:04d}"
        request = builders.appointment_request(status="offered", phone=phone, received_at=moment)
        consent.give(request, None, moment)
        event = RequestEvent.objects.create(request=request, kind=EventKind.NOTE, at=moment)
        queue(request, "offers", event, starts=[moment], until=moment)
    return list(Message.objects.filter(channel=TEXT).order_by("created_at"))


def send(now: datetime, **bounds: Any) -> None:
    with TextLine() as line:
        outbox.send_texts(line, uuid.uuid4(), now, **bounds)


def outage(mode: str, number: int = 10) -> Row:
    """One kind of fault for two hours, and the ten minutes after it."""
    with TextServer() as server:
        use(server)
        messages = written(number, BEGIN)
        server.behave(mode)
        now = BEGIN
        while now < BEGIN + OUTAGE:
            send(now)
            now += timedelta(minutes=20) if mode in ("hang", "drop") else timedelta(minutes=4)
        server.behave("ok")
        returned = now
        while now < returned + DRAIN and Message.objects.unsent(TEXT).exists():
            send(now)
            now += LOOK_EVERY
        counts = server.counts
    tasks, unsent = Message.objects.phone_tasks().count(), Message.objects.unsent(TEXT).count()
    lost = sum(counts[message.recipient] == 0 for message in messages) - tasks
    doubled = sum(count > 1 for count in counts.values())
    minutes = (now - returned).total_seconds() / 60
    figures = f"{number} texts, {lost} lost, {unsent} left, drained in {minutes:.1f} min"
    if mode == "number":
        figures += f", {tasks} became phone tasks"
    if mode == "drop":
        figures += f", {doubled} sent again"
    is_good = not lost and not unsent and (mode == "drop" or not doubled)
    return Row(f"SMPP: {mode}", figures, is_good and (mode != "number" or tasks == number))


def kill_at(step: str, times: int) -> Row:
    """One text, and a worker that dies at `step`."""
    with TextServer() as server:
        use(server, timeout=2)
        return kills_after(
            f"texts: SIGKILL {step}",
            STEPS[step],
            written(times, BEGIN, apart=timedelta(minutes=10)),
            send,
            lambda message: server.counts[message.recipient],
            may_double=step in MAY_DOUBLE,
        )


def kill_within_a_batch(times: int, batch: int = 5) -> Row:
    """Several texts that were claimed at once, a worker that dies right after the centre took the third."""
    lost = too_often = most = 0
    with TextServer() as server:
        use(server, timeout=2)
        for _time in range(times):
            server.numbers.clear()
            messages = written(batch, BEGIN)

            def dies() -> None:
                send_one, left = Smpp.send, [3]

                def counted(sender: Smpp, *said: Any) -> str:
                    left[0] -= 1
                    return str((deadly(send_one) if left[0] == 0 else send_one)(sender, *said))

                setattr(Smpp, "send", counted)  # noqa: B010 - as the other steps are replaced
                send(BEGIN)

            os.waitpid(in_child(dies), 0)
            send(BEGIN + outbox.LEASE + timedelta(seconds=1))
            counts = [server.counts[message.recipient] for message in messages]
            lost, too_often = lost + counts.count(0), too_often + sum(each > 2 for each in counts)
            most = max(most, counts.count(2))
    figures = f"{times} kills, {lost} lost, {most} doubled at most by one kill, {too_often} more often"
    return Row(f"texts: SIGKILL within a batch of {batch}", figures, not lost and not too_often and most == 1)


def kill_while_hearing(step: str, times: int) -> Row:
    """STOP comes in, a worker that dies before it has stored it or right after, and the centre that tells it
    to the next one again, as it got no answer."""
    lost = texted = 0
    with TextServer() as server:
        use(server, timeout=2)
        for message in written(times, BEGIN):

            def dies() -> None:
                tell = inbound.tell
                inbound.tell = deadly(tell) if step == "stored" else deadly(lambda *news: None)
                hear_one()

            child = in_child(dies)
            unheard = server.write(message.recipient, b"STOP")
            os.waitpid(child, 0)
            waited_for(unheard.done)
            if unheard.exception() is None and unheard.result() == 0:
                return Row(f"texts: SIGKILL with a STOP {step}", "acknowledged by the dead", False)
            server.wait_until_alone()
            child = in_child(hear_one)
            server.write(message.recipient, b"STOP").result(10)
            os.waitpid(child, 0)
            server.wait_until_alone()
            lost += not TextOptOut.objects.filter(number=message.recipient).exists()
        send(BEGIN)
        texted = sum("no more texts" not in words for words in server.words)
    figures = f"{times} kills, {lost} STOP lost, {texted} texts to who wants none"
    return Row(f"texts: SIGKILL with a STOP {step}", figures, not lost and not texted)


def hear_one() -> None:
    """Listens until something has come in."""
    with TextLine() as line:
        waited_for(lambda: line.hear(BEGIN) > 0)


def two_workers(number: int = 100) -> Row:
    """Two workers send what waits."""
    with TextServer() as server:
        use(server, timeout=5)
        day = quiet.by_day(timezone.now())
        messages = written(number, day)

        def works() -> None:
            worker = uuid.uuid4()
            with TextLine() as line:
                while Message.objects.unsent(TEXT).exists():
                    outbox.send_texts(line, worker, day, limit=20)

        began = time.monotonic()
        children = [in_child(works) for _worker in range(2)]
        for child in children:
            os.waitpid(child, 0)
        seconds = time.monotonic() - began
        counts = server.counts
    lost = sum(counts[message.recipient] == 0 for message in messages)
    doubled = sum(count > 1 for count in counts.values())
    sent = Message.objects.filter(status=MessageStatus.SENT, channel=TEXT).count()
    figures = f"{number} texts, {lost} lost, {doubled} doubled, {seconds:.1f} s"
    return Row("texts: 2 workers at once", figures, not lost and not doubled and sent == number)


def run() -> None:
    """Every fault, a row each."""
    for mode in MODES:
        outage(mode).tell()
    two_workers().tell()
    for step in STEPS:
        kill_at(step, 20).tell()
    kill_within_a_batch(10).tell()
    for step in ("heard", "stored"):
        kill_while_hearing(step, 10).tell()
