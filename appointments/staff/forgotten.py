"""What would be forgotten: visits that nobody finished, requests that nobody touched, holds that ended
unanswered. Each stays on Today until it is done."""

from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.lifecycle import Action, Status
from appointments.models import Appointment, EventKind, Message, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet
from appointments.staff.kit import answer, for_desk
from clinic.models import opening_times
from clinic.time.hours import at, clinic_day
from clinic.time.words import clinic_days_between, counted_since, day

UNTOUCHED_DAYS = 3
MOST = 20


def untouched(now: datetime) -> PatientRequestQuerySet:
    """In progress, and nobody has done anything about them for three days of the calendar. What goes out by
    itself is no touch, and one that waits for the patient's answer is none of them."""
    theirs = RequestEvent.objects.filter(request=OuterRef("pk"), at__gt=now - timedelta(days=UNTOUCHED_DAYS))
    by_itself = Q(kind=EventKind.MESSAGE) | Q(kind=EventKind.MARK, by=None)
    rows = PatientRequest.objects.in_inbox().filter(status=Status.IN_PROGRESS)
    asked = PatientRequest.objects.with_open_question().values("pk")
    return rows.filter(
        ~Exists(theirs.exclude(by_itself)), received_at__lt=now - timedelta(days=UNTOUCHED_DAYS)
    ).exclude(pk__in=asked)


def untouched_for_clinic_days(now: datetime) -> list[PatientRequest]:
    """Those of `untouched` for which three days have passed on which the clinic was open. Five queries."""
    latest = RequestEvent.objects.filter(request=OuterRef("pk")).exclude(kind=EventKind.MESSAGE)
    rows = untouched(now).annotate(touched=Subquery(latest.order_by("-at").values("at")[:1]))
    times = opening_times(since=counted_since(now))
    found = []
    for row in rows.most_urgent_first()[: 2 * MOST]:
        last = row.__dict__["touched"] or row.received_at
        if clinic_days_between(clinic_day(last), clinic_day(now), times) >= UNTOUCHED_DAYS:
            found.append(row)
    return found[:MOST]


def hold_ended() -> PatientRequestQuerySet:
    """In progress, and the last step was that the patient let the held times pass."""
    return PatientRequest.objects.last_moved_by(Action.HOLD_ENDED)


def unfinished(now: datetime) -> list[Appointment]:
    """Visits of earlier days that are still open, the oldest first. One query."""
    began = at(clinic_day(now), time())
    rows = Appointment.objects.unfinished(began).select_related("practitioner", "request")
    return list(rows.order_by("start")[:MOST])


@for_desk
def end_of_day(request: HttpRequest) -> HttpResponse:
    """What is left of the day before everybody goes home, and how tomorrow begins."""
    now = timezone.now()
    today = clinic_day(now)
    today_begins, tomorrow = at(today, time()), at(today + timedelta(days=1), time())
    following = next(iter(opening_times(since=today).open_days_after(today)), today + timedelta(days=1))
    visits = Appointment.objects.select_related("practitioner", "request")
    waiting = PatientRequest.objects.waiting().most_urgent_first()
    tasks = Message.objects.phone_tasks().select_related("request")
    context = {
        "title": _("End of the day"),
        "now": now,
        "visits": visits.coming().filter(start__lt=tomorrow).order_by("start")[:MOST],
        "calls": PatientRequest.objects.calls_due(now).most_urgent_first()[:MOST],
        "tasks": tasks.order_by("-request__urgent", "next_attempt_at", "pk")[:MOST],
        "overdue": waiting.filter(respond_by__lt=today_begins)[:MOST],
        "promises": waiting.filter(respond_by__gte=today_begins, respond_by__lt=tomorrow)[:MOST],
        "following": day(at(following, time(12))),
        "first": visits.coming()
        .between(at(following, time()), at(following + timedelta(days=1), time()))
        .order_by("start")[:MOST],
    }
    return answer(request, "today/end_of_day.html", context)
