"""Public holidays in the admin: one page with a tick for each of the next twelve months' days."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic.admin.availability import BACK, AvailabilityAdmin
from clinic.http.pages import clinic_of
from clinic.models import Clinic, HolidayDecision
from clinic.staff.site import Advice, Part, address, on_front_page
from clinic.time.holidays import Holiday, next_holidays
from clinic.time.hours import clinic_day

# Of a day that is no holiday by the package, say because the clinic is in another state now.
EARLIER = gettext_noop("Closed, as decided earlier")
PERMISSION = "clinic.change_holidaydecision"


@dataclass(frozen=True)
class Line:
    """A holiday, and whether the clinic is closed on it; None while nobody has said so."""

    holiday: Holiday
    decided: bool | None
    # As somebody has ticked it who hasn't saved it yet.
    typed: bool | None = None

    @property
    def was_ticked(self) -> bool:
        """What is proposed, or was decided."""
        return self.holiday.is_federal if self.decided is None else self.decided

    @property
    def is_ticked(self) -> bool:
        """The same, or what somebody is about to decide."""
        return self.was_ticked if self.typed is None else self.typed


def lines(today: date, clinic: Clinic) -> list[Line]:
    """The holidays of the next twelve months, and days that were holidays when the clinic decided to be
    closed on them. One query."""
    decided = dict(HolidayDecision.objects.filter(day__gte=today).values_list("day", "is_closed"))
    holidays = next_holidays(today, clinic.state)
    known = {holiday.day for holiday in holidays}
    others = [Holiday(day, EARLIER, False) for day, closed in decided.items() if closed and day not in known]
    shown = sorted([*holidays, *others], key=lambda holiday: holiday.day)
    return [Line(holiday, decided.get(holiday.day)) for holiday in shown]


@admin.register(HolidayDecision)
class HolidayAdmin(AvailabilityAdmin):
    """The list is the page of ticks; a single decision has no page of its own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = lines(clinic_day(timezone.now()), clinic_of(request))
        if BACK in request.POST:
            ticked = request.POST.getlist("closed")
            shown = [replace(line, typed=line.holiday.day.isoformat() in ticked) for line in shown]
        elif request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            with self._watched(request):
                return self._decide(request, shown)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Public holidays"),
            "lines": shown,
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/clinic/holidays.html", context)

    def _decide(self, request: HttpRequest, shown: list[Line]) -> HttpResponse:
        ticked, was = set(request.POST.getlist("closed")), set(request.POST.getlist("was_closed"))
        for line in shown:
            day = line.holiday.day.isoformat()
            untouched = "seen" in request.POST and (day in ticked) == (day in was)
            if untouched and line.decided is not None:
                continue  # also where a colleague has decided otherwise since
            HolidayDecision.objects.update_or_create(
                day=line.holiday.day, defaults={"is_closed": day in ticked}
            )

        def done() -> HttpResponse:
            messages.success(request, _("The holidays of the next twelve months are decided."))
            return redirect(request.path)

        return self._answer(request, None, done)


@on_front_page
def undecided_holiday(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The next holiday that nobody has decided about."""
    if not request.user.has_perm(PERMISSION):
        return
    following = next(
        (line for line in lines(clinic_day(now), clinic_of(request)) if line.decided is None), None
    )
    if following is None:
        return
    words = _("Is the clinic closed on %(day)s, %(holiday)s? Until you say so, it counts as %(assumed)s.") % {
        "day": f"{following.holiday.day:%B} {following.holiday.day.day}",
        "holiday": following.holiday.shown_name,
        "assumed": _("closed") if following.is_ticked else _("open"),
    }
    yield Advice(words, address("clinic_holidaydecision_changelist"))
