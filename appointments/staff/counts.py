"""What waits today: counts for the front page of the staff's site, and the day's appointments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Value

from appointments.lifecycle import Action, Status
from appointments.messages.texts import consent
from appointments.models import Appointment, AppointmentStatus, Message, MessageChannel, PatientRequest
from appointments.models.choices import HeldUp
from appointments.staff import forgotten
from clinic.models import Practitioner
from clinic.staff.site import MOST_COUNTED
from clinic.time.hours import Span, at, clinic_day

# An e-mail that waits for longer than this is a sign that sending doesn't work.
UNSENT_ALARM = timedelta(minutes=15)
MOST_REVIEWS = 20
MOST_CALLS = 10
# Rows to count: a list, or several that have nothing in common.
Question = QuerySet[Any, Any] | tuple[QuerySet[Any, Any], ...]


def day_of(now: datetime) -> Span:
    """The clinic's calendar day at `now`, from midnight to midnight."""
    today = clinic_day(now)
    return at(today, time()), at(today + timedelta(days=1), time())


def counts(now: datetime) -> dict[str, int]:
    """How many requests and messages wait, by what for. One query, each count by its own index."""
    start, end = day_of(now)
    requests = PatientRequest.objects.in_inbox()
    questions: dict[str, Question] = {
        "new": requests.filter(status=Status.NEW),
        "overdue": requests.overdue(now),
        "due_today": requests.due_between(start, end),
        "review": requests.filter(status=Status.CLINICAL_REVIEW),
        "asked": PatientRequest.objects.with_open_question(),  # nobody asks suspected spam anything
        "offered": requests.filter(status=Status.OFFERED),
        "holds_end": holds_end_today(now),
        "calls": requests.calls_due(now),
        "phone_tasks": Message.objects.phone_tasks(),
        "failed": Message.objects.failed(),
        "unfinished": Appointment.objects.unfinished(start),
        "untouched": forgotten.untouched(now),
        "hold_ended": forgotten.hold_ended(),
        "hold_fallen": PatientRequest.objects.last_moved_by(Action.HOLD_FALLEN),
        "crowded": PatientRequest.objects.owed().filter(crowded=True),
        "spam": PatientRequest.objects.in_quarantine(),
    }
    return counted(questions)


def counted(questions: Mapping[str, Question]) -> dict[str, int]:
    """How many rows each question finds, by its name, up to `MOST_COUNTED`. One query, each count by its own
    index; of lists that have nothing in common, the later ones only until there are enough."""
    counts: list[str] = []
    given: list[Any] = []
    for question in questions.values():
        apart = question if isinstance(question, tuple) else (question,)
        rows, *others = (each.order_by().values_list(Value(1)) for each in apart)
        rows = rows.union(*others, all=True) if others else rows
        sql, parameters = rows[:MOST_COUNTED].query.sql_with_params()
        counts.append(f"(SELECT COUNT(*) FROM ({sql}) counted)")  # noqa: S608 - what the ORM has written
        given += parameters
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", given)
        return dict(zip(questions, cursor.fetchone(), strict=True))


def holds_end_today(now: datetime) -> QuerySet[PatientRequest]:
    """The requests with an offer whose hold ends in what is left of the clinic's day."""
    _start, end = day_of(now)
    held = Appointment.objects.held().filter(hold_until__gte=now, hold_until__lt=end)
    return PatientRequest.objects.filter(pk__in=held.values("request"))


def appointments_by_practitioner(now: datetime) -> list[tuple[Practitioner, list[Appointment]]]:
    """Today's booked visits, those that have ended or been missed too, for each practitioner. One query."""
    start, end = day_of(now)
    rows = (
        Appointment.objects.between(start, end)
        .exclude(status__in=(AppointmentStatus.PENDING, AppointmentStatus.CANCELLED))
        .select_related("practitioner", "request")
        .order_by("practitioner__position", "practitioner__name", "practitioner", "start")
    )
    return [(who, list(group)) for who, group in groupby(rows, key=lambda row: row.practitioner)]


def waiting_reviews() -> QuerySet[PatientRequest]:
    """What waits for the dermatologist: urgent first, then what was promised first."""
    rows = PatientRequest.objects.in_inbox().filter(status=Status.CLINICAL_REVIEW)
    return rows.most_urgent_first()


def reviews() -> list[PatientRequest]:
    """The first of them. One query."""
    return list(waiting_reviews()[:MOST_REVIEWS])


def calls(now: datetime) -> list[PatientRequest]:
    """Whom to call now, the most urgent first. One query."""
    return list(PatientRequest.objects.calls_due(now).most_urgent_first()[:MOST_CALLS])


@dataclass(frozen=True)
class MailStands:
    """Why e-mail waits: what the set-up holds up with the error, or for how long the oldest has waited."""

    held_up: str
    error: str
    waited: timedelta


def texts_stand() -> str:
    """The error for which texts are held up until somebody mends the set-up; '' for none. One query, none
    where the clinic sends no texts."""
    if not consent.exists():
        return ""
    return Message.objects.held_up(MessageChannel.TEXT).values_list("last_error", flat=True).first() or ""


def mail_stands(now: datetime) -> MailStands | None:
    """What the clinic should know of e-mail that waits, once it should; what is held up first. One query."""
    unsent = Message.objects.unsent().order_by("-held_up", "created_at")
    first = unsent.values_list("held_up", "last_error", "created_at").first()
    if first is None:
        return None
    held_up, error, written = first
    stands = MailStands(str(HeldUp(held_up).label) if held_up else "", error, now - written)
    return stands if held_up or stands.waited > UNSENT_ALARM else None
