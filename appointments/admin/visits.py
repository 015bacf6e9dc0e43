"""Appointments as a plain list; the schedule is where staff work with them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from appointments.admin.paging import CappedPaginator


class AppointmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Appointments, the latest first, to look at."""

    list_display = ("start", "practitioner", "request", "status")
    list_filter = ("status", "practitioner")
    list_select_related = ("practitioner", "request")
    list_per_page = 50
    ordering = ("-start",)
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    fields = (
        "request",
        "practitioner",
        "status",
        "start",
        "end",
        "hold_until",
        "cancelled_at",
        "cancellation_reason",
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the list's own filters."""
        return lookup in {"status__exact", "practitioner__id__exact"}
