"""Opening hours and closures in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.admin.availability import AvailabilityAdmin
from clinic.models import Closure, OpeningHours, Practitioner, SpecialOpening
from clinic.models.opening import Weekday
from clinic.staff.fields import ClockPairForm, clocks


class _WhoseFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = Practitioner.objects.values_list("pk", "name")
        return [("clinic", _("The clinic")), *((str(pk), name) for pk, name in names)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value() or ""
        if value == "clinic":
            return queryset.filter(practitioner=None)
        known = any(value == choice for choice, _name in self.lookup_choices)
        return queryset.filter(practitioner=int(value)) if known else queryset


class _Whose(AvailabilityAdmin):
    """Rows of the clinic as a whole or of one practitioner."""

    form = ClockPairForm
    list_filter = (_WhoseFilter,)
    list_select_related = ("practitioner",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the list's own filter."""
        return lookup == _WhoseFilter.parameter_name

    @admin.display(description=_("whose"))
    def whose(self, row: OpeningHours | Closure | SpecialOpening) -> Any:
        """The practitioner, or the clinic."""
        return row.practitioner or _("The clinic")


@admin.register(OpeningHours)
class OpeningHoursAdmin(_Whose):
    """When the clinic, or one practitioner, is there."""

    list_display = ("weekday", *clocks(OpeningHours, "opens", "closes"), "whose")


@admin.register(Closure)
class ClosureAdmin(_Whose):
    """Days away."""

    list_display = ("first_day", "last_day", *clocks(Closure, "starts", "ends"), "repeats", "whose", "reason")
    fieldsets = (
        (None, {"fields": ("practitioner", ("first_day", "last_day"), "reason")}),
        (_("Only a part of the day"), {"fields": (("starts", "ends"), "weekly")}),
    )

    @admin.display(description=_("again"))
    def repeats(self, row: Closure) -> Any:
        """On which days it is, where that is more than the days themselves say."""
        if row.weekly:
            return _("every %(weekday)s") % {"weekday": Weekday(row.first_day.weekday()).label}
        return _("every day") if row.starts and row.last_day != row.first_day else ""


@admin.register(SpecialOpening)
class SpecialOpeningAdmin(_Whose):
    """Single days on which somebody is there besides the usual hours."""

    list_display = ("day", *clocks(SpecialOpening, "opens", "closes"), "whose", "reason")
    fields = ("practitioner", "day", ("opens", "closes"), "reason")
