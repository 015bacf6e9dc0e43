"""The patients' pages on which they ask: choosing a treatment, the form for it, the form for a call."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language

from appointments.models import Topic
from appointments.patients import refused
from appointments.patients.form_pages import (
    ID,
    TOKEN,
    FormPage,
    appointment_page,
    callback_page,
    consultation_page,
)
from appointments.patients.forms import AppointmentForm, PatientForm, submissions
from appointments.requests import intake
from clinic.http.kept.page_cache import coding_of, comes_from_anybody
from clinic.http.kept.prepared import Prepared
from clinic.http.pages import clinic_of, moved, public_page
from clinic.http.refusals import only
from clinic.operations import known
from clinic.operations.edition import Kept
from clinic.operations.limits import TooMany
from treatments import shown

# By address, language and topic: the form, or where its treatment has moved to. More than there are of them.
_empty_forms: Kept[tuple[str, str, str], Prepared | str] = Kept(100)


@public_page
def choose_treatment(request: HttpRequest) -> HttpResponse:
    """Which treatment the request is about."""
    return render(request, "appointments/choose.html", {"treatments": shown.treatments()})


def _appointment_without_cookie(request: HttpRequest, slug: str) -> HttpResponse:
    page = appointment_page(slug, request.path) or consultation_page()
    return page.show_unchecked(request, 403, notice=refused.NO_COOKIE)


@only("GET", "POST", repeated=("preferred_days", "preferred_times"), shows_again=_appointment_without_cookie)
def request_appointment(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for one treatment, or for a consultation. What was typed for a treatment that is gone comes
    back as a request for a consultation."""
    if request.method != "POST":
        empty = _empty_form(request, lambda: _offered(slug, request.path))
        return moved(request, "request-appointment", empty) if isinstance(empty, str) else empty
    page = appointment_page(slug, request.path, is_sent=True)
    if page is not None:
        return answer(request, page)
    return consultation_page().show_unchecked(request, 404, notice=refused.GONE)


def _offered(slug: str, action: str) -> FormPage | str:
    """The form, or the slug that its treatment has now. Raises Http404 where there is no such treatment."""
    page = appointment_page(slug, action)
    if page is None:
        raise Http404
    return page.moved_to(slug) or page


def _empty_form(
    request: HttpRequest, make: Callable[[], FormPage | str], about: str = ""
) -> HttpResponse | str:
    """The page with the empty form that is made, or what was made in its place; made once for all who have
    not signed in."""

    def prepare() -> Prepared | str:
        page = make()
        return page if isinstance(page, str) else page.prepared(request)

    key = (request.path, get_language() or "en", about)
    page = _empty_forms.of(key, prepare) if comes_from_anybody(request.META) else prepare()
    if isinstance(page, str):
        return page
    coding = coding_of(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    values = {TOKEN: get_token(request) or "", ID: str(submissions.new_id(timezone.now()))}
    response = HttpResponse(page.filled(values, coding))
    if coding:
        response["Content-Encoding"] = coding
    patch_vary_headers(response, ("Accept-Encoding",))
    return _for_browser_alone(response)


def _for_browser_alone(response: HttpResponse) -> HttpResponse:
    """Kept by the browser alone, so that Back finds the form as it was left."""
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _callback_without_cookie(request: HttpRequest) -> HttpResponse:
    return callback_page(clinic_of(request)).show_unchecked(request, 403, notice=refused.NO_COOKIE)


@only("GET", "POST", repeated=("preferred_times",), shows_again=_callback_without_cookie)
def request_callback(request: HttpRequest) -> HttpResponse:
    """The form for a call."""
    if request.method == "POST":
        return answer(request, callback_page(known.clinic()))
    about = request.GET.get("about", "")
    topic = about if about in Topic.values else ""
    empty = _empty_form(request, lambda: callback_page(clinic_of(request), topic), topic)
    assert isinstance(empty, HttpResponse)  # noqa: S101 - it moves nowhere
    return empty


def answer(request: HttpRequest, page: FormPage) -> HttpResponse:
    """The form as it opens; or, of what was sent, the same form with what to mend, or the patient's page."""
    if request.method != "POST":
        return _for_browser_alone(page.show(request, page.fill(None)))
    vars(request)["clinic"] = known.clinic()
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
            wants_earlier=form.wants_earlier,
            wants_texts=form.wants_texts,
        )
    except intake.DifferentContent:
        form.renew_id()
        return page.show(request, form, 409, notice=refused.DIFFERENT, as_new=True)
    except TooMany as too_many:
        response = page.show(request, form, 429, notice=refused.too_many(too_many.retry_after))
        response["Retry-After"] = str(too_many.retry_after)
        return response
    return redirect(stored)
