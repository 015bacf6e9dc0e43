"""How long requests are kept: the shorter times in the admin, and beside them a dry run in numbers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments.follow_up import retention
from appointments.lifecycle import Status
from appointments.models import Kind
from clinic.admin.facts import ClinicAdmin
from clinic.http.pages import clinic_of

ClinicAdmin.shorter_times_page = "appointments_retentionperiod_changelist"


class RetentionPeriodAdmin(admin.ModelAdmin[Any]):
    """One row for each kind and status that is kept for a shorter time than all."""

    list_display = ("__str__", "days")
    sortable_by = ()
    actions = None
    list_per_page = 20
    search_fields = ()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With a dry run beside: what the worker erases next, in numbers."""
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        found = sorted(retention.counts(timezone.now()).items())
        context = {
            "longest": clinic_of(request).keep_finished_days,
            "dry_run": [(Kind(kind).label, Status(status).label, number) for (kind, status), number in found],
            "title": gettext_lazy("How long requests are kept"),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})
