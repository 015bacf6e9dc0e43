"""Behind the links of a recall: asking for another appointment, and getting no more of them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from appointments.follow_up import recall
from appointments.models import PatientRequest, RequestSource
from appointments.patients import refused
from appointments.patients.form_pages import CONSULTATION, FormPage, appointment_page
from appointments.patients.status_views import personal
from appointments.patients.views import answer
from clinic.http.refusals import only


def of_token(token: str) -> PatientRequest:
    """The request behind a recall's link. Raises Http404, the same for every wrong one."""
    earlier = recall.request_of(token)
    if earlier is None:
        raise Http404
    return earlier


def _page_of(request: HttpRequest, earlier: PatientRequest) -> FormPage:
    treatment = earlier.treatment
    slugs = (treatment.slug if treatment else CONSULTATION, CONSULTATION)
    pages = (appointment_page(slug, request.path, known_of(earlier), RequestSource.RECALL) for slug in slugs)
    return next(page for page in pages if page is not None)


@personal
def _without_cookie(request: HttpRequest, token: str) -> HttpResponse:
    return _page_of(request, of_token(token)).show_unchecked(request, 403, notice=refused.NO_COOKIE)


@only("GET", "POST", repeated=("preferred_days", "preferred_times"), shows_again=_without_cookie)
@personal
def ask_again(request: HttpRequest, token: str) -> HttpResponse:
    """The form for the treatment of the last visit, filled in as far as we may; empty after a while."""
    earlier = of_token(token)
    if request.method != "POST" and recall.is_too_old(token, earlier):
        treatment = earlier.treatment
        slug = treatment.slug if treatment and treatment.is_offered else CONSULTATION
        return redirect("request-appointment", slug)
    return answer(request, _page_of(request, earlier))


def known_of(earlier: PatientRequest) -> dict[str, Any]:
    """What the form may hold already: who and how to reach them, never anything about their health."""
    return {
        "first_name": earlier.first_name,
        "last_name": earlier.last_name,
        "phone": earlier.shown_phone,
        "email": earlier.email,
        "contact_by": earlier.contact_by,
        "preferred_days": earlier.preferred_days,
        "preferred_times": earlier.preferred_times,
        "returning_patient": "yes",
    }


# Mail programs post here by themselves (RFC 8058), without a cookie; who has the token is the patient.
@csrf_exempt
@only("GET", "POST")
@personal
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks whether to stop; POST does, at one click, and says so without a redirect."""
    earlier = of_token(token)
    if request.method == "POST":
        recall.opt_out(earlier, timezone.now())
        earlier.refresh_from_db()
    return render(
        request, "appointments/recall_stop.html", {"stopped": earlier.recall_opted_out_at is not None}
    )
