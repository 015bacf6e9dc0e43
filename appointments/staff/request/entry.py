"""Entry by staff: a caller or a walk-in on one screen, with the patients' own forms and rules: for an
appointment, with a free time booked at once if one is chosen, or for a callback.

It begins with one search for who is known already. Whoever is picked fills the form."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import (
    EventKind,
    Kind,
    PartOfDay,
    PatientRequest,
    Topic,
    WeekdayCode,
)
from appointments.patients.forms import AppointmentForm
from appointments.patients.forms.appointment import SCREENING
from appointments.requests import calls, intake
from appointments.scheduling import SchedulingError
from appointments.scheduling.same_patient import OtherVisits
from appointments.staff.kit import page_of
from appointments.staff.request import known
from appointments.staff.request.entry_form import (
    CONSULTATION,
    HEADINGS,
    PICK,
    HowForm,
    choices,
    filled_in,
    form_for,
    is_same,
    kind_of,
    not_offered,
    treatment_of,
    typed_in,
)
from appointments.staff.schedule import picking
from appointments.staff.schedule.picking import Picker
from appointments.staff.schedule.times_page import TimesPage
from appointments.staff.titles import subject_of, treatment_titles
from clinic.time.hours import Span, clinic_day
from clinic.time.words import day_and_clock
from treatments.alarm.signs import Level

_ALARM = {
    Level.CALL_911: gettext_lazy(
        "The patient may be in danger: tell them to hang up and call 911 now. It is urgent."
    ),
    Level.CALL_US: gettext_lazy(
        "It is urgent: get the dermatologist to the phone now. If nobody here can help the patient today,"
        " tell them to get medical help elsewhere today."
    ),
}


class NotStored(SchedulingError):
    """Something has to be mended first."""

    status = 422


class Entry(TimesPage):
    """Takes down what a caller or a walk-in asks for, and books a free time at once when one is chosen; for a
    patient who was here already, filled in with what is known."""

    title, template, button = gettext_lazy("New entry"), "schedule/entry.html", "store"

    def load(self, pk: int | None) -> None:
        self.before = picking.request_of(pk) if pk else None
        self.kind = kind_of(self.request)
        self.treatment, self.not_offered = (
            treatment_of(self.request, self.before) if self.kind == Kind.APPOINTMENT else (None, "")
        )
        self.appointment = None
        is_post = self.request.method == "POST"
        is_sent = is_post and self.button in self.request.POST
        self.is_filled_in = self.before is not None and (not is_post or PICK in self.request.POST)
        told = filled_in(self.before, clinic_day(self.now)) if self.before and self.is_filled_in else {}
        self.how = HowForm(self.request.POST if is_sent else None, use_required_attribute=False)
        self.form = form_for(self.request if is_sent else None, self.kind, self.treatment, self.how, self.now)
        for each in (self.how, self.form):
            each.initial.update((typed_in(each, self.request) if is_post else {}) | told)
        self.patient_request = self._asked()
        self.picker = (
            Picker(
                self.request,
                self.patient_request,
                self.now,
                earlier=getattr(self.before, "earlier_practitioner", None),
                proposes=self.before is not None,
                first_look=self.is_filled_in,
                acts=is_sent,
            )
            if self.kind == Kind.APPOINTMENT
            else None
        )
        self.others = self.picker.other_visits if self.picker else OtherVisits(self.patient_request, self.now)

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
        if self.before and (not asked.name_key or is_same(asked, self.before)):
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
        if self.not_offered:
            raise NotStored(self.not_offered)
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
            **self._found(),
            **(self._about(self.before) if self.before else {}),
            "patient_request": None,
            "before": self.before,
            "form": self.form,
            "how": self.how,
            "sections": [
                (
                    head,
                    [self.form[name] for name in own.names],
                    any(name.startswith(SCREENING) for name in own.names),
                )
                for head, own in sections
                if own.names
            ],
            "errors": list(self.form.error_lines()) if self.form.is_bound else [],
            "kind": self.kind,
            "kinds": Kind.choices,
            "treatments": choices(self.request) if self.kind == Kind.APPOINTMENT else [],
            "treatment": self.treatment.slug if self.treatment else CONSULTATION,
            "not_offered": [self.not_offered] if self.not_offered else not_offered(self.request),
            "picker": self.picker,
        }

    def _found(self) -> dict[str, Any]:
        """Whom the search finds, until one is picked."""
        typed = "" if PICK in self.request.POST else self.request.POST.get("q", "").strip()
        titles = treatment_titles(self.request)
        people = [(each, subject_of(each.latest, titles)) for each in known.people(typed)] if typed else None
        return {"typed": typed, "people": people}

    def _about(self, before: PatientRequest) -> dict[str, Any]:
        """Whom the form was filled in for, what is open or booked, what is still to be asked, and the calls
        that this entry may settle."""
        person, settled = known.of(before), self._settled()
        fields = self.form.fields
        asked = [name for name, field in fields.items() if field.required and name != "consent"]
        owed = [
            fields[name].label
            for name in asked
            if not name.startswith(SCREENING) and not self.form[name].value()
        ]
        if any(name.startswith(SCREENING) for name in asked):
            owed.append(_("Their health"))
        callbacks = [row for row, _page in person.open_rows if row.kind == Kind.CALLBACK]
        return {
            "person": person,
            "subject": subject_of(before, treatment_titles(self.request)),
            "owed": owed,
            "calls": [(row, row.pk in settled) for row in callbacks if self.kind == Kind.APPOINTMENT],
        }

    def _settled(self) -> set[int]:
        """The callbacks that this entry settles: as ticked, at first the one that it was filled in from. One
        that was only found by the search is about this only if its topic says so."""
        if self.before and self.is_filled_in:
            is_meant = self.request.method == "GET" or self.before.topic in (
                Topic.APPOINTMENT,
                Topic.TREATMENT,
            )
            return {self.before.pk} if is_meant else set()
        return {int(value) for value in self.request.POST.getlist("settles") if _is_key(value)}

    def _store(self) -> None:
        """Stores the entry with everything that follows at once, and says on the next page what became of it.

        A request for an appointment belongs to whoever took it down, unless the dermatologist has to see it
        first; a callback waits for whoever calls next. The patient gets one message: the time when one is
        booked, else that we have the request.
        """
        unsaved, form = self.patient_request, self.form
        chosen = self.picker.wanted if self.picker else []
        with transaction.atomic():
            stored = intake.receive(
                unsaved,
                form.answers(),
                self.now,
                self.by,
                answered=form.alarm,
                acknowledge=False,
                wanted=clinic_day(chosen[0]) if chosen else None,
                wants_earlier=form.wants_earlier,
                wants_texts=form.wants_texts,
            )
            if stored is unsaved:  # and not the one that this repeats
                stored.refresh_from_db()
                if stored.kind == Kind.APPOINTMENT and stored.status == Status.NEW:
                    stored.move(Action.TAKE, self.by, now=self.now)
                if stored.kind == Kind.APPOINTMENT:
                    calls.settle(self._settled(), stored, self.by, self.now)
                if not self._booked(stored):
                    notices.after_receipt(stored, stored.events.get(kind=EventKind.RECEIVED))
        self.patient_request = stored
        if stored.alarm:
            messages.warning(self.request, _ALARM[Level(stored.alarm)])

    def _booked(self, stored: PatientRequest) -> bool:
        """Books the time that was chosen, if one was, and says how it went; whether it is booked."""
        if self.picker is None or not self.picker.wanted:
            messages.success(self.request, _("The request is in the inbox."))
        elif stored.decision_owed:
            messages.warning(
                self.request,
                _("The request is stored, but not booked: the dermatologist has to decide first."),
            )
        else:
            try:
                who, [start, *_more] = self.picker.chosen()
                minutes = self.picker.chosen_minutes
                booked = scheduling.book(
                    stored, who, start, self.by, minutes=minutes, looked_at=self.looked_at
                )
            except SchedulingError as error:
                words = _("The request is stored, but not booked: %(why)s") % {"why": error}
                messages.warning(self.request, words)
            else:
                words = _("Booked: %(time)s.") % {"time": day_and_clock(booked.start)}
                messages.success(self.request, words)
                return True
        return False


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19
