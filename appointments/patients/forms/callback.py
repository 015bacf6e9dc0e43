"""The form for a call."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from appointments import emails
from appointments.models import ContactBy, Kind, PartOfDay, PatientRequest, Topic
from appointments.patients.fields import EmailField, WordsField
from appointments.patients.forms.patient import YES_NO, PatientForm, Section, choice, ticks
from treatments.models import Answer


class CallbackForm(PatientForm):
    """Asks for a call."""

    kind = Kind.CALLBACK

    topic = choice(_("What is it about?"), Topic.choices, _("Choose what the call is about."))
    warning_signs = choice(
        _(
            "Do you have trouble swallowing, speaking or breathing, muscle weakness, double vision"
            " or a drooping eyelid?"
        ),
        Answer.choices,
        "",
        required=False,
        help_text=_("Only if you ask about something after your treatment."),
    )
    email = EmailField(
        label=_("E-mail"), required=False, help_text=_("We confirm your request there. We call you anyway.")
    )
    preferred_times = ticks(
        _("When may we call?"), PartOfDay.choices, _("Leave both empty if any time works.")
    )
    voicemail_ok = choice(
        _("May we leave a voicemail?"), YES_NO, _("Say whether we may leave a voicemail."),
        help_text=_("We say only who we are and ask you to call back."),
    )  # fmt: skip
    message = WordsField(500, label=_("What should we know before we call?"), required=False,
                         help_text=_("Up to 500 characters."))  # fmt: skip

    @property
    def sections(self) -> list[Section]:
        return [
            (_("What it is about"), ["topic", "warning_signs"]),
            (_("About you"), ["first_name", "last_name"]),
            (_("How we reach you"), ["phone", "email", "preferred_times", "voicemail_ok"]),
            (_("Before you send"), ["message", "consent"]),
        ]

    @property
    def red_flag(self) -> str:
        """Signs that the effect of a treatment spreads. 'Yes' counts whatever the topic, 'not sure' after a
        treatment."""
        signs, topic = self.cleaned_data["warning_signs"], self.cleaned_data["topic"]
        if signs == Answer.YES or (signs == Answer.UNSURE and topic == Topic.AFTER_TREATMENT):
            with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
                return f"{self.fields['warning_signs'].label} {Answer(signs).label}"
        return ""

    def build(self) -> PatientRequest:
        patient_request = super().build()
        patient_request.topic = self.cleaned_data["topic"]
        patient_request.email = self.cleaned_data["email"]
        patient_request.email_to_check = emails.to_check(patient_request.email)
        patient_request.contact_by = ContactBy.PHONE
        patient_request.voicemail_ok = self.cleaned_data["voicemail_ok"] == "yes"
        return patient_request
