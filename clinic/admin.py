"""The clinic's own rows in the admin: its facts and settings, opening hours, closures, practitioners."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clinic import audit_admin as audit_admin
from clinic.admin_site import address
from clinic.models import Clinic, Closure, OpeningHours, Practitioner


@admin.register(Clinic)
class ClinicAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
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
        (_("Reminders"), {"fields": ("reminder_days", "reminder_morning")}),
        (_("How long requests are kept"), {"fields": ("keep_finished_days", "shorter_times")}),
        (_("Demonstration"), {"fields": ("demo_note",)}),
    )
    readonly_fields = ("shorter_times",)

    @admin.display(description=_("shorter times"))
    def shorter_times(self, clinic: Clinic) -> SafeString:
        """Where a shorter time is set for one kind and status."""
        url = address("appointments_retentionperiod_changelist")
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


class _HoursInline(admin.StackedInline):  # type: ignore[type-arg]
    model = OpeningHours
    extra = 0
    fields = (("weekday", "opens", "closes"),)
    verbose_name_plural = _("hours of their own (empty: whenever the clinic is open)")


class _ClosuresInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Closure
    extra = 0
    fields = (("first_day", "last_day", "reason"),)
    verbose_name_plural = _("days away")


@admin.register(Practitioner)
class PractitionerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A doctor, with hours and days away beside."""

    list_display = ("name", "role", "is_active", "position")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (_HoursInline, _ClosuresInline)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Appointments point at practitioners: one who has left no longer sees patients."""
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Staff accounts only."""
        if db_field.name == "user":
            kwargs["queryset"] = db_field.remote_field.model.objects.filter(is_staff=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


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
