"""What the worker does, as small steps: each looks for its own work, does it, and says how much it did.

Steps know nothing of each other, take the time from outside, and may run in any number of workers at once.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import close_old_connections, connection

from appointments.follow_up import aftercare, day_counts, promises, recall, reminders, retention
from appointments.messages import outbox, phone_tasks
from appointments.messages.texts import consent
from appointments.messages.texts.line import TextLine
from appointments.messages.to_staff import digest, gathered, sign_in
from appointments.returned_mail import mailboxes
from appointments.scheduling import end_fallen_holds, release_expired
from appointments.scheduling.earlier import by_itself, keeping
from appointments.worker.statistics import refresh_statistics
from clinic.audit import entry
from clinic.jobs import making, sweeping
from clinic.models import Heartbeat
from clinic.operations import limits
from clinic.operations.batches import note_failure
from clinic.pictures import sharing, storing
from treatments import due


@dataclass(frozen=True)
class Step:
    """One kind of work. `run` does it and returns how many things it did; `every` is in seconds."""

    name: str
    run: Callable[[datetime], int]
    every: float


def beat(now: datetime) -> int:
    """Says that a worker is alive."""
    Heartbeat.objects.update_or_create(name=Heartbeat.WORKER, defaults={"at": now})
    return 1


STEPS: tuple[Step, ...] = (
    Step("heartbeat", beat, 15),
    Step("pages", due.take, 0),
    Step("holds", release_expired, 10),
    Step("fallen holds", end_fallen_holds, 60),
    Step("other times", keeping.keep_up, 10),
    Step("earlier times", by_itself.offer_by_itself, 60),
    Step("reminders", reminders.remind, 60),
    Step("promises passed on", promises.pass_on, 60),
    Step("promises", promises.answer_for_broken, 60),
    Step("aftercare", aftercare.give, 60),
    Step("recalls", recall.ask_back, 600),
    Step("recalls overtaken", recall.take_back, 60),
    Step("retention", retention.clear, 3600),
    Step("old freed times", keeping.forget, 3600),
    Step("old audit entries", entry.forget, 3600),
    Step("old rate counts", limits.forget, 3600),
    Step("unused pictures", storing.sweep, 3600),
    Step("old shared images", sharing.sweep, 3600),
    Step("old files for staff", sweeping.sweep, 600),
    Step("staff notices", digest.write, 60),
    Step("sign-in notices", sign_in.write, 60),
    Step("gathered notices", gathered.write, 30),
    Step("old notices", gathered.forget, 3600),
    Step("returned mail", mailboxes.read, 60),
    Step("phone tasks", phone_tasks.void_stale, 60),
    Step("day counts", day_counts.count_days, 300),
    Step("statistics", refresh_statistics, 3600),
)


@dataclass
class Rounds:
    """Runs the steps that are due. Mail, texts and staff's long work go on in every round; the others have
    their own pace."""

    stop: Callable[[], bool] = lambda: False
    steps: tuple[Step, ...] = STEPS
    worker: uuid.UUID = field(default_factory=uuid.uuid4)
    goes_on: bool = False  # the next round needs no rest before it: more can be sent at once
    line: TextLine = field(default_factory=TextLine)  # kept from round to round: replies come in by it
    _next: dict[str, float] = field(default_factory=dict)

    def run(self, now: datetime, everything: bool = False) -> dict[str, int]:
        """One round at `now`; what each step did, by its name. A failing step doesn't stop the others."""
        # The pace goes by a clock that nobody sets, so that a step back doesn't hold the work up.
        moment = time.monotonic()
        self.goes_on = False
        done: dict[str, int] = {}
        own = (Step("mail", self._mail, 0), Step("texts", self._texts, 0), Step("jobs", self._jobs, 0))
        for step in (*self.steps, *own):
            if self.stop() or (not everything and moment < self._next.get(step.name, 0)):
                continue
            self._next[step.name] = moment + step.every
            done[step.name] = attempt(step, now)
        if not connection.in_atomic_block:
            close_old_connections()
        return done

    def _mail(self, now: datetime) -> int:
        batch = outbox.send_batch(self.worker, now, stop=self.stop)
        self.goes_on |= batch.goes_on
        return batch.tried

    def _texts(self, now: datetime) -> int:
        """What has come in first: it may be a STOP."""
        if not consent.exists():
            return 0
        try:
            heard = self.line.hear(now)
        except OSError as error:  # whoever carries them is away; what has to go out says so by itself
            note_failure("hearing texts", error)
            heard = 0
        batch = outbox.send_texts(self.line, self.worker, now, stop=self.stop)
        self.goes_on |= batch.goes_on
        return heard + batch.tried

    def _jobs(self, now: datetime) -> int:
        return making.work(self.worker, now, stop=self.stop)


def attempt(step: Step, now: datetime) -> int:
    """Runs one step; how much it did, 0 when it failed."""
    try:
        return step.run(now)
    except Exception as error:  # one failing step must not stop the others
        note_failure(f"step {step.name}", error)
        return 0
