"""The patient's page behind the link: what happens next, the thread, the answer to a question,
withdrawing."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.follow_up import aftercare, promises
from appointments.follow_up.reminders import asked_from
from appointments.lifecycle import Action, ColleagueWasFaster, MoveRefused, Status
from appointments.messages.calendar_files import web_calendars
from appointments.messages.texts import consent
from appointments.models import Appointment, PatientRequest
from appointments.patients import journey, other_times, refused
from appointments.patients.forms import AnswerForm
from appointments.patients.next_steps import next_steps
from appointments.patients.refused import switches_language
from appointments.requests import links, reviewing
from clinic.http.pages import clinic_of
from clinic.http.refusals import only
from clinic.http.types import P, View
from clinic.models import Clinic, opening_times
from clinic.time.words import day_and_clock
from treatments import shown
from treatments.alarm.signs import Level
from treatments.alarm.words import present


def personal(view: View[P]) -> View[P]:
    """A page behind a patient's link: in no cache and in no search engine."""

    @wraps(view)
    def kept_private(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return kept_private


def of_token(token: str) -> PatientRequest:
    """The request behind a patient's link. Raises Http404, the same for every wrong one."""
    return get_object_or_404(PatientRequest.objects.select_related("treatment", "earlier_wish"), token=token)


def behind_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page below the patient's: its view gets the request that the link is about. A link that has closed
    leads to the page that says so."""

    @personal
    def answer(request: HttpRequest, /, token: str, **kwargs: Any) -> HttpResponse:
        patient_request = of_token(token)
        if links.is_closed(patient_request, timezone.now()):
            return redirect(patient_request)
        return view(request, patient_request, **kwargs)

    return answer


@only("GET")
@personal
def status(request: HttpRequest, token: str) -> HttpResponse:
    """The patient's page; some weeks after the last event only how to ask again."""
    patient_request, now = of_token(token), timezone.now()
    if request.method == "GET":
        links.count_view(patient_request, now)
    if links.is_closed(patient_request, now):
        return render(request, "appointments/link_closed.html", {"is_open": patient_request.is_open})
    return status_page(request, patient_request)


@behind_link
def _answer_without_cookie(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    form = AnswerForm(request.POST)
    return status_page(request, patient_request, status=403, notice=str(refused.NO_COOKIE), form=form)


@only("POST", shows_again=_answer_without_cookie)
@behind_link
def answer(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """Takes the patient's answer to the dermatologist's question."""
    form = AnswerForm(request.POST)
    if switches_language(request):
        form.leave_unchecked()
        return status_page(request, patient_request, form=form)
    if not form.is_valid():
        return status_page(request, patient_request, status=422, form=form)
    try:
        reviewing.answer(patient_request, form.cleaned_data["answer"], timezone.now())
    except MoveRefused as refused:
        return status_page(request, patient_request, status=409, notice=str(refused))
    return redirect(patient_request)


@only("GET", "POST")
@behind_link
def withdraw(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """GET asks whether to; POST withdraws the request, and with it a booked time."""
    now = timezone.now()
    if request.method == "POST":
        return _withdraw(request, patient_request, now)
    if not patient_request.is_open:
        return redirect(patient_request)
    coming = patient_request.appointments.coming().select_related("practitioner").first()
    context = {
        "patient_request": patient_request,
        "appointment": coming,
        "has_begun": coming is not None and not coming.can_cancel(now),
        "is_late": coming is not None and coming.is_late(clinic_of(request), now),
    }
    return render(request, "appointments/withdraw.html", context)


def _withdraw(request: HttpRequest, patient_request: PatientRequest, now: datetime) -> HttpResponse:
    try:
        patient_request.move(Action.WITHDRAW, None, now=now)
    except MoveRefused as refusal:
        fresh = of_token(patient_request.token)
        if fresh.status != Status.WITHDRAWN:
            notice = _("Your request has just changed, so we did not withdraw it. This is how it stands now.")
            if not isinstance(refusal, ColleagueWasFaster):
                notice = str(refusal)
            return status_page(request, fresh, status=409, notice=notice)
    return redirect(patient_request)


def _alarm(request: HttpRequest, patient_request: PatientRequest, now: datetime) -> dict[str, Any]:
    """What the page says first about a sign of alarm, until somebody has spoken to the patient."""
    if not patient_request.is_alarming:
        return {"alarm": None}
    said = next(each for each in present(clinic_of(request)) if each.level == patient_request.alarm)
    opening = opening_times().next_opening(now)
    if opening <= now:
        return {"alarm": said, "alarm_heading": said.heading}
    # Nobody would answer a call to us.
    closed = _("We are closed now. Get medical help today")
    heading = said.heading if said.level == Level.CALL_911 else closed
    return {"alarm": said, "alarm_heading": heading, "opens": day_and_clock(opening)}


def status_page(
    request: HttpRequest,
    patient_request: PatientRequest,
    *,
    status: int = 200,
    notice: str = "",
    form: AnswerForm | None = None,
) -> HttpResponse:
    """The patient's page, with a `notice` on top where a step could not be taken."""
    now, clinic = timezone.now(), clinic_of(request)
    events = list(patient_request.events.all())
    reviews = list(patient_request.clinical_reviews.all())
    appointments = list(patient_request.appointments.select_related("practitioner"))
    question = reviewing.open_question(patient_request) if reviews else None
    new_time = promises.new_time(patient_request) if patient_request.promise_broken_at else None
    how = journey.ending(patient_request, appointments)
    offers = _offers(patient_request, appointments, now)
    news = journey.news(patient_request, events, reviews)
    asked = question is not None
    context = {
        "patient_request": patient_request,
        "heading": journey.title(patient_request, how, asked=asked, offers=bool(offers)),
        "ending": how,
        "mailed_to": journey.where_the_mail_went(patient_request, events),
        "declined_because": journey.declined_because(patient_request, events, reviews),
        "closed_because": journey.closed_because(patient_request),
        "steps": journey.path(patient_request, events, how, is_asked=question is not None),
        "promise": journey.promise(patient_request, events, now, new_time),
        "how_we_answer": journey.how_we_answer(patient_request),
        **_alarm(request, patient_request, now),
        **_visit(patient_request, appointments, clinic, now),
        "wishes": journey.wishes(patient_request),
        "turns": journey.thread(patient_request, events, reviews, how, news),
        "news": news,
        "offers": offers,
        "held_until": _held_until(offers),
        "question": question,
        "aftercare": aftercare.for_patient(patient_request),
        "form": (form or AnswerForm()) if question else None,
        "notice": notice,
    }
    context |= _texts(patient_request)
    coming = context["appointment"]
    context |= other_times.shown(patient_request, coming, now)
    context["next_steps"] = next_steps(
        patient_request, clinic, asked=asked, offers=bool(offers), coming=coming
    )
    return render(request, "appointments/status.html", context, status=status)


def _offers(
    patient_request: PatientRequest, appointments: list[Appointment], now: datetime
) -> list[Appointment]:
    """The held times of an offer; beside a booked one they are no offer of this kind."""
    if patient_request.status == Status.BOOKED:
        return []
    return [each for each in appointments if each.is_held and each.hold_until and each.hold_until > now]


def _texts(patient_request: PatientRequest) -> dict[str, Any]:
    """Whether the patient gets text messages, and could."""
    stands = consent.stands(patient_request) if patient_request.is_open else ""
    words = {"text_label": consent.label(), "text_terms": consent.terms()} if stands == "off" else {}
    return {"texts": stands, **words}


def _held_until(offers: list[Appointment]) -> str:
    """The moment until which all of them are held, in words; empty where it is not the same for all."""
    ends = {each.shown_end_of_hold for each in offers}
    return ends.pop() if len(ends) == 1 else ""


def _visit(
    patient_request: PatientRequest, appointments: list[Appointment], clinic: Clinic, now: datetime
) -> dict[str, Any]:
    """What was asked for, and the appointment that is coming, with the calendars on the web that take it."""
    treatment = patient_request.treatment
    coming = next((each for each in appointments if each.is_coming), None)
    return {
        "treatment": shown.asked_for(treatment) if treatment else None,
        "appointment": coming,
        "can_cancel": coming is not None and coming.can_cancel(now),
        "can_confirm": coming is not None
        and coming.can_confirm(now)
        and asked_from(coming.start, clinic) <= now,
        "calendars": web_calendars(coming, clinic) if coming else [],
    }
