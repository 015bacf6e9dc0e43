"""Entry by staff: a caller or a walk-in on one screen, with the patients' own forms and rules: for an
appointment, with a free time booked at once if one is chosen, or for a callback."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import slug_re
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import scheduling
from appointments.follow_up import recall
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import (
    AppointmentStatus,
    EventKind,
    Kind,
    PartOfDay,
    PatientRequest,
    RequestSource,
    WeekdayCode,
)
from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from appointments.patients.recall_views import known_of
from appointments.requests import intake
from appointments.scheduling import SchedulingError
from appointments.staff.kit import page_of
from appointments.staff.schedule import picking
from appointments.staff.schedule.picking import Picker
from appointments.staff.schedule.times_page import TimesPage
from appointments.staff.titles import treatment_titles
from clinic.models import opening_times
from clinic.time.dates import years_before
from clinic.time.hours import Span, clinic_day
from clinic.time.words import day_and_clock
from treatments.models import Language, Treatment

SOURCES = [(source.value, source.label) for source in (RequestSource.PHONE, RequestSource.WALK_IN)]
CONSULTATION = "consultation"
# The headings of the forms as staff read them, in their order; the questions are there to be read out.
HEADINGS = {
    Kind.APPOINTMENT: (
        gettext_lazy("The patient"),
        gettext_lazy("How we reach them"),
        gettext_lazy("What suits them"),
        gettext_lazy("Their health"),
        gettext_lazy("At the end"),
    ),
    Kind.CALLBACK: (
        gettext_lazy("What it is about"),
        gettext_lazy("The patient"),
        gettext_lazy("How we reach them"),
        gettext_lazy("At the end"),
    ),
}


class NotStored(SchedulingError):
    """Something has to be mended first."""

    status = 422


class HowForm(forms.Form):
    """What only staff know: how the request came, and in which language the patient reads."""

    source = forms.ChoiceField(choices=SOURCES, initial=RequestSource.PHONE, widget=forms.RadioSelect)
    language = forms.ChoiceField(choices=Language.choices, initial=Language.ENGLISH)


class Entry(TimesPage):
    """Takes down what a caller or a walk-in asks for, and books a free time at once when one is chosen; for a
    patient who was here already, filled in with what is known."""

    title, template, button = gettext_lazy("New entry"), "schedule/entry.html", "store"

    def load(self, pk: int | None) -> None:
        self.before = picking.request_of(pk) if pk else None
        self.kind = _kind(self.request)
        self.treatment = _treatment(self.request, self.before) if self.kind == Kind.APPOINTMENT else None
        self.appointment = None
        is_sent = self.request.method == "POST" and self.button in self.request.POST
        known = _known_of(self.before, clinic_day(self.now)) if self.before else {}
        self.how = HowForm(self.request.POST if is_sent else None, use_required_attribute=False)
        self.form = _form(self.request if is_sent else None, self.kind, self.treatment, self.how, self.now)
        for each in (self.how, self.form):
            each.initial.update(_typed(each, self.request) if self.request.method == "POST" else known)
        self.patient_request = self._asked()
        self.picker = (
            Picker(
                self.request,
                self.patient_request,
                self.now,
                earlier=getattr(self.before, "earlier_practitioner", None),
                proposes=self.before is not None,
            )
            if self.kind == Kind.APPOINTMENT
            else None
        )

    def _asked(self) -> PatientRequest:
        """What the times are looked for: the unsaved request as far as it is known."""
        if self.form.is_bound and self.form.is_valid() and self.how.is_valid():
            asked = self.form.build()
            asked.set_search_keys()
        else:
            typed = self.form.initial
            asked = PatientRequest(
                treatment=self.treatment,
                earliest_date=picking.read_day(str(typed.get("earliest_date") or "")),
                preferred_days=[code for code in typed.get("preferred_days") or () if code in WeekdayCode],
                preferred_times=[code for code in typed.get("preferred_times") or () if code in PartOfDay],
            )
        if self.before and (not asked.name_key or _is_same(asked, self.before)):
            asked.person = self.before.person
        return asked

    def spans(self) -> list[Span]:
        return self.picker.spans() if self.picker and self.form.is_bound else []

    def act(self) -> str:
        if isinstance(self.form, AppointmentForm) and self.form.is_too_young:
            raise NotStored(
                _("The patient is under 18. A parent or guardian has to speak for them; nothing is stored.")
            )
        if not (self.form.is_valid() and self.how.is_valid()):
            raise NotStored("")
        try:
            self._store()
        except intake.DifferentContent as error:
            raise NotStored(_("This form was sent before with other answers. Open a fresh one.")) from error
        return ""

    def done(self, words: str) -> HttpResponse:
        return redirect(page_of(self.patient_request))

    def context(self) -> dict[str, Any]:
        sections = zip(HEADINGS[self.kind], self.form.sections, strict=True)
        return super().context() | {
            "patient_request": None,
            "before": self.before,
            "form": self.form,
            "how": self.how,
            "sections": [
                (head, [self.form[name] for name in names]) for head, (_own, names) in sections if names
            ],
            "errors": list(self.form.error_lines()) if self.form.is_bound else [],
            "kind": self.kind,
            "kinds": Kind.choices,
            "treatments": _choices(self.request) if self.kind == Kind.APPOINTMENT else [],
            "treatment": self.treatment.slug if self.treatment else CONSULTATION,
            "picker": self.picker,
        }

    def _store(self) -> None:
        """Stores the entry with everything that follows at once, and says on the next page what became of it.

        A request for an appointment belongs to whoever took it down, unless the dermatologist has to see it
        first; a callback waits for whoever calls next. The patient gets one message: the time when one is
        booked, else that we have the request.
        """
        unsaved, form = self.patient_request, self.form
        with transaction.atomic():
            stored = intake.receive(
                unsaved, form.answers(), self.now, self.by, red_flag=form.red_flag, acknowledge=False
            )
            if stored is unsaved:  # and not the one that this repeats
                stored.refresh_from_db()
                if stored.kind == Kind.APPOINTMENT and stored.status == Status.NEW:
                    stored.move(Action.TAKE, self.by, now=self.now)
                if not self._booked(stored):
                    notices.after_receipt(stored, stored.events.get(kind=EventKind.RECEIVED))
        self.patient_request = stored
        if stored.urgent:
            messages.warning(
                self.request,
                _("The patient may be in danger: tell them to hang up and call 911 now. It is urgent."),
            )

    def _booked(self, stored: PatientRequest) -> bool:
        """Books the time that was chosen, if one was, and says how it went; whether it is booked."""
        if self.picker is None or not self.picker.wanted:
            messages.success(self.request, _("The request is in the inbox."))
        elif stored.clinical_hold:
            messages.warning(
                self.request,
                _("The request is stored, but not booked: the dermatologist has to decide first."),
            )
        else:
            try:
                who, [start, *_more] = self.picker.chosen()
                minutes = self.picker.chosen_minutes
                booked = scheduling.book(stored, who, start, self.by, minutes=minutes)
            except SchedulingError as error:
                words = _("The request is stored, but not booked: %(why)s") % {"why": error}
                messages.warning(self.request, words)
            else:
                words = _("Booked: %(time)s.") % {"time": day_and_clock(booked.start)}
                messages.success(self.request, words)
                return True
        return False


def _kind(request: HttpRequest) -> Kind:
    """What is asked for: an appointment unless the address or the form says a callback."""
    wanted = (request.POST or request.GET).get("kind")
    return Kind.CALLBACK if wanted == Kind.CALLBACK else Kind.APPOINTMENT


def _treatment(request: HttpRequest, before: PatientRequest | None) -> Treatment | None:
    """The treatment that is asked for; None for a consultation."""
    again = before.treatment.slug if before and before.treatment and before.treatment.is_published else ""
    slug = (request.POST or request.GET).get("treatment", again or CONSULTATION)
    if slug == CONSULTATION:
        return None
    if not slug_re.fullmatch(slug):  # PostgreSQL can't even be asked for some of what an address may hold
        raise Http404
    return get_object_or_404(Treatment.objects.published(), slug=slug)


def _choices(request: HttpRequest) -> list[tuple[str, str]]:
    """Address and title of what can be asked for."""
    titles = treatment_titles(request)
    published = Treatment.objects.published().only("slug")
    return [
        (CONSULTATION, _("Not sure: a consultation")),
        *((each.slug, titles[each.pk]) for each in published),
    ]


def _known_of(before: PatientRequest, today: date) -> dict[str, Any]:
    """What the form of a patient who was here before holds already; the health is asked anew."""
    treated = before.appointments.filter(status=AppointmentStatus.FULFILLED, is_consultation=False)
    visit = treated.order_by("-start").first()
    back = recall.effect_ends(visit.start, before.treatment) if visit and before.treatment else today
    born = before.date_of_birth
    return {
        **known_of(before),
        "language": before.language,
        "date_of_birth": [str(born.month), str(born.day), str(born.year)] if born else None,
        "earliest_date": min(back, years_before(today, -1)).isoformat() if back > today else "",
        "recall_consent": before.recall_consent and before.recall_opted_out_at is None,
    }


def _is_same(asked: PatientRequest, before: PatientRequest) -> bool:
    """Whether an entry that was filled in for a patient is still about that one."""
    return asked.name_key == before.name_key or asked.date_of_birth == before.date_of_birth


def _typed(form: forms.Form, request: HttpRequest) -> dict[str, Any]:
    """What was typed into a form that isn't sent yet, to show it again without a word about it."""
    return {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in form.fields.items()
    }


def _form(
    request: HttpRequest | None, kind: Kind, treatment: Treatment | None, how: HowForm, now: datetime
) -> PatientForm:
    """The patients' own form, in words for whoever fills it in with them; unbound without a `request`."""
    known = how.cleaned_data if how.is_bound and how.is_valid() else {}
    data = request.POST if request else None
    shared: dict[str, Any] = {
        "now": now,
        "today": clinic_day(now),
        "language": known.get("language", Language.ENGLISH),
        "source": RequestSource(known.get("source", RequestSource.PHONE)),
    }
    form: PatientForm
    if kind == Kind.CALLBACK:
        form = CallbackForm(data, **shared)
    else:
        form = AppointmentForm(
            data,
            times=opening_times(since=clinic_day(now)),
            treatment=treatment,
            questions=list(treatment.screening_questions.filter(is_asked=True)) if treatment else [],
            about=treatment.slug if treatment else CONSULTATION,
            **shared,
        )
    form.label_suffix = ""
    consent = form.fields["consent"]
    consent.label = _(
        "The patient agrees that the clinic uses these details to answer, as the privacy notice says."
    )
    consent.error_messages["required"] = _("Ask whether the patient agrees, and tick the box.")
    return form
