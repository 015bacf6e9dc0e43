"""Correcting what the patient told us: its own small form, with a note that says why.

The timeline names the fields that changed and never their values.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import cleaning
from appointments.lifecycle import BARRED_BY_CLINICAL_HOLD, ColleagueWasFaster
from appointments.messages.phone_tasks import readdress
from appointments.models import ContactBy, EventKind, Kind, PatientRequest, RequestEvent
from appointments.patients.fields import BirthDateField, EmailField, NameField, PhoneField
from appointments.roles import HANDLE
from appointments.staff.kit import answer, back_to, page_of, page_title, request_for, staff_of
from clinic.time.hours import clinic_day
from treatments.models import Language

# What is worked out from the corrected fields and stored beside them.
WORKED_OUT = (
    "given_key", "family_key", "email_key", "phone_digits", "phone_digits_reversed",
    "phone_to_check", "email_to_check", "age_flagged", "clinical_hold",
)  # fmt: skip


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
        self.label_suffix = ""
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
        row.set_search_keys()
        self.changed = [name for name in self.corrected if str(getattr(row, name)) != before[name]]

    @property
    def corrected(self) -> list[str]:
        """The names of the fields that are the patient's."""
        return [name for name in self.fields if name not in ("note", "seen_version")]


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a correction, and the correction on POST."""
    patient_request = request_for(request, pk, HANDLE)
    today = clinic_day(timezone.now())
    if request.method != "POST":
        return _page(request, CorrectionForm(patient_request, today, initial=_initial(patient_request)))
    form = CorrectionForm(patient_request, today, request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    if not form.changed:
        return back_to(request, patient_request, _("Nothing was changed."), messages.INFO)
    try:
        _store(form, request, today)
    except ColleagueWasFaster as refusal:
        patient_request.refresh_from_db()
        return back_to(request, patient_request, str(refusal), messages.WARNING)
    return back_to(request, patient_request, _("The correction is stored."), messages.SUCCESS)


def _initial(row: PatientRequest) -> dict[str, Any]:
    own = ("first_name", "last_name", "email", "contact_by", "language", "date_of_birth")
    voicemail = {None: "", True: "yes", False: "no"}[row.voicemail_ok]
    phone = row.phone.as_national if row.phone.country_code == 1 else row.phone.as_international
    values = {name: getattr(row, name) for name in own}
    return {**values, "phone": phone, "voicemail_ok": voicemail, "seen_version": row.version}


def _store(form: CorrectionForm, request: HttpRequest, today: date) -> None:
    """Writes the corrected columns, if nobody changed the request since it was looked at, and says so."""
    row, seen = form.patient_request, form.cleaned_data["seen_version"]
    _mark(row, form.changed, today)
    names = ", ".join(_name_of(name) for name in form.changed)
    with transaction.atomic():
        columns = {name: getattr(row, name) for name in (*form.changed, *WORKED_OUT)}
        won = PatientRequest.objects.filter(pk=row.pk, version=seen).update(**columns, version=seen + 1)
        if not won:
            raise ColleagueWasFaster(
                _("A colleague was faster: the request has changed since you opened it.")
            )
        if {"email", "phone"} & set(form.changed):
            readdress(row, timezone.now())
        RequestEvent.objects.create(
            request=row,
            kind=EventKind.CORRECTION,
            by=staff_of(request),
            at=timezone.now(),
            note=_("Corrected: %(names)s. %(note)s") % {"names": names, "note": form.cleaned_data["note"]},
        )


def _name_of(field: str) -> str:
    column = PatientRequest._meta.get_field(field)
    return capfirst(str(getattr(column, "verbose_name", field)))


def _mark(row: PatientRequest, changed: list[str], today: date) -> None:
    """The marks and the age flag anew; an age outside the range is the dermatologist's to judge."""
    if "phone" in changed:
        row.phone_to_check = not row.phone.is_valid()
    if "email" in changed:
        row.email_to_check = cleaning.mixes_scripts(row.email) if row.email else False
    age = row.age_on(today)
    if "date_of_birth" in changed and row.treatment and age is not None:
        was_flagged, row.age_flagged = row.age_flagged, not row.treatment.suits_age(age)
        if row.age_flagged and not was_flagged and row.is_open and row.status not in BARRED_BY_CLINICAL_HOLD:
            row.clinical_hold = True


def _page(request: HttpRequest, form: CorrectionForm, status: int = 200) -> HttpResponse:
    row = form.patient_request
    title = _("Correct: %(reference)s") % {"reference": row.shown_reference}
    context = {"title": page_title(title, form), "row": row, "form": form, "back": page_of(row)}
    return answer(request, "patientrequest/correction.html", context, status)
