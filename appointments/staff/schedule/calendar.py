"""The schedule: a day of all practitioners, a week of one, and the day sheet to print."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.follow_up.reminders import asked_from
from appointments.lifecycle import Status
from appointments.models import Appointment, PatientRequest
from appointments.models.appointment import ACTIVE_STATUSES
from appointments.staff.kit import answer, for_desk
from appointments.staff.schedule.columns import Grid, grid_of
from appointments.staff.schedule.stretches import WORDS, Book, rows_of
from appointments.staff.titles import treatment_titles, visit_subject
from appointments.staff.unconfirmed import confirmed_words
from clinic.http.pages import clinic_of
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day
from clinic.time.words import clock, day, long_date

BOOKABLE = (Status.NEW, Status.IN_PROGRESS)
MOST_TO_CHOOSE = 50
WEEK, DAY = timedelta(days=7), timedelta(days=1)


@for_desk
def schedule(request: HttpRequest) -> HttpResponse:
    """A day of everybody or a week of one practitioner; a free time starts booking for a chosen request."""
    now = timezone.now()
    by_week = request.GET.get("view") == "week" or ("view" not in request.GET and "day" in request.GET)
    shown_day = _day_of(request, now)
    if by_week and "day" not in request.GET and shown_day.weekday() >= 5:
        shown_day += timedelta(days=7 - shown_day.weekday())  # at the weekend the week to come
    first = shown_day - DAY * shown_day.weekday() if by_week else shown_day
    last = first + 6 * DAY if by_week else first
    everybody, who = _practitioners(request, first, last, now)
    waiting = _waiting()
    chosen = _chosen(request, waiting)
    view = "week" if by_week else "day"

    def address(**changed: Any) -> str:
        """The same page with something changed; None leaves it out."""
        shown = {
            "view": view,
            "day": shown_day,
            "practitioner": who.pk if who else None,
            "request": chosen.pk if chosen else None,
        } | changed
        return f"?{urlencode({name: value for name, value in shown.items() if value is not None})}"

    step = WEEK if by_week else DAY
    context: dict[str, Any] = {
        "title": _title(who, first, last, by_week),
        "grid": _grid(request, everybody, who, first, by_week, chosen, now),
        "practitioners": [(each, address(view="week", practitioner=each.pk)) for each in everybody],
        "practitioner": who,
        "view": view,
        "shown_day": shown_day,
        "looked_up": clock(now),
        "here": f"{reverse('admin:schedule')}{address()}",
        "links": {
            "previous": address(day=shown_day - step),
            "next": address(day=shown_day + step),
            "today": address(day=None),
            "day": address(view="day"),
            "week": address(view="week"),
            "live": address(part="plan"),
        },
        "waiting": waiting,
        "chosen": chosen,
    }
    template = "_plan.html" if request.GET.get("part") == "plan" else "schedule.html"
    return answer(request, f"schedule/{template}", context)


def _title(who: Practitioner | None, first: date, last: date, by_week: bool) -> str:
    if not by_week or who is None:
        return _("Schedule, %(day)s") % {"day": day(at(first, time(12)), year=True)}
    return _("%(name)s, %(first)s to %(last)s") % {
        "name": who.name,
        "first": long_date(first),
        "last": long_date(last),
    }


def _grid(
    request: HttpRequest,
    everybody: Sequence[Practitioner],
    who: Practitioner | None,
    first: date,
    by_week: bool,
    chosen: PatientRequest | None,
    now: datetime,
) -> Grid | None:
    """The columns of the week or the day. The week leaves closed weekend days without visits out, the day
    those who see no patients and have no visit then."""
    if who is None:
        return None
    if by_week:
        pairs = [(who, first + DAY * number) for number in range(7)]
    else:
        pairs = [(each, first) for each in everybody]
    book = Book(request, pairs, chosen, now)
    busy = {(row.practitioner_id, clinic_day(row.start)) for row in book.rows}
    kept = [
        (each, on)
        for each, on in pairs
        if (each.pk, on) in busy
        or (on.weekday() < 5 or book.hours[each.pk].is_open_on(on) if by_week else each.is_active)
    ]
    return grid_of(kept, book) if kept else None


def _practitioners(
    request: HttpRequest, first: date, last: date, now: datetime
) -> tuple[list[Practitioner], Practitioner | None]:
    """Those who see patients, those who have visits ahead or on the shown days although they see none any
    more, and the one that the page is about: named in the address, else the first. One query."""
    theirs = Appointment.objects.filter(practitioner=OuterRef("pk"), status__in=ACTIVE_STATUSES)
    ahead = theirs.under_way_or_ahead(now)
    shown = theirs.between(at(first, time()), at(last + DAY, time()))
    everybody = list(Practitioner.objects.filter(Q(is_active=True) | Exists(ahead) | Exists(shown)))
    named = request.GET.get("practitioner")
    chosen = next((who for who in everybody if str(who.pk) == named), None)
    return everybody, chosen or (everybody[0] if everybody else None)


def _day_of(request: HttpRequest, now: datetime) -> date:
    """The day that the address names, else today; years far away are today too."""
    try:
        named = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return clinic_day(now)
    return named if 2000 <= named.year < 2200 else clinic_day(now)


def _waiting() -> list[PatientRequest]:
    """The requests for which a free time can be chosen, the most urgent first. One query."""
    rows = PatientRequest.objects.waiting().filter(status__in=BOOKABLE, decision_owed=False)
    return list(rows.select_related("treatment").most_urgent_first()[:MOST_TO_CHOOSE])


def _chosen(request: HttpRequest, waiting: Sequence[PatientRequest]) -> PatientRequest | None:
    """The request for which a time is looked for; only one that can be booked."""
    named = request.GET.get("request", "")
    if not (named.isascii() and named.isdigit() and len(named) < 18):
        return None
    listed = next((each for each in waiting if each.pk == int(named)), None)
    bookable = PatientRequest.objects.filter(status__in=BOOKABLE, decision_owed=False).select_related(
        "treatment"
    )
    return listed or bookable.filter(pk=int(named)).first()


@for_desk
def day_sheet(request: HttpRequest) -> HttpResponse:
    """One practitioner's appointments of a day, to print on one page."""
    now = timezone.now()
    shown_day = _day_of(request, now)
    everybody, who = _practitioners(request, shown_day, shown_day, now)
    titles = treatment_titles(request)
    rows = [
        {
            "appointment": each,
            "times": _("%(start)s to %(end)s") % {"start": clock(each.start), "end": clock(each.end)},
            "about": visit_subject(each, titles),
            "age": each.request.age_on(shown_day),
            "word": WORDS[each.status],
            "confirmed": confirmed_words(each, clinic_of(request), now),
            "can_confirm": each.can_confirm(now) and asked_from(each.start, clinic_of(request)) <= now,
            "can_take_back": each.is_confirmed_ahead(now),
            "is_new": each.request.returning_patient is False,
        }
        for each in (rows_of([who.pk], shown_day, shown_day, now) if who else [])
    ]
    context: dict[str, Any] = {
        "title": _("Day sheet"),
        "practitioners": everybody,
        "practitioner": who,
        "rows": rows,
        "shown_day": shown_day,
        "day_label": day(at(shown_day, time(12)), year=True),
        "here": request.get_full_path(),
    }
    return answer(request, "schedule/day_sheet.html", context)
