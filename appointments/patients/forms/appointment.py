"""The form for an appointment."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, cast

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments import emails
from appointments.models import LONGEST_WORDS, ContactBy, Kind, PartOfDay, PatientRequest, WeekdayCode
from appointments.patients.fields import (
    BirthDateField,
    EmailField,
    TickWidget,
    VisitDateField,
    WordsField,
    named_days,
)
from appointments.patients.forms.patient import YES_NO, PatientForm, Section, choice, ticks
from appointments.requests import intake
from clinic.time.dates import years_before
from clinic.time.hours import OpeningTimes
from treatments.models import Answer, ScreeningQuestion, Treatment

SCREENING = "screening_"  # how the names of the answers begin
WORDS = re.compile(rf"{SCREENING}[0-9]+_words")
YOUNGEST = 18  # years; for anybody younger a parent or guardian calls


class AppointmentForm(PatientForm):
    """Asks for an appointment: for `treatment` with its `questions`, or, without one, for a consultation."""

    kind = Kind.APPOINTMENT

    email = EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Give it if you would like a confirmation, or if we should answer by e-mail."),
    )
    contact_by = choice(
        _("How should we answer you?"),
        ContactBy.choices,
        _("Choose how we should answer you: by phone or e-mail."),
    )
    preferred_times = ticks(
        _("Times that suit you"), PartOfDay.choices, _("If any time works for you, leave both empty.")
    )
    returning_patient = choice(
        _("Have you been our patient before?"), YES_NO, _("Say whether you have been our patient before.")
    )
    message = WordsField(
        2000,
        label=_("Is there anything else we should know?"),
        required=False,
        help_text=_("You can write up to 2,000 characters."),
    )
    recall_consent = forms.BooleanField(
        label=_("Write to me when it may be time for another visit. I can stop this at any time."),
        required=False,
        widget=TickWidget,
    )

    earlier_times = forms.BooleanField(
        label=_("Tell me if an earlier time comes free"),
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
        self.treatment = treatment
        self.questions = list(questions)
        super().__init__(data and self._with_stray_words(data), **kwargs)
        self.fields["date_of_birth"] = BirthDateField(
            today=self.today,
            label=_("Date of birth"),
            help_text=_("Month, day, year. For example, 3 27 1985."),
            error_messages={"required": _("Enter your date of birth.")},
        )
        codes = list(WeekdayCode)
        open_days = [(codes[day].value, codes[day].label) for day in times.weekdays()]
        self.fields["preferred_days"] = ticks(
            _("Days that suit you"), open_days, _("If any day works for you, leave them all empty.")
        )
        self.fields["preferred_days"].error_messages["invalid_choice"] = format_html(
            str(_("Choose days on which we are open: {}.")), named_days(times)
        )
        self.fields["earliest_date"] = VisitDateField(
            today=self.today,
            label=_("Earliest date"),
            required=False,
            help_text=_("If you can come at any time, leave this empty."),
        )
        for question in self.questions:
            self._ask(question)

    def _ask(self, question: ScreeningQuestion) -> None:
        self.fields[screening_name(question)] = choice(
            question.shown_text,
            Answer.choices,
            gettext("Answer this question: %(question)s") % {"question": question.shown_text},
            help_text=question.shown_hint,
        )
        self.fields[words_name(question)] = _words_about(question)

    def _with_stray_words(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was posted; words about a question that isn't asked any more stand in the message, so that
        nobody loses them."""
        asked = {words_name(question) for question in self.questions}
        stray = [data[name] for name in sorted(data) if WORDS.fullmatch(name) and name not in asked]
        if not any(stray):
            return data
        message = "\n".join(filter(None, [data.get("message", ""), *stray]))
        kept: Any = copy(data)
        kept["message"] = message
        return cast(Mapping[str, Any], kept)

    @property
    def sections(self) -> list[Section]:
        return [
            Section(_("About you"), ["first_name", "last_name", "date_of_birth", "returning_patient"]),
            Section(
                _("How we reach you"),
                ["phone", "email", "contact_by", *self.text_names],
            ),
            Section(
                _("When it suits you"),
                ["preferred_days", "preferred_times", "earliest_date", "earlier_times"],
            ),
            Section(
                _("Your health"),
                [name(each) for each in self.questions for name in (screening_name, words_name)],
                _(
                    "Your answers help the dermatologist see what is suitable for you. A 'yes' does not"
                    " always rule the treatment out: the dermatologist takes a closer look and decides,"
                    " before we offer you a time. If you are not sure about something, just say so."
                ),
            ),
            Section(_("Before you send"), ["message", "recall_consent", "consent"]),
        ]

    @property
    def is_too_young(self) -> bool:
        """Whether the date of birth, which may be all that was typed right, is that of somebody under 18."""
        born = self.cleaned_data.get("date_of_birth") if self.is_bound and self.errors is not None else None
        return born is not None and born > years_before(self.today, YOUNGEST)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("contact_by") == ContactBy.EMAIL and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Enter your e-mail address, or choose to be answered by phone."))
        return data

    def answers(self) -> list[intake.GivenAnswer]:
        data = self.cleaned_data
        return [
            intake.GivenAnswer(
                question,
                question.shown_text,
                data[screening_name(question)],
                question.shown_hint,
                data[words_name(question)],
            )
            for question in self.questions
        ]

    @property
    def wants_earlier(self) -> bool:
        return bool(self.cleaned_data["earlier_times"])

    def build(self) -> PatientRequest:
        patient_request = super().build()
        data = self.cleaned_data
        patient_request.treatment = self.treatment
        patient_request.date_of_birth = data["date_of_birth"]
        patient_request.email = data["email"]
        patient_request.email_to_check = emails.to_check(data["email"])
        patient_request.contact_by = data["contact_by"]
        patient_request.preferred_days = data["preferred_days"]
        patient_request.earliest_date = data["earliest_date"]
        patient_request.returning_patient = data["returning_patient"] == "yes"
        patient_request.recall_consent = data["recall_consent"]
        return patient_request


def screening_name(question: ScreeningQuestion) -> str:
    """The name under which the form posts the answer to `question`."""
    return f"{SCREENING}{question.number}"


def words_name(question: ScreeningQuestion) -> str:
    """The name under which the form posts what the patient writes about `question`."""
    return f"{screening_name(question)}_words"


def _words_about(question: ScreeningQuestion) -> WordsField:
    """For a few words about an answer. The stylesheets show it beside an answer that raises the flag, and
    wherever something is written in it."""
    field = WordsField(
        LONGEST_WORDS,
        # Read aloud, a form has as many of these as questions.
        label=format_html(
            '{} <span class="visually-hidden">{}</span>', gettext("In a few words"), question.shown_text
        ),
        required=False,
    )
    field.widget.attrs |= {"rows": 2, "placeholder": " ", "data-explains": question.flagged_answer}
    return field
