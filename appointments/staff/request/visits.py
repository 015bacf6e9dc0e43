"""The visit itself: its page, and the one click on Today that notes it or takes it back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import scheduling
from appointments.models import Appointment, PatientRequest
from appointments.scheduling import NotBegun, SchedulingError
from appointments.scheduling.visits import NOTED, may_be_treated
from appointments.staff.kit import answer, back_to, click, for_desk, page_of, staff_of, way_back
from appointments.staff.schedule import picking
from clinic.time.hours import clinic_day
from clinic.time.words import day_and_clock

STEPS: dict[str, tuple[Callable[..., None], Any]] = {
    "arrived": (scheduling.arrive, gettext_lazy("%(name)s is here.")),
    "fulfilled": (scheduling.fulfil, gettext_lazy("Completed: %(name)s, %(time)s.")),
    "treated": (
        partial(scheduling.fulfil, treated=True),
        gettext_lazy("Completed, with the treatment: %(name)s, %(time)s."),
    ),
    "noshow": (scheduling.no_show, gettext_lazy("Did not come: %(name)s, %(time)s.")),
    "undo": (scheduling.undo_visit, gettext_lazy("Undone. Booked again: %(name)s, %(time)s.")),
}


@for_desk
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of the visit; on POST notes it or takes it back."""
    patient_request = get_object_or_404(PatientRequest.objects.select_related("treatment"), pk=pk)
    name = request.POST.get("step", "") if request.method == "POST" else ""
    appointment = _noted(patient_request) if name == "undo" else picking.coming_of(patient_request)
    if appointment is None:
        words = _("There is no booked appointment. The request is now: %(status)s.")
        status = patient_request.get_status_display()
        return back_to(request, patient_request, words % {"status": status}, messages.WARNING)
    if name not in STEPS:
        return _visits_page(request, appointment)
    take, words_after = STEPS[name]
    more = {"early": True} if name in ("fulfilled", "treated") and "early" in request.POST else {}
    try:
        take(appointment, staff_of(request), **more)
    except NotBegun as question:
        return _visits_page(request, appointment, str(question), asks=True)
    except SchedulingError as error:
        return _visits_page(request, appointment, str(error))
    said = {"name": patient_request.full_name, "time": day_and_clock(appointment.start)}
    return _done(request, appointment, str(words_after) % said, can_undo=name != "undo")


@click
def confirmed(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """Notes that the patient has said on the phone that they come, or takes that back."""
    words, level = _("There is no booked appointment."), messages.WARNING
    coming, shown = picking.coming_of(patient_request), request.POST.get("sequence", "")
    if coming is not None:
        seen = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else -1
        said = {"name": patient_request.full_name, "time": day_and_clock(coming.start)}
        try:
            if request.POST.get("answer") == "undo":
                scheduling.take_back_confirmation(coming, staff_of(request))
                words = _("Not confirmed any more: %(name)s, %(time)s.") % said
            elif scheduling.confirm(coming, staff_of(request), sequence=seen):
                words = _undoable(_("Confirmed: %(name)s, %(time)s.") % said, coming)
            else:
                words = _("That is noted already: %(name)s, %(time)s.") % said
            level = messages.SUCCESS
        except SchedulingError as refusal:
            words = str(refusal)
    return back_to(request, patient_request, words, level)


def _undoable(words: str, coming: Appointment) -> SafeString:
    """With a link to where the confirmation can be taken back."""
    page = f"{page_of(coming.request)}#appointments"
    return format_html('{} <a href="{}">{}</a>', words, page, _("Take it back"))


def _noted(patient_request: PatientRequest) -> Appointment | None:
    """The latest visit of which something was noted."""
    noted = patient_request.appointments.filter(status__in=NOTED).select_related("practitioner")
    return noted.order_by("start").last()


def _done(request: HttpRequest, appointment: Appointment, words: str, can_undo: bool) -> HttpResponse:
    """Back to where the click was, with a way back: a button for the form that the visit's line has there."""
    if can_undo and clinic_day(appointment.start) == clinic_day(timezone.now()):
        undo = '{} <button type="submit" class="undo" form="undo-{}" name="step" value="undo">{}</button>'
        words = format_html(undo, words, appointment.pk, _("Undo"))
    messages.success(request, words)
    return redirect(way_back(request) or page_of(appointment.request))


def _visits_page(
    request: HttpRequest, appointment: Appointment, problem: str = "", asks: bool = False
) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "title": _("The visit"),
        "patient_request": appointment.request,
        "appointment": appointment,
        "is_consultation": appointment.is_consultation,
        "appointment_time": day_and_clock(appointment.start),
        "problem": problem,
        "asks": asks,
        "step": request.POST.get("step", "") if asks else "",
        "may_be_treated": may_be_treated(appointment),
        "next": way_back(request),
        "too_early": clinic_day(now) < clinic_day(appointment.start),
        "can_undo": appointment.status in NOTED and clinic_day(now) == clinic_day(appointment.start),
        "has_begun": now >= appointment.start,
    }
    return answer(request, "schedule/visit.html", context, status=409 if problem else 200)
