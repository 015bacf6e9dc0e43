"""What an entry by staff asks: the patients' own forms in words for whoever fills them in with them, and what
they hold already for a patient who is known."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import slug_re
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.follow_up import recall
from appointments.messages.texts import consent
from appointments.models import AppointmentStatus, Kind, PatientRequest, RequestSource
from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from appointments.patients.forms.appointment import screening_name
from appointments.patients.recall_views import known_of
from appointments.staff.titles import treatment_titles
from clinic.models import opening_times
from clinic.time.dates import years_before
from clinic.time.hours import clinic_day
from treatments.models import Answer, Language, Treatment

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
        gettext_lazy("The patient, and how we reach them"),
        gettext_lazy("At the end"),
    ),
}
# The button with which somebody known is picked.
PICK = "pick"


class HowForm(forms.Form):
    """What only staff know: how the request came, and in which language the patient reads."""

    source = forms.ChoiceField(choices=SOURCES, initial=RequestSource.PHONE, widget=forms.RadioSelect)
    language = forms.ChoiceField(choices=Language.choices, initial=Language.ENGLISH)


def kind_of(request: HttpRequest) -> Kind:
    """What is asked for: an appointment unless the address or the form says a callback."""
    wanted = (request.POST or request.GET).get("kind")
    return Kind.CALLBACK if wanted == Kind.CALLBACK else Kind.APPOINTMENT


def treatment_of(request: HttpRequest, before: PatientRequest | None) -> tuple[Treatment | None, str]:
    """The treatment that is asked for, None for a consultation; and why another one can't be."""
    again = before.treatment.slug if before and before.treatment else ""
    slug = (request.POST or request.GET).get("treatment", again or CONSULTATION)
    if slug == CONSULTATION and again and PICK in request.POST:
        slug = again
    if slug == CONSULTATION:
        return None, ""
    if not slug_re.fullmatch(slug):  # PostgreSQL can't even be asked for some of what an address may hold
        raise Http404
    treatment = get_object_or_404(Treatment, addresses__slug=slug)
    if not treatment.is_offered:
        return None, _why_not(treatment, treatment_titles(request))
    return treatment, ""


def _why_not(treatment: Treatment, titles: dict[int, str]) -> str:
    words = (
        _("“%(title)s” can't be asked for: its page isn't published.")
        if treatment.facts
        else _("“%(title)s” can't be asked for: no dermatologist has signed off its page and questions yet.")
    )
    return words % {"title": titles[treatment.pk]}


def not_offered(request: HttpRequest) -> list[str]:
    """Why treatments that are meant to be offered can't be asked for yet. One query."""
    titles = treatment_titles(request)
    waiting = Treatment.objects.filter(is_published=True).exclude(pk__in=Treatment.objects.released())
    return [_why_not(treatment, titles) for treatment in waiting]


def choices(request: HttpRequest) -> list[tuple[str, str]]:
    """Address and title of what can be asked for."""
    titles = treatment_titles(request)
    published = Treatment.objects.published().only("slug")
    return [
        (CONSULTATION, _("Not sure: a consultation")),
        *((each.slug, titles[each.pk]) for each in published),
    ]


def filled_in(before: PatientRequest, today: date) -> dict[str, Any]:
    """What the form of a patient who was here before holds already; the health is asked anew."""
    visits = before.appointments.filter(status=AppointmentStatus.FULFILLED).order_by("-start")
    visit = next((each for each in visits if not each.is_talk_alone), None)
    back = recall.effect_ends(visit.start, before.treatment) if visit and before.treatment else today
    born = before.date_of_birth
    return {
        **known_of(before),
        # Who only wrote or called may never have been here.
        "returning_patient": "yes" if visits or before.returning_patient else None,
        "language": before.language,
        "date_of_birth": [str(born.month), str(born.day), str(born.year)] if born else None,
        "earliest_date": min(back, years_before(today, -1)).isoformat() if back > today else "",
        "recall_consent": before.recall_consent and before.recall_opted_out_at is None,
        **(_said_before(before) if before.kind == Kind.CALLBACK and before.is_open else {}),
    }


def _said_before(callback: PatientRequest) -> dict[str, Any]:
    """What the caller said already, and is not to be asked again."""
    return {"message": callback.message, "text_consent": bool(consent.number_of(callback))}


def is_same(asked: PatientRequest, before: PatientRequest) -> bool:
    """Whether an entry that was filled in for a patient is still about that one."""
    return asked.name_key == before.name_key or asked.date_of_birth == before.date_of_birth


def typed_in(form: forms.Form, request: HttpRequest) -> dict[str, Any]:
    """What was typed into a form that isn't sent yet, to show it again without a word about it."""
    return {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in form.fields.items()
    }


def form_for(
    request: HttpRequest | None, kind: Kind, treatment: Treatment | None, how: HowForm, now: datetime
) -> PatientForm:
    """The patients' own form, in words for whoever fills it in with them; unbound without a `request`."""
    known = how.cleaned_data if how.is_bound and how.is_valid() else {}
    data = request.POST.copy() if request else None
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
        questions = list(treatment.screening_questions.filter(is_asked=True)) if treatment else []
        if data and data.get("all_no"):
            for question in questions:
                data.setdefault(screening_name(question), Answer.NO)
        form = AppointmentForm(
            data,
            times=opening_times(since=clinic_day(now)),
            treatment=treatment,
            questions=questions,
            about=treatment.slug if treatment else CONSULTATION,
            **shared,
        )
    form.label_suffix = ""
    tick = form.fields["consent"]
    tick.label = _(
        "The patient agrees that the clinic uses these details to answer, as the privacy notice says."
    )
    tick.error_messages["required"] = _("Ask whether the patient agrees, and tick the box.")
    return form
