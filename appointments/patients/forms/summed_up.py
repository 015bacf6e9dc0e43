"""What the summary of errors above a patient's form reads."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from appointments.patients.fields import BirthDateField


class SummedUpForm(forms.Form):
    """A form whose errors stand above it as links."""

    def leave_unchecked(self) -> None:
        """Shows what was typed as it is: it was not to be checked yet."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}

    def shown_names(self) -> Sequence[str]:
        """The names of its fields in the order of the page."""
        return list(self.fields)

    def error_lines(self) -> Iterator[tuple[str, str]]:
        """For the summary, in the order of the page: the id of the input to go to, and what to do there."""
        shown = self.shown_names()
        for name in [*shown, *(name for name in self.errors if name not in shown)]:
            for message in self.errors.get(name, []):
                yield self._first_input(name), str(message)

    def _first_input(self, name: str) -> str:
        field = self[name]
        if field.is_hidden:
            return "send"
        if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return f"{field.auto_id}_0"
        return f"{field.auto_id}_month" if isinstance(field.field, BirthDateField) else field.auto_id
