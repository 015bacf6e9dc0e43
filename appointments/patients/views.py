"""The patients' pages on which they ask: choosing a treatment, the form for it, the form for a call."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language

from appointments.models import RequestSource
from appointments.patients import submit_limits
from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from appointments.requests import intake
from clinic.http.pages import public_page
from clinic.http.refusals import only, refuse
from clinic.models import opening_times
from clinic.operations.limits import TooMany
from clinic.time.hours import clinic_day
from treatments import shown

# What the form is called when the patient is not sure which treatment it is to be.
CONSULTATION = "consultation"

Fill = Callable[[Mapping[str, Any] | None], PatientForm]


@public_page
def choose_treatment(request: HttpRequest) -> HttpResponse:
    """Which treatment the request is about."""
    return render(request, "appointments/choose.html", {"treatments": shown.treatments()})


@only("GET", "POST", repeated=("preferred_days", "preferred_times"))
def request_appointment(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for one treatment, or for a consultation."""
    return appointment_page(request, slug)


def appointment_page(
    request: HttpRequest,
    slug: str,
    initial: Mapping[str, Any] | None = None,
    source: RequestSource = RequestSource.WEB,
) -> HttpResponse:
    """The same, filled in with `initial` where the recall's link knows the patient."""
    page = shown.treatment(slug)
    if page is None and slug != CONSULTATION:
        raise Http404
    treatment = page.version.page if page else None
    now, context = _now_and_context()
    questions = list(treatment.screening_questions.filter(is_asked=True)) if treatment else []
    times = opening_times(since=context["today"])

    def fill(data: Mapping[str, Any] | None) -> PatientForm:
        form = AppointmentForm(
            data, treatment=treatment, questions=questions, times=times, about=slug, source=source, **context
        )
        form.initial.update(initial or {})
        return form

    return _form_page(request, fill, now, "appointments/request.html", {"shown": page})


@only("GET", "POST", repeated=("preferred_times",))
def request_callback(request: HttpRequest) -> HttpResponse:
    """The form for a call."""
    now, context = _now_and_context()
    return _form_page(
        request, lambda data: CallbackForm(data, **context), now, "appointments/callback.html", {}
    )


def _now_and_context() -> tuple[datetime, dict[str, Any]]:
    now = timezone.now()
    return now, {"now": now, "today": clinic_day(now), "language": get_language() or "en"}


def _form_page(
    request: HttpRequest, fill: Fill, now: datetime, template: str, context: dict[str, Any]
) -> HttpResponse:
    """The empty form; or, of what was sent, the same form with what to mend, or the patient's page."""
    if request.method != "POST":
        response = render(request, template, {**context, "form": fill(None)})
        # Kept by the browser alone, so that Back finds the form as it was left.
        patch_cache_control(response, private=True, no_cache=True)
        return response
    form = fill(request.POST)
    if isinstance(form, AppointmentForm) and form.is_too_young:
        response = render(request, "appointments/too_young.html", context)
    elif form.is_valid():
        response = _receive(request, form, now)
    else:
        response = render(request, template, {**context, "form": form}, status=422)
    response["Cache-Control"] = "no-store"
    return response


def _receive(request: HttpRequest, form: PatientForm, now: datetime) -> HttpResponse:
    """Stores what a valid form asks for, once, and leads to the patient's page."""
    unsaved = form.build()
    try:
        stored = intake.receive(
            unsaved,
            form.answers(),
            now,
            counted=submit_limits.counted_for(request, unsaved),
            red_flag=form.red_flag,
        )
    except intake.DifferentContent:
        return refuse(request, 409, form_path=request.path)
    except TooMany as too_many:
        return refuse(request, 429, retry_after=too_many.retry_after)
    return redirect(stored)
