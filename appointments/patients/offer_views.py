"""What the patient does with times: take a held one, say that none suits, cancel or ask for another, and the
calendar file. GET shows, POST acts: scanners of mail follow links."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import scheduling
from appointments.lifecycle import Action, MoveRefused, Status
from appointments.messages.calendar_files import CONTENT_TYPE, FILE_NAME, calendar_file
from appointments.messages.envelope import sending_address
from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.patients import refused
from appointments.patients.forms import WordsForm
from appointments.patients.status_views import behind_link, of_token, status_page
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import own_move
from clinic.http.pages import clinic_of
from clinic.http.refusals import only
from clinic.models import Clinic


@only("GET", "POST")
@behind_link
def accept(request: HttpRequest, patient_request: PatientRequest, appointment_id: int) -> HttpResponse:
    """GET asks whether to take this time; POST takes it, and once more changes nothing."""
    theirs = Appointment.objects.select_related("practitioner").filter(request=patient_request)
    appointment = get_object_or_404(theirs, pk=appointment_id)
    now = timezone.now()
    if appointment.is_coming:
        return redirect(patient_request)
    if request.method != "POST":
        offers = _held(patient_request, now)
        context = {
            "patient_request": patient_request,
            "offer": appointment,
            "lasts": appointment in offers,
            "others": len(offers) > 1,
        }
        return render(request, "appointments/accept.html", context)
    try:
        scheduling.accept(appointment, now=now)
    except SchedulingError as refusal:
        appointment.refresh_from_db()
        if appointment.is_coming:
            return redirect(patient_request)
        return status_page(request, of_token(patient_request.token), status=409, notice=str(refusal))
    return redirect(patient_request)


def _held(patient_request: PatientRequest, now: datetime) -> list[Appointment]:
    """The times that the patient may still take, the earliest first."""
    held = Appointment.objects.held().filter(request=patient_request, hold_until__gt=now)
    return list(held.order_by("start"))


@behind_link
def _none_suit_without_cookie(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    return _none_suit_page(request, patient_request, WordsForm(request.POST), 403, refused.NO_COOKIE)


def _none_suit_page(
    request: HttpRequest, patient_request: PatientRequest, form: WordsForm, status: int, notice: Any = ""
) -> HttpResponse:
    offers = _held(patient_request, timezone.now())
    context = {"patient_request": patient_request, "offers": offers, "form": form, "notice": notice}
    return render(request, "appointments/none_suit.html", context, status=status)


@only("GET", "POST", shows_again=_none_suit_without_cookie)
@behind_link
def none_suit(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """GET asks what would suit; POST frees the held times and puts the request back into the inbox."""
    form = WordsForm(request.POST if request.method == "POST" else None)
    if patient_request.status != Status.OFFERED:
        return redirect(patient_request)
    if refused.switches_language(request):
        form.leave_unchecked()
        return _none_suit_page(request, patient_request, form, 200)
    if request.method != "POST" or not form.is_valid():
        return _none_suit_page(request, patient_request, form, 422 if form.is_bound else 200)
    try:
        scheduling.none_suits(patient_request, form.cleaned_data["words"])
    except SchedulingError as refusal:
        return status_page(request, of_token(patient_request.token), status=409, notice=str(refusal))
    return redirect(patient_request)


@only("POST")
@behind_link
def confirm(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """The patient is coming at the time that was shown. Once more changes nothing."""
    coming, shown = _coming(patient_request), request.POST.get("sequence", "")
    notice = _("You have no appointment any more that you could confirm. This is how your request stands.")
    if coming is not None:
        seen = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else -1
        try:
            scheduling.confirm(coming, sequence=seen)
        except SchedulingError as refusal:
            notice = str(refusal)
        else:
            return redirect(f"{patient_request.get_absolute_url()}#confirmed")
    return status_page(request, of_token(patient_request.token), status=409, notice=notice)


@behind_link
def _cancel_without_cookie(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    coming = _coming(patient_request)
    if coming is None:
        return redirect(patient_request)
    return _cancel_page(request, coming, WordsForm(request.POST), 403, refused.NO_COOKIE)


def _coming(patient_request: PatientRequest) -> Appointment | None:
    mine = Appointment.objects.coming().select_related("practitioner", "request")
    return mine.filter(request=patient_request).first()


def _cancel_page(
    request: HttpRequest, coming: Appointment, form: WordsForm, status: int, notice: Any = ""
) -> HttpResponse:
    now = timezone.now()
    context = {
        "patient_request": coming.request,
        "appointment": coming,
        "has_begun": not coming.can_cancel(now),
        "is_late": coming.is_late(clinic_of(request), now),
        "form": form,
        "notice": notice,
    }
    return render(request, "appointments/cancel.html", context, status=status)


@only("GET", "POST", shows_again=_cancel_without_cookie)
@behind_link
def cancel(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """GET asks; POST cancels the appointment, for another time (`wish` is 'another') or for good
    ('none'); or notes that another time is wanted, and this one kept until then ('keep')."""
    coming = _coming(patient_request)
    if coming is None:
        return redirect(patient_request)
    form = WordsForm(request.POST if request.method == "POST" else None)
    wish = request.POST.get("wish")
    if refused.switches_language(request):
        form.leave_unchecked()
        return _cancel_page(request, coming, form, 200)
    if request.method != "POST" or not form.is_valid() or wish not in ("keep", "another", "none"):
        return _cancel_page(request, coming, form, 200 if request.method != "POST" else 422)
    now = timezone.now()
    try:
        if wish == "keep":
            own_move.ask(patient_request, form.cleaned_data["words"], now=now)
        elif wish == "another":
            scheduling.cancel(coming, None, form.cleaned_data["words"], now=now)
        else:
            patient_request.move(Action.WITHDRAW, None, form.cleaned_data["words"], now=now)
    except (SchedulingError, MoveRefused) as refusal:
        return status_page(request, of_token(patient_request.token), status=409, notice=str(refusal))
    return redirect(patient_request)


@only("GET")
@behind_link
def calendar(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """The calendar file of the booked appointment, or of the one that was cancelled last."""
    appointment = _in_calendars(patient_request)
    if appointment is None:
        raise Http404
    _method, file = calendar_file(appointment, Clinic.current(), sending_address(), timezone.now())
    response = HttpResponse(file, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


def _in_calendars(patient_request: PatientRequest) -> Appointment | None:
    """The appointment that the patient's calendar may hold: booked now, else the visit, else the booked one
    that ended with the last move away from 'booked'."""
    rows = Appointment.objects.filter(request=patient_request).select_related("practitioner")
    kept = rows.filter(
        status__in=(AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED)
    )
    if kept:
        return kept[0]
    left = patient_request.events.filter(from_status=Status.BOOKED).order_by("-at", "-pk").first()
    if left is None:
        return None
    return rows.filter(status=AppointmentStatus.CANCELLED, cancelled_at=left.at).first()
