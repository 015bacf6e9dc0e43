"""The form in which a patient changes what was sent: the same fields as in the form that it was sent with."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from appointments.models import ContactBy, Kind, PatientRequest
from appointments.patients.forms.appointment import AppointmentForm
from appointments.patients.forms.callback import CallbackForm
from appointments.patients.forms.patient import PatientForm
from appointments.patients.forms.summed_up import SummedUpForm
from clinic.time.hours import OpeningTimes

CHANGEABLE = ("phone", "email", "preferred_days", "preferred_times", "earliest_date", "message")


class ChangeForm(SummedUpForm):
    """Phone, e-mail, wishes and message of `patient_request`. The message that we have is not shown: the link
    may lie in somebody else's mailbox. An empty one stays as it was."""

    def __init__(
        self,
        patient_request: PatientRequest,
        data: Mapping[str, Any] | None,
        *,
        times: OpeningTimes,
        now: datetime,
        today: date,
    ) -> None:
        super().__init__(data, initial=_initial(patient_request, today), use_required_attribute=False)
        self.patient_request = patient_request
        whole: PatientForm
        if patient_request.kind == Kind.CALLBACK:
            whole = CallbackForm(now=now, today=today)
        else:
            whole = AppointmentForm(times=times, now=now, today=today)
        self.fields = {name: whole.fields[name] for name in CHANGEABLE if name in whole.fields}
        self.fields["message"].label = _("A new message instead of the one that you sent")
        self.fields["message"].help_text = _("Leave this empty to keep the one that you sent.")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not email and self.patient_request.contact_by == ContactBy.EMAIL:
            self.add_error("email", _("Enter the e-mail address at which we should answer you."))
        return email

    def changed(self) -> dict[str, Any]:
        """The columns that get another value, with it."""
        was = {name: getattr(self.patient_request, name) for name in self.fields}
        was |= {"earliest_date": self.initial["earliest_date"], "message": ""}
        return {name: value for name, value in self.cleaned_data.items() if str(value) != str(was[name])}


def _initial(row: PatientRequest, today: date) -> dict[str, Any]:
    earliest = row.earliest_date
    return {
        "phone": row.shown_phone,
        "email": row.email,
        "preferred_days": row.preferred_days,
        "preferred_times": row.preferred_times,
        "earliest_date": earliest if earliest and earliest >= today else None,
    }
