"""The page on which staff say what becomes of times that no longer stand, for all at once or for each: of the
booked ones, and of held ones, which have ended. And the watcher that has changes of availability show what
they break."""

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
from appointments.follow_up import promises
from appointments.messages import notices
from appointments.models import Appointment, AppointmentStatus
from appointments.scheduling import SchedulingError, mending
from appointments.scheduling.fallen import fallen_offers
from appointments.scheduling.mending import Proposal
from appointments.scheduling.same_patient import Nearby
from appointments.staff.kit import answer, for_desk, page_of, staff_of
from appointments.staff.schedule.choices import (
    CANCEL,
    OFFER,
    TO,
    Choice,
    Choices,
    WordsForm,
    taker_of,
    who_is_away,
)
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

    def stored(self, now: datetime) -> str:
        """No promise stays on a day on which nobody is there any more."""
        passed = promises.pass_on(now, changed=True)
        words = ngettext(
            "%(count)s promised answer now falls on another time.",
            "%(count)s promised answers now fall on another time.",
            passed,
        )
        return words % {"count": passed} if passed else ""

    def changed(self, now: datetime) -> None:
        """Held times that fell end at once; their requests are due now."""
        scheduling.end_fallen_holds(now)

    def mend_url(self, keys: Collection[int]) -> str:
        """Where staff say what becomes of them: of the booked ones, and of the patients of the held ones."""
        return _page_about(keys) if keys else ""


def booked_clashes(now: datetime) -> list[Appointment]:
    """The booked times that no longer stand."""
    return [each for each in scheduling.clashes(now) if each.status == AppointmentStatus.BOOKED]


def _to_mend(now: datetime, only: Collection[str]) -> tuple[list[Appointment], list[Appointment]]:
    """All that waits to be mended, the booked times and one of the fallen held ones of each patient; and what
    of it the page is about."""
    booked, fallen = booked_clashes(now), fallen_offers()
    shown = [each for each in booked if not only or str(each.pk) in only]
    shown += [each[0] for each in fallen if not only or any(str(row.pk) in only for row in each)]
    return booked + [each[0] for each in fallen], shown


def _page_about(keys: Collection[int]) -> str:
    return f"{reverse('admin:clashes')}?{urlencode({'only': ','.join(map(str, sorted(keys)))})}"


@dataclass(frozen=True)
class Line:
    """One booked time, or one of the held times of a patient: what can be done about it, what is proposed,
    with whom if it is somebody else, and what the patient would read, `is_first` of its kind and language."""

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
    only = {key for key in request.GET.get("only", "").split(",") if key}
    everything, broken = _to_mend(now, only)
    choices = Choices()
    for_all = choices.of([each for each in broken if each.is_coming])
    form = WordsForm(request.POST if request.method == "POST" else None, for_all, who_is_away(broken))
    valid = form.is_bound and form.is_valid()
    if valid and "send" in request.POST:
        refused = _mend_all(request, form, broken, now)
        return redirect(request.get_full_path() if refused else "admin:index")
    context = {
        "title": _("Booked or held while nobody is there"),
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
    told: set[tuple[str, str, bool]] = set()
    for proposal in mending.propose_for(broken, now):
        appointment, who = proposal.appointment, proposal.practitioner
        own, language = request.POST.get(f"choice_{appointment.pk}", ""), appointment.request.language
        choice = own or (form.cleaned_data["for_all"] if form else OFFER)
        message = _message(proposal, choice, form, now) if form else None
        is_another = who.pk != appointment.practitioner_id
        kind = (choice, language, appointment.is_coming)
        lines.append(
            Line(
                appointment=appointment,
                when=day_and_clock(appointment.start),
                about=subject_of(appointment.request, titles),
                choice=own,
                choices=choices.of([appointment]) if appointment.is_coming else choices.of_fallen(),
                proposal=proposal,
                proposed=[(posted_as(start), day_and_clock(start)) for start in proposal.starts],
                other_doctor=who.name if is_another and proposal.starts else "",
                message=message,
                is_first=kind not in told,
                others=[
                    (each, day_and_clock(each.visit.appointment.start), each.pk in looked_at)
                    for each in proposal.others
                ],
            )
        )
        told.add(kind)
    return lines


def _message(proposal: Proposal, choice: str, form: WordsForm, now: datetime) -> tuple[str, str] | None:
    """What the patient would read."""
    appointment, who = proposal.appointment, proposal.practitioner
    patient_request, start = appointment.request, appointment.start
    words = form.words_for(patient_request.language)
    if not appointment.is_coming:
        until = scheduling.end_of_hold(now, proposal.starts) if proposal.starts else None
        is_told = choice == OFFER and until
        said = {"starts": proposal.starts, "until": until, "instead": True}
        return notices.told(patient_request, "offers", **said) if is_told else None
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


def _mend_all(request: HttpRequest, form: WordsForm, broken: Sequence[Appointment], now: datetime) -> int:
    """Does what was chosen for each that the page showed; what can't be done is said. Returns of how many."""
    done, left, refusals = 0, 0, 0
    by, seen = staff_of(request), set(request.POST.getlist("line"))
    shown = [each for each in broken if str(each.pk) in seen]
    for proposal in mending.propose_for(shown, now):
        appointment = proposal.appointment
        choice = request.POST.get(f"choice_{appointment.pk}") or form.cleaned_data["for_all"]
        words = form.words_for(appointment.request.language)
        try:
            is_done = _mend(_as_shown(request, proposal), choice, words, by, now, looked_at_in(request))
        except SchedulingError as refused:
            refusals += 1
            said = {"name": appointment.request.full_name, "why": refused}
            messages.warning(request, _("%(name)s: %(why)s") % said)
        else:
            done, left = done + is_done, left + (not is_done)
    if done:
        words = ngettext("%(count)s patient is told.", "%(count)s patients are told.", done)
        messages.success(request, words % {"count": done})
    if left:
        words = ngettext(
            "%(count)s is left for now and stays on Today.",
            "%(count)s are left for now and stay on Today.",
            left,
        )
        messages.info(request, words % {"count": left})
    return refusals


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
    if not appointment.is_coming:
        if choice == OFFER:
            mending.offer_again(appointment, proposal.practitioner, proposal.starts, by, now)
        return choice == OFFER
    if choice == OFFER and proposal.starts:
        mending.offer_instead(appointment, proposal.practitioner, proposal.starts, by, words, now)
    elif choice in (OFFER, CANCEL):
        mending.cancel_fallen(appointment, by, words, now)
    elif taker := taker_of(choice):
        scheduling.move_appointment(appointment, appointment.start, by, taker, looked_at=looked_at, now=now)
    else:
        return False
    return True
