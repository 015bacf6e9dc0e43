"""A clinic with so many requests behind it, written at the speed of the database, for
tests.benchmarks.million.

Each request has an event, a message and an entry of the audit, every fifth an appointment. A longer history
is as dense as a short one: 360 requests and 64 visits a day, the calendar filled for two weeks ahead.
"""

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from appointments import names, references  # noqa: E402
from appointments.lifecycle import Action, ClosedReason, Status  # noqa: E402
from appointments.models import (  # noqa: E402
    Appointment,
    AppointmentStatus,
    ClinicalReview,
    Decision,
    EventKind,
    Message,
    MessageChannel,
    MessageStatus,
    PatientName,
    PatientRequest,
    RequestEvent,
    Topic,
)
from appointments.models.aftercare import AftercareSent  # noqa: E402
from appointments.worker.statistics import refresh_statistics  # noqa: E402
from clinic.audit.entry import AuditAction, AuditEntry  # noqa: E402
from clinic.models import Heartbeat, OpeningHours, Practitioner  # noqa: E402
from clinic.time.hours import at, clinic_day  # noqa: E402
from tests import builders  # noqa: E402
from treatments.models import ArticleVersion, Treatment  # noqa: E402

APART = timedelta(minutes=4)
DAYS_AHEAD = 14
DOCTORS, SLOTS = 4, 16  # of half an hour, from 9am to 5pm
A_DAY = DOCTORS * SLOTS
AT_ONCE = 20_000
# Visits are kept for good: those of more than a month ago ended before what is kept of all others.
KEPT_DAYS = 3000
DUE_FOR_ERASURE = 100

Row = tuple[Any, ...]


class Rows:
    """Rows of one table that are like one of them but for some columns, which are given in order."""

    def __init__(self, like: models.Model, *own: str) -> None:
        columns = {field.attname: field for field in like._meta.concrete_fields}
        self.table = like._meta.db_table
        self.own = own
        self.kept = {
            name: field.get_db_prep_save(getattr(like, name), connection)
            for name, field in columns.items()
            if name not in own
        }
        self.columns = [columns[name].column for name in (*own, *self.kept)]

    def write(self, rows: Iterator[Row]) -> None:
        """Stores them; each of `rows` has the values of `own`."""
        rest = tuple(self.kept.values())
        names = ", ".join(f'"{name}"' for name in self.columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f"COPY {self.table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row + rest)
                return
            marks = ", ".join("?" * len(self.columns))
            statement = f"INSERT INTO {self.table} ({names}) VALUES ({marks})"  # noqa: S608
            cursor.cursor.connection.executemany(statement, (row + rest for row in rows))


def stored(moment: datetime | None) -> Any:
    """A moment as the database takes it."""
    return connection.ops.adapt_datetimefield_value(moment) if moment else None


def key(number: int) -> Any:
    """A UUID as the database takes it."""
    made = uuid.UUID(int=number + 1)
    return made if connection.features.has_native_uuid_field else made.hex


@cache
def found_under(first: str, last: str) -> tuple[str, tuple[str, ...]]:
    return names.key(first, last), tuple(names.ways_in(first, last))


class History:
    """What is in the tables of a clinic with `rows` requests; the request with number 0 is the newest."""

    def __init__(self, rows: int, now: datetime) -> None:
        self.rows, self.now = rows, now
        self.doctors: list[int] = []
        self.staff: list[int] = []
        self.treatments: list[int] = []

    def name(self, number: int) -> tuple[str, str]:
        """3 in 100 are a Maria, 1.6 in 100 a Garcia."""
        return (
            "Ada" if number % 100 > 2 else "Maria",
            f"Example{number % 9973}" if number % 61 else "Garcia",
        )

    def received(self, number: int) -> datetime:
        return self.now - APART * (number + 1)

    def status(self, number: int) -> Status:
        """One in twenty waits; in the two weeks ahead each time is booked or held."""
        if number % 5 == 1:
            place = number // 5
            ahead = place < DAYS_AHEAD * A_DAY
            return (Status.OFFERED if place % 20 == 7 else Status.BOOKED) if ahead else Status.COMPLETED
        if number % 20 == 0:
            among = number // 20 % 20
            return Status.NEW if among < 12 else Status.IN_PROGRESS if among < 18 else Status.CLINICAL_REVIEW
        return (Status.COMPLETED, Status.WITHDRAWN, Status.CLOSED, Status.DECLINED)[number % 4]

    def is_visited(self, number: int) -> bool:
        return number % 5 == 1 and self.visit(number // 5)[0] == AppointmentStatus.FULFILLED

    def is_asked(self, number: int) -> bool:
        """Whether the patient owes the dermatologist an answer."""
        return number % 20 == 0 and number // 20 % 20 == 17 and number // 400 % 10 == 0

    def visit(self, place: int) -> tuple[AppointmentStatus, datetime]:
        """The status and the start of an appointment by its number."""
        day, slot = divmod(place // DOCTORS, SLOTS)
        on = clinic_day(self.now) + timedelta(days=DAYS_AHEAD - day)
        start = at(on, time(9 + slot // 2, 30 * (slot % 2)))
        if place < DAYS_AHEAD * A_DAY:
            status = AppointmentStatus.PENDING if place % 20 == 7 else AppointmentStatus.BOOKED
        else:
            status = {3: AppointmentStatus.CANCELLED, 11: AppointmentStatus.NOSHOW}.get(
                place % 20, AppointmentStatus.FULFILLED
            )
        return status, start

    def finished(self, number: int) -> datetime | None:
        if self.status(number) not in (
            Status.COMPLETED, Status.WITHDRAWN, Status.CLOSED, Status.DECLINED,
        ):  # fmt: skip
            return None
        if self.is_visited(number):
            ended = self.visit(number // 5)[1] + timedelta(minutes=30)
            old = ended < self.now - timedelta(days=30)
            return ended - timedelta(days=KEPT_DAYS + 1) if old else min(ended, self.now)
        ended = min(self.received(number) + timedelta(days=1), self.now)
        # The oldest that is found first.
        is_due = self.rows - number <= 2 * DUE_FOR_ERASURE
        return ended - timedelta(days=KEPT_DAYS + 1) if is_due else ended

    def requests(self, kind: str) -> Iterator[Row]:
        """The rows of one kind: of seven in ten an appointment is asked for."""
        turns = [None, *self.treatments]
        for number in range(self.rows):
            if ((number // 20 if number % 20 == 0 else number) % 10 < 7) != (kind == "appointment"):
                continue
            status, received, finished = self.status(number), self.received(number), self.finished(number)
            first, last = self.name(number)
            digits = f"1310{2000000 + number % 7000000:07d}"
            is_open = finished is None
            spam = number % 200 == 40
            closed = status == Status.CLOSED
            alarming = number in (20, 60, 100)
            respond_by = received + timedelta(days=1)
            yield (
                self.rows - number, _reference(number), f"{number:022d}", key(number), key(number),
                first, last, found_under(first, last)[0], f"+{digits}", digits, digits[::-1],
                f"p{number}@example.org", f"p{number}@example.org",
                turns[number % len(turns)] if kind == "appointment" else None,
                status.value,
                (ClosedReason.SPAM if number % 40 == 2 else ClosedReason.ANSWERED).value if closed else "",
                None if status == Status.NEW else self.staff[number // 20 % len(self.staff)],
                alarming or number % 200 == 60, "call_us" if alarming or number % 1000 == 3 else "",
                stored(received) if alarming or number % 1000 == 3 else None,
                stored(received) if number % 1000 == 3 else None,
                number % 25 == 5, number % 100 == 6, number % 200 == 7, number % 50 == 10,
                number % 1000 == 20, spam and not alarming,
                status == Status.CLINICAL_REVIEW or self.is_asked(number),
                number % 100 == 12, number % 100 == 13,
                stored(received), stored(respond_by),
                stored(respond_by) if is_open and respond_by < self.now else None,
                stored(finished), number % 50 == 1, self.last_action(number),
                self.is_kept(number),
            )  # fmt: skip

    def is_kept(self, number: int) -> bool:
        """Whether the retention has come by long ago, and found a visit."""
        finished = self.finished(number)
        outlived = finished is not None and finished < self.now - timedelta(days=KEPT_DAYS)
        return outlived and self.is_visited(number)

    def last_action(self, number: int) -> str:
        """The last step of a request; '' where nobody has taken any."""
        status = self.status(number)
        if status == Status.IN_PROGRESS:
            last = {0: Action.HOLD_ENDED, 1: Action.HOLD_FALLEN}.get(number // 400 % 20, Action.TAKE)
            return (Action.DECIDE if self.is_asked(number) else last).value
        action = {
            Status.COMPLETED: Action.COMPLETE, Status.WITHDRAWN: Action.WITHDRAW,
            Status.CLOSED: Action.CLOSE, Status.DECLINED: Action.DECLINE, Status.BOOKED: Action.BOOK,
            Status.OFFERED: Action.OFFER, Status.CLINICAL_REVIEW: Action.ASK_REVIEW,
        }.get(status)  # fmt: skip
        return action.value if action else ""

    def events(self) -> Iterator[Row]:
        """One for each request: how it came to where it stands."""
        for number in range(self.rows):
            action = self.last_action(number)
            yield (
                self.rows - number,
                self.rows - number,
                EventKind.MOVED.value if action else EventKind.RECEIVED.value,
                action,
                self.status(number).value if action else "",
                stored(self.received(number)),
            )

    def messages(self) -> Iterator[Row]:
        """One for each request; few wait to be sent, some failed."""
        for number in range(self.rows):
            by_phone, status = number % 1000 == 9, MessageStatus.SENT
            if by_phone:
                status = MessageStatus.QUEUED
            elif number % 100 == 8:
                status = MessageStatus.FAILED
            elif number % 50 == 14:
                status = MessageStatus.VOID
            written = stored(self.received(number))
            yield (
                self.rows - number, self.rows - number, f"acknowledgement:request:{number}:patient",
                f"<{number}@example.org>",
                (MessageChannel.PHONE if by_phone else MessageChannel.EMAIL).value, status.value, written,
                written, written if status == MessageStatus.SENT else None,
            )  # fmt: skip

    def appointments(self) -> Iterator[Row]:
        for place in range(self.rows // 5):
            status, start = self.visit(place)
            hold = start if status == AppointmentStatus.PENDING else None
            yield (
                place + 1, self.rows - (5 * place + 1), self.doctors[place % DOCTORS], status.value,
                stored(start), stored(start + timedelta(minutes=30)), stored(hold), key(place),
            )  # fmt: skip

    def names(self) -> Iterator[Row]:
        last = 0
        for number in range(self.rows):
            for way in found_under(*self.name(number))[1]:
                last += 1
                yield last, self.rows - number, way

    def audit(self) -> Iterator[Row]:
        for number in range(self.rows):
            yield (
                self.rows - number + 1000, stored(self.received(number)),
                self.staff[number % len(self.staff)], str(self.rows - number),
            )  # fmt: skip

    def given(self) -> Iterator[Row]:
        """The aftercare of each visit but the latest."""
        for number in range(5 * (DAYS_AHEAD + 2) * A_DAY + 1, self.rows, 5):
            if self.is_visited(number):
                yield number, self.rows - number, stored(self.received(number))

    def reviews(self) -> Iterator[Row]:
        for number in range(0, self.rows, 20):
            if self.is_asked(number):
                yield number + 1, self.rows - number, stored(self.received(number))


def _reference(number: int) -> str:
    body = "".join(references.ALPHABET[number >> shift & 31] for shift in range(30, -1, -5))
    return body + references.check_character(body)


OF_REQUESTS = (
    "id", "reference", "token", "submission_id", "person", "first_name", "last_name", "name_key", "phone",
    "phone_digits", "phone_digits_reversed", "email", "email_key", "treatment_id", "status", "closed_reason",
    "assignee_id", "urgent", "alarm", "alarm_at", "alarm_met_at", "screening_flagged", "age_flagged",
    "interval_flagged", "possible_duplicate", "crowded", "suspected_spam", "decision_owed", "phone_to_check",
    "email_to_check", "received_at", "respond_by", "promise_broken_at", "finished_at", "recall_consent",
    "last_action", "is_record",
)  # fmt: skip


def fill(rows: int, say: Callable[[str], None] = lambda words: None) -> None:
    """Writes all of it into an empty, migrated database. A superuser's name is 'bench'."""
    now = timezone.now()
    call_command("load_content", verbosity=0)
    builders.clinic(keep_finished_days=KEPT_DAYS)
    Heartbeat.objects.create(name=Heartbeat.WORKER, at=now)
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=weekday, opens=time(9), closes=time(17)) for weekday in range(7)
    )
    history = History(rows, now)
    history.staff = [builders.superuser(username="bench").pk, *(builders.staff().pk for _ in range(3))]
    while Practitioner.objects.count() < DOCTORS:
        builders.practitioner()
    history.doctors = list(Practitioner.objects.order_by("pk").values_list("pk", flat=True)[:DOCTORS])
    for _number in range(3):
        builders.treatment()
    history.treatments = list(Treatment.objects.order_by("pk").values_list("pk", flat=True))
    for table, own, made in tables(history):
        began = timezone.now()
        with transaction.atomic():
            Rows(table, *own).write(made)
        say(f"{table._meta.db_table}: {(timezone.now() - began).total_seconds():.1f} s")
    _count_on()


def tables(history: History) -> Iterator[tuple[models.Model, tuple[str, ...], Iterator[Row]]]:
    """Each table with one of its rows, the columns in which the others differ, and these."""
    now, moment = history.now, {"consented_at": history.now, "privacy_version": "1"}
    for kind in ("appointment", "callback"):
        born = now.date() - timedelta(days=12_000) if kind == "appointment" else None
        topic = "" if kind == "appointment" else Topic.TREATMENT
        one = PatientRequest(kind=kind, date_of_birth=born, topic=topic, voicemail_ok=False, **moment)
        yield one, OF_REQUESTS, history.requests(kind)
    yield PatientName(), ("id", "request_id", "key"), history.names()
    yield (
        RequestEvent(),
        ("id", "request_id", "kind", "action", "to_status", "at"),
        history.events(),
    )
    yield (
        Appointment(created_at=now),
        ("id", "request_id", "practitioner_id", "status", "start", "end", "hold_until", "uid"),
        history.appointments(),
    )
    text = "Thank you. We have your request. This is not yet an appointment. " * 12
    yield (
        Message(
            kind="acknowledgement", recipient="p@example.org", language="en", subject="We have it", text=text
        ),
        ("id", "request_id", "key", "message_id", "channel", "status", "created_at", "next_attempt_at",
         "sent_at"),
        history.messages(),
    )  # fmt: skip
    yield (
        AuditEntry(action=AuditAction.SAW, model="appointments.patientrequest", page="request", how=""),
        ("id", "at", "user_id", "object_id"),
        history.audit(),
    )
    version = ArticleVersion.objects.filter(page__aftercare_of__isnull=False).first()
    yield AftercareSent(version=version), ("id", "request_id", "at"), history.given()
    yield (
        ClinicalReview(
            decision=Decision.NEEDS_INFORMATION, words_for_patient="Since when?", by_id=history.staff[0]
        ),
        ("id", "request_id", "at"),
        history.reviews(),
    )


def _count_on() -> None:
    """New rows go on after the last one."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(apps.get_models())):
            cursor.execute(statement)


def quickly() -> None:
    """The file may be lost: a fill that was broken off is begun anew. PostgreSQL is kept from looking at the
    rows by itself, so that it is known what it knows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-1000000"):
                cursor.execute(f"PRAGMA {pragma}")
            return
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")


def analyze() -> None:
    """As the worker does on SQLite, and the server by itself."""
    if connection.vendor == "sqlite":
        refresh_statistics(timezone.now())
        return
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def forget() -> None:
    """As before anybody has looked at the rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
            if cursor.fetchone():
                cursor.execute("DELETE FROM sqlite_stat1")
            return
        ours = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        cursor.execute(f"DELETE FROM pg_statistic WHERE starelid IN ({ours})")  # noqa: S608 - constants only
        cursor.execute(
            "UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )


def say(words: str) -> None:
    sys.stdout.write(f"    {words}\n")
    sys.stdout.flush()


def main() -> int:
    """A number of requests to fill an empty database with; or what becomes of its statistics."""
    what = sys.argv[1]
    if what in ("analyze", "forget"):
        {"analyze": analyze, "forget": forget}[what]()
        return 0
    call_command("migrate", verbosity=0)
    quickly()
    fill(int(what), say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
