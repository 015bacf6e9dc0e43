"""Booked visits as a list: by day, by practitioner, by status. The schedule is where staff work with them."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment, AppointmentStatus
from appointments.models.appointment import COMING
from appointments.staff.inbox.lists import Choices, Options, OptionsFilter, options_of
from appointments.staff.kit import page_of
from appointments.staff.schedule.picking import read_day
from clinic.models import Practitioner
from clinic.staff.read_only import LongList
from clinic.time.hours import at, clinic_day
from clinic.time.words import dated_words


class DayFilter(admin.SimpleListFilter):
    """From today on by default; else a few days by name, or any one day."""

    title = _("day")
    parameter_name = "day"
    template = "admin/appointments/schedule/day_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        self.kept = [(name, value) for name, value in request.GET.items() if name not in ("day", "p", "e")]
        self.named = read_day(request.GET.get("day", ""))
        return [
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("The next seven days")),
            ("past", _("Before today")),
            ("all", _("Any day")),
        ]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("From today on")} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = clinic_day(timezone.now())
        if self.value() == "past":
            return queryset.filter(start__lt=_begins(today))
        if self.value() == "all":
            return queryset
        first, days = {
            "today": (today, 1),
            "tomorrow": (today + timedelta(days=1), 1),
            "week": (today, 7),
        }.get(self.value() or "", (self.named or today, 1 if self.named else 0))
        shown = queryset.filter(start__gte=_begins(first))
        return shown.filter(start__lt=_begins(first + timedelta(days=days))) if days else shown


def _begins(day: date) -> datetime:
    return at(day, time())


class PractitionerFilter(OptionsFilter):
    """One practitioner, whether they see patients or not."""

    title = _("practitioner")
    parameter_name = "practitioner"

    def options(self, request: HttpRequest) -> Options:
        return options_of("practitioner", Practitioner.objects.values_list("pk", "name"))


class StatusFilter(OptionsFilter):
    """Booked by default."""

    title = _("status")
    parameter_name = "status"

    def options(self, request: HttpRequest) -> Options:
        return {**options_of("status", AppointmentStatus.choices), "all": (_("All"), Q())}

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("Booked and arrived")} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = super().queryset(request, queryset)
        return chosen if self.value() in self.found else chosen.filter(status__in=COMING)


class AppointmentAdmin(LongList):
    """Visits, what comes next first, each with the way to its request."""

    list_display = ("when", "practitioner", "patient", "kind", "status")
    list_display_links = None
    list_filter = (DayFilter, PractitionerFilter, StatusFilter)
    list_select_related = ("practitioner", "request")
    ordering = ("start", "pk")
    sortable_by = ("when", "practitioner")
    fields = (
        "request",
        "practitioner",
        "status",
        "is_consultation",
        "treatment_followed",
        "start",
        "end",
        "hold_until",
        "confirmed_at",
        "cancelled_at",
        "cancellation_reason",
    )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the list's own filters."""
        return lookup in {each.parameter_name for each in self.list_filter}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Visits"), **(extra_context or {})})

    @admin.display(description=_("Time"), ordering="start")
    def when(self, row: Appointment) -> str:
        return dated_words(row.start)

    @admin.display(description=_("Kind"))
    def kind(self, row: Appointment) -> Any:
        return _("Consultation") if row.is_consultation else _("Treatment")

    @admin.display(description=_("Patient"))
    def patient(self, row: Appointment) -> SafeString:
        return format_html(
            '<a href="{}"><bdi>{}</bdi></a> <small class="reference">{}</small>',
            page_of(row.request),
            row.request.full_name,
            row.request.shown_reference,
        )
