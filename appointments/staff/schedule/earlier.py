"""The desk's page of times that fell free: to whom they can be offered, what is offered, and who waits."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.models import FreedTime, OtherTime, PatientRequest
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import answering, offering, own_move, wishes
from appointments.scheduling.earlier.proposals import MOST_TIMES, Candidate, proposals
from appointments.staff.kit import answer, back_to, click, for_desk, staff_of, way_back
from appointments.staff.titles import subject_of, treatment_titles
from clinic.time import quiet
from clinic.time.words import ago_words, day_and_clock

Take = Callable[..., str]


def panel(request: HttpRequest, now: datetime, times: int = MOST_TIMES) -> dict[str, Any]:
    """What Today and the page show: the first `times` that fell free with whom to offer them to, and what is
    offered already, and who waits for other times. Three queries where there is nothing."""
    found = proposals(now, times)
    titles = treatment_titles(request) if found else {}
    shown = [
        {
            "freed": each.freed,
            "when": day_and_clock(each.freed.start),
            "doctor": each.freed.practitioner.name,
            "candidates": [_line(one, each.freed, titles, now) for one in each.candidates],
            "together": _together(each.candidates),
        }
        for each in found
    ]
    return {"times": shown, "waves": offered(now), "movers": own_move.waiting()}


def _line(one: Candidate, freed: FreedTime, titles: dict[int, str], now: datetime) -> dict[str, Any]:
    return {
        "request": one.patient_request,
        "subject": subject_of(one.patient_request, titles),
        "minutes": round((one.end - one.start).total_seconds() / 60),
        "at": day_and_clock(one.start) if one.start != freed.start else "",
        "has": day_and_clock(one.booked.start) if one.booked else "",
        "waits": ago_words(one.wish.since, now),
        "suits": one.suits,
    }


def _together(candidates: Sequence[Candidate]) -> list[int]:
    """The requests that can be asked at once; none where that is only one."""
    pks = [each.wish.request_id for each in offering.together(candidates)]
    return pks if len(pks) > 1 else []


def offered(now: datetime) -> list[dict[str, Any]]:
    """The waves that patients can still answer, what ends first at the top. One query."""
    rows = OtherTime.objects.open(now).select_related("request", "practitioner").order_by("until", "pk")
    waves: dict[Any, list[OtherTime]] = {}
    for row in rows:
        waves.setdefault(row.wave, []).append(row)
    return [_wave(each) for each in waves.values()]


def _wave(rows: Sequence[OtherTime]) -> dict[str, Any]:
    """One time that several were asked about, or several times of one patient: of these each says when."""
    times = list(dict.fromkeys(day_and_clock(row.start) for row in rows))
    seen: set[int] = set()
    lines = []
    for row in rows:
        when = day_and_clock(row.start) if len(times) > 1 else ""
        lines.append({"row": row, "when": when, "can_keep": row.request_id not in seen})
        seen.add(row.request_id)
    return {"wave": rows[0].wave, "rows": rows, "lines": lines, "when": "; ".join(times)}


@for_desk
def page(request: HttpRequest) -> HttpResponse:
    """The times that fell free, all of them."""
    now = timezone.now()
    context = {"title": _("Times that fell free"), **panel(request, now)}
    return answer(request, "schedule/earlier.html", context)


def _posted(take: Take) -> Callable[..., HttpResponse]:
    """A step of one POST that says what it did and leads back to where its button was."""

    @wraps(take)
    @for_desk
    def taken(request: HttpRequest, **named: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            messages.success(request, take(request, **named))
        except SchedulingError as refusal:
            messages.warning(request, str(refusal))
        return redirect(way_back(request) or "admin:earlier")

    return taken


@_posted
def offer(request: HttpRequest, freed_pk: int) -> str:
    """Offers the time to the patients of the posted requests."""
    freed = get_object_or_404(FreedTime.objects.select_related("practitioner"), pk=freed_pk)
    posted = request.POST.getlist("request")
    pks = [int(each) for each in ",".join(posted).split(",") if each.isascii() and each.isdigit()]
    asked = offering.offer(freed, [pk for pk in pks if pk < 2**63], staff_of(request))
    if not asked:
        return _("The time is offered. The patient chooses on the page.")
    names = ", ".join(each.request.full_name for each in asked)
    until = day_and_clock(asked[0].until)
    said = _("Offered to %(names)s, until %(until)s.") % {"names": names, "until": until}
    now = timezone.now()
    if quiet.is_day(now):
        return said
    return f"{said} " + _("Nobody is woken: it is sent %(when)s.") % {
        "when": day_and_clock(quiet.by_day(now))
    }


@_posted
def leave(request: HttpRequest, freed_pk: int) -> str:
    """Leaves the time free: it is proposed no more."""
    freed = get_object_or_404(FreedTime, pk=freed_pk)
    same = FreedTime.objects.filter(practitioner=freed.practitioner_id, start=freed.start)
    same.update(left_at=timezone.now())
    return _("The time stays free.")


@_posted
def back(request: HttpRequest, wave: uuid.UUID) -> str:
    """Takes an offered time back from all who were asked."""
    if not offering.take_back(wave, staff_of(request)):
        raise SchedulingError(_("Nobody is asked any more: somebody took it, or the time for it ended."))
    return _("The offer is taken back. Everybody keeps the booked time.")


@_posted
def said(request: HttpRequest, other_pk: int) -> str:
    """Records what the patient said on the phone: takes the time, or keeps the booked one."""
    one = get_object_or_404(OtherTime, pk=other_pk)
    if request.POST.get("answer") == "take":
        taken = answering.take(one, staff_of(request))
        when = {"time": day_and_clock(taken.start)}
        return _("Booked: %(time)s. The time that the patient had before is free.") % when
    answering.keep(one, staff_of(request))
    return _("The patient keeps the booked time.")


@click
def another(request: HttpRequest, patient_request: PatientRequest) -> str | HttpResponse:
    """Notes for the patient that they would like another time than the booked one, or keep it after all."""
    by = staff_of(request)
    if request.POST.get("wish") == "no":
        if own_move.keep(patient_request, by):
            return _("The patient keeps the booked time.")
        words = _("Nobody looks for another time for this patient any more.")
        return back_to(request, patient_request, words, messages.INFO)
    try:
        own_move.ask(patient_request, "", by)
    except SchedulingError:
        return back_to(request, patient_request, _("There is no booked appointment."), messages.WARNING)
    return _("The patient would like another time, and keeps this one until then.")


@click
def wish(request: HttpRequest, patient_request: PatientRequest) -> str | HttpResponse:
    """Notes for the patient that they want to hear of an earlier time, or no longer do."""
    by, now = staff_of(request), timezone.now()
    if request.POST.get("wish") == "no":
        wishes.stop(patient_request, by, now)
        return _("The patient hears of no earlier time any more.")
    any_doctor = "any_doctor" in request.POST
    if not wishes.ask(patient_request, by, now, any_doctor=any_doctor):
        return back_to(request, patient_request, _("That is noted already."), messages.INFO)
    return _("The patient hears when an earlier time comes free.")
