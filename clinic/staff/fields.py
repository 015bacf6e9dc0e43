"""Form fields that staff type into."""

from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.widgets import AdminTimeWidget
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from clinic.time.clock_reading import names_half, read_clock
from clinic.time.words import wall_clock


class ClockField(forms.TimeField):
    """A time of day, however people write one: '9am', '9:00 AM', '9.30', '17:00'."""

    widget = AdminTimeWidget
    default_error_messages = {"invalid": _("Enter a time, such as 9am, 9:30 or 5:30pm.")}

    def prepare_value(self, value: Any) -> Any:
        """As the lists and the schedule show it."""
        return wall_clock(value) if isinstance(value, time) else value

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time | datetime):
            return super().to_python(value)
        try:
            return read_clock(str(value))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


def clocks(model: type[Model], *names: str) -> list[Any]:
    """Columns of a list that show these times of day as the forms and the schedule do."""
    return [_clock(model, name) for name in names]


def _clock(model: type[Model], name: str) -> Any:
    label = cast("str", label_for_field(name, model))

    @admin.display(description=label, ordering=name, empty_value="-")
    def shown(row: Any) -> str | None:
        value = getattr(row, name)
        return wall_clock(value) if value else None

    shown.__name__ = name
    return shown


class ClockPairForm(forms.ModelForm[Any]):
    """Rows from one time of the day to another: 'from 9 to 5' is read as everybody means it."""

    pairs = (("opens", "closes"), ("starts", "ends"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for first, last in self.pairs:
            begins, ends = cleaned.get(first), cleaned.get(last)
            if (
                not begins
                or not ends
                or begins < ends
                or names_half(self.data.get(self.add_prefix(last), ""))
            ):
                continue
            if ends.hour < 12 and begins.hour < ends.hour + 12:
                cleaned[last] = ends.replace(hour=ends.hour + 12)
        return cleaned
