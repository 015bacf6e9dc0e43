"""What the schedule says of one stretch of a practitioner's day, and of the visit that takes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.availability import Availability, doing
from appointments.follow_up.reminders import asked_from
from appointments.models import Appointment, AppointmentStatus, EventKind, PatientRequest, RequestEvent
from appointments.models.appointment import ACTIVE_STATUSES
from appointments.scheduling.day_plan import Part, Stretch, place
from appointments.scheduling.free_times import in_reach, step_for
from appointments.scheduling.visits import NOTED
from appointments.staff.inbox.filters import flag_words
from appointments.staff.schedule import picking
from appointments.staff.titles import treatment_titles, visit_subject
from appointments.staff.unconfirmed import confirmed_words
from clinic.http.pages import clinic_of
from clinic.models import Closure, Practitioner, opening_times_of
from clinic.time.holidays import holidays_between
from clinic.time.hours import Block, OpeningTimes, Span, at, clinic_day, grid_starts, subtract
from clinic.time.words import clock

WORDS: dict[str, str | Promise] = {
    AppointmentStatus.PENDING: gettext_lazy("Held"),
    AppointmentStatus.BOOKED: gettext_lazy("Booked"),
    AppointmentStatus.ARRIVED: gettext_lazy("Arrived"),
    AppointmentStatus.FULFILLED: gettext_lazy("Completed"),
    AppointmentStatus.NOSHOW: gettext_lazy("No-show"),
}
# What is promised to somebody; the others have come to their end.
PROMISED = (AppointmentStatus.PENDING, AppointmentStatus.BOOKED)
MOST_OF_A_NOTE = 120


@dataclass(frozen=True)
class Start:
    """A free start: where it leads, as a dragged visit carries it, and its place in its stretch."""

    label: str
    url: str
    value: str
    place: str


@dataclass(frozen=True)
class Shown:
    """A stretch of a day as the page shows it.

    `alarm` says why a promised time can't be kept, `closures` what stands behind a blocked one and where to
    change it, `confirmed` whether the patient has said that they come, `can_note` whether something can be
    noted of the visit or taken back, `is_past` that its day is over.
    """

    state: str
    word: str | Promise
    begins: str
    ends: str
    place: str
    starts: Sequence[Start] = ()
    closures: Sequence[tuple[str, str]] = ()
    appointment: Appointment | None = None
    about: str = ""
    is_new: bool = False
    flags: Sequence[str] = ()
    said: str = ""
    note: str = ""
    confirmed: str = ""
    can_confirm: bool = False
    can_take_back: bool = False
    alarm: str | Promise = ""
    can_note: bool = False
    has_begun: bool = False
    is_past: bool = False


def rows_of(practitioners: Iterable[int], first: date, last: date, now: datetime) -> list[Appointment]:
    """Their appointments on these days, cancelled ones and holds that have ended aside. One query."""
    rows = (
        Appointment.objects.filter(practitioner__in=list(practitioners))
        .filter(status__in=(*ACTIVE_STATUSES, AppointmentStatus.NOSHOW))
        .between(at(first, time()), at(last + timedelta(days=1), time()))
        .select_related("request__treatment", "practitioner")
        .order_by("start", "pk")
    )
    return [row for row in rows if row.hold_until is None or row.hold_until > now]


class Book:
    """What a page of the schedule reads once, whatever the number of its rows. With a `chosen` request, the
    free starts are for its visit."""

    def __init__(
        self,
        request: HttpRequest,
        pairs: Sequence[tuple[Practitioner, date]],
        chosen: PatientRequest | None,
        now: datetime,
    ) -> None:
        self.chosen, self.now = chosen, now
        shown = request.GET.copy()
        shown.pop("part", None)
        self.here = f"{reverse('admin:schedule')}?{shown.urlencode()}"
        everybody = {who.pk: who for who, _day in pairs}
        first, last = min(day for _who, day in pairs), max(day for _who, day in pairs)
        self.rows = rows_of(everybody, first, last, now)
        found = opening_times_of([*everybody, None], since=first)
        self.clinic_hours = found[None]
        self.hours = {pk: found[pk] if who.is_active else OpeningTimes({}) for pk, who in everybody.items()}
        self.doing = doing()
        self.titles = treatment_titles(request)
        in_force = Q(last_day=None) | Q(last_day__gte=first)
        self.closures = list(
            Closure.objects.filter(in_force, first_day__lte=last).order_by("first_day", "pk")
        )
        notes = RequestEvent.objects.filter(
            kind=EventKind.NOTE, request__in=[row.request_id for row in self.rows]
        )
        self.notes = dict(notes.order_by("pk").values_list("request_id", "note"))
        self.clinic = clinic = clinic_of(request)
        self.holidays = {each.day: each for each in holidays_between(first, last, clinic.state)}
        minutes = chosen.visit_minutes(clinic) if chosen else clinic.consultation_minutes
        self.length = timedelta(minutes=minutes)

    def shown(
        self, part: Part, who: Practitioner, day: date, active: Sequence[Appointment], where: str
    ) -> Shown:
        """A stretch of the practitioner's day, on which `active` visits take time, placed by the classes
        `where`."""
        if part.appointment:
            return self._visit(part.appointment, who, where)
        begins, ends = clock(part.start), clock(part.end)
        if part.what == Stretch.FREE:
            starts = self._starts(part, who, active)
            state, word = ("free", _("Free")) if starts else ("gap", self._why_not(part))
            return Shown(state, word, begins, ends, where, starts)
        word = _("Blocked") if part.what == Stretch.BLOCKED else _("Outside hours")
        if not who.is_active:
            word = _("Sees no patients")
        elif not self.hours[who.pk].is_open_on(day):
            word = _("Away") if self.clinic_hours.is_open_on(day) else _("Closed")
        return Shown(part.what, word, begins, ends, where, closures=self._closures(part, who, day))

    def _why_not(self, part: Part) -> str:
        """What a free stretch in which nothing can begin is called."""
        if part.end <= self.now:
            return _("Not booked")
        return _("Gap") if in_reach(part.start, self.now) else _("Over 12 months ahead")

    def _visit(self, row: Appointment, who: Practitioner, where: str) -> Shown:
        patient_request = row.request
        day, today = clinic_day(row.start), clinic_day(self.now)
        return Shown(
            state=row.status,
            word=WORDS[row.status],
            begins=clock(row.start),
            ends=clock(row.end),
            place=where,
            appointment=row,
            about=visit_subject(row, self.titles),
            is_new=patient_request.returning_patient is False,
            flags=flag_words(patient_request),
            said=_first_words(patient_request.message),
            note=_first_words(self.notes.get(row.request_id, "")),
            confirmed=confirmed_words(row, self.clinic, self.now),
            can_confirm=row.can_confirm(self.now) and asked_from(row.start, self.clinic) <= self.now,
            can_take_back=row.is_confirmed_ahead(self.now),
            alarm=self._alarm(row, who),
            can_note=(row.is_coming and day <= today) or (row.status in NOTED and day == today),
            has_begun=row.start <= self.now,
            is_past=day < today,
        )

    def _alarm(self, row: Appointment, who: Practitioner) -> str | Promise:
        """Why the promised time doesn't stand any more, in few words (see scheduling.clashes)."""
        hours, doing_it = self.hours[who.pk], self.doing.get(row.request.treatment_id, ())
        refusal = Availability(who, hours).refusal(row.start, row.end, doing_it)
        if row.status not in PROMISED or row.start <= self.now or not refusal:
            return ""
        if not who.is_active:
            return _("Sees no patients")
        if not hours.is_open_on(clinic_day(row.start)):
            is_open = self.clinic_hours.is_open_on(clinic_day(row.start))
            return _("Doctor away") if is_open else _("Clinic closed")
        if hours.contains(row.start, row.end):
            return refusal
        usual = OpeningTimes(hours.weekly).contains(row.start, row.end)
        return _("Time blocked") if usual else _("Outside hours")

    def _starts(self, part: Part, who: Practitioner, active: Sequence[Appointment]) -> list[Start]:
        """The starts in a free stretch for a visit of the length that is sought; what a visit keeps free
        after it is left out."""
        kept = [(row.end, row.end + _buffer(row.request)) for row in active]
        needed = self.length + (_buffer(self.chosen) if self.chosen else timedelta())
        step = step_for(self.length)
        return [
            Start(
                label=clock(start),
                url=self._url(who, start),
                value=picking.posted_as(start),
                place=place(part.start, start, min(start + step, part.end)),
            )
            for free in subtract((part.start, part.end), kept)
            for start in grid_starts(free, self.length, step)
            if in_reach(start, self.now) and not any(start < row.start < start + needed for row in active)
        ]

    def _url(self, who: Practitioner, start: datetime) -> str:
        """Where a free start leads: booking for the chosen request, or asking who it is for."""
        chosen = self.chosen
        page = reverse("admin:request-book", args=[chosen.pk]) if chosen else reverse("admin:entry")
        return f"{page}?{urlencode({'practitioner': who.pk, 'start': picking.posted_as(start)})}"

    def _closures(self, part: Part, who: Practitioner, day: date) -> list[tuple[str, str]]:
        if part.what != Stretch.BLOCKED:
            return []
        found = [
            (row.reason or _("Change"), self._and_back(reverse("admin:clinic_closure_change", args=[row.pk])))
            for row in self.closures
            if row.practitioner_id in (None, who.pk) and _falls_on(row, day, (part.start, part.end))
        ]
        if not found and day in self.holidays:
            return [(self.holidays[day].shown_name, reverse("admin:clinic_holidaydecision_changelist"))]
        return found

    def _and_back(self, page: str) -> str:
        return f"{page}?{urlencode({'next': self.here})}"


def _buffer(patient_request: PatientRequest) -> timedelta:
    treatment = patient_request.treatment
    return timedelta(minutes=treatment.buffer_minutes if treatment else 0)


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_OF_A_NOTE else f"{line[:MOST_OF_A_NOTE].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _falls_on(row: Closure, day: date, span: Span) -> bool:
    """Whether the closure takes a part of `span`, which lies on `day`."""
    block = Block(row.first_day, row.last_day, row.starts or time.min, row.ends or time.max, row.weekly)
    return block.falls_on(day) and at(day, block.starts) < span[1] and at(day, block.ends) > span[0]
