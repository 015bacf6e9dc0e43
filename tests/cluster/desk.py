"""The front desk of `make cluster-check`: two people who want to give the same times to other patients."""

import itertools
import threading
import time as clock
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import MoveRefused, Status
from appointments.models import Kind, PatientRequest
from appointments.scheduling import SchedulingError
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day

HALF_HOUR = timedelta(minutes=30)
PEOPLE = 2


@dataclass
class Desk:
    """Gives times until it is enough; `takes` is told the patient's page and what is held there."""

    takes: Callable[[str, list[int]], None]
    offered: int = 0
    refused: int = 0
    stopping: bool = False
    done: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, person: int) -> None:
        """One of PEOPLE. Both go through the same times in the same order."""
        starts = _starts()
        wanted: deque[datetime] = deque(next(starts) for _each in range(3))
        while not self.stopping:
            try:
                self._give_once(person, wanted, starts)
            except (DatabaseError, InterfaceError):
                connections.close_all()  # the database is away: once more
            clock.sleep(0.5)
        connections.close_all()

    def _give_once(self, person: int, wanted: deque[datetime], starts: Iterator[datetime]) -> None:
        close_old_connections()
        waiting = PatientRequest.objects.filter(kind=Kind.APPOINTMENT, status=Status.NEW, pk__gt=0)
        mine = [
            row
            for row in waiting.order_by("pk")[:20]
            if row.pk % PEOPLE == person and row.pk not in self.done
        ]
        if not mine:
            return
        row = mine[0]
        try:
            held = scheduling.offer(row, _doctor(), list(wanted), _user(), take=True)
        except (SchedulingError, MoveRefused):
            # A colleague has one of these times: the next ones.
            with self.lock:
                self.refused += 1
            wanted.popleft()
            wanted.append(next(starts))
            return
        with self.lock:
            self.offered += 1
            self.done.add(row.pk)
        self.takes(row.get_absolute_url(), [each.pk for each in held])


def _starts() -> Iterator[datetime]:
    """Every half hour from nine to half past four on weekdays, from next week on."""
    monday = clinic_day(timezone.now())
    monday += timedelta(days=7 - monday.weekday())
    for day in itertools.count():
        date = monday + timedelta(days=day)
        if date.weekday() < 5:
            for half_hour in range(15):
                yield at(date, time(9)) + half_hour * HALF_HOUR


def _doctor() -> Practitioner:
    return Practitioner.objects.get(slug="dr-umar")


def _user() -> User:
    return User.objects.get(username="head")
