"""Booking by phone, moving, cancelling."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.messages import notices
from appointments.models import Appointment, PatientRequest
from appointments.scheduling import SchedulingError
from appointments.scheduling.free_times import free_times
from appointments.staff.kit import answer, back_to, for_desk, page_of, seen_version
from appointments.staff.schedule import picking
from appointments.staff.schedule.offers import can_be, why_not
from clinic.time.words import day_and_clock


def _request_of(pk: int) -> PatientRequest:
    return get_object_or_404(PatientRequest.objects.select_related("treatment"), pk=pk)


@for_desk
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Books one free time, as agreed on the phone."""
    user = cast(User, request.user)
    patient_request = _request_of(pk)
    if request.method != "POST" and not can_be(Action.BOOK, patient_request, user):
        return back_to(request, patient_request, why_not(patient_request), messages.WARNING)
    everybody, who = picking.practitioners(request)
    picked = picking.read_moments((request.POST or request.GET).getlist("start"))[:1]
    problem = ""
    if request.method == "POST" and "book" in request.POST and who:
        try:
            seen = seen_version(request)
            booked = scheduling.book(patient_request, who, _only(picked), user, take=True, seen_version=seen)
        except SchedulingError as error:
            patient_request.refresh_from_db()
            if not can_be(Action.BOOK, patient_request, user):
                return back_to(request, patient_request, str(error), messages.WARNING)
            problem = str(error)
        else:
            return _done(request, patient_request, _("Booked: %(time)s."), booked)
    times = free_times(patient_request, who, timezone.now()) if who else None
    preview = (
        notices.preview(patient_request, Action.BOOK, Status.BOOKED, start=picked[0]) if picked else None
    )
    context: dict[str, Any] = {
        "patient_request": patient_request,
        "practitioners": everybody,
        "practitioner": who,
        "problem": problem,
        "kind": "radio",
        "preview": preview,
        **picking.pick_context(patient_request, times, picked),
    }
    return answer(
        request,
        "schedule/book.html",
        {"title": _("Book by phone"), **context},
        status=409 if problem else 200,
    )


def _only(picked: list[Any]) -> Any:
    if not picked:
        raise SchedulingError(_("Choose a time."))
    return picked[0]


def _done(
    request: HttpRequest, patient_request: PatientRequest, words: str, appointment: Appointment
) -> HttpResponse:
    messages.success(request, words % {"time": day_and_clock(appointment.start)})
    return redirect(page_of(patient_request))


@for_desk
def move_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the booked appointment: the old time is free and the new one taken at once."""
    now = timezone.now()
    patient_request = _request_of(pk)
    appointment = picking.coming_of(patient_request)
    if appointment is None:
        return back_to(request, patient_request, _("There is no booked appointment."), messages.WARNING)
    everybody, who = picking.practitioners(request)
    if not (request.POST or request.GET).get("practitioner"):
        who = appointment.practitioner
    picked = picking.read_moments((request.POST or request.GET).getlist("start"))[:1]
    problem = ""
    if request.method == "POST" and "move" in request.POST and who:
        try:
            moved = scheduling.move_appointment(
                appointment,
                _only(picked),
                cast(User, request.user),
                who,
                seen_version=seen_version(request),
            )
        except SchedulingError as error:
            problem = str(error)
        else:
            return _done(request, patient_request, _("Moved to %(time)s."), moved)
    length = appointment.end - appointment.start
    times = free_times(patient_request, who, now, length=length, but=appointment) if who else None
    context: dict[str, Any] = {
        "patient_request": patient_request,
        "appointment": appointment,
        "appointment_time": day_and_clock(appointment.start),
        "practitioners": everybody,
        "practitioner": who,
        "problem": problem,
        "kind": "radio",
        "preview": notices.told(patient_request, "moved", start=picked[0], old_start=appointment.start)
        if picked
        else None,
        **picking.pick_context(patient_request, times, picked),
    }
    return answer(
        request,
        "schedule/move.html",
        {"title": _("Move the appointment"), **context},
        status=409 if problem else 200,
    )


@for_desk
def cancel_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancels the booked appointment with a reason that reaches the patient."""
    patient_request = _request_of(pk)
    appointment = picking.coming_of(patient_request)
    if appointment is None:
        return back_to(request, patient_request, _("There is no booked appointment."), messages.WARNING)
    reason = request.POST.get("reason", "").strip()[:500]
    problem = ""
    if request.method == "POST" and "cancel" in request.POST:
        try:
            if not reason:
                raise SchedulingError(_("Say why: the patient will read it."))
            seen = seen_version(request)
            scheduling.cancel(appointment, cast(User, request.user), reason, seen_version=seen)
        except SchedulingError as error:
            problem = str(error)
        else:
            words = _("Cancelled: %(time)s. The request is back in the inbox.")
            return _done(request, patient_request, words, appointment)
    context: dict[str, Any] = {
        "patient_request": patient_request,
        "appointment": appointment,
        "appointment_time": day_and_clock(appointment.start),
        "reason": reason,
        "problem": problem,
        "preview": notices.told(
            patient_request, "cancelled", start=appointment.start, reason=reason, by_patient=False
        ),
    }
    return answer(
        request,
        "schedule/cancel.html",
        {"title": _("Cancel the appointment"), **context},
        status=409 if problem else 200,
    )
