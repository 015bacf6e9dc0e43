"""The form for a lost link."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from appointments.patients.fields import BirthDateField, EmailField, PhoneField
from appointments.patients.forms.summed_up import SummedUpForm


class FindForm(SummedUpForm):
    """By what a request can be found: the e-mail address, or phone and date of birth."""

    email = EmailField(
        label=_("E-mail"), required=False, help_text=_("The address that you gave us with your request.")
    )
    phone = PhoneField(
        label=_("Or your phone number"),
        required=False,
        help_text=_("We then need your date of birth as well, so that we find you and nobody else."),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, today: date) -> None:
        super().__init__(data, use_required_attribute=False)
        self.fields["date_of_birth"] = BirthDateField(
            today=today, label=_("Date of birth"), required=False, help_text=_("For example, 3 27 1985.")
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not data["email"] and not (data["phone"] and data["date_of_birth"]):
            self.add_error(
                "email", _("Enter your e-mail address, or your phone number and your date of birth.")
            )
        return data
