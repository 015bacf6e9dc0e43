"""The patient changes what was sent, while the request is open."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.lifecycle import ColleagueWasFaster
from appointments.messages.texts import consent
from appointments.models import PatientRequest
from appointments.patients import refused
from appointments.patients.forms import ChangeForm
from appointments.patients.status_views import behind_link, of_token
from appointments.requests import correction, crowding
from clinic.http.refusals import only
from clinic.models import opening_times
from clinic.operations.limits import TooMany, count
from clinic.time.hours import clinic_day


def _form(patient_request: PatientRequest, data: Any) -> ChangeForm:
    now = timezone.now()
    today = clinic_day(now)
    return ChangeForm(patient_request, data, times=opening_times(since=today), now=now, today=today)


def _change_page(request: HttpRequest, form: ChangeForm, status: int = 200, notice: Any = "") -> HttpResponse:
    context = {"patient_request": form.patient_request, "form": form, "notice": notice}
    return render(request, "appointments/change.html", context, status=status)


@behind_link
def _without_cookie(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    return _change_page(request, _form(patient_request, request.POST), 403, refused.NO_COOKIE)


@only("GET", "POST", repeated=("preferred_days", "preferred_times"), shows_again=_without_cookie)
@behind_link
def change(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """GET shows what can be changed; POST changes it. Another phone or e-mail leads to a new link."""
    if not patient_request.is_open:
        return redirect(patient_request)
    if request.method != "POST":
        return _change_page(request, _form(patient_request, None))
    form = _form(patient_request, request.POST)
    if refused.switches_language(request):
        form.leave_unchecked()
        return _change_page(request, form)
    if not form.is_valid():
        return _change_page(request, form, 422)
    return _change(request, patient_request, form)


def _change(request: HttpRequest, patient_request: PatientRequest, form: ChangeForm) -> HttpResponse:
    changed, now = form.changed(), timezone.now()
    if not changed:
        return redirect(patient_request)
    old_link = patient_request.token
    for name, value in changed.items():
        setattr(patient_request, name, value)
    try:
        with transaction.atomic():
            over = count(refused.of_change(request, patient_request, changed), now)
            # The page that comes next has the new link's address; a stranger's mailbox is not to be filled.
            correction.correct(
                patient_request, list(changed), None, "", patient_request.version, now,
                mails_link=not crowding.floods_mailbox(over),
            )  # fmt: skip
            crowding.tell(patient_request, over, now)
    except TooMany as too_many:
        response = _change_page(request, form, 429, refused.too_many(too_many.retry_after))
        response["Retry-After"] = str(too_many.retry_after)
        return response
    except ColleagueWasFaster:
        fresh = _form(of_token(old_link), request.POST)
        notice = _(
            "Your request has just changed, so we changed nothing yet. Please check and send it again."
        )
        return _change_page(request, fresh, 409, notice)
    return redirect(patient_request)


@only("POST")
@behind_link
def texts(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """Notes that the patient agrees to text messages (`wish` is 'yes'), or wants no more ('no')."""
    now = timezone.now()
    if request.POST.get("wish") == "yes" and patient_request.is_open:
        consent.agree(patient_request, None, now)
    elif request.POST.get("wish") == "no":
        consent.take_back(patient_request, None, now)
    return redirect(f"{patient_request.get_absolute_url()}#texts")
