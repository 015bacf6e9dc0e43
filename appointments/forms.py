"""The patients' forms. They know nothing of HTTP, so that staff can enter a caller's request with the same
rules.

A form checks what was typed and builds the unsaved request; `appointments.intake` stores it.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.forms import BoundField
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments import intake, submissions, typed
from appointments.fields import (
    BirthDateField,
    EmailField,
    NameField,
    PhoneField,
    TickWidget,
    VisitDateField,
    WordsField,
    named_days,
)
from appointments.models import ContactBy, Kind, PartOfDay, PatientRequest, RequestSource, Topic, WeekdayCode
from clinic.hours import OpeningTimes
from clinic.privacy import PRIVACY_VERSION
from treatments.models import Answer, ScreeningQuestion, Treatment

YOUNGEST = 18  # years; for anybody younger a parent or guardian calls
YES_NO = [("yes", _("Yes")), ("no", _("No"))]

Section = tuple[Any, list[str]]


def _choice(label: Any, choices: Any, missing: Any, **kwargs: Any) -> forms.ChoiceField:
    """One of several, as radio buttons with none chosen."""
    field = forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **kwargs)
    field.error_messages |= {"required": missing, "invalid_choice": _("Choose one of the answers.")}
    return field


def _ticks(label: Any, choices: Any, hint: Any) -> forms.MultipleChoiceField:
    """Any number of several, as checkboxes; none means that all will do."""
    field = forms.MultipleChoiceField(
        label=label, choices=choices, widget=forms.CheckboxSelectMultiple, required=False, help_text=hint
    )
    field.error_messages["invalid_choice"] = _("Choose among the boxes shown here.")
    return field


class PatientForm(forms.Form):
    """What both forms ask for, and how they are shown.

    `sections` groups the fields for the page; `about` names what is asked for, so that the same id with
    another address is other content. `source` is how the request reached the clinic.
    """

    kind: Kind

    first_name = NameField(
        label=_("First name"),
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your first name.")},
    )
    last_name = NameField(
        label=_("Last name"),
        required=False,
        help_text=_("Leave this empty if you have one name."),
        widget=forms.TextInput(attrs={"autocomplete": "family-name", "spellcheck": "false"}),
    )
    phone = PhoneField(
        label=_("Phone"),
        help_text=_("With area code, or + and the country code."),
        error_messages={"required": _("Enter a phone number on which we can reach you.")},
    )
    consent = forms.BooleanField(
        widget=TickWidget,
        error_messages={
            "required": _("Tick the box if you agree. Without it we can't take your request; please call.")
        },
    )
    submission_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), _("This page was out of date. Check your answers and send them again.")
        ),
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        now: datetime,
        today: date,
        language: str = "en",
        about: str = "",
        source: RequestSource = RequestSource.WEB,
    ) -> None:
        # Django's own `use_required_attribute` would let the browser speak before the server does.
        super().__init__(data, use_required_attribute=False)
        self.now = now
        self.today = today
        self.language = language
        self.about = about
        self.source = source
        self.fields["submission_id"].initial = str(submissions.new_id(now))
        privacy = format_html(
            '<a href="{}" target="_blank" rel="noopener">{}</a>',
            reverse("privacy"),
            _("privacy notice (opens in a new tab)"),
        )
        self.fields["consent"].label = format_html(
            str(_("I agree that the clinic uses what I send here to answer my request, as the {} says.")),
            privacy,
        )

    @property
    def sections(self) -> list[Section]:
        """Headings and the names of the fields below each."""
        raise NotImplementedError

    def shown_sections(self) -> Iterator[tuple[Any, list[BoundField]]]:
        """Headings and the fields below each, those without any field left out."""
        for heading, names in self.sections:
            if names:
                yield heading, [self[name] for name in names]

    def error_lines(self) -> Iterator[tuple[str, str]]:
        """For the summary, in the order of the page: the id of the input to go to, and what to do there."""
        shown = [name for _heading, names in self.sections for name in names]
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

    def full_clean(self) -> None:
        """Gives a form whose submission_id can't be read a fresh one."""
        super().full_clean()
        if self.is_bound and "submission_id" in self.errors:
            fresh = self.data.copy()  # type: ignore[attr-defined]
            fresh["submission_id"] = str(submissions.new_id(self.now))
            self.data = fresh

    @property
    def red_flag(self) -> str:
        """The answer for which the patient should call 911 now, in words for the timeline; empty without
        one."""
        return ""

    def digest(self) -> str:
        """What tells this content from other content that comes with the same submission_id."""
        content = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"submission_id", "website"}
        }
        return intake.digest_of({**content, "kind": self.kind, "about": self.about})

    def answers(self) -> list[intake.GivenAnswer]:
        """The answers to screening questions."""
        return []

    def _looks_like_spam(self, submission_id: uuid.UUID) -> bool:
        """Whether a program may have sent it; what staff enter is above suspicion."""
        if self.source in (RequestSource.PHONE, RequestSource.WALK_IN):
            return False
        return bool(self.cleaned_data["website"]) or submissions.too_quick(submission_id, self.now)

    def build(self) -> PatientRequest:
        """The unsaved request of a valid form."""
        data = self.cleaned_data
        submission_id: uuid.UUID = data["submission_id"]
        return PatientRequest(
            kind=self.kind,
            source=self.source,
            language=self.language,
            first_name=data["first_name"],
            last_name=data["last_name"],
            phone=data["phone"],
            phone_to_check=not data["phone"].is_valid(),
            preferred_times=data["preferred_times"],
            message=data["message"],
            privacy_version=PRIVACY_VERSION,
            submission_id=submission_id,
            submission_digest=self.digest(),
            suspected_spam=self._looks_like_spam(submission_id),
            urgent=bool(self.red_flag),
        )


class AppointmentForm(PatientForm):
    """Asks for an appointment: for `treatment` with its `questions`, or, without one, for a consultation."""

    kind = Kind.APPOINTMENT

    email = EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("We confirm your request there. Needed if we should answer by e-mail."),
    )
    contact_by = _choice(
        _("How should we answer you?"),
        ContactBy.choices,
        _("Choose how we should answer you: by phone or e-mail."),
    )
    preferred_times = _ticks(
        _("Times that suit you"), PartOfDay.choices, _("Leave both empty if any time works.")
    )
    returning_patient = _choice(
        _("Have you been our patient before?"), YES_NO, _("Say whether you have been our patient before.")
    )
    message = WordsField(
        2000, label=_("Anything we should know"), required=False, help_text=_("Up to 2,000 characters.")
    )
    recall_consent = forms.BooleanField(
        label=_("Ask me back when it may be time for another visit. You can stop this at any time."),
        required=False,
        widget=TickWidget,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        times: OpeningTimes,
        treatment: Treatment | None = None,
        questions: Sequence[ScreeningQuestion] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.treatment = treatment
        self.questions = list(questions)
        self.fields["date_of_birth"] = BirthDateField(
            today=self.today,
            label=_("Date of birth"),
            help_text=_("Month, day, year. For example, 3 27 1985."),
            error_messages={"required": _("Enter your date of birth.")},
        )
        codes = list(WeekdayCode)
        open_days = [(codes[day].value, codes[day].label) for day in times.weekdays()]
        self.fields["preferred_days"] = _ticks(
            _("Days that suit you"), open_days, _("Leave all empty if any day works.")
        )
        self.fields["preferred_days"].error_messages["invalid_choice"] = format_html(
            str(_("Choose days on which we are open: {}.")), named_days(times)
        )
        self.fields["earliest_date"] = VisitDateField(
            today=self.today,
            times=times,
            label=_("Earliest date"),
            required=False,
            help_text=_("Leave this empty if any date works."),
        )
        for question in self.questions:
            self.fields[screening_name(question)] = _choice(
                question.shown_text,
                Answer.choices,
                gettext("Answer this question: %(question)s") % {"question": question.shown_text},
                help_text=question.shown_hint,
            )

    @property
    def sections(self) -> list[Section]:
        return [
            (_("About you"), ["first_name", "last_name", "date_of_birth", "returning_patient"]),
            (_("How we reach you"), ["phone", "email", "contact_by"]),
            (_("What suits you"), ["preferred_days", "preferred_times", "earliest_date"]),
            (_("Your health"), [screening_name(question) for question in self.questions]),
            (_("Before you send"), ["message", "recall_consent", "consent"]),
        ]

    @property
    def is_too_young(self) -> bool:
        """Whether the date of birth, which may be all that was typed right, is that of somebody under 18."""
        born = self.cleaned_data.get("date_of_birth") if self.is_bound and self.errors is not None else None
        return born is not None and born > typed.years_before(self.today, YOUNGEST)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("contact_by") == ContactBy.EMAIL and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Enter your e-mail address, or choose to be answered by phone."))
        return data

    def answers(self) -> list[intake.GivenAnswer]:
        return [
            intake.GivenAnswer(question, question.shown_text, self.cleaned_data[screening_name(question)])
            for question in self.questions
        ]

    def build(self) -> PatientRequest:
        request = super().build()
        data = self.cleaned_data
        request.treatment = self.treatment
        request.date_of_birth = data["date_of_birth"]
        request.email = data["email"]
        request.email_to_check = typed.mixes_scripts(data["email"]) if data["email"] else False
        request.contact_by = data["contact_by"]
        request.preferred_days = data["preferred_days"]
        request.earliest_date = data["earliest_date"]
        request.returning_patient = data["returning_patient"] == "yes"
        request.recall_consent = data["recall_consent"]
        return request


def screening_name(question: ScreeningQuestion) -> str:
    """The name under which the form posts the answer to `question`."""
    return f"screening_{question.number}"


class CallbackForm(PatientForm):
    """Asks for a call."""

    kind = Kind.CALLBACK

    topic = _choice(_("What is it about?"), Topic.choices, _("Choose what the call is about."))
    warning_signs = _choice(
        _(
            "Do you have trouble swallowing, speaking or breathing, muscle weakness, double vision"
            " or a drooping eyelid?"
        ),
        Answer.choices,
        "",
        required=False,
        help_text=_("Only if you ask about something after your treatment."),
    )
    preferred_times = _ticks(
        _("When may we call?"), PartOfDay.choices, _("Leave both empty if any time works.")
    )
    voicemail_ok = _choice(
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
            (_("How we reach you"), ["phone", "preferred_times", "voicemail_ok"]),
            (_("Before you send"), ["message", "consent"]),
        ]

    @property
    def red_flag(self) -> str:
        """Signs that the effect of a treatment spreads. 'Yes' counts whatever the topic, 'not sure' after a
        treatment."""
        signs, topic = self.cleaned_data["warning_signs"], self.cleaned_data["topic"]
        if signs == Answer.YES or (signs == Answer.UNSURE and topic == Topic.AFTER_TREATMENT):
            return f"{self.fields['warning_signs'].label} {Answer(signs).label}"
        return ""

    def build(self) -> PatientRequest:
        request = super().build()
        request.topic = self.cleaned_data["topic"]
        request.contact_by = ContactBy.PHONE
        request.voicemail_ok = self.cleaned_data["voicemail_ok"] == "yes"
        return request


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
