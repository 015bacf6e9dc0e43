"""The form fields of the patients' forms. What they check stands in names, phones, emails,
clinic.time.dates and patients.cleaning."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.phonenumber import PhoneNumber

from appointments import emails, names, phones
from appointments.patients import cleaning
from clinic.models import Weekday
from clinic.time import dates
from clinic.time.hours import OpeningTimes

OLDEST = 120  # years


class TypedField(forms.CharField):
    """Text that reaches the check as it was typed.

    No `maxlength` on the input: browsers count it differently and cut a pasted text without a word.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False} | kwargs)


def as_typed(value: Any) -> str:
    """What was posted, as text; empty when nothing was."""
    return "" if value is None else str(value)


class NameField(TypedField):
    """A name, or a part of one."""

    def to_python(self, value: Any) -> str:
        return names.read(as_typed(value))


class PhoneField(TypedField):
    """A phone number; cleans to a PhoneNumber, `is_valid()` false when it lies in no assigned range."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})

    def to_python(self, value: Any) -> PhoneNumber | None:  # type: ignore[override]
        text = as_typed(value)
        return phones.read(text) if text.strip() else None


class EmailField(TypedField):
    """One e-mail address; its domain in the ASCII form."""

    widget = forms.TextInput(
        attrs={"type": "email", "autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}
    )

    def to_python(self, value: Any) -> str:
        return emails.read(as_typed(value))


class WordsField(TypedField):
    """Free text of several lines."""

    widget = forms.Textarea(attrs={"rows": 5})

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def to_python(self, value: Any) -> str:
        return cleaning.text(as_typed(value), self.longest)


class TickWidget(forms.CheckboxInput):
    """A checkbox that only a real tick ticks: a program that posts 'no' has not consented."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return str(data.get(name, "")).strip().lower() in {"on", "yes", "true", "1"}


class DatePartsWidget(forms.MultiWidget):
    """Month, day and year as three small inputs: people know a date of birth by heart, and a calendar is
    slow."""

    template_name = "appointments/_date_parts.html"
    use_fieldset = True

    def __init__(self) -> None:
        numeric = {"inputmode": "numeric", "class": "form-control"}
        super().__init__(
            {
                part: forms.TextInput(attrs={**numeric, "autocomplete": f"bday-{part}", "size": size})
                for part, size in (("month", "2"), ("day", "2"), ("year", "4"))
            }
        )

    def decompress(self, value: date | None) -> list[Any]:
        return [value.month, value.day, value.year] if value else ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        labels = (
            pgettext_lazy("part of a date", "Month"),
            pgettext_lazy("part of a date", "Day"),
            pgettext_lazy("part of a date", "Year"),
        )
        whole_id = context["widget"]["attrs"].get("id", name)
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["label"] = label
            # Not numbered but named, as the inputs are.
            part["attrs"]["id"] = whole_id + part["name"].removeprefix(name)
        return context


class BirthDateField(forms.Field):
    """A date of birth in three parts: a real day before today, not over 120 years ago."""

    widget = DatePartsWidget

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today

    def clean(self, value: Any) -> date | None:
        parts: Sequence[str] = [str(part or "") for part in value or ("", "", "")]
        if not any(part.strip() for part in parts):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        missing = [part.strip() == "" for part in parts]
        if any(missing):
            names = (_("the month"), _("the day"), _("the year"))
            first = names[missing.index(True)]
            raise ValidationError(_("Enter %(part)s too."), code="incomplete", params={"part": first})
        month, day, year = parts
        try:
            born = dates.birthday(year, month, day, self.today)
        except ValueError as error:
            raise ValidationError(
                _("Enter a real date in numbers, with four digits for the year, such as 3 27 1985."),
                code="date",
            ) from error
        if born >= self.today:
            raise ValidationError(_("The date of birth has to be in the past."), code="future")
        if born < dates.years_before(self.today, OLDEST):
            raise ValidationError(_("Check the year of the date of birth."), code="too_old")
        return born


class VisitDateField(TypedField):
    """The earliest day for a visit, from today to twelve months ahead: a lower bound, closed days too."""

    widget = forms.DateInput(attrs={"type": "date"})

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today
        self.last = dates.years_before(today, -1)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}

    def clean(self, value: Any) -> date | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            day = dates.day_of(*text.split("-"))
        except (TypeError, ValueError) as error:
            raise ValidationError(
                _("Enter a real date as year-month-day, such as %(example)s."),
                code="date",
                params={"example": self.today.isoformat()},
            ) from error
        if day < self.today:
            raise ValidationError(_("Choose today or a later day."), code="past")
        if day > self.last:
            raise ValidationError(_("Choose a day within the next twelve months."), code="too_far")
        return day


def named_days(times: OpeningTimes) -> str:
    """The weekdays on which the clinic is open, as words."""
    names = [str(Weekday(day).label) for day in times.weekdays()]
    return ", ".join(names)
