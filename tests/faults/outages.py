"""The mail server fails in every way; simulated time. Needs Django set up on a database of its own."""

import time
import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from appointments.messages import outbox
from appointments.messages.notices import queue
from appointments.models import EventKind, Message, MessageStatus, RequestEvent
from tests import builders
from tests.faults.mail_server import MODES, MailServer
from tests.faults.stage import Row

BEGIN = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
OUTAGE = timedelta(hours=2)
DRAIN = timedelta(minutes=10)
LOOK_EVERY = timedelta(seconds=10)


@transaction.atomic
def written(number: int, at: datetime, apart: timedelta = timedelta()) -> list[Message]:
    """As many messages in the outbox, one for each patient, the first `at`, the next so far `apart`."""
    Message.objects.all().delete()
    messages = []
    for each in range(number):
        moment = at + each * apart
        request = builders.callback_request(email=f"patient{each}@example.org", received_at=moment)
        event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=moment)
        message = queue(request, "acknowledgement", event)
        if message is not None:
            messages.append(message)
    return messages


def use(server: MailServer, timeout: float = 0.2) -> None:
    """Points this process's mail at `server`."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, timeout


def outage(mode: str, number: int = 20) -> Row:
    """One kind of fault for two hours, and the ten minutes after it."""
    worker = uuid.uuid4()
    with MailServer() as server:
        use(server)
        messages = written(number, BEGIN)
        server.behave(mode)
        now = BEGIN
        step = timedelta(minutes=20) if mode == "hang" else timedelta(minutes=4)
        while now < BEGIN + OUTAGE:
            outbox.deliver_due(worker, now)
            now += step
        server.behave("ok")
        returned = now
        while now < returned + DRAIN and Message.objects.unsent().exists():
            outbox.deliver_due(worker, now)
            now += LOOK_EVERY
        counts = server.taken.counts
    tasks = Message.objects.phone_tasks().count()
    lost = sum(counts[message.message_id] == 0 for message in messages) - tasks
    minutes = (now - returned).total_seconds() / 60
    unsent = Message.objects.unsent().count()
    doubled = sum(count > 1 for count in counts.values())
    figures = f"{number} messages, {lost} lost, {unsent} left, drained in {minutes:.1f} min"
    if mode == "550":
        figures += f", {tasks} became phone tasks"
    if mode == "drop":
        figures += f", {doubled} sent again under the same Message-ID"
    is_good = not lost and not unsent and (mode == "drop" or not doubled)
    return Row(f"SMTP: {mode}", figures, is_good and (mode != "550" or tasks == number))


def one_bad_address() -> Row:
    """One address of fifty is refused for good."""
    with MailServer() as server:
        use(server)
        written(50, BEGIN)
        server.refuse_recipient("patient0@example.org")
        began = time.monotonic()
        outbox.deliver_due(uuid.uuid4(), BEGIN)
        seconds = time.monotonic() - began
    sent = Message.objects.filter(status=MessageStatus.SENT).count()
    tasks = Message.objects.phone_tasks().count()
    return Row(
        "one bad address of 50", f"{sent} sent, {tasks} phone task, {seconds:.1f} s", (sent, tasks) == (49, 1)
    )


def run() -> None:
    """Every fault, a row each."""
    for mode in MODES:
        outage(mode).tell()
    one_bad_address().tell()
