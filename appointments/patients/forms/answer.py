"""The form for the answer to the dermatologist's question."""

from collections.abc import Iterator

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.patients.fields import WordsField


class AnswerForm(forms.Form):
    """The patient's answer to the dermatologist's question."""

    answer = WordsField(
        2000,
        label=_("Your answer"),
        help_text=_("Up to 2,000 characters."),
        error_messages={"required": _("Write your answer.")},
    )

    def error_lines(self) -> Iterator[tuple[str, str]]:
        """As PatientForm.error_lines."""
        for message in self.errors.get("answer", []):
            yield self["answer"].auto_id, str(message)
