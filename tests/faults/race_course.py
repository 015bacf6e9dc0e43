"""What the racers of tests.faults.races do, and how conflicts are counted afterwards. Needs Django set up."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from unittest import mock

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, F, Q
from django.utils import timezone

from appointments import guards, scheduling
from appointments.lifecycle import Status
from appointments.models import ACTIVE_STATUSES, Appointment, AppointmentStatus, Kind, PatientRequest
from appointments.models.appointment import COMING, AppointmentQuerySet
from appointments.requests import moves
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


def _requests(count: int, status: Status) -> list[PatientRequest]:
    now = timezone.now()
    rows = [
        PatientRequest(
            kind=Kind.APPOINTMENT, status=status, first_name="Ada", phone="+13105550100",
            date_of_birth=date(1990, 1, 1), consented_at=now, privacy_version="1",
            received_at=now, respond_by=now, email="ada@example.org",
        )
        for _number in range(count)
    ]  # fmt: skip
    for row in rows:
        row.set_search_keys()
    return PatientRequest.objects.bulk_create(rows)


overlaps = Overlaps
accepts = Accepts
