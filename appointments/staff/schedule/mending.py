"""The page on which staff say what becomes of booked times that no longer stand, for all at once or for each;
and the watcher that has changes of availability show what they break."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import scheduling
from appointments.messages import notices
from appointments.models import Appointment, AppointmentStatus
from appointments.scheduling import SchedulingError, mending
from appointments.scheduling.mending import Proposal
from appointments.scheduling.same_patient import Nearby
from appointments.staff.kit import answer, for_desk, page_of, staff_of
from appointments.staff.schedule.choices import CANCEL, OFFER, TO, Choice, Choices, WordsForm, taker_of
from appointments.staff.schedule.picking import looked_at_in, posted_as, read_moments
from appointments.staff.titles import subject_of, treatment_titles
from clinic.admin.availability import Broken
from clinic.time.hours import at, clinic_day
from clinic.time.words import day, day_and_clock


class Clashes:
    """Tells the clinic's pages which given times a change of availability breaks."""

    def broken(self, now: datetime) -> Sequence[Broken]:
        """The held and booked times that don't stand."""
        return [
            Broken(
                each.pk,
                f"{day_and_clock(each.start)}, {each.practitioner.name}",
                each.request.full_name,
                each.get_status_display(),
                page_of(each.request),
            )
            for each in scheduling.clashes(now)
        ]

    def changed(self, now: datetime) -> None:
        """Held times that fell end at once; their requests are due now."""
        scheduling.end_fallen_holds(now)

    def mend_url(self, keys: Collection[int]) -> str:
        """Where those of them that are booked are mended; '' for none."""
        booked = [each.pk for each in booked_clashes(timezone.now()) if each.pk in keys]
        return _page_about(booked) if booked else ""


def booked_clashes(now: datetime) -> list[Appointment]:
    """The booked times that no longer stand."""
    return [each for each in scheduling.clashes(now) if each.status == AppointmentStatus.BOOKED]


def _page_about(keys: Collection[int]) -> str:
    return f"{reverse('admin:clashes')}?{urlencode({'only': ','.join(map(str, sorted(keys)))})}"


@dataclass(frozen=True)
class Line:
    """One booked time: what can be done about it, what is proposed and with whom, if it is somebody else, and
    what the patient would read, `is_first` of its kind and language."""

    appointment: Appointment
    when: str
    about: str
    choice: str
    choices: list[Choice]
    proposal: Proposal
    proposed: list[tuple[str, str]]
    other_doctor: str
    message: tuple[str, str] | None
    is_first: bool
    # The patient's other visits near that time, each with when it is and whether somebody has looked at it.
    others: list[tuple[Nearby, str, bool]]


@dataclass(frozen=True)
class Part:
    """Broken times of one practitioner's day, with the address of the page about them alone."""

    label: str
    number: int
    url: str
    is_shown: bool


@for_desk
def clashes(request: HttpRequest) -> HttpResponse:
    """GET shows; POST with `send` does what was chosen, any other POST shows it with the messages. With
    `only` in the address it is about these times alone."""
    now = timezone.now()
    everything = booked_clashes(now)
    only = {key for key in request.GET.get("only", "").split(",") if key}
    broken = [each for each in everything if not only or str(each.pk) in only]
    choices = Choices()
    for_all = choices.of(broken)
    form = WordsForm(request.POST if request.method == "POST" else None, for_all)
    valid = form.is_bound and form.is_valid()
    if valid and "send" in request.POST:
        _mend_all(request, form, broken, now)
        left = {each.pk for each in booked_clashes(now)} & {each.pk for each in broken}
        return redirect(request.get_full_path() if left else "admin:index")
    context = {
        "title": _("Booked while nobody is there"),
        "form": form,
        "lines": _lines(request, form if valid else None, broken, choices, now),
        "parts": _parts(everything, broken),
        "choices": for_all,
        "for_all": form.cleaned_data["for_all"] if valid else OFFER,
        "shows_messages": valid,
    }
    return answer(request, "schedule/clashes.html", context, 422 if form.errors else 200)


def _parts(everything: Sequence[Appointment], shown: Sequence[Appointment]) -> list[Part]:
    """What is broken by practitioner and day, where that is more than one."""

    def key(row: Appointment) -> Any:
        return clinic_day(row.start), row.practitioner.name, row.practitioner_id

    keys = {row.pk for row in shown}
    found = []
    for (on, name, _pk), group in groupby(sorted(everything, key=key), key):
        pks = {row.pk for row in group}
        label = f"{day(at(on, time(12)))}, {name}"
        found.append(Part(label, len(pks), _page_about(pks), pks == keys))
    return found if len(found) > 1 else []


def _lines(
    request: HttpRequest,
    form: WordsForm | None,
    broken: Sequence[Appointment],
    choices: Choices,
    now: datetime,
) -> list[Line]:
    titles, looked_at = treatment_titles(request), looked_at_in(request)
    lines: list[Line] = []
    told: set[tuple[str, str]] = set()
    for proposal in mending.propose_for(broken, now):
        appointment, who = proposal.appointment, proposal.practitioner
        own, language = request.POST.get(f"choice_{appointment.pk}", ""), appointment.request.language
        choice = own or (form.cleaned_data["for_all"] if form else OFFER)
        message = _message(proposal, choice, form, now) if form else None
        is_another = who.pk != appointment.practitioner_id
        lines.append(
            Line(
                appointment=appointment,
                when=day_and_clock(appointment.start),
                about=subject_of(appointment.request, titles),
                choice=own,
                choices=choices.of([appointment]),
                proposal=proposal,
                proposed=[(posted_as(start), day_and_clock(start)) for start in proposal.starts],
                other_doctor=who.name if is_another and proposal.starts else "",
                message=message,
                is_first=(choice, language) not in told,
                others=[
                    (each, day_and_clock(each.visit.appointment.start), each.pk in looked_at)
                    for each in proposal.others
                ],
            )
        )
        told.add((choice, language))
    return lines


def _message(proposal: Proposal, choice: str, form: WordsForm, now: datetime) -> tuple[str, str] | None:
    """What the patient would read."""
    appointment, who = proposal.appointment, proposal.practitioner
    patient_request, start = appointment.request, appointment.start
    words = form.words_for(patient_request.language)
    if choice == OFFER and proposal.starts:
        return notices.told(
            patient_request,
            "other_times",
            start=start,
            reason=words,
            starts=proposal.starts,
            until=scheduling.end_of_hold(now, proposal.starts),
            doctor=who.name if who.pk != appointment.practitioner_id else "",
        )
    if choice in (OFFER, CANCEL):
        return notices.told(patient_request, "cancelled", start=start, reason=words, by_patient=False)
    if taker := taker_of(choice):
        return notices.told(patient_request, "moved", start=start, old_start=start, doctor=taker.name)
    return None


def _mend_all(request: HttpRequest, form: WordsForm, broken: Sequence[Appointment], now: datetime) -> None:
    """Does what was chosen for each that the page showed; what can't be done is said and stays there."""
    done, by, seen = 0, staff_of(request), set(request.POST.getlist("line"))
    shown = [each for each in broken if str(each.pk) in seen]
    for proposal in mending.propose_for(shown, now):
        appointment = proposal.appointment
        choice = request.POST.get(f"choice_{appointment.pk}") or form.cleaned_data["for_all"]
        words = form.words_for(appointment.request.language)
        try:
            done += _mend(_as_shown(request, proposal), choice, words, by, now, looked_at_in(request))
        except SchedulingError as refused:
            said = {"name": appointment.request.full_name, "why": refused}
            messages.warning(request, _("%(name)s: %(why)s") % said)
    if done:
        words = ngettext("%(count)s patient is told.", "%(count)s patients are told.", done)
        messages.success(request, words % {"count": done})


def _as_shown(request: HttpRequest, proposal: Proposal) -> Proposal:
    """The times that the page showed, as far as it showed any: those are what somebody agreed to."""
    pk = proposal.appointment.pk
    starts = read_moments(request.POST.getlist(f"start_{pk}"))
    who = taker_of(f"{TO}{request.POST.get(f'with_{pk}', '')}")
    return replace(proposal, practitioner=who, starts=starts) if starts and who else proposal


def _mend(
    proposal: Proposal, choice: str, words: str, by: User, now: datetime, looked_at: Collection[int]
) -> bool:
    """Whether anything was done. Raises SchedulingError."""
    appointment = proposal.appointment
    if choice == OFFER and proposal.starts:
        mending.offer_instead(appointment, proposal.practitioner, proposal.starts, by, words, now)
    elif choice in (OFFER, CANCEL):
        mending.cancel_fallen(appointment, by, words, now)
    elif taker := taker_of(choice):
        scheduling.move_appointment(appointment, appointment.start, by, taker, looked_at=looked_at, now=now)
    else:
        return False
    return True
