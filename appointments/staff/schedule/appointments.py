"""Appointments as a plain list; the schedule is where staff work with them."""

from django.contrib import admin
from django.http import HttpRequest

from appointments.staff.inbox.paging import CappedPaginator
from clinic.staff.read_only import ReadOnlyAdmin


class AppointmentAdmin(ReadOnlyAdmin):
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

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the list's own filters."""
        return lookup in {"status__exact", "practitioner__id__exact"}
