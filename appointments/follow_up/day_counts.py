"""Keeps count, day by day, of what came of the requests that each day has brought.

A day is always counted whole, from the timeline: what changes afterwards (a late answer, a correction, an
erasure) is right again with the next count, and no step that changes a request has to know of the figures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from appointments.lifecycle import WAITING, Action, ClosedReason, Status
from appointments.models import (
    Appointment,
    AppointmentStatus,
    CallOutcome,
    EventKind,
    Message,
    MessageStatus,
    OtherTime,
    OtherTimeState,
    PatientRequest,
    RequestEvent,
)
from appointments.models.counts import CountedDay, DayCount, Figure
from appointments.requests.moves import GIVES_UP_VISIT
from clinic.models import Clinic
from clinic.operations.batches import one_by_one
from clinic.time.hours import at, clinic_day

# An answer is kept as the hours within which it came: medians are read off these, whatever is added up.
HOURS = (1, 2, 4, 8, 12, 24, 36, 48, 72, 96, 120, 168, 336)
LONGER = "longer"
# These days are counted in each round, so many of those that never were, and of the others so many, those
# that were counted longest ago.
RECENT_DAYS, NEW_AT_ONCE, OTHERS_AT_ONCE = 2, 100, 10
NEVER = at(date(2000, 1, 1), time())

ANSWERS = (Status.OFFERED, Status.BOOKED, Status.COMPLETED, Status.DECLINED, Status.CLOSED)
_OF_STEPS = {
    Action.OFFER: Figure.OFFERS,
    Action.TAKE_OFFER: Figure.TAKEN,
    Action.HOLD_ENDED: Figure.NOT_TAKEN,
    Action.NONE_SUITS: Figure.REFUSED,
}
Found = tuple[Figure, str]
Row = TypeVar("Row", RequestEvent, Appointment)


@dataclass(frozen=True)
class _Day:
    """What one day's requests have left behind, each by the key of its request."""

    events: dict[int, list[RequestEvent]]
    appointments: dict[int, list[Appointment]]
    earlier: Counter[int]
    failed: Counter[int]
    clinic: Clinic


def count_days(now: datetime) -> int:
    """Counts today, yesterday and the days whose count is oldest; returns how many. A clinic that has not
    counted yet begins with its first request, and every day since has its turn."""
    today = clinic_day(now)
    _list_days(today)
    recent = [today - timedelta(days=back) for back in range(RECENT_DAYS)]
    others = CountedDay.objects.exclude(pk__in=recent).order_by("counted_at", "-pk")
    new = others.filter(counted_at=NEVER).values_list("pk", flat=True)[:NEW_AT_ONCE]
    days = [*recent, *(new or others.values_list("pk", flat=True)[:OTHERS_AT_ONCE])]
    return one_by_one("day counts", days, lambda day: bool(count_day(day, now)))


def count_day(day: date, now: datetime) -> bool:
    """Counts the day anew in place of what was counted before. Seven queries and what is written."""
    with transaction.atomic():
        CountedDay.objects.get_or_create(day=day, defaults={"counted_at": now})
        # Two workers that count one day follow each other.
        kept = CountedDay.objects.select_for_update().get(day=day)
        numbers = _numbers(day)
        kept.counts.all().delete()
        DayCount.objects.bulk_create(
            DayCount(
                day=kept, treatment_id=treatment, source=source, language=language,
                figure=figure, detail=detail, number=number,
            )
            for (treatment, source, language, figure, detail), number in numbers.items()
        )  # fmt: skip
        CountedDay.objects.filter(day=day).update(counted_at=now)
    return True


def _list_days(today: date) -> None:
    """Gives each day since the first request a row, as one that was never counted."""
    first = PatientRequest.objects.order_by("received_at").values_list("received_at", flat=True).first()
    if first is None:
        return
    length = (today - clinic_day(first)).days + 1
    every = {today - timedelta(days=back) for back in range(max(length, 0))}
    missing = every.difference(CountedDay.objects.values_list("pk", flat=True))
    CountedDay.objects.bulk_create(
        (CountedDay(day=day, counted_at=NEVER) for day in sorted(missing, reverse=True)),
        ignore_conflicts=True,
        batch_size=1000,
    )


def _numbers(day: date) -> Counter[tuple[int | None, str, str, str, str]]:
    start, end = at(day, time()), at(day + timedelta(days=1), time())
    rows = PatientRequest.objects.in_inbox().filter(received_at__gte=start, received_at__lt=end).order_by()
    known = _of_day(rows)
    columns = (
        "pk", "treatment_id", "source", "language", "received_at", "promise_broken_at", "closed_reason",
    )  # fmt: skip
    numbers: Counter[tuple[int | None, str, str, str, str]] = Counter()
    for row in rows.only(*columns):
        if row.closed_reason != ClosedReason.SPAM:
            group = (row.treatment_id, row.source, row.language)
            numbers.update((*group, figure.value, detail) for figure, detail in _found(row, known))
    return numbers


def _of_day(rows: QuerySet[PatientRequest]) -> _Day:
    ours = {"request__in": rows.values("pk")}
    events = RequestEvent.objects.filter(**ours, kind__in=(EventKind.MOVED, EventKind.CALL))
    earlier = OtherTime.objects.filter(**ours, is_earlier=True, state=OtherTimeState.TAKEN)
    failed = Message.objects.filter(**ours, status=MessageStatus.FAILED)
    return _Day(
        events=_by_request(events.defer("note").order_by("at", "pk")),
        appointments=_by_request(Appointment.objects.filter(**ours)),
        earlier=Counter(earlier.order_by().values_list("request_id", flat=True)),
        failed=Counter(key for key in failed.order_by().values_list("request_id", flat=True) if key),
        clinic=Clinic.facts(),
    )


def _by_request(rows: "Iterable[Row]") -> "dict[int, list[Row]]":
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.request_id].append(row)
    return found


def _found(row: PatientRequest, known: _Day) -> Iterator[Found]:
    events, visits = known.events.get(row.pk, []), known.appointments.get(row.pk, [])
    yield Figure.REQUESTS, ""
    yield from _promise(row, next((event.at for event in events if _is_answer(event)), None))
    yield from ((_OF_STEPS[Action(each.action)], "") for each in events if each.action in _OF_STEPS)
    if any(each.status == AppointmentStatus.FULFILLED for each in visits):
        yield Figure.VISITS, ""
    yield from ((Figure.NO_SHOWS, "") for each in visits if each.status == AppointmentStatus.NOSHOW)
    yield from ((Figure.LATE, "") for event in events if _is_late(event, visits, known.clinic))
    if row.closed_reason:
        yield Figure.CLOSED, row.closed_reason
    yield from [(Figure.EARLIER, "")] * known.earlier[row.pk]
    yield from [(Figure.MESSAGES_FAILED, "")] * known.failed[row.pk]


def _promise(row: PatientRequest, answered: datetime | None) -> Iterator[Found]:
    """A promise is broken when the clinic has owned up to it, and kept when an answer came before."""
    if answered is not None:
        took = answered - row.received_at
        within = next((hours for hours in HOURS if took <= timedelta(hours=hours)), None)
        yield Figure.ANSWERED, LONGER if within is None else str(within)
    if row.promise_broken_at is not None:
        yield Figure.BROKEN, ""
    elif answered is not None:
        yield Figure.KEPT, ""


def _is_answer(event: RequestEvent) -> bool:
    """Whether the patient hears from the clinic by it: times, an appointment, an end, or a call that reached
    them. That somebody took the request is none."""
    if event.kind == EventKind.CALL:
        return event.outcome == CallOutcome.REACHED
    return event.from_status in WAITING and event.to_status in ANSWERS


def _is_late(event: RequestEvent, visits: list[Appointment], clinic: Clinic) -> bool:
    if event.action not in GIVES_UP_VISIT or event.from_status != Status.BOOKED:
        return False
    return any(each.cancelled_at == event.at and each.is_late(clinic, event.at) for each in visits)
