"""Form fields that staff type into."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTimeWidget
from django.utils.translation import gettext_lazy as _

from clinic.time.clock_reading import read_clock


class ClockField(forms.TimeField):
    """A time of day, however people write one: '9am', '9:00 AM', '9.30', '17:00'."""

    widget = AdminTimeWidget
    default_error_messages = {"invalid": _("Enter a time, such as 9am, 9:30 or 5:30pm.")}

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time | datetime):
            return super().to_python(value)
        try:
            return read_clock(str(value))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
