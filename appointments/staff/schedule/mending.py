"""The page on which staff say what becomes of times that no longer stand, for all at once or for each: of the
booked ones, and of held ones, which have ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import scheduling
from appointments.messages import notices
from appointments.models import Appointment
from appointments.scheduling import SchedulingError, mending
from appointments.scheduling.mending import Proposal
from appointments.scheduling.same_patient import Nearby
from appointments.staff.kit import answer, for_desk, staff_of
from appointments.staff.schedule.broken import page_about, to_mend
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
from clinic.time.hours import at, clinic_day
from clinic.time.words import day, day_and_clock

# So many are on one page: to hold and tell them all takes about a second.
AT_ONCE = 10


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
    `only` in the address it is about these times alone. What one page doesn't hold follows with the same
    words when the page is sent."""
    now = timezone.now()
    only = {key for key in request.GET.get("only", "").split(",") if key}
    everything, broken = to_mend(now, only)
    shown, later = _shown(request, broken)
    choices = Choices()
    for_all = choices.of([each for each in shown if each.is_coming])
    form = WordsForm(request.POST if request.method == "POST" else None, for_all, who_is_away(shown))
    valid = form.is_bound and form.is_valid()
    if valid and "send" in request.POST:
        refused = _mend_all(request, form, shown, now)
        if not later:
            return redirect(request.get_full_path() if refused else "admin:index")
        shown, later = later[:AT_ONCE], later[AT_ONCE:]
        for_all = choices.of([each for each in shown if each.is_coming])
    context = {
        "title": _("Booked or held while nobody is there"),
        "form": form,
        "lines": _lines(request, form if valid else None, shown, choices, now),
        "later": {"number": len(later), "keys": ",".join(str(each.pk) for each in later)},
        "parts": _parts(everything, broken),
        "choices": for_all,
        "for_all": form.cleaned_data["for_all"] if valid else OFFER,
        "shows_messages": valid,
    }
    return answer(request, "schedule/clashes.html", context, 422 if form.errors else 200)


def _shown(
    request: HttpRequest, broken: Sequence[Appointment]
) -> tuple[list[Appointment], list[Appointment]]:
    """What one page is about, and what follows on the next ones: of a page that was sent no more than it
    said, as what a colleague broke meanwhile has another reason."""
    seen = set(request.POST.getlist("line"))
    named = seen | {key for key in request.POST.get("later", "").split(",") if key}
    is_sent = "send" in request.POST
    about = [each for each in broken if str(each.pk) in named or not (named or is_sent)]
    # Nothing is done of which nobody has seen what it would be.
    first = [each for each in about if str(each.pk) in seen or not is_sent][:AT_ONCE]
    return first, [each for each in about if each not in first]


def _parts(everything: Sequence[Appointment], shown: Sequence[Appointment]) -> list[Part]:
    """What is broken by practitioner and day, where that is more than one."""

    def key(row: Appointment) -> Any:
        return clinic_day(row.start), row.practitioner.name, row.practitioner_id

    keys = {row.pk for row in shown}
    found = []
    for (on, name, _pk), group in groupby(sorted(everything, key=key), key):
        pks = {row.pk for row in group}
        label = f"{day(at(on, time(12)))}, {name}"
        found.append(Part(label, len(pks), page_about(pks), pks == keys))
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


def _mend_all(request: HttpRequest, form: WordsForm, shown: Sequence[Appointment], now: datetime) -> int:
    """Does what was chosen for each that the page showed; what can't be done is said. Returns of how many."""
    done, left, refusals, by = 0, 0, 0, staff_of(request)
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
