"""The forms on which patients ask, each with its page: for a treatment, for a consultation, for a call."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from appointments.models import RequestSource, Topic
from appointments.patients.forms import AppointmentForm, CallbackForm, PatientForm
from clinic.http.kept.prepared import Hole, Prepared
from clinic.http.pages import clinic_of
from clinic.models import Clinic, opening_times
from clinic.operations.edition import Kept
from clinic.time.hours import OpeningTimes, clinic_day
from treatments import shown
from treatments.models import ScreeningQuestion, TreatmentVersion
from treatments.shown import Shown

# What the form is called when the patient is not sure which treatment it is to be.
CONSULTATION = "consultation"

Fill = Callable[[Mapping[str, Any] | None], PatientForm]

# All in which an empty form differs between two who ask for it.
TOKEN, ID = Hole.of(CSRF_TOKEN_LENGTH), Hole.of(len(str(uuid.UUID(int=0))))


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

    def prepared(self, request: HttpRequest) -> Prepared:
        """The page with the empty form, for everybody."""
        form = self.fill(None)
        form.fields["submission_id"].initial = ID.mark
        form.lead_to_notice(clinic_of(request).privacy_version)
        context = {**self.context, "form": form, "action": self.action, "csrf_token": TOKEN.mark}
        return Prepared.of(render_to_string(self.template, context, request), TOKEN, ID)

    def show_unchecked(self, request: HttpRequest, status: int = 200, **said: Any) -> HttpResponse:
        """What was typed, just as it was typed."""
        form = self.fill(request.POST)
        form.leave_unchecked()
        response = self.show(request, form, status, **said)
        response["Cache-Control"] = "no-store"
        return response


class _About(NamedTuple):
    """What the form for a treatment, or for a consultation, is made of."""

    shown: Shown[TreatmentVersion] | None
    questions: list[ScreeningQuestion]
    times: OpeningTimes


# By slug, language and day.
_about: Kept[tuple[str, str, date], _About] = Kept(100)


def _read(slug: str, _language: str, today: date) -> _About:
    """In the active language. Raises LookupError where there is no such treatment."""
    times = opening_times(since=today)
    if slug == CONSULTATION:
        return _About(None, [], times)
    page = shown.treatment(slug)
    if page is None:
        raise LookupError(slug)
    return _About(page, list(page.version.page.screening_questions.filter(is_asked=True)), times)


def appointment_page(
    slug: str,
    action: str,
    initial: Mapping[str, Any] | None = None,
    source: RequestSource = RequestSource.WEB,
    *,
    is_sent: bool = False,
) -> FormPage | None:
    """The form for the treatment that has or had this `slug`, filled in with `initial` where the recall's
    link knows the patient; None where there is no such treatment. For a form that `is_sent` what it asks is
    read once for many."""
    now, context = _now_and_context()
    key = (slug, context["language"], context["today"])
    try:
        about = _about.of(key, partial(_read, *key)) if is_sent else _read(*key)
    except LookupError:
        return None
    page, questions, times = about
    treatment = page.version.page if page else None

    def fill(data: Mapping[str, Any] | None) -> PatientForm:
        form = AppointmentForm(
            data, treatment=treatment, questions=questions, times=times, about=slug, source=source, **context
        )
        form.initial.update(initial or {})
        return form

    return FormPage("appointments/request.html", fill, action, now, {"shown": page})


def consultation_page() -> FormPage:
    page = appointment_page(CONSULTATION, reverse("request-appointment", args=[CONSULTATION]))
    assert page is not None  # noqa: S101 - the one form that there always is
    return page


def callback_page(clinic: Clinic, about: str = "") -> FormPage:
    """`about` chooses the topic, for the link on the page of a visit that was."""
    now, context = _now_and_context()

    def fill(data: Mapping[str, Any] | None) -> PatientForm:
        form = CallbackForm(data, clinic=clinic, **context)
        if about in Topic.values:
            form.initial["topic"] = about
        return form

    return FormPage("appointments/callback.html", fill, reverse("request-callback"), now, {})


def _now_and_context() -> tuple[datetime, dict[str, Any]]:
    now = timezone.now()
    return now, {"now": now, "today": clinic_day(now), "language": get_language() or "en"}
