"""The small page of a step: what will happen, the message that the patient will get, and then the step."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import lifecycle
from appointments.lifecycle import Action, ClosedReason, ColleagueWasFaster, MoveRefused, Status
from appointments.messages import notices
from appointments.models import EventKind, Kind, PatientRequest, RequestEvent
from appointments.roles import HANDLE
from appointments.staff.kit import (
    address,
    answer,
    back_to,
    page_of,
    page_title,
    request_for,
    seen_version,
    staff_of,
)

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
        self.label_suffix = ""
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


def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the request at once; nothing is said to the patient about it."""
    patient_request = request_for(request, pk, HANDLE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        patient_request.move(Action.TAKE, staff_of(request), seen_version=seen_version(request))
    except MoveRefused as refusal:
        return back_to(request, patient_request, str(refusal), messages.WARNING)
    return back_to(request, patient_request, _("The request is yours."), messages.SUCCESS)


def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes a note on the timeline."""
    patient_request = request_for(request, pk, HANDLE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = NoteForm(request.POST)
    if not form.is_valid():
        return back_to(request, patient_request, str(form.errors["note"][0]), messages.WARNING)
    RequestEvent.objects.create(
        request=patient_request,
        kind=EventKind.NOTE,
        by=staff_of(request),
        at=timezone.now(),
        note=form.cleaned_data["note"],
    )
    return back_to(request, patient_request, _("The note is on the timeline."), messages.SUCCESS)


def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """The page of one step, and the step itself on POST."""
    patient_request = request_for(request, pk, HANDLE)
    if action not in STEPS:
        raise Http404
    if action == Action.COMPLETE and patient_request.status == Status.BOOKED:
        # What became of the visit is asked on its own page, by scheduling's rules.
        return HttpResponseRedirect(address("admin:request-visit", pk))
    form_class = CloseForm if action == Action.CLOSE else MoveForm
    if request.method != "POST":
        if action not in patient_request.possible_actions(staff_of(request)):
            words = _("This step isn't possible now. The request is: %(status)s.")
            status = patient_request.get_status_display()
            return back_to(request, patient_request, words % {"status": status}, messages.WARNING)
        reason = request.GET.get("reason", "")
        given = {"reason": reason if reason in ClosedReason.values else None}
        form = form_class(patient_request, action, initial={**given, "seen_version": patient_request.version})
        return _page(request, patient_request, action, form)
    form = form_class(patient_request, action, request.POST)
    if not form.is_valid() or "preview" in request.POST:
        return _page(request, patient_request, action, form, 200 if form.is_valid() else 422)
    try:
        _make(patient_request, action, form.cleaned_data, request)
    except ColleagueWasFaster as refusal:
        return _too_late(request, patient_request, action, form, refusal)
    except MoveRefused as refusal:
        return back_to(request, patient_request, str(refusal), messages.WARNING)
    words = _("Done. The request is now: %(status)s.") % {"status": patient_request.get_status_display()}
    return back_to(request, patient_request, words, messages.SUCCESS)


def _make(patient_request: PatientRequest, action: str, given: dict[str, Any], request: HttpRequest) -> None:
    """The move, and for a duplicate the link both ways, together."""
    other: PatientRequest | None = given.get("other")
    by, now = staff_of(request), timezone.now()
    wants_another = action == Action.WITHDRAW and "another" in request.POST
    with transaction.atomic():
        patient_request.move(
            Action.APPOINTMENT_CANCELLED if wants_another else action,
            by,
            given["note"],
            reason=given.get("reason", ""),
            seen_version=given["seen_version"],
            wish_of_patient=wants_another,
            now=now,
        )
        if other:
            PatientRequest.objects.filter(pk=patient_request.pk).update(duplicate_of=other)
            for here, there in ((patient_request, other), (other, patient_request)):
                words = (
                    _("A duplicate of %(reference)s")
                    if here is patient_request
                    else _("%(reference)s is a duplicate of this")
                )
                RequestEvent.objects.create(
                    request=here,
                    kind=EventKind.MARK,
                    by=by,
                    at=now,
                    note=words % {"reference": there.shown_reference},
                )


def _too_late(
    request: HttpRequest,
    patient_request: PatientRequest,
    action: str,
    form: MoveForm,
    refusal: ColleagueWasFaster,
) -> HttpResponse:
    """What a colleague made of it meanwhile. What was typed is kept, and may still be done if possible."""
    patient_request.refresh_from_db()
    messages.warning(request, str(refusal))
    data = {**request.POST.dict(), "seen_version": str(patient_request.version)}
    return _page(request, patient_request, action, type(form)(patient_request, action, data), 409)


def _page(
    request: HttpRequest, patient_request: PatientRequest, action: str, form: MoveForm, status: int = 200
) -> HttpResponse:
    step = STEPS[action]
    label = label_of(Action(action), patient_request)
    is_cancelling = action == Action.WITHDRAW and patient_request.status == Status.BOOKED
    context = {
        "title": page_title(f"{label}: {patient_request.shown_reference}", form),
        "row": patient_request,
        "label": label,
        "step": step,
        "button": _("Cancel, no other time wanted") if is_cancelling else step.button or label,
        "another": _("Cancel, another time wanted") if is_cancelling else "",
        "form": form,
        "back": page_of(patient_request),
        "is_possible": action in patient_request.possible_actions(staff_of(request)),
        "can_preview": action == Action.DECLINE,
        **_message(patient_request, action, form),
    }
    return answer(request, "patientrequest/move.html", context, status)


def _message(patient_request: PatientRequest, action: str, form: MoveForm) -> dict[str, Any]:
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
