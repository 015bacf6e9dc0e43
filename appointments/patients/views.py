"""The patients' pages on which they ask: choosing a treatment, the form for it, the form for a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language

from appointments.models import RequestSource, Topic
from appointments.patients import refused
from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from appointments.requests import intake
from clinic.http.pages import clinic_of, moved, public_page
from clinic.http.refusals import only
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


@dataclass(frozen=True)
class FormPage:
    """A form and its page. `action` is the address that the form is sent to."""

    template: str
    fill: Fill
    action: str
    now: datetime
    context: dict[str, Any]

    def moved_to(self, slug: str) -> str:
        """The slug of the treatment now, where `slug` is one that it had before."""
        present = self.context["shown"].version.page.slug if self.context["shown"] else slug
        return "" if present == slug else str(present)

    def show(self, request: HttpRequest, form: PatientForm, status: int = 200, **said: Any) -> HttpResponse:
        """The page. `said` may bring a `notice` for its top."""
        form.lead_to_notice(clinic_of(request).privacy_version)
        context = {**self.context, "form": form, "action": self.action, **said}
        return render(request, self.template, context, status=status)

    def show_unchecked(self, request: HttpRequest, status: int = 200, **said: Any) -> HttpResponse:
        """What was typed, just as it was typed."""
        form = self.fill(request.POST)
        form.leave_unchecked()
        response = self.show(request, form, status, **said)
        response["Cache-Control"] = "no-store"
        return response


def _appointment_without_cookie(request: HttpRequest, slug: str) -> HttpResponse:
    page = appointment_page(slug, request.path) or _consultation_page()
    return page.show_unchecked(request, 403, notice=refused.NO_COOKIE)


@only("GET", "POST", repeated=("preferred_days", "preferred_times"), shows_again=_appointment_without_cookie)
def request_appointment(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for one treatment, or for a consultation. What was typed for a treatment that is gone comes
    back as a request for a consultation."""
    page = appointment_page(slug, request.path)
    if page is not None and request.method != "POST" and page.moved_to(slug):
        return moved(request, "request-appointment", page.moved_to(slug))
    if page is not None:
        return answer(request, page)
    if request.method != "POST":
        raise Http404
    return _consultation_page().show_unchecked(request, 404, notice=refused.GONE)


def appointment_page(
    slug: str,
    action: str,
    initial: Mapping[str, Any] | None = None,
    source: RequestSource = RequestSource.WEB,
) -> FormPage | None:
    """The form for the treatment that has or had this `slug`, filled in with `initial` where the recall's
    link knows the patient; None where there is no such treatment."""
    page = shown.treatment(slug) if slug != CONSULTATION else None
    if page is None and slug != CONSULTATION:
        return None
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

    return FormPage("appointments/request.html", fill, action, now, {"shown": page})


def _consultation_page() -> FormPage:
    page = appointment_page(CONSULTATION, reverse("request-appointment", args=[CONSULTATION]))
    assert page is not None  # noqa: S101 - the one form that there always is
    return page


def _callback_page(about: str = "") -> FormPage:
    """`about` chooses the topic, for the link on the page of a visit that was."""
    now, context = _now_and_context()

    def fill(data: Mapping[str, Any] | None) -> PatientForm:
        form = CallbackForm(data, **context)
        if about in Topic.values:
            form.initial["topic"] = about
        return form

    return FormPage("appointments/callback.html", fill, reverse("request-callback"), now, {})


def _callback_without_cookie(request: HttpRequest) -> HttpResponse:
    return _callback_page().show_unchecked(request, 403, notice=refused.NO_COOKIE)


@only("GET", "POST", repeated=("preferred_times",), shows_again=_callback_without_cookie)
def request_callback(request: HttpRequest) -> HttpResponse:
    """The form for a call."""
    return answer(request, _callback_page(request.GET.get("about", "")))


def _now_and_context() -> tuple[datetime, dict[str, Any]]:
    now = timezone.now()
    return now, {"now": now, "today": clinic_day(now), "language": get_language() or "en"}


def answer(request: HttpRequest, page: FormPage) -> HttpResponse:
    """The empty form; or, of what was sent, the same form with what to mend, or the patient's page."""
    if request.method != "POST":
        response = page.show(request, page.fill(None))
        # Kept by the browser alone, so that Back finds the form as it was left.
        patch_cache_control(response, private=True, no_cache=True)
        return response
    if refused.switches_language(request):
        return page.show_unchecked(request)
    form = page.fill(request.POST)
    form.lead_to_notice(clinic_of(request).privacy_version)
    if isinstance(form, AppointmentForm) and form.is_too_young:
        response = render(request, "appointments/too_young.html", page.context)
    elif form.is_valid():
        response = _receive(request, page, form)
    else:
        response = page.show(request, form, 422)
    response["Cache-Control"] = "no-store"
    return response


def _receive(request: HttpRequest, page: FormPage, form: PatientForm) -> HttpResponse:
    """Stores what a valid form asks for, once, and leads to the patient's page; a refused one comes back."""
    unsaved = form.build()
    try:
        stored = intake.receive(
            unsaved,
            form.answers(),
            page.now,
            counted=refused.counted_for(request, unsaved),
            answered=form.alarm,
        )
    except intake.DifferentContent:
        form.renew_id()
        return page.show(request, form, 409, notice=refused.DIFFERENT, as_new=True)
    except TooMany as too_many:
        response = page.show(request, form, 429, notice=refused.too_many(too_many.retry_after))
        response["Retry-After"] = str(too_many.retry_after)
        return response
    return redirect(stored)
