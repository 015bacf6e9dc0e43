"""The page on which staff say what becomes of booked times that no longer stand, for all at once or for each;
and the watcher that has changes of availability show what they break."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments import scheduling
from appointments.messages import notices
from appointments.models import Appointment, AppointmentStatus
from appointments.scheduling import SchedulingError, mending
from appointments.scheduling.availability import practitioners_for
from appointments.scheduling.mending import Proposal
from appointments.staff.kit import answer, for_desk, page_of, staff_of
from appointments.staff.schedule.picking import posted_as, read_moments
from appointments.staff.titles import treatment_titles, visit_subject
from clinic.admin.availability import Broken
from clinic.models import Practitioner
from clinic.time.words import day_and_clock
from treatments.models import Language

LEAVE, OFFER, CANCEL = "leave", "offer", "cancel"
FOR_ALL = (
    (OFFER, gettext_lazy("Offer other times")),
    (CANCEL, gettext_lazy("Cancel; we look for other times")),
    (LEAVE, gettext_lazy("Leave for now")),
)


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

    def mend_url(self) -> str:
        """Where booked ones are mended; '' while there are none."""
        return reverse("admin:clashes") if booked_clashes(timezone.now()) else ""


def booked_clashes(now: datetime) -> list[Appointment]:
    """The booked times that no longer stand."""
    return [each for each in scheduling.clashes(now) if each.status == AppointmentStatus.BOOKED]


class WordsForm(forms.Form):
    """Why, in the patients' languages, and what is done with all that have no choice of their own."""

    for_all = forms.ChoiceField(choices=FOR_ALL, initial=OFFER, widget=forms.RadioSelect)
    words_en = forms.CharField(
        label=gettext_lazy("Why (in English)"),
        initial=gettext_lazy("Our hours on that day have changed."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    words_es = forms.CharField(
        label=gettext_lazy("Why (in Spanish)"),
        initial="Nuestro horario de ese día cambió.",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def words_for(self, language: str) -> str:
        """The words in the language that the patient reads."""
        return str(self.cleaned_data["words_es" if language == Language.SPANISH else "words_en"])


@dataclass(frozen=True)
class Line:
    """One booked time: what can be done about it, what is proposed, what the patient would read."""

    appointment: Appointment
    when: str
    about: str
    choice: str
    others: list[Practitioner]
    proposed: list[tuple[str, str]]
    message: tuple[str, str] | None


@for_desk
def clashes(request: HttpRequest) -> HttpResponse:
    """GET shows; POST with `send` does what was chosen, any other POST shows it with the messages."""
    now = timezone.now()
    form = WordsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and "send" in request.POST and form.is_valid():
        _mend_all(request, form, now)
        return redirect("admin:clashes" if booked_clashes(now) else "admin:index")
    broken = booked_clashes(now)
    titles = treatment_titles(request)
    valid = form.is_bound and form.is_valid()
    for_all = form.cleaned_data["for_all"] if valid else OFFER
    proposals = mending.propose_for(broken, now)
    context = {
        "title": _("Booked while nobody is there"),
        "form": form,
        "lines": [_line(request, each, for_all, form if valid else None, titles, now) for each in proposals],
        "choices": FOR_ALL,
        "for_all": for_all,
        "shows_messages": valid,
    }
    return answer(request, "schedule/clashes.html", context, 422 if form.errors else 200)


def _choice(request: HttpRequest, appointment: Appointment, for_all: str) -> str:
    return request.POST.get(f"choice_{appointment.pk}") or for_all


def _line(
    request: HttpRequest,
    proposal: Proposal,
    for_all: str,
    form: WordsForm | None,
    titles: dict[int, str],
    now: datetime,
) -> Line:
    appointment = proposal.appointment
    patient_request = appointment.request
    chosen = request.POST.get(f"choice_{appointment.pk}", "")
    others = [
        who for who in practitioners_for(patient_request.treatment) if who.pk != appointment.practitioner_id
    ]
    return Line(
        appointment=appointment,
        when=day_and_clock(appointment.start),
        about=visit_subject(appointment, titles),
        choice=chosen,
        others=others,
        proposed=[(posted_as(start), day_and_clock(start)) for start in proposal.starts],
        message=_message(proposal, chosen or for_all, form, now) if form else None,
    )


def _message(proposal: Proposal, choice: str, form: WordsForm, now: datetime) -> tuple[str, str] | None:
    """What the patient would read."""
    patient_request = proposal.appointment.request
    words, start = form.words_for(patient_request.language), proposal.appointment.start
    if choice == OFFER and proposal.starts:
        return notices.told(
            patient_request,
            "other_times",
            start=start,
            reason=words,
            starts=proposal.starts,
            until=scheduling.end_of_hold(now, proposal.starts),
        )
    if choice in (OFFER, CANCEL):
        return notices.told(patient_request, "cancelled", start=start, reason=words, by_patient=False)
    return None


def _mend_all(request: HttpRequest, form: WordsForm, now: datetime) -> None:
    """Does what was chosen for each; what can't be done is said and stays on the page."""
    done, by = 0, staff_of(request)
    for proposal in mending.propose_for(booked_clashes(now), now):
        appointment = proposal.appointment
        choice = _choice(request, appointment, form.cleaned_data["for_all"])
        words = form.words_for(appointment.request.language)
        try:
            if choice == OFFER and proposal.starts:
                starts = read_moments(request.POST.getlist(f"start_{appointment.pk}")) or proposal.starts
                mending.offer_instead(appointment, proposal.practitioner, starts, by, words, now)
            elif choice in (OFFER, CANCEL):
                mending.cancel_fallen(appointment, by, words, now)
            elif choice.startswith("to-"):
                who = Practitioner.objects.filter(pk=choice.removeprefix("to-")[:9]).first()
                scheduling.move_appointment(appointment, appointment.start, by, who, now=now)
            else:
                continue
        except SchedulingError as refused:
            said = {"name": appointment.request.full_name, "why": refused}
            messages.warning(request, _("%(name)s: %(why)s") % said)
        else:
            done += 1
    words = ngettext("%(count)s patient is told.", "%(count)s patients are told.", done)
    if done:
        messages.success(request, words % {"count": done})
