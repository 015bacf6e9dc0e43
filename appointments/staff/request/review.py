"""The dermatologist's page: what the patient told us, what is known from before, and the decision.

For dermatologists alone. Her clinical note is shown here and on no other page of anybody else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.lifecycle import Action
from appointments.messages import notices
from appointments.models import ClinicalReview, Decision, EventKind, PatientRequest, RequestEvent
from appointments.requests import reviewing
from appointments.requests.known.interval import interval_of
from appointments.roles import REVIEW, VIEW_CLINICAL_NOTE
from appointments.staff import counts
from appointments.staff.history import earlier_of
from appointments.staff.kit import page_of
from appointments.staff.step_page import FormStep
from appointments.staff.titles import subject_of, treatment_titles
from clinic.http.pages import clinic_of
from clinic.models import Clinic, opening_times
from clinic.time.hours import clinic_day
from clinic.time.words import counted_since, dated_words, due_words, is_overdue, long_date

LONGEST = 4000
# As far as the queue is counted.
MOST_WAITING = 200

# What each decision does, as she reads it beside the choice.
CONSEQUENCES: dict[str, str | Promise] = {
    Decision.SUITABLE: gettext_lazy("The patient is told, and the front desk may offer times now."),
    Decision.CONSULTATION_FIRST: gettext_lazy(
        "The patient is told that you would like to see them first. The front desk offers a consultation."
    ),
    Decision.NEEDS_INFORMATION: gettext_lazy(
        "Your question goes to the patient, who answers on their page. Nothing can be offered until then."
    ),
    Decision.NOT_SUITABLE: gettext_lazy("The request is declined, and the patient reads your words."),
}


class DecisionForm(forms.Form):
    """A decision, the words for the patient, and her own note."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a decision.")},
    )
    words = forms.CharField(
        label=gettext_lazy("Words for the patient"),
        help_text=gettext_lazy(
            "Owed with a question and with 'not suitable'. The patient reads them as written, on their page: "
            "the e-mail says only that there is something to read."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Clinical note"),
        help_text=gettext_lazy("Only dermatologists can read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
        required=False,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Words where they are owed."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") in reviewing.NEEDS_WORDS and not cleaned.get("words"):
            self.add_error("words", _("Write the words for the patient."))
        return cleaned


@dataclass(frozen=True)
class Turn:
    """Something that was said about the request: a decision, the patient's answer, or a note of staff."""

    at: datetime
    event: RequestEvent | None = None
    review: ClinicalReview | None = None


@dataclass(frozen=True)
class Preview:
    """The message that a decision sends."""

    decision: str
    subject: str
    text: str
    words_on_page: str


class Review(FormStep):
    """The page, and the decision on POST; with `preview` in the POST the message is shown first."""

    permissions = (REVIEW, VIEW_CLINICAL_NOTE)
    template = "review/page.html"

    def build(self, data: Any) -> DecisionForm:
        return DecisionForm(data)

    def title(self) -> str:
        return _("Review %(reference)s") % {"reference": self.patient_request.shown_reference}

    def act(self) -> str:
        given = self.form.cleaned_data
        reviewing.decide(
            self.patient_request,
            given["decision"],
            self.by,
            given["words"],
            given["note"],
            seen_version=given["seen_version"],
        )
        return _("Decided: %(decision)s.") % {"decision": Decision(given["decision"]).label}

    def context(self) -> dict[str, Any]:
        row, now, titles = self.patient_request, self.now, treatment_titles(self.request)
        chosen = self.form.data.get("decision", "")
        times = opening_times(since=counted_since(now))
        return {
            **super().context(),
            "subject": subject_of(row, titles),
            "age": row.age_on(clinic_day(now)),
            "due": due_words(row.respond_by, now, times) if row.is_waiting else "",
            "is_overdue": row.is_waiting and is_overdue(row.respond_by, now),
            "answers": list(row.screening_answers.all()),
            "turns": _turns(row),
            "earlier": earlier_of(row, titles),
            **self._interval(),
            **self._queue(),
            "choices": [(value, label, CONSEQUENCES[value]) for value, label in Decision.choices],
            "chosen": chosen,
            "can_decide": Action.DECIDE in row.possible_actions(self.by),
            "previews": _previews(row, chosen, self.form, clinic_of(self.request)),
            "by_phone": not row.email,
        }

    def _interval(self) -> dict[str, Any]:
        """What the clinic knows of earlier treatments, and the first day that keeps the shortest interval."""
        interval = interval_of(self.patient_request, self.now)
        return {
            "interval": interval,
            "first_day": long_date(interval.earliest(clinic_day(self.now))),
            "known_visits": [(dated_words(each.appointment.start), each) for each in interval.visits],
        }

    def _queue(self) -> dict[str, Any]:
        """How many others wait, and the one after this; from the last one on to the first. One query."""
        waiting = list(counts.waiting_reviews().values_list("pk", flat=True)[:MOST_WAITING])
        here = waiting.index(self.patient_request.pk) if self.patient_request.pk in waiting else -1
        others = waiting[here + 1 :] + waiting[: max(here, 0)]
        following = reverse("admin:request-review", args=[others[0]]) if others else ""
        return {"waiting": len(others), "next_review": following}

    def done(self, words: str) -> HttpResponse:
        """On to the next that waits, with a way back to what was decided; without one back to the request."""
        queue, row = self._queue(), self.patient_request
        if not queue["waiting"]:
            return super().done(_("%(words)s No other request waits for your decision.") % {"words": words})
        waiting = ngettext("%(count)s waits for you.", "%(count)s wait for you.", queue["waiting"])
        decided = format_html(
            '<bdi>{}</bdi>, <a href="{}">{}</a>: {} {}',
            row.full_name, page_of(row), row.shown_reference, words, waiting % {"count": queue["waiting"]},
        )  # fmt: skip
        messages.success(self.request, decided)
        return HttpResponseRedirect(queue["next_review"])


def _turns(row: PatientRequest) -> list[Turn]:
    """What was said so far, in order: her decisions, the patient's answers, the notes of staff."""
    said = Q(kind__in=(EventKind.ANSWER, EventKind.TEXT, EventKind.NOTE, EventKind.CORRECTION)) | Q(
        action=Action.ASK_REVIEW
    )
    worded = row.events.filter(said).exclude(note="").select_related("by")
    turns = [Turn(event.at, event=event) for event in worded]
    turns += [Turn(each.at, review=each) for each in row.clinical_reviews.select_related("by")]
    return sorted(turns, key=lambda turn: turn.at)


def _previews(row: PatientRequest, chosen: str, form: forms.Form, clinic: Clinic) -> list[Preview]:
    """The message of the chosen decision with the words as far as they are typed; of each one before that."""
    typed = str(form.data.get("words", "")).strip()
    decisions = [chosen] if chosen in Decision.values else Decision.values
    found = []
    for decision in decisions:
        target = reviewing.target_of(decision)
        words = typed if typed or decision in reviewing.LETS_IT_GO_ON else _("[your words]")
        shown = notices.preview(row, Action.DECIDE, target, decision=decision, words=words, clinic=clinic)
        if shown:
            on_page = words if row.email and (typed or decision in reviewing.NEEDS_WORDS) else ""
            found.append(Preview(str(Decision(decision).label), *shown, on_page))
    return found
