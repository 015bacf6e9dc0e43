"""The schedule: day and week of one practitioner, and the day sheet to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.lifecycle import Status
from appointments.models import Appointment, PatientRequest
from appointments.scheduling import day_plan
from appointments.scheduling.day_plan import Stretch
from appointments.scheduling.free_times import step_for
from appointments.staff.kit import answer, for_desk
from appointments.staff.schedule import picking
from appointments.staff.titles import subject_of, treatment_titles
from clinic.models import Clinic, Practitioner, opening_times
from clinic.time.hours import OpeningTimes, at, clinic_day, grid_starts
from clinic.time.words import clock, day

BOOKABLE = (Status.NEW, Status.IN_PROGRESS)
MOST_TO_CHOOSE = 50


@dataclass(frozen=True)
class Start:
    """A free start and where it leads."""

    label: str
    url: str


@dataclass(frozen=True)
class ShownPart:
    """A stretch of a day as the page shows it."""

    part: day_plan.Part
    times: str
    about: str
    starts: list[Start]


@dataclass(frozen=True)
class ShownDay:
    """A day as the page shows it."""

    day: date
    label: str
    is_today: bool
    is_open: bool
    parts: list[ShownPart]


@dataclass(frozen=True)
class Booking:
    """What a free time leads to: booking for the chosen request, or a new entry."""

    practitioner: Practitioner
    chosen: PatientRequest | None
    length: timedelta

    def url(self, start: datetime) -> str:
        """Where a free start leads."""
        query = urlencode({"practitioner": self.practitioner.pk, "start": picking.posted_as(start)})
        if self.chosen:
            return f"{reverse('admin:request-book', args=[self.chosen.pk])}?{query}"
        return f"{reverse('admin:entry')}?{query}"


@for_desk
def schedule(request: HttpRequest) -> HttpResponse:
    """A day or a week of one practitioner; a free time starts booking for a chosen request."""
    now = timezone.now()
    by_week = request.GET.get("view") != "day"
    shown_day = _day_of(request, now)
    if by_week and "day" not in request.GET and shown_day.weekday() >= 5:
        shown_day += timedelta(days=7 - shown_day.weekday())  # at the weekend the week to come
    first = shown_day - timedelta(days=shown_day.weekday()) if by_week else shown_day
    dates = [first + timedelta(days=number) for number in range(7 if by_week else 1)]
    everybody, who = picking.practitioners(request)
    waiting = list(
        PatientRequest.objects.waiting()
        .filter(status__in=BOOKABLE, clinical_hold=False)
        .select_related("treatment")
        .most_urgent_first()[:MOST_TO_CHOOSE]
    )
    chosen = _chosen(request, waiting)
    keep = {"practitioner": who.pk if who else "", "request": chosen.pk if chosen else ""}
    step = timedelta(days=7 if by_week else 1)
    context: dict[str, Any] = {
        "practitioners": everybody,
        "practitioner": who,
        "days": _days(request, dates, who, chosen, now, by_week) if who else [],
        "by_week": by_week,
        "shown_day": shown_day,
        "today": clinic_day(now),
        "previous": shown_day - step,
        "next": shown_day + step,
        "keep": urlencode({name: value for name, value in keep.items() if value}),
        "waiting": waiting,
        "chosen": chosen,
    }
    title = _("Schedule of %(name)s") % {"name": who.name} if who else _("Schedule")
    context["title"] = title
    return answer(request, "schedule/schedule.html", context)


def _days(
    request: HttpRequest,
    dates: Sequence[date],
    who: Practitioner,
    chosen: PatientRequest | None,
    now: datetime,
    by_week: bool,
) -> list[ShownDay]:
    """The days with their stretches; a week leaves closed weekend days without appointments out."""
    hours = opening_times(who, since=dates[0])
    taken = _taken(who, dates[0], dates[-1], now)
    shown = day_plan.window(dates, hours, taken)
    clinic = Clinic.current()
    minutes = chosen.visit_minutes(clinic) if chosen else clinic.consultation_minutes
    booking = Booking(who, chosen, timedelta(minutes=minutes))
    titles = treatment_titles(request)
    busy_days = {clinic_day(each.start) for each in taken}
    return [
        _shown_day(each, shown, hours, taken, booking, titles, now, by_week)
        for each in dates
        if not by_week or each.weekday() < 5 or each in busy_days or hours.is_open_on(each)
    ]


def _shown_day(
    each: date,
    shown: tuple[time, time],
    hours: OpeningTimes,
    taken: Sequence[Appointment],
    booking: Booking,
    titles: dict[int, str],
    now: datetime,
    by_week: bool,
) -> ShownDay:
    return ShownDay(
        day=each,
        label=day(at(each, time(12))),
        is_today=each == clinic_day(now),
        is_open=hours.is_open_on(each),
        parts=[
            ShownPart(
                part=part,
                times=_("%(start)s to %(end)s") % {"start": clock(part.start), "end": clock(part.end)},
                about=subject_of(part.appointment.request, titles) if part.appointment else "",
                starts=_starts(part, booking, now, by_week),
            )
            for part in day_plan.parts(each, shown, hours, taken)
        ],
    )


def _starts(part: day_plan.Part, booking: Booking, now: datetime, by_week: bool) -> list[Start]:
    """The starts in a free stretch; a week shows the first one for all, its page lists the others."""
    if part.what != Stretch.FREE:
        return []
    step = step_for(booking.length)
    starts = [s for s in grid_starts((part.start, part.end), booking.length, step) if s > now]
    return [Start(clock(start), booking.url(start)) for start in (starts[:1] if by_week else starts)]


def _taken(who: Practitioner, first: date, last: date, now: datetime) -> list[Appointment]:
    """What takes the practitioner's time on these days, holds that have ended aside. One query."""
    rows = (
        Appointment.objects.filter(practitioner=who)
        .active()
        .between(at(first, time()), at(last + timedelta(days=1), time()))
        .select_related("request")
        .order_by("start")
    )
    return [row for row in rows if row.hold_until is None or row.hold_until > now]


def _day_of(request: HttpRequest, now: datetime) -> date:
    """The day that the address names, else today; years far away are today too."""
    try:
        named = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return clinic_day(now)
    return named if 2000 <= named.year < 2200 else clinic_day(now)


def _chosen(request: HttpRequest, waiting: Sequence[PatientRequest]) -> PatientRequest | None:
    """The request for which a time is looked for; only one that can be booked."""
    named = request.GET.get("request", "")
    if not (named.isascii() and named.isdigit() and len(named) < 18):
        return None
    listed = next((each for each in waiting if each.pk == int(named)), None)
    bookable = PatientRequest.objects.filter(status__in=BOOKABLE, clinical_hold=False).select_related(
        "treatment"
    )
    return listed or bookable.filter(pk=int(named)).first()


@for_desk
def day_sheet(request: HttpRequest) -> HttpResponse:
    """One practitioner's appointments of a day, to print on one page."""
    now = timezone.now()
    shown_day = _day_of(request, now)
    everybody, who = picking.practitioners(request)
    titles = treatment_titles(request)
    rows = [
        {
            "appointment": each,
            "times": _("%(start)s to %(end)s") % {"start": clock(each.start), "end": clock(each.end)},
            "about": subject_of(each.request, titles),
            "age": each.request.age_on(shown_day),
        }
        for each in (_taken(who, shown_day, shown_day, now) if who else [])
    ]
    context: dict[str, Any] = {
        "practitioners": everybody,
        "practitioner": who,
        "rows": rows,
        "shown_day": shown_day,
        "day_label": day(at(shown_day, time(12))),
    }
    context["title"] = _("Day sheet")
    return answer(request, "schedule/day_sheet.html", context)
