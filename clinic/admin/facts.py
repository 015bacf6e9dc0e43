"""The clinic's one row in the admin."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.staff.fields import ClockField
from clinic.staff.site import address


@admin.register(Clinic)
class ClinicAdmin(admin.ModelAdmin[Any]):
    """The one row."""

    fieldsets = (
        (None, {"fields": ("name", "area", "phone", "email")}),
        (_("Address"), {"fields": ("street_address", ("city", "state", "postal_code"))}),
        (
            _("How soon we answer"),
            {"fields": ("answer_within_days", ("call_gap_minutes", "call_attempts"))},
        ),
        (
            _("Appointments"),
            {"fields": (("hold_days", "cancel_notice_hours"), "consultation_minutes")},
        ),
        (_("Earlier times"), {"fields": ("earlier_by_itself", "earlier_hold_hours")}),
        (_("Reminders"), {"fields": ("reminder_days", "reminder_morning")}),
        (_("How long requests are kept"), {"fields": ("keep_finished_days", "shorter_times")}),
        (_("Demonstration"), {"fields": ("demo_note",)}),
    )
    formfield_overrides = {models.TimeField: {"form_class": ClockField}}
    readonly_fields = ("shorter_times",)
    # The name of their page in the admin, from the app that keeps them.
    shorter_times_page = ""

    @admin.display(description=_("shorter times"))
    def shorter_times(self, clinic: Clinic) -> SafeString:
        """Where a shorter time is set for one kind and status."""
        url = address(self.shorter_times_page)
        return format_html('<a href="{}">{}</a>', url, _("By kind and status, and what is erased next"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while there is none."""
        return super().has_add_permission(request) and not Clinic.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list of one row is the row."""
        if self.has_view_permission(request) and Clinic.objects.filter(pk=1).exists():
            return redirect(reverse("admin:clinic_clinic_change", args=[1]))
        return super().changelist_view(request, extra_context)
