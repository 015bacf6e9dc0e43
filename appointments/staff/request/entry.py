"""Entry by staff: a caller or a walk-in on one screen, with the patients' own forms and rules: for an
appointment, with a free time booked at once if one is chosen, or for a callback."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import EventKind, Kind, PatientRequest, RequestSource
from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from appointments.requests import intake
from appointments.scheduling import SchedulingError
from appointments.scheduling.free_times import free_times
from appointments.staff.kit import answer, for_desk, page_of
from appointments.staff.schedule import picking
from appointments.staff.titles import treatment_titles
from clinic.models import Practitioner, opening_times
from clinic.time.hours import clinic_day
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


class HowForm(forms.Form):
    """What only staff know: how the request came, and in which language the patient reads."""

    source = forms.ChoiceField(choices=SOURCES, initial=RequestSource.PHONE, widget=forms.RadioSelect)
    language = forms.ChoiceField(choices=Language.choices, initial=Language.ENGLISH)


@for_desk
def entry(request: HttpRequest) -> HttpResponse:
    """Takes down what a caller or a walk-in asks for, and books a free time at once when one is chosen."""
    now = timezone.now()
    kind = _kind(request)
    treatment = _treatment(request) if kind == Kind.APPOINTMENT else None
    everybody, who = picking.practitioners(request) if kind == Kind.APPOINTMENT else ([], None)
    how = HowForm(request.POST if request.method == "POST" else None, use_required_attribute=False)
    form = _form(request, kind, treatment, how, now)
    picked = picking.read_moments((request.POST or request.GET).getlist("start"))[:1]
    problem = ""
    if request.method == "POST":
        if isinstance(form, AppointmentForm) and form.is_too_young:
            problem = _(
                "The patient is under 18. A parent or guardian has to speak for them; nothing is stored."
            )
        elif form.is_valid() and how.is_valid():
            try:
                stored = _store(form, who, picked, request, now)
            except intake.DifferentContent:
                problem = _("This form was sent before with other answers. Open a fresh one.")
            else:
                return redirect(page_of(stored))
    times = free_times(PatientRequest(treatment=treatment), who, now) if who else None
    starts = [*times.fitting, *times.others] if times else []
    context: dict[str, Any] = {
        "form": form,
        "how": how,
        "sections": [
            (heading, [form[name] for name in names])
            for heading, (_theirs, names) in zip(HEADINGS[kind], form.sections, strict=True)
            if names
        ],
        "problem": problem,
        "errors": list(form.error_lines()) if form.is_bound else [],
        "kind": kind,
        "kinds": Kind.choices,
        "treatments": _choices(request) if kind == Kind.APPOINTMENT else [],
        "treatment": treatment.slug if treatment else CONSULTATION,
        "practitioners": everybody,
        "practitioner": who,
        "days": picking.days(starts, picked),
        "start": next((picking.posted_as(each) for each in picked), ""),
    }
    bad = request.method == "POST"
    return answer(
        request, "schedule/entry.html", {"title": _("New entry"), **context}, status=422 if bad else 200
    )


def _kind(request: HttpRequest) -> Kind:
    """What is asked for: an appointment unless the address or the form says a callback."""
    wanted = (request.POST or request.GET).get("kind")
    return Kind.CALLBACK if wanted == Kind.CALLBACK else Kind.APPOINTMENT


def _treatment(request: HttpRequest) -> Treatment | None:
    """The treatment that is asked for; None for a consultation."""
    slug = (request.POST or request.GET).get("treatment", CONSULTATION)
    if slug == CONSULTATION:
        return None
    return get_object_or_404(Treatment.objects.published(), slug=slug)


def _choices(request: HttpRequest) -> list[tuple[str, str]]:
    """Address and title of what can be asked for."""
    titles = treatment_titles(request)
    published = Treatment.objects.published().only("slug")
    return [
        (CONSULTATION, _("Not sure: a consultation")),
        *((each.slug, titles[each.pk]) for each in published),
    ]


def _form(
    request: HttpRequest, kind: Kind, treatment: Treatment | None, how: HowForm, now: datetime
) -> PatientForm:
    """The patients' own form, in words for whoever fills it in with them."""
    known = how.cleaned_data if how.is_bound and how.is_valid() else {}
    data = request.POST if request.method == "POST" else None
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


def _store(
    form: PatientForm,
    who: Practitioner | None,
    picked: list[datetime],
    request: HttpRequest,
    now: datetime,
) -> PatientRequest:
    """Stores the entry with everything that follows at once, and says on the next page what became of it.

    A request for an appointment belongs to whoever took it down, unless the dermatologist has to see it
    first; a callback waits for whoever calls next. The patient gets one message: the time when one is
    booked, else that we have the request.
    """
    by = cast(User, request.user)
    unsaved = form.build()
    with transaction.atomic():
        stored = intake.receive(unsaved, form.answers(), now, by, red_flag=form.red_flag, acknowledge=False)
        if stored is unsaved:  # and not the one that this repeats
            stored.refresh_from_db()
            if stored.kind == Kind.APPOINTMENT and stored.status == Status.NEW:
                stored.move(Action.TAKE, by, now=now)
            if not _booked(request, stored, who, picked):
                notices.after_receipt(stored, stored.events.get(kind=EventKind.RECEIVED))
    if stored.urgent:
        messages.warning(
            request, _("The patient may be in danger: tell them to hang up and call 911 now. It is urgent.")
        )
    return stored


def _booked(
    request: HttpRequest, stored: PatientRequest, who: Practitioner | None, picked: list[datetime]
) -> bool:
    """Books the time that was chosen, if one was; whether it is booked. The next page says how it went."""
    if not picked or who is None:
        messages.success(request, _("The request is in the inbox."))
    elif stored.clinical_hold:
        messages.warning(
            request, _("The request is stored, but not booked: the dermatologist has to decide first.")
        )
    else:
        try:
            booked = scheduling.book(stored, who, picked[0], cast(User, request.user))
        except SchedulingError as error:
            messages.warning(request, _("The request is stored, but not booked: %(why)s") % {"why": error})
        else:
            messages.success(request, _("Booked: %(time)s.") % {"time": day_and_clock(booked.start)})
            return True
    return False
