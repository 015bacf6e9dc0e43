"""Opening hours and closures in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.models import Closure, OpeningHours, Practitioner


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
        return queryset.filter(practitioner=int(value)) if value.isdecimal() else queryset


@admin.register(OpeningHours)
class OpeningHoursAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """When the clinic, or one practitioner, is there."""

    list_display = ("weekday", "opens", "closes", "whose")
    list_filter = (_WhoseFilter,)
    list_select_related = ("practitioner",)

    @admin.display(description=_("whose"))
    def whose(self, row: OpeningHours) -> Any:
        """The practitioner, or the clinic."""
        return row.practitioner or _("The clinic")


@admin.register(Closure)
class ClosureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Days away."""

    list_display = ("first_day", "last_day", "whose", "reason")
    list_filter = (_WhoseFilter,)
    list_select_related = ("practitioner",)

    @admin.display(description=_("whose"))
    def whose(self, row: Closure) -> Any:
        """The practitioner, or the clinic."""
        return row.practitioner or _("The clinic")
