"""A doctor in the admin, with hours and days away beside."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.admin.addresses import AddressAdmin
from clinic.admin.availability import AvailabilityAdmin
from clinic.admin.calendars import CalendarAdmin
from clinic.admin.pictures import PictureAdmin
from clinic.models import Closure, OpeningHours, Practitioner
from clinic.staff.fields import ClockPairForm


class _HoursInline(admin.StackedInline[Any, Any]):
    model = OpeningHours
    form = ClockPairForm
    extra = 0
    fields = (("weekday", "opens", "closes"),)
    formfield_overrides = AvailabilityAdmin.formfield_overrides
    verbose_name_plural = _("hours of their own (empty: whenever the clinic is open)")


class _ClosuresInline(admin.StackedInline[Any, Any]):
    model = Closure
    form = ClockPairForm
    extra = 0
    fields = (("first_day", "last_day"), ("starts", "ends", "weekly"), "reason")
    formfield_overrides = AvailabilityAdmin.formfield_overrides
    verbose_name_plural = _("days away")


@admin.register(Practitioner)
class PractitionerAdmin(AddressAdmin, PictureAdmin, CalendarAdmin, AvailabilityAdmin):
    """A doctor, with hours and days away beside."""

    picture_field = "portrait"
    picture_label = _("Portrait")
    change_form_template = "admin/clinic/practitioner_form.html"
    list_display = ("name", "role", "is_active", "is_lead", "position")
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
