"""The small page of a step: what will happen, the message that the patient will get, and then the step."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import lifecycle
from appointments.lifecycle import Action, ClosedReason, MoveRefused, Status
from appointments.messages import notices
from appointments.models import EventKind, Kind, PatientRequest, RequestEvent
from appointments.staff.kit import click, seen_version, staff_of
from appointments.staff.step_page import FormStep

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Step:
    """How a step is put to the person who takes it."""

    what_happens: str | Promise
    note_label: str | Promise
    note_needed: bool = False
    button: str | Promise = ""
    label: str | Promise = ""


STEPS: dict[str, Step] = {
    Action.PUT_BACK: Step(
        gettext_lazy("The request goes back to the inbox as new, for anybody to take."),
        gettext_lazy("Note for your colleagues (optional)"),
    ),
    Action.ASK_REVIEW: Step(
        gettext_lazy(
            "The dermatologist looks at the request and decides. Until then no time can be offered or booked."
        ),
        gettext_lazy("What should the dermatologist look at? (optional)"),
    ),
    Action.NONE_SUITS: Step(
        gettext_lazy("The held times are free again, and the request is back in the inbox, due now."),
        gettext_lazy("What would suit the patient? (optional)"),
    ),
    Action.COMPLETE: Step(
        gettext_lazy("The request is finished."),
        gettext_lazy("What was done?"),
    ),
    Action.DECLINE: Step(
        gettext_lazy("The request ends here. Held times are free again. The patient reads your words."),
        gettext_lazy("Words for the patient"),
        note_needed=True,
        button=gettext_lazy("Decline and tell the patient"),
    ),
    Action.CLOSE: Step(
        gettext_lazy("The request ends here without an answer. Held times are free again."),
        gettext_lazy("Note (optional)"),
    ),
    Action.WITHDRAW: Step(
        gettext_lazy(
            "Recorded as the wish of the patient, however late. Held and booked times are free again."
        ),
        gettext_lazy("Why, if the patient says so (for colleagues only)"),
        label=gettext_lazy("Patient withdraws"),
    ),
    Action.REOPEN: Step(
        gettext_lazy("The request is in progress again and yours, with a new promise of an answer."),
        gettext_lazy("Why is it reopened?"),
        note_needed=True,
    ),
}


def label_of(action: Action, patient_request: PatientRequest) -> str | Promise:
    """The step as the buttons of staff call it."""
    if action == Action.WITHDRAW and patient_request.status == Status.BOOKED:
        return _("Patient cancels")
    step = STEPS.get(action)
    return (step.label if step else "") or action.label


class MoveForm(forms.Form):
    """A note, and the version of the request that the person was looking at."""

    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST_NOTE)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, patient_request: PatientRequest, action: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step = STEPS[action]
        owed = step.note_needed or (action == Action.COMPLETE and patient_request.kind == Kind.CALLBACK)
        self.fields["note"].label = str(step.note_label)
        self.fields["note"].required = owed
        self.fields["note"].error_messages["required"] = _("Write a few words here.")

    def clean_note(self) -> str:
        """The note with plain line ends."""
        return "\n".join(str(self.cleaned_data["note"]).splitlines())


class CloseForm(MoveForm):
    """Closing asks why, and for a duplicate of what."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why?"),
        choices=ClosedReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )
    duplicate_of = forms.CharField(
        label=gettext_lazy("Reference of the other request"),
        help_text=gettext_lazy("Only for a duplicate."),
        required=False,
        max_length=20,
    )
    field_order = ("reason", "duplicate_of", "note")

    def __init__(self, patient_request: PatientRequest, action: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(patient_request, action, *args, **kwargs)
        self.patient_request = patient_request

    def clean(self) -> dict[str, Any] | None:
        """Finds the other request of a duplicate."""
        cleaned = super().clean() or {}
        if cleaned.get("reason") == ClosedReason.DUPLICATE:
            other = PatientRequest.objects.with_reference(cleaned.get("duplicate_of", "")).first()
            if other is None:
                raise ValidationError({"duplicate_of": _("We can't find this reference. Please check it.")})
            if other.pk == self.patient_request.pk:
                raise ValidationError({"duplicate_of": _("This is the reference of this request itself.")})
            cleaned["other"] = other
        if cleaned.get("reason") == ClosedReason.OTHER and not cleaned.get("note", "").strip():
            raise ValidationError({"note": _("Write a few words here.")})
        return cleaned


class NoteForm(forms.Form):
    """A note for the timeline."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        error_messages={"required": gettext_lazy("Write a few words here.")},
    )


@click
def take(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Takes the request; nothing is said to the patient about it."""
    patient_request.move(Action.TAKE, staff_of(request), seen_version=seen_version(request))
    return _("The request is yours.")


@click
def note(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Writes a note on the timeline."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise MoveRefused(form.errors["note"][0])
    RequestEvent.objects.create(
        request=patient_request,
        kind=EventKind.NOTE,
        by=staff_of(request),
        at=timezone.now(),
        note=form.cleaned_data["note"],
    )
    return _("The note is on the timeline.")


class Move(FormStep):
    """The page of one step of the table of moves."""

    template = "patientrequest/move.html"
    action: str

    def load(self, pk: int | None) -> None:
        self.action = self.kwargs["action"]
        if self.action not in STEPS:
            raise Http404
        super().load(pk)

    def build(self, data: Any) -> MoveForm:
        build = CloseForm if self.action == Action.CLOSE else MoveForm
        reason = self.request.GET.get("reason", "")
        given = {"reason": reason} if reason in ClosedReason.values else {}
        return build(self.patient_request, self.action, data, initial=given)

    def title(self) -> str:
        return f"{self.label}: {self.patient_request.shown_reference}"

    @property
    def label(self) -> str | Promise:
        return label_of(Action(self.action), self.patient_request)

    def is_possible(self) -> bool:
        return self.action in self.patient_request.possible_actions(self.by)

    def impossible(self) -> str:
        """What was typed is shown in any case."""
        if self.request.method == "POST" or self.is_possible():
            return ""
        words = _("This step isn't possible now. The request is: %(status)s.")
        return words % {"status": self.patient_request.get_status_display()}

    def is_of_visit(self) -> bool:
        """What became of a visit is asked on its own page, by scheduling's rules."""
        return self.action == Action.COMPLETE and self.patient_request.status == Status.BOOKED

    def is_taken(self) -> bool:
        return super().is_taken() and not self.is_of_visit()

    def show(self) -> HttpResponse:
        if self.is_of_visit():
            return redirect("admin:request-visit", self.patient_request.pk)
        return super().show()

    def act(self) -> str:
        """The move, and for a duplicate the link both ways, together."""
        given, row = self.form.cleaned_data, self.patient_request
        wants_another = self.action == Action.WITHDRAW and "another" in self.request.POST
        with transaction.atomic():
            row.move(
                Action.APPOINTMENT_CANCELLED if wants_another else self.action,
                self.by,
                given["note"],
                reason=given.get("reason", ""),
                seen_version=given["seen_version"],
                wish_of_patient=wants_another,
                now=self.now,
            )
            if "other" in given:
                self._link(given["other"])
        return _("Done. The request is now: %(status)s.") % {"status": row.get_status_display()}

    def _link(self, other: PatientRequest) -> None:
        row = self.patient_request
        PatientRequest.objects.filter(pk=row.pk).update(duplicate_of=other)
        here, there = _("A duplicate of %(reference)s"), _("%(reference)s is a duplicate of this")
        for one, words, another in ((row, here, other), (other, there, row)):
            note = words % {"reference": another.shown_reference}
            RequestEvent.objects.create(request=one, kind=EventKind.MARK, by=self.by, at=self.now, note=note)

    def context(self) -> dict[str, Any]:
        step = STEPS[self.action]
        is_cancelling = self.action == Action.WITHDRAW and self.patient_request.status == Status.BOOKED
        return {
            **super().context(),
            "label": self.label,
            "step": step,
            "button": _("Cancel, no other time wanted") if is_cancelling else step.button or self.label,
            "another": _("Cancel, another time wanted") if is_cancelling else "",
            "is_possible": self.is_possible(),
            "can_preview": self.action == Action.DECLINE,
            **_message(self.patient_request, self.action, self.form),
        }


def _message(patient_request: PatientRequest, action: str, form: forms.Form) -> dict[str, Any]:
    """The message that the step would send, with the words as far as they are typed."""
    target = lifecycle.rows_for(action)[0].target
    typed = str(form.data.get("note", "")).strip() if form.is_bound else ""
    reason = ClosedReason.UNREACHABLE if action == Action.CLOSE else ""
    words = typed or _("[your words]")
    extra: dict[str, Any] = {"words": words}
    coming = patient_request.appointments.coming().first() if action == Action.WITHDRAW else None
    if coming:
        extra |= {"start": coming.start, "by_patient": True, "withdrawn": True}
    shown = notices.preview(patient_request, action, target, reason, **extra)
    return {
        "message_subject": shown[0] if shown else "",
        "message_text": shown[1] if shown else "",
        "words_on_page": words if action == Action.DECLINE and patient_request.email else "",
        "by_phone": not patient_request.email,
        "only_unreachable": action == Action.CLOSE,
    }
