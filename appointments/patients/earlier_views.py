"""What the patient does with earlier times: asks to hear of one, takes it in place of the booked one, or
keeps the booked one. All are POSTs from the patient's page: scanners of mail follow links."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from appointments.models import OtherTime, OtherTimeState, PatientRequest
from appointments.patients.status_views import behind_link, of_token, status_page
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import answering, own_move, wishes
from clinic.http.refusals import only


@only("POST")
@behind_link
def wish(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """Notes that the patient wants to hear of an earlier time (`wish` is 'yes'), or no longer does ('no')."""
    now = timezone.now()
    if request.POST.get("wish") == "yes":
        wishes.ask(patient_request, None, now, any_doctor="any_doctor" in request.POST)
    elif request.POST.get("wish") == "no":
        wishes.stop(patient_request, None, now)
    return redirect(f"{patient_request.get_absolute_url()}#earlier")


@only("POST")
@behind_link
def take(request: HttpRequest, patient_request: PatientRequest, other_id: int) -> HttpResponse:
    """Takes another time; the booked one falls free. Once more changes nothing."""
    one = _theirs(patient_request, other_id)
    if one.state != OtherTimeState.TAKEN:
        try:
            answering.take(one)
        except SchedulingError as refusal:
            return status_page(request, of_token(patient_request.token), status=409, notice=str(refusal))
    return redirect(patient_request)


@only("POST")
@behind_link
def keep(request: HttpRequest, patient_request: PatientRequest, other_id: int) -> HttpResponse:
    """Keeps the booked time; once more changes nothing."""
    try:
        answering.keep(_theirs(patient_request, other_id))
    except SchedulingError as refusal:
        return status_page(request, of_token(patient_request.token), status=409, notice=str(refusal))
    return redirect(patient_request)


@only("POST")
@behind_link
def keep_booked(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """Keeps the booked time after having asked for another one; once more changes nothing."""
    try:
        own_move.keep(patient_request)
    except SchedulingError as refusal:
        return status_page(request, of_token(patient_request.token), status=409, notice=str(refusal))
    return redirect(patient_request)


def _theirs(patient_request: PatientRequest, other_id: int) -> OtherTime:
    return get_object_or_404(OtherTime.objects.filter(request=patient_request), pk=other_id)
