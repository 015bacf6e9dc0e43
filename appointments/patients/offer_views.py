"""What the patient does with times: take a held one, say that none suits, cancel or ask for another, and the
calendar file. GET shows, POST acts: scanners of mail follow links."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, MoveRefused, Status
from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.patients.fields import WordsField
from appointments.patients.status_views import of_token, personal, status_page
from appointments.scheduling import SchedulingError
from appointments.scheduling.calendar_files import CONTENT_TYPE, calendar_file
from clinic.http.refusals import only
from clinic.models import Clinic


class WordsForm(forms.Form):
    """What the patient may say along with it."""

    words = WordsField(500, required=False)

    def error_lines(self) -> Iterator[tuple[str, str]]:
        """For the summary: the id of the input to go to, and what to do there."""
        for message in self.errors.get("words", []):
            yield "words", str(message)


@only("GET", "POST")
@personal
def accept(request: HttpRequest, token: str, appointment_id: int) -> HttpResponse:
    """GET asks whether to take this time; POST takes it, and once more changes nothing."""
    patient_request = of_token(token)
    held = Appointment.objects.select_related("practitioner").filter(request=patient_request)
    appointment = get_object_or_404(held, pk=appointment_id)
    now = timezone.now()
    if appointment.is_coming:
        return redirect(patient_request)
    if request.method != "POST":
        lasts = appointment.is_held and appointment.hold_until is not None and appointment.hold_until > now
        context = {"patient_request": patient_request, "offer": appointment, "lasts": lasts}
        return render(request, "appointments/accept.html", context)
    try:
        scheduling.accept(appointment, now=now)
    except SchedulingError as refused:
        appointment.refresh_from_db()
        if appointment.is_coming:
            return redirect(patient_request)
        return status_page(request, of_token(token), status=409, notice=str(refused))
    return redirect(patient_request)


@only("GET", "POST")
@personal
def none_suit(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks what would suit; POST frees the held times and puts the request back into the inbox."""
    patient_request = of_token(token)
    form = WordsForm(request.POST if request.method == "POST" else None)
    if patient_request.status != Status.OFFERED:
        return redirect(patient_request)
    if request.method != "POST" or not form.is_valid():
        context = {"patient_request": patient_request, "form": form}
        return render(request, "appointments/none_suit.html", context, status=422 if form.is_bound else 200)
    try:
        scheduling.none_suits(patient_request, form.cleaned_data["words"])
    except SchedulingError as refused:
        return status_page(request, of_token(token), status=409, notice=str(refused))
    return redirect(patient_request)


@only("GET", "POST")
@personal
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks; POST cancels the appointment, for another time (`wish` is 'another') or for good ('none')."""
    patient_request = of_token(token)
    now = timezone.now()
    coming = (
        Appointment.objects.coming().select_related("practitioner").filter(request=patient_request).first()
    )
    if coming is None:
        return redirect(patient_request)
    can_cancel = coming.can_cancel_online(Clinic.current(), now)
    form = WordsForm(request.POST if request.method == "POST" else None)
    wish = request.POST.get("wish")
    if request.method != "POST" or not can_cancel or not form.is_valid() or wish not in ("another", "none"):
        context = {
            "patient_request": patient_request,
            "appointment": coming,
            "can_cancel": can_cancel,
            "form": form,
        }
        status = 200 if request.method != "POST" else 422 if can_cancel else 409
        return render(request, "appointments/cancel.html", context, status=status)
    try:
        if wish == "another":
            scheduling.cancel(coming, None, form.cleaned_data["words"], now=now)
        else:
            patient_request.move(Action.WITHDRAW, None, form.cleaned_data["words"], now=now)
    except (SchedulingError, MoveRefused) as refused:
        return status_page(request, of_token(token), status=409, notice=str(refused))
    return redirect(patient_request)


@only("GET")
@personal
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar file of the booked appointment, or of the one that was cancelled last."""
    patient_request = of_token(token)
    appointment = _in_calendars(patient_request)
    if appointment is None:
        raise Http404
    link = settings.SITE_URL + patient_request.get_absolute_url()
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    response = HttpResponse(
        calendar_file(appointment, Clinic.current(), link, host), content_type=CONTENT_TYPE
    )
    response["Content-Disposition"] = 'attachment; filename="appointment.ics"'
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
