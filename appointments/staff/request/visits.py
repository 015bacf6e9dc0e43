"""The page of the visit itself."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import scheduling
from appointments.models import PatientRequest
from appointments.scheduling import SchedulingError
from appointments.staff.kit import answer, back_to, for_desk
from appointments.staff.schedule import picking
from clinic.time.hours import clinic_day
from clinic.time.words import day_and_clock

STEPS = {"arrived": scheduling.arrive, "fulfilled": scheduling.fulfil, "noshow": scheduling.no_show}


@for_desk
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """The visit: arrived, took place, or the patient didn't come."""
    now = timezone.now()
    patient_request = get_object_or_404(PatientRequest.objects.select_related("treatment"), pk=pk)
    appointment = picking.coming_of(patient_request)
    if appointment is None:
        return back_to(request, patient_request, _("There is no booked appointment."), messages.WARNING)
    problem = ""
    step = STEPS.get(request.POST.get("step", "")) if request.method == "POST" else None
    if step is not None:
        try:
            step(appointment, cast(User, request.user))
        except SchedulingError as error:
            problem = str(error)
        else:
            words = _("Noted for the visit: %(time)s.") % {"time": day_and_clock(appointment.start)}
            return back_to(request, patient_request, words, messages.SUCCESS)
    context: dict[str, Any] = {
        "patient_request": patient_request,
        "appointment": appointment,
        "appointment_time": day_and_clock(appointment.start),
        "problem": problem,
        "too_early": clinic_day(now) < clinic_day(appointment.start),
        "has_begun": now >= appointment.start,
    }
    return answer(
        request, "schedule/visit.html", {"title": _("The visit"), **context}, status=409 if problem else 200
    )
