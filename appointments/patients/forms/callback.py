"""The form for a call."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from appointments import emails
from appointments.models import ContactBy, Kind, PartOfDay, PatientRequest, Topic
from appointments.patients.fields import EmailField, WordsField
from appointments.patients.forms.patient import YES_NO, PatientForm, Section, choice, ticks
from clinic.models import Clinic
from treatments.alarm.signs import Level
from treatments.alarm.words import present
from treatments.models import Answer

# What the form posts for a sign of each level; 'yes' is what a page from before there were two levels sends.
ANSWER_OF: dict[Level, str] = {Level.CALL_911: Answer.YES, Level.CALL_US: "call_us"}
# Who says one of these sees the question about signs. A patient with one may choose either.
ABOUT_A_TREATMENT = (Topic.TREATMENT, Topic.AFTER_TREATMENT)


class CallbackForm(PatientForm):
    """Asks for a call."""

    kind = Kind.CALLBACK

    topic = choice(_("What is it about?"), Topic.choices, _("Choose what the call is about."))
    warning_signs = choice(
        _("Do you have one of these signs?"),
        (),
        "",
        required=False,
        help_text=_("Please tell us if you ask about something after your treatment."),
    )
    email = EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("We send you a confirmation there, and we call you all the same."),
    )
    preferred_times = ticks(
        _("When may we call?"), PartOfDay.choices, _("If any time works for you, leave both empty.")
    )
    voicemail_ok = choice(
        _("May we leave a voicemail?"), YES_NO, _("Say whether we may leave a voicemail."),
        help_text=_("We only say who we are and ask you to call us back."),
    )  # fmt: skip
    message = WordsField(500, label=_("What should we know before we call?"), required=False,
                         help_text=_("You can write up to 500 characters."))  # fmt: skip

    def __init__(self, *args: Any, clinic: Clinic | None = None, **kwargs: Any) -> None:
        """One query without the `clinic`."""
        super().__init__(*args, **kwargs)
        self.fields["warning_signs"].choices = [  # type: ignore[attr-defined]
            *((ANSWER_OF[said.level], capfirst(said.signs)) for said in present(clinic)),
            (Answer.NO, _("None of these")),
            (Answer.UNSURE, Answer.UNSURE.label),
        ]

    @property
    def sections(self) -> list[Section]:
        return [
            Section(_("What we should call about"), ["topic", "warning_signs", "message"]),
            Section(
                _("How we reach you"),
                [
                    "first_name",
                    "last_name",
                    "phone",
                    "preferred_times",
                    "voicemail_ok",
                    *self.text_names,
                    "email",
                ],
            ),
            Section(_("Before you send"), ["consent"]),
        ]

    @property
    def alarm(self) -> str:
        """A sign counts whatever the topic, 'not sure' where it is asked about (forms.css)."""
        signs, topic = self.cleaned_data["warning_signs"], self.cleaned_data["topic"]
        if signs == Answer.UNSURE:
            return Level.CALL_US if topic in ABOUT_A_TREATMENT else ""
        return next((level for level, answer in ANSWER_OF.items() if answer == signs), "")

    def build(self) -> PatientRequest:
        patient_request = super().build()
        patient_request.topic = self.cleaned_data["topic"]
        patient_request.email = self.cleaned_data["email"]
        patient_request.email_to_check = emails.to_check(patient_request.email)
        patient_request.contact_by = ContactBy.PHONE
        patient_request.voicemail_ok = self.cleaned_data["voicemail_ok"] == "yes"
        return patient_request
