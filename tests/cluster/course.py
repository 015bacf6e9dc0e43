"""The course of `make cluster-check`: people, desk and blows together, and what is counted afterwards. Runs
in the town, with Django set up on the cluster's database."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connections
from django.db.models import Count, Q

from appointments.models import Appointment, Message, MessageStatus, PatientRequest
from appointments.models.appointment import COMING
from tests.cluster import blows, staff
from tests.cluster.blows import Blow, Window
from tests.cluster.desk import PEOPLE, Desk
from tests.cluster.machines import Machines, next_version
from tests.cluster.patients import Failure, Town
from tests.deployed import say
from tests.faults.race_course import overlapping
from tests.faults.stage import Row

CLIENTS = 24
LONGEST = 300.0  # seconds for the submits
# A lease that a killed worker leaves lasts five minutes.
DRAINED_WITHIN = 330.0
# Seconds after which one blow has nothing to do with the next: nginx tries a host again before.
SETTLED = 3.0
# What the mail server takes over each message, so that a worker is likely to be killed in the middle of one.
MAIL_TAKES = 0.05


@dataclass(frozen=True)
class Struck:
    """A blow that fell, at which moment, and when something may have failed."""

    blow: Blow
    began: float
    window: Window


def run(machines: Machines, folder: Path, wanted: int) -> list[Row]:
    """Every row of the table, with as many submits as `wanted` or more."""
    staff.create(machines)
    machines.mail.take_time(MAIL_TAKES)
    checkout = next_version(folder)
    town = Town()
    desk = Desk(town.takes)
    began = time.monotonic()
    with everybody(town, desk):
        fallen = list(_strike_all(machines, town, checkout, began, wanted))
        while len(town.told) < wanted and time.monotonic() - began < LONGEST:
            time.sleep(0.2)
    seconds = time.monotonic() - began
    rows = list(_rows_of(fallen, town))
    rows += staff.signs_in_and_uploads(machines)
    connections.close_all()
    rows += [submits(town, seconds, wanted), bookings(town, desk), mail(machines, town, fallen)]
    return rows


@contextmanager
def everybody(town: Town, desk: Desk) -> Iterator[None]:
    """People and desk, as long as this is open."""
    threads = [threading.Thread(target=town.live) for _client in range(CLIENTS)]
    threads += [threading.Thread(target=desk.work, args=(person,)) for person in range(PEOPLE)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        town.stopping = desk.stopping = True
        for thread in threads:
            thread.join(90)


def _strike_all(
    machines: Machines, town: Town, checkout: Path, began: float, wanted: int
) -> Iterator[Struck]:
    """Spread over the submits."""
    planned = list(blows.all_of(machines, checkout))
    for number, blow in enumerate(planned, start=1):
        due = wanted * number // (len(planned) + 1)
        while len(town.told) < due and time.monotonic() - began < LONGEST * number / (len(planned) + 1):
            time.sleep(0.05)
        moment = time.monotonic()
        window = blow.strike()
        time.sleep(SETTLED)
        yield Struck(blow, moment, window)
        say(f"        {time.monotonic() - began:4.0f} s  {blow.name}; {len(town.told)} submits so far")


def _rows_of(fallen: list[Struck], town: Town) -> Iterator[Row]:
    """For each blow, what failed under way at its part; and what failed from it until the next one without
    being under way at any part that was taken away."""
    excused = {
        failure: next((each for each in fallen if each.window.covers(failure.began, failure.ended)), None)
        for failure in town.failures
    }
    for number, struck in enumerate(fallen):
        next_one = fallen[number + 1].began if number + 1 < len(fallen) else float("inf")
        since = struck.began if number else 0.0
        under_way = sum(each is struck for each in excused.values())
        others = [
            failure
            for failure, reason in excused.items()
            if reason is None and since <= failure.ended < next_one
        ]
        after = [moment for moment in town.told_at if moment > struck.began]
        first = f"{min(after) - struck.began:.1f} s" if after else "never"
        failed = f"{under_way} failed under way, {len(others)} others{_kinds(others)}"
        figures = f"{failed}; next submit told after {first}"
        yield Row(struck.blow.name, figures, bool(after) and not others)


def _kinds(failures: list[Failure]) -> str:
    kinds = sorted({each.what for each in failures})
    return f" ({', '.join(kinds)})" if kinds else ""


def submits(town: Town, seconds: float, wanted: int) -> Row:
    """Each that was told a page is there once, on that page, with its event and its acknowledgement."""
    stored = {str(row.submission_id): row for row in PatientRequest.objects.all()}
    said = Message.objects.filter(kind="acknowledgement").values_list("request__submission_id", flat=True)
    times_said = Counter(map(str, said))
    lost = sum(each not in stored for each in town.told)
    elsewhere = sum(
        pages != {stored[each].get_absolute_url()} for each, pages in town.told.items() if each in stored
    )
    silent = sum(times_said[each] != 1 for each in town.with_email)
    spam = sum(row.suspected_spam for row in stored.values())
    figures = (
        f"{len(town.told)} acknowledged in {seconds:.0f} s beside {town.read} reads, {lost} lost, "
        f"{elsewhere} on another page, {silent} without message, {town.given_up} given up, {spam} as spam"
    )
    is_good = len(town.told) >= wanted and not (lost or elsewhere or silent or town.given_up or spam)
    return Row("submits", figures, is_good)


def bookings(town: Town, desk: Desk) -> Row:
    """Nothing overlaps, no request has two visits, and whoever was told that a time is theirs has it."""
    pairs = overlapping(Appointment.objects.all())
    twice = PatientRequest.objects.annotate(
        coming=Count("appointments", filter=Q(appointments__status__in=COMING))
    ).filter(coming__gt=1)
    booked = set(Appointment.objects.filter(status__in=COMING).values_list("pk", flat=True))
    lost = len(town.taken - booked)
    figures = (
        f"{desk.offered} offers, {desk.refused} refused since a colleague had the time, {len(town.taken)} "
        f"taken from two tabs at once, {pairs} overlap, {twice.count()} booked twice, {lost} lost"
    )
    is_good = bool(desk.offered and desk.refused and town.taken) and not (pairs or twice.count() or lost)
    return Row("bookings", figures, is_good)


def mail(machines: Machines, town: Town, fallen: list[Struck]) -> Row:
    """Waits for the outbox to be empty, at most for a lease."""
    since = time.monotonic()
    while Message.objects.unsent().exists() and time.monotonic() - since < DRAINED_WITHIN:
        time.sleep(1)
    counts = machines.mail.taken.counts
    sent = Message.objects.filter(status=MessageStatus.SENT)
    lost = sum(counts[each] == 0 for each in sent.values_list("message_id", flat=True))
    unsent = Message.objects.unsent().count()
    doubled = sum(count - 1 for count in counts.values())
    most = sum(struck.blow.doubles for struck in fallen)
    figures = (
        f"{sent.count()} sent, {lost} lost, {unsent} left after {time.monotonic() - since:.0f} s, "
        f"{doubled} doubled under the same Message-ID, of {most} at most"
    )
    is_good = bool(sent.count()) and not (lost or unsent) and doubled <= most
    return Row("mail", figures, is_good)
