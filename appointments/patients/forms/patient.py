"""What both forms of the patients ask for, and how they are shown."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from appointments import emails, phones
from appointments.messages.texts import consent
from appointments.models import Kind, PatientRequest, RequestSource
from appointments.patients.fields import NameField, PhoneField, TickWidget
from appointments.patients.forms import submissions
from appointments.patients.forms.summed_up import SummedUpForm
from appointments.patients.rendered_fields import Panel
from appointments.requests import intake
from clinic.models import privacy_version

NOTICE_HAS_CHANGED = _(
    "Our privacy notice has changed since you opened this page. Please read it, and tick the box if you"
    " agree."
)
NOT_TO_BE_TEXTED = _(
    "We can only text numbers of the United States and Canada, without an extension. Enter another phone"
    " number, or do not tick this box."
)
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class Section(NamedTuple):
    """A part of a form: its heading, the names of its fields, and what is said before them."""

    heading: Any
    names: list[str]
    intro: Any = ""


def choice(label: Any, choices: Any, missing: Any, **kwargs: Any) -> forms.ChoiceField:
    """One of several, as radio buttons with none chosen."""
    field = forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **kwargs)
    field.error_messages |= {"required": missing, "invalid_choice": _("Choose one of the answers.")}
    return field


def ticks(label: Any, choices: Any, hint: Any) -> forms.MultipleChoiceField:
    """Any number of several, as checkboxes; none means that all will do."""
    # Spanish writes the days of the week small, except where a line begins with one.
    lines = [(value, capfirst(words)) for value, words in choices]
    field = forms.MultipleChoiceField(
        label=label, choices=lines, widget=forms.CheckboxSelectMultiple, required=False, help_text=hint
    )
    field.error_messages["invalid_choice"] = _("Choose among the boxes shown here.")
    return field


class PatientForm(SummedUpForm):
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
    text_consent = forms.BooleanField(required=False, widget=TickWidget)
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
    # Which version of the notice the page led to; a program that doesn't say means the present one.
    privacy_version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
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
        # The version of the privacy notice that is in force, where whoever made the form knows it.
        self.notice_in_force = ""
        self.fields["submission_id"].initial = str(submissions.new_id(now))
        self._ask_for_texts()
        privacy = format_html(
            '<a href="{}" target="_blank" rel="noopener">{}</a>',
            reverse("privacy"),
            _("privacy notice (opens in a new tab)"),
        )
        self.fields["consent"].label = format_html(
            str(_("I agree that the clinic uses what I send here to answer my request, as the {} says.")),
            privacy,
        )

    def _ask_for_texts(self) -> None:
        """In the words that are kept with the consent; a clinic that sends none doesn't ask."""
        if not consent.exists():
            del self.fields["text_consent"]
            return
        self.fields["text_consent"].label = consent.label()
        self.fields["text_consent"].help_text = consent.terms()

    @property
    def text_names(self) -> list[str]:
        """The tick for text messages, where there is one."""
        return [name for name in ("text_consent",) if name in self.fields]

    @property
    def sections(self) -> list[Section]:
        """The parts of the form, in order. One without fields is left out."""
        raise NotImplementedError

    @property
    def helper(self) -> FormHelper:
        """How crispy-forms lays the form out. Its tag, its token and the summary of errors are the page's."""
        helper = FormHelper()
        helper.form_tag, helper.disable_csrf = False, True
        helper.layout = Layout(*self.panels())
        return helper

    def panels(self) -> list[Panel]:
        """The sections as they are shown, each with its place among them."""
        parts = [section for section in self.sections if section.names]
        return [
            Panel(section.heading, *section.names, intro=section.intro, part=number, parts=len(parts))
            for number, section in enumerate(parts, start=1)
        ]

    def shown_names(self) -> list[str]:
        return [name for section in self.sections for name in section.names]

    def full_clean(self) -> None:
        """Gives a form whose submission_id can't be read a fresh one."""
        super().full_clean()
        if self.is_bound and "submission_id" in self.errors:
            self.renew_id()
        meant = emails.nearest(str(self.cleaned_data.get("email", ""))) if self.is_bound else ""
        if meant:
            # A question and no error: the address may be right.
            self["email"].help_text = _("Did you mean %(address)s?") % {"address": meant}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("text_consent") and data.get("phone") and not consent.can_be_texted(data["phone"]):
            self.add_error("text_consent", NOT_TO_BE_TEXTED)
        return data

    def renew_id(self) -> None:
        """Lets what was typed be sent as a request of its own."""
        fresh = self.data.copy()  # type: ignore[attr-defined]
        fresh["submission_id"] = str(submissions.id_again(self.now))
        self.data = fresh

    def lead_to_notice(self, version: str) -> None:
        """Asks for consent to this version of the privacy notice."""
        self.notice_in_force = version
        self.initial["privacy_version"] = version

    def clean_privacy_version(self) -> str:
        """A notice that has changed since the page was opened is asked about again."""
        seen: str = self.cleaned_data["privacy_version"] or self.notice_in_force
        if self.notice_in_force and seen != self.notice_in_force:
            self.add_error("consent", NOTICE_HAS_CHANGED)
            fresh = self.data.copy()  # type: ignore[attr-defined]
            fresh["privacy_version"] = self.notice_in_force
            fresh.pop("consent", None)
            self.data = fresh
        return seen

    @property
    def alarm(self) -> str:
        """The level of alarm that the patient named when asked for signs; '' for none."""
        return ""

    def digest(self) -> str:
        """What tells this content from other content that comes with the same submission_id."""
        content = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"submission_id", "website", "privacy_version"}
        }
        return intake.digest_of({**content, "kind": self.kind, "about": self.about})

    def answers(self) -> list[intake.GivenAnswer]:
        """The answers to screening questions."""
        return []

    @property
    def wants_earlier(self) -> bool:
        """Whether the patient wants to hear of earlier times; a valid form says so."""
        return False

    @property
    def wants_texts(self) -> bool:
        """Whether the patient agrees to text messages; a valid form says so."""
        return bool(self.cleaned_data.get("text_consent"))

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
            phone_to_check=phones.to_check(data["phone"]),
            preferred_times=data["preferred_times"],
            message=data["message"],
            privacy_version=data["privacy_version"] or privacy_version(self.now),
            submission_id=submission_id,
            submission_digest=self.digest(),
            suspected_spam=self._looks_like_spam(submission_id),
        )
