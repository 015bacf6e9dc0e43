"""Offering times: the fitting ones are picked already, the message can be read, one button sends."""

from datetime import datetime
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
from appointments.models import PatientRequest
from appointments.scheduling import SchedulingError
from appointments.scheduling.free_times import free_times
from appointments.staff.kit import answer, back_to, for_desk, page_of, seen_version
from appointments.staff.schedule import picking
from clinic.time.words import day_and_clock


def can_be(action: Action, patient_request: PatientRequest, by: User) -> bool:
    """Whether `by` can offer or book for the request now; a new one is taken on the way."""
    if patient_request.status == Status.NEW:
        return not patient_request.clinical_hold and Action.TAKE in patient_request.possible_actions(by)
    return action in patient_request.possible_actions(by)


def why_not(patient_request: PatientRequest) -> str:
    """Why no time can be given to the request now."""
    if patient_request.clinical_hold:
        return _("The dermatologist has to decide first.")
    return _("A colleague was faster. The request is now: %(status)s.") % {
        "status": patient_request.get_status_display()
    }


@for_desk
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Picks one to three free times and holds them for the patient."""
    now = timezone.now()
    user = cast(User, request.user)
    patient_request = get_object_or_404(PatientRequest.objects.select_related("treatment"), pk=pk)
    if request.method != "POST" and not can_be(Action.OFFER, patient_request, user):
        return back_to(request, patient_request, why_not(patient_request), messages.WARNING)
    everybody, who = picking.practitioners(request)
    picked = picking.read_moments((request.POST or request.GET).getlist("start"))
    problem = ""
    if request.method == "POST" and "send" in request.POST and who:
        try:
            seen = seen_version(request)
            held = scheduling.offer(patient_request, who, picked, user, take=True, seen_version=seen)
        except SchedulingError as error:
            patient_request.refresh_from_db()
            if not can_be(Action.OFFER, patient_request, user):
                return back_to(request, patient_request, str(error), messages.WARNING)
            problem = str(error)
        else:
            messages.success(request, _sent(held[0].hold_until))
            return redirect(page_of(patient_request))
    times = free_times(patient_request, who, now) if who else None
    if times and "start" not in (request.POST or request.GET):
        picked = times.proposed
    context: dict[str, Any] = {
        "patient_request": patient_request,
        "practitioners": everybody,
        "practitioner": who,
        "problem": problem,
        "kind": "checkbox",
        "preview": _preview(patient_request, picked, now) if picked else None,
        **picking.pick_context(patient_request, times, picked),
    }
    return answer(
        request, "schedule/offer.html", {"title": _("Offer times"), **context}, status=409 if problem else 200
    )


def _preview(
    patient_request: PatientRequest, picked: list[datetime], now: datetime
) -> tuple[str, str] | None:
    """The message that the patient would get, subject and text."""
    return notices.preview(
        patient_request,
        Action.OFFER,
        Status.OFFERED,
        starts=sorted(picked),
        until=scheduling.end_of_hold(now, picked),
    )


def _sent(until: datetime | None) -> str:
    if until is None:
        return _("The times are offered.")
    return _("The times are held for the patient until %(until)s.") % {"until": day_and_clock(until)}


@for_desk
def take_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Books one of the held times for a patient who chose it on the phone."""
    patient_request = get_object_or_404(PatientRequest.objects.select_related("treatment"), pk=pk)
    held = list(patient_request.appointments.held().select_related("practitioner").order_by("start"))
    if not held:
        return back_to(request, patient_request, _("No time is held for this request."), messages.WARNING)
    chosen = next((each for each in held if str(each.pk) == request.POST.get("held")), None)
    problem = ""
    if request.method == "POST":
        try:
            if chosen is None:
                raise SchedulingError(_("Choose a time."))
            booked = scheduling.accept(chosen, cast(User, request.user))
        except SchedulingError as error:
            problem = str(error)
        else:
            messages.success(request, _("Booked: %(time)s.") % {"time": day_and_clock(booked.start)})
            return redirect(page_of(patient_request))
    context = {"patient_request": patient_request, "held": held, "chosen": chosen, "problem": problem}
    title = _("Book a held time by phone")
    return answer(
        request, "schedule/take_offer.html", {"title": title, **context}, status=409 if problem else 200
    )
