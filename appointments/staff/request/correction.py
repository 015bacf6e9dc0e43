"""Correcting what the patient told us: its own small form, with a note that says why."""

from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import ContactBy, Kind, PatientRequest
from appointments.patients.fields import BirthDateField, EmailField, NameField, PhoneField
from appointments.requests import correction, links
from appointments.staff.kit import click, staff_of
from appointments.staff.step_page import FormStep
from clinic.time.hours import clinic_day
from treatments.models import Language


class CorrectionForm(forms.Form):
    """The fields that a patient may have got wrong, checked like the patient's own form."""

    first_name = NameField(label=gettext_lazy("First name"))
    last_name = NameField(label=gettext_lazy("Last name (optional)"), required=False)
    phone = PhoneField(label=gettext_lazy("Phone"))
    email = EmailField(label=gettext_lazy("E-mail (optional)"), required=False)
    contact_by = forms.ChoiceField(label=gettext_lazy("Contact by"), choices=ContactBy.choices)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Language.choices)
    voicemail_ok = forms.TypedChoiceField(
        label=gettext_lazy("Voicemail allowed"),
        choices=(("", gettext_lazy("Not asked")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))),
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Why is it corrected?"),
        help_text=gettext_lazy("For the timeline. Please leave names, numbers and dates out."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        error_messages={"required": gettext_lazy("Write a few words here.")},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, patient_request: PatientRequest, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient_request = patient_request
        if patient_request.kind == Kind.APPOINTMENT:
            self.fields["date_of_birth"] = BirthDateField(label=_("Date of birth"), today=today)
            self.order_fields(["first_name", "last_name", "date_of_birth"])

    def clean(self) -> dict[str, Any] | None:
        """What the fields can't say alone, and what the model and the database hold it to."""
        cleaned = super().clean() or {}
        if (
            cleaned.get("contact_by") == ContactBy.EMAIL
            and not cleaned.get("email")
            and "email" not in self.errors
        ):
            self.add_error("email", _("Enter an e-mail address, or choose to be contacted by phone."))
        if not self.errors:
            self._apply(cleaned)
            try:
                self.patient_request.full_clean(
                    exclude={"treatment", "assignee", "duplicate_of", "opened_by"}
                )
            except ValidationError as error:
                raise ValidationError(error.messages) from error
        return cleaned

    def _apply(self, cleaned: dict[str, Any]) -> None:
        row = self.patient_request
        before = {name: str(getattr(row, name)) for name in self.corrected}
        for name in self.corrected:
            setattr(row, name, cleaned[name])
        self.changed = [name for name in self.corrected if str(getattr(row, name)) != before[name]]

    @property
    def corrected(self) -> list[str]:
        """The names of the fields that are the patient's."""
        return [name for name in self.fields if name not in ("note", "seen_version")]


class Correct(FormStep):
    """The form of a correction, and the correction on POST."""

    template = "patientrequest/correction.html"

    def build(self, data: Any) -> CorrectionForm:
        row = self.patient_request
        return CorrectionForm(row, clinic_day(self.now), data, initial=_initial(row))

    def title(self) -> str:
        return _("Correct: %(reference)s") % {"reference": self.patient_request.shown_reference}

    def act(self) -> str:
        form = cast(CorrectionForm, self.form)
        if not form.changed:
            return _("Nothing was changed.")
        given = form.cleaned_data
        correction.correct(
            self.patient_request, form.changed, self.by, given["note"], given["seen_version"], self.now
        )
        return _("The correction is stored.")


@click
def end_link(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Renews the patient's link: somebody else may have the old one."""
    links.end_now(patient_request, staff_of(request), timezone.now())
    if patient_request.email:
        return _("The old link is dead. The new one goes to %(email)s.") % {"email": patient_request.email}
    return _("The old link is dead. Without an e-mail address the patient has no page; they can call.")


def _initial(row: PatientRequest) -> dict[str, Any]:
    own = ("first_name", "last_name", "email", "contact_by", "language", "date_of_birth")
    voicemail = {None: "", True: "yes", False: "no"}[row.voicemail_ok]
    values = {name: getattr(row, name) for name in own}
    return {**values, "phone": row.shown_phone, "voicemail_ok": voicemail}
