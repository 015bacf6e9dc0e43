"""The patients' pages: asking, and what happens next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from appointments.models import PatientRequest


def choose_treatment(request: HttpRequest) -> HttpResponse:
    """Which treatment the request is about."""
    return render(request, "appointments/choose.html")


def request_appointment(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for one treatment."""
    return render(request, "appointments/request.html")


def request_callback(request: HttpRequest) -> HttpResponse:
    """The callback form."""
    return render(request, "appointments/callback.html")


def status(request: HttpRequest, token: str) -> HttpResponse:
    """The patient's page."""
    patient_request = get_object_or_404(PatientRequest, token=token)
    return render(request, "appointments/status.html", {"patient_request": patient_request})


def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraws the request."""
    return status(request, token)
