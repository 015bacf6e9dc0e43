"""The visits of the next clinic day of which the patient hasn't said that they come, for the desk to call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from appointments.follow_up.reminders import asked_from, due_moments
from appointments.lifecycle import Action
from appointments.messages.staleness import REMINDERS
from appointments.models import (
    Appointment,
    AppointmentStatus,
    CallOutcome,
    EventKind,
    Message,
    MessageChannel,
    MessageStatus,
    RequestEvent,
)
from clinic.models import Clinic, opening_times
from clinic.time.hours import OpeningTimes, Span, at, clinic_day
from clinic.time.words import clock, day, moment_words

DAY = timedelta(days=1)
# Until noon the patients have time to answer; where the day ends early, until so long before its close.
ASKED_UNTIL, BEFORE_CLOSE = time(12), timedelta(hours=3)
# Over a longer closure nobody is called beforehand.
LOOKS_AHEAD = 4
MOST = 30
# With each of these the patient said, in effect, that they come.
AGREED = (Action.TAKE_OFFER, Action.BOOK, Action.TAKE_OTHER, Action.KEEP_TIME)
# After these a call has done what it can.
CALLED = (CallOutcome.REACHED, CallOutcome.VOICEMAIL, CallOutcome.WRONG_NUMBER)


@dataclass(frozen=True)
class Unconfirmed:
    """A visit to call about, and why: `reminded` says what became of the reminder, `tried` when nobody
    answered. `in_tasks`: its reminder stands among what is to be said on the phone, too."""

    appointment: Appointment
    reminded: str
    tried: str
    in_tasks: bool


@dataclass(frozen=True)
class _Since:
    """What happened to requests since the last clinic day began."""

    agreed: set[int]
    called: set[int]
    tried: dict[int, datetime]


def confirmed_words(row: Appointment, clinic: Clinic, now: datetime) -> str:
    """Whether the patient of a booked visit has said that they come, from when they are asked on; else ''."""
    if row.status != AppointmentStatus.BOOKED:
        return ""
    if row.confirmed_at:
        return _("Confirmed")
    return _("Not confirmed") if asked_from(row.start, clinic) <= now < row.start else ""


def span_to_call(now: datetime, times: OpeningTimes) -> Span | None:
    """When the visits begin that the desk calls about at `now`, or None where there is nothing to do yet.

    From noon on those of the next clinic day and of any day before it. After closed days those of today
    too, until they begin: their reminders went out when nobody was here.
    """
    today = clinic_day(now)
    tomorrow = at(today + DAY, time())
    begins = tomorrow if times.is_open_on(today - DAY) else now
    opened = times.spans(today)
    if opened and now < min(at(today, ASKED_UNTIL), opened[-1][1] - BEFORE_CLOSE):
        return (begins, tomorrow) if begins < tomorrow else None
    ahead = (today + DAY * number for number in range(1, LOOKS_AHEAD + 1))
    following = next((each for each in ahead if times.is_open_on(each)), None)
    ends = at(following + DAY, time()) if following else tomorrow
    return (begins, ends) if begins < ends else None


def to_call(now: datetime, clinic: Clinic) -> list[Unconfirmed]:
    """The visits to call about, in order. Leaves out who was called since the last clinic day began, who
    agreed to the time since then, and whose reminder is still to come. The opening times, and three queries;
    one where there is no such visit."""
    times = opening_times(since=clinic_day(now) - LOOKS_AHEAD * DAY)
    span = span_to_call(now, times)
    if span is None:
        return []
    rows = Appointment.objects.unconfirmed(*span).select_related("request", "practitioner")
    visits = list(rows.order_by("start", "pk"))
    if not visits:
        return []
    messages = _reminders_of(visits)
    happened = _happened(visits, _last_clinic_day(now, times))
    found = (_about(each, messages.get(each.pk), happened, clinic, now) for each in visits)
    return [each for each in found if each]


def _last_clinic_day(now: datetime, times: OpeningTimes) -> datetime:
    """When the clinic day before today began, if today follows closed days; else when today did."""
    today = clinic_day(now)
    if not times.is_open_on(today - DAY):
        back = (today - DAY * number for number in range(2, LOOKS_AHEAD + 1))
        today = next((each for each in back if times.is_open_on(each)), today)
    return at(today, time())


def _reminders_of(visits: Iterable[Appointment]) -> dict[int, Message]:
    """The last reminder of each visit, as the visit stands now. A call stands for an e-mail that failed."""
    sequences = {each.pk: each.sequence for each in visits}
    rows = Message.objects.filter(appointment__in=sequences, kind__in=REMINDERS)
    rows = (
        rows.exclude(status=MessageStatus.VOID).defer("text", "html", "spoken").order_by("created_at", "pk")
    )
    return {
        row.appointment_id: row
        for row in rows
        if row.appointment_id and row.appointment_sequence == sequences[row.appointment_id]
    }


def _happened(visits: Iterable[Appointment], since: datetime) -> _Since:
    agreed, called, tried = set[int](), set[int](), dict[int, datetime]()
    told = Q(kind__in=(EventKind.CALL, EventKind.APPOINTMENT)) | Q(action__in=AGREED)
    events = RequestEvent.objects.filter(
        told, request__in=[each.request_id for each in visits], at__gte=since
    )
    for pk, kind, outcome, moment in events.values_list("request_id", "kind", "outcome", "at"):
        if kind == EventKind.MOVED:
            agreed.add(pk)
        elif kind == EventKind.APPOINTMENT:
            agreed.discard(pk)  # the clinic has changed what was agreed
        elif outcome in CALLED:
            called.add(pk)
        else:
            tried[pk] = moment
    return _Since(agreed, called, tried)


def _about(
    visit: Appointment, reminder: Message | None, happened: _Since, clinic: Clinic, now: datetime
) -> Unconfirmed | None:
    by_phone = reminder is not None and reminder.channel == MessageChannel.PHONE
    said = reminder is not None and by_phone and reminder.status == MessageStatus.SENT
    if said or visit.request_id in happened.agreed | happened.called:
        return None
    is_ahead = any(now < moment for moment, _kind in due_moments(visit.start, clinic))
    if reminder is None and is_ahead and visit.request.email:
        return None
    tried = happened.tried.get(visit.request_id)
    return Unconfirmed(
        visit,
        _reminded(visit, reminder),
        _("No answer, %(when)s") % {"when": clock(tried)} if tried else "",
        in_tasks=by_phone,
    )


def _reminded(visit: Appointment, reminder: Message | None) -> str:
    if not visit.request.email:
        return _("No e-mail: call")
    if reminder is None:
        return _("No reminder went out")
    if reminder.sent_at:
        return _("Reminded %(when)s") % {"when": moment_words(reminder.sent_at)}
    if reminder.status == MessageStatus.QUEUED and reminder.channel == MessageChannel.EMAIL:
        return _("The reminder waits to go out")
    return _("The reminder did not arrive")


def by_day(found: Iterable[Unconfirmed], now: datetime) -> list[tuple[str, date, list[Unconfirmed]]]:
    """The visits under what their list is called, day by day."""
    days: dict[date, list[Unconfirmed]] = {}
    for each in found:
        days.setdefault(clinic_day(each.appointment.start), []).append(each)
    return [(_title(on, now), on, rows) for on, rows in days.items()]


def _title(on: date, now: datetime) -> str:
    today = clinic_day(now)
    if on == today:
        return _("Not confirmed for today")
    if on == today + DAY:
        return _("Not confirmed for tomorrow")
    return _("Not confirmed for %(day)s") % {"day": day(at(on, time(12)))}
