"""The worker: sends mail, ends holds, reminds, clears what is old. Any number may run."""

import signal
import time
import types
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments.worker.steps import Rounds

WAKE_EVERY = 2.0  # seconds
SLICE = 0.2


class Command(BaseCommand):
    """`manage.py worker` runs until SIGTERM or SIGINT; `--once` does one round of everything, for cron."""

    help = "Sends mail, ends holds, reminds patients and clears what is old. Any number may run at once."
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="One round of everything, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the rounds. A signal lets the message at hand finish and ends the loop."""
        rounds = Rounds(stop=lambda: self.stopping)
        with rounds.line:
            self._work(rounds, once=options["once"])

    def _work(self, rounds: Rounds, *, once: bool) -> None:
        if once:
            rounds.run(timezone.now(), everything=True)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self.stopping:
            rounds.run(timezone.now())
            if settings.WORKER_BEAT:  # for deploy/alive.py
                Path(settings.WORKER_BEAT).touch()
            if not rounds.goes_on:
                self._rest()

    def _stop(self, signum: int, frame: types.FrameType | None) -> None:
        self.stopping = True

    def _rest(self) -> None:
        until = time.monotonic() + WAKE_EVERY
        while not self.stopping and time.monotonic() < until:
            time.sleep(SLICE)
