"""What the racers of tests.faults.races do, and how conflicts are counted afterwards. Needs Django set up."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from unittest import mock

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, F, Q
from django.utils import timezone

from appointments import guards, scheduling
from appointments.lifecycle import Action, Status
from appointments.messages.staleness import REMINDERS
from appointments.messages.texts.inbound import Reply
from appointments.models import (
    ACTIVE_STATUSES,
    Appointment,
    AppointmentStatus,
    EventKind,
    Kind,
    Message,
    MessageChannel,
    MessageStatus,
    OtherTime,
    PatientRequest,
    TextToRead,
)
from appointments.models.appointment import COMING, AppointmentQuerySet
from appointments.requests import moves
from appointments.scheduling import confirming
from appointments.scheduling.earlier import answering
from appointments.texted_back import replies
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders

HALF_HOUR = timedelta(minutes=30)
# Any two of these starts overlap for a visit of half an hour.
OFFSETS = [timedelta(minutes=minutes) for minutes in (0, 10, 20, 5, 15, 25, 0, 20)]
MOVER = 7


def overlapping(appointments: AppointmentQuerySet) -> int:
    """Pairs of active appointments of one practitioner that overlap, one of them among these."""
    return appointments.filter(
        status__in=ACTIVE_STATUSES,
        practitioner__appointments__status__in=ACTIVE_STATUSES,
        practitioner__appointments__start__lt=F("end"),
        practitioner__appointments__end__gt=F("start"),
        practitioner__appointments__pk__gt=F("pk"),
    ).count()


class Overlaps:
    """Eight racers want overlapping half hours of one doctor: some offer, some book, one moves there."""

    racers = 8

    def __init__(self, races: int) -> None:
        self.races = races
        self.start = _open_morning()
        self.desk = _desk()
        self.practitioners = _practitioners(races)
        self.requests = _requests(races * self.racers, Status.IN_PROGRESS)
        movers = self.requests[MOVER :: self.racers]
        PatientRequest.objects.filter(pk__in=[each.pk for each in movers]).update(status=Status.BOOKED)
        afternoon = self.start + timedelta(hours=4)
        self.moved = Appointment.objects.bulk_create(
            Appointment(
                request=request, practitioner=who, status=AppointmentStatus.BOOKED,
                start=afternoon, end=afternoon + HALF_HOUR,
            )
            for request, who in zip(movers, self.practitioners, strict=True)
        )  # fmt: skip

    def act(self, race: int, racer: int) -> None:
        """Raises SchedulingError for everybody who comes late."""
        who, request = self.practitioners[race], self.requests[race * self.racers + racer]
        start = self.start + OFFSETS[racer]
        if racer == MOVER:
            scheduling.move_appointment(self.moved[race], start, self.desk)
        elif racer % 2:
            scheduling.book(request, who, start, self.desk)
        else:
            scheduling.offer(request, who, [start], self.desk)

    def conflicts(self, outcomes: Counter[str]) -> int:
        """Pairs of active appointments that overlap, and races that nobody or more than one won."""
        pairs = overlapping(Appointment.objects.filter(practitioner__in=self.practitioners))
        return pairs + (abs(outcomes["won"] - self.races))


class Accepts:
    """Of three held times one racer takes the first, one the second, and the front desk cancels the first."""

    racers = 3

    def __init__(self, races: int) -> None:
        self.races = races
        self.desk = _desk()
        start = _open_morning()
        self.requests = _requests(races, Status.OFFERED)
        self.held = Appointment.objects.bulk_create(
            Appointment(
                request=request, practitioner=who, status=AppointmentStatus.PENDING, hold_until=start,
                start=start + number * HALF_HOUR, end=start + (number + 1) * HALF_HOUR,
            )
            for request, who in zip(self.requests, _practitioners(races), strict=True)
            for number in range(3)
        )  # fmt: skip

    def act(self, race: int, racer: int) -> None:
        """Raises SchedulingError for whoever comes late."""
        if racer == 2:
            scheduling.cancel(self.held[race * 3], self.desk, "The room is closed.")
        else:
            scheduling.accept(self.held[race * 3 + racer])

    def conflicts(self, outcomes: Counter[str]) -> int:
        """Requests whose status and appointments don't say the same, or that were booked twice."""
        rows = PatientRequest.objects.filter(pk__in=[each.pk for each in self.requests]).annotate(
            coming=Count("appointments", filter=Q(appointments__status__in=COMING)),
            held=Count("appointments", filter=Q(appointments__status=AppointmentStatus.PENDING)),
        )
        booked = Q(status=Status.BOOKED, coming=1, held=0)
        back = Q(status=Status.IN_PROGRESS, coming=0, held=0)
        twice = rows.annotate(taken=Count("events", filter=Q(events__action="take_offer"), distinct=True))
        return rows.exclude(booked | back).count() + twice.filter(booked | back, taken__gt=1).count()


class EarlierTimes:
    """A time fell free: three patients who were asked take it, and the front desk books it for a fourth."""

    racers = 4
    asked = 3

    def __init__(self, races: int) -> None:
        self.races = races
        self.desk = _desk()
        self.start = _open_morning()
        self.practitioners = _practitioners(races)
        self.requests = _requests(races * self.asked, Status.BOOKED)
        self.callers = _requests(races, Status.IN_PROGRESS)
        doctors = [who for who in self.practitioners for _number in range(self.asked)]
        Appointment.objects.bulk_create(
            self._appointment(request, who, self.start + timedelta(weeks=1 + number % self.asked))
            for number, (request, who) in enumerate(zip(self.requests, doctors, strict=True))
        )
        holds = Appointment.objects.bulk_create(
            self._appointment(request, who, self.start, AppointmentStatus.PENDING)
            for request, who in zip(self.requests[:: self.asked], self.practitioners, strict=True)
        )
        waves = [uuid.uuid4() for _race in range(races)]
        self.others = OtherTime.objects.bulk_create(
            OtherTime(
                request=request, practitioner=who, start=self.start, end=self.start + HALF_HOUR,
                until=self.start, wave=waves[number // self.asked], offered_at=timezone.now(),
                hold=None if number % self.asked else holds[number // self.asked],
            )
            for number, (request, who) in enumerate(zip(self.requests, doctors, strict=True))
        )  # fmt: skip

    def _appointment(
        self,
        request: PatientRequest,
        who: Practitioner,
        start: datetime,
        status: AppointmentStatus = AppointmentStatus.BOOKED,
    ) -> Appointment:
        until = self.start if status == AppointmentStatus.PENDING else None
        return Appointment(
            request=request, practitioner=who, status=status, start=start, end=start + HALF_HOUR,
            hold_until=until,
        )  # fmt: skip

    def act(self, race: int, racer: int) -> None:
        """Raises SchedulingError for whoever comes late."""
        if racer == self.asked:
            scheduling.book(self.callers[race], self.practitioners[race], self.start, self.desk)
        else:
            answering.take(self.others[race * self.asked + racer])

    def conflicts(self, outcomes: Counter[str]) -> int:
        """Races without exactly one winner, times that two have or that are still held, and patients who
        have lost their appointment or have two."""
        theirs = Appointment.objects.filter(practitioner__in=self.practitioners)
        lost = (
            PatientRequest.objects.filter(pk__in=[each.pk for each in self.requests])
            .annotate(coming=Count("appointments", filter=Q(appointments__status__in=COMING)))
            .exclude(status=Status.BOOKED, coming=1)
        )
        at_the_time = theirs.filter(start=self.start, status__in=COMING).count()
        return (
            overlapping(theirs)
            + theirs.filter(status=AppointmentStatus.PENDING).count()
            + lost.count()
            + abs(at_the_time - self.races)
            + abs(outcomes["won"] - self.races)
        )


class Confirms:
    """A patient says that they come, by two clicks on the page and by a text, and cancels, all at once."""

    racers = 4
    texts, cancels = 1, 2

    def __init__(self, races: int) -> None:
        self.races = races
        began = PatientRequest.objects.filter(phone_digits__startswith="1424555").count()
        self.numbers = [f"+1424555{began + number:04d}" for number in range(races)]
        self.requests = _requests(races, Status.BOOKED, self.numbers)
        start, now = _open_morning(), timezone.now()
        self.booked = Appointment.objects.bulk_create(
            Appointment(
                request=request, practitioner=who, status=AppointmentStatus.BOOKED,
                start=start, end=start + HALF_HOUR,
            )
            for request, who in zip(self.requests, _practitioners(races), strict=True)
        )  # fmt: skip
        Message.objects.bulk_create(
            Message(
                request=visit.request, appointment=visit, appointment_sequence=visit.sequence,
                channel=MessageChannel.TEXT, recipient=number, kind=REMINDERS[0], key=f"confirms:{number}",
                message_id=f"<{number}@races>", language="en", subject="s", text="t", created_at=now,
                next_attempt_at=now, sent_at=now, status=MessageStatus.SENT,
            )
            for visit, number in zip(self.booked, self.numbers, strict=True)
        )  # fmt: skip

    def act(self, race: int, racer: int) -> None:
        """Raises SchedulingError for a click that comes after the cancellation."""
        visit = self.booked[race]
        if racer == self.texts:
            replies.take(Reply(self.numbers[race], "1"), timezone.now())
        elif racer == self.cancels:
            scheduling.cancel(visit, None)
        else:
            scheduling.confirm(visit, sequence=0)

    def conflicts(self, outcomes: Counter[str]) -> int:
        """Visits that are not cancelled once and for all, that are confirmed twice or after that, whose row
        and timeline don't say the same, and texts that were lost, or called done where nothing was."""
        return sum(self._is_wrong(visit.pk) for visit in self.booked)

    def _is_wrong(self, pk: int) -> bool:
        visit = Appointment.objects.select_related("request").get(pk=pk)
        said = list(visit.request.events.order_by("pk").values_list("action", "kind"))
        steps = [action for action, _kind in said if action]
        kinds = [kind for _action, kind in said]
        confirmed = [Action.CONFIRM] if visit.confirmed_at else []
        if (visit.status, visit.request.status) != (AppointmentStatus.CANCELLED, Status.IN_PROGRESS):
            return True
        if steps != [*confirmed, Action.APPOINTMENT_CANCELLED] or kinds.count(EventKind.TEXT) != 1:
            return True
        actions = [action for action, _kind in said]
        is_late = kinds.index(EventKind.TEXT) > actions.index(Action.APPOINTMENT_CANCELLED)
        return is_late != TextToRead.objects.filter(request=visit.request).exists()


@contextmanager
def without_overlap_guard() -> Iterator[None]:
    """The database without its guard against overlaps."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for event in ("insert", "update"):
                cursor.execute(f"DROP TRIGGER {guards.OVERLAP}_{event}")
        else:
            cursor.execute(f"ALTER TABLE appointments_appointment DROP CONSTRAINT {guards.OVERLAP}")
    try:
        yield
    finally:
        Appointment.objects.all().delete()
        guards.install(connection)


@contextmanager
def without_accept_guards() -> Iterator[None]:
    """Taking an offer without its conditions: neither of the row, nor of the request's status, nor of the
    database's 'one coming appointment a request'."""

    def take_unseen(rows: AppointmentQuerySet, now: datetime) -> int:
        return rows.update(status=AppointmentStatus.BOOKED, hold_until=None)

    def never(*args: Any) -> None:
        return None

    def all_of(ids: list[int], step: Any) -> Any:
        return PatientRequest.objects.filter(pk__in=ids)

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX appointment_one_coming")
    with (
        mock.patch.object(AppointmentQuerySet, "take", take_unseen),
        mock.patch.object(moves, "_refusal", never),
        mock.patch.object(moves, "_still_there", all_of),
    ):
        yield


@contextmanager
def without_earlier_guards() -> Iterator[None]:
    """Taking an earlier time without a look at whether it can still be taken, without the locks of the wave,
    and without the database's 'one of a wave is taken'."""

    def unlocked(pks: Any, *practitioners: int) -> dict[int, PatientRequest]:
        return PatientRequest.objects.in_bulk(set(pks))

    def never(*args: Any) -> None:
        return None

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX other_time_one_taken")
    with (
        mock.patch.object(answering, "lock_requests", unlocked),
        mock.patch.object(answering, "_require_open", never),
    ):
        yield


@contextmanager
def without_confirm_guards() -> Iterator[None]:
    """Confirming without a lock, without a look at whether the visit still stands, and without the
    conditions of the move."""

    def unlocked(pk: int) -> PatientRequest:
        return PatientRequest.objects.get(pk=pk)

    def never(*args: Any) -> None:
        return None

    def always(*args: Any) -> bool:
        return True

    def all_of(ids: list[int], step: Any) -> Any:
        return PatientRequest.objects.filter(pk__in=ids)

    with (
        mock.patch.object(confirming, "locked", unlocked),
        mock.patch.object(confirming, "_require_same", never),
        mock.patch.object(Appointment, "can_confirm", always),
        mock.patch.object(moves, "_refusal", never),
        mock.patch.object(moves, "_still_there", all_of),
    ):
        yield


def _open_morning() -> datetime:
    """Ten o'clock on a weekday of next week, when the clinic is assumed to be open."""
    today: date = clinic_day(timezone.now())
    return at(today + timedelta(days=9 - today.weekday()), time(10))


def _desk() -> User:
    user = User.objects.filter(username="desk").first() or builders.staff(username="desk")
    user.has_perm("appointments.handle_patientrequest")  # reads the permissions, once for all racers
    return user


def _practitioners(count: int) -> list[Practitioner]:
    began = Practitioner.objects.count()
    return Practitioner.objects.bulk_create(
        Practitioner(slug=f"racer-{began + number}", name=f"Dr. {number}") for number in range(count)
    )


def _requests(count: int, status: Status, phones: Sequence[str] = ()) -> list[PatientRequest]:
    now = timezone.now()
    rows = [
        PatientRequest(
            kind=Kind.APPOINTMENT, status=status, first_name="Ada", phone=phone,
            date_of_birth=date(1990, 1, 1), consented_at=now, privacy_version="1",
            received_at=now, respond_by=now, email="ada@example.org",
        )
        for phone in phones or ["+13105550100"] * count
    ]  # fmt: skip
    for row in rows:
        row.set_search_keys()
    return PatientRequest.objects.bulk_create(rows)


overlaps = Overlaps
accepts = Accepts
earlier = EarlierTimes
confirms = Confirms
