"""Calling from the request's page, from Today and from the list of words to say: one click to call, one to
say how it ended."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.messages.phone_tasks import phone_task_done
from appointments.messages.staleness import about_fallen
from appointments.messages.texts import consent
from appointments.models import CallOutcome, Message, PatientRequest
from appointments.requests import alarm
from appointments.requests.calls import CallRefused, call_again, log_attempt, not_reached
from appointments.staff.kit import answer, click, for_desk, page_of, staff_of, way_back
from appointments.staff.request.moves import LONGEST_NOTE
from appointments.texted_back import replies
from clinic.time.hours import clinic_zone
from clinic.time.words import moment_words

MOST = 100


class WhenForm(forms.Form):
    """When to call again, on the clinic's clock."""

    when = forms.DateTimeField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), input_formats=["%Y-%m-%dT%H:%M"]
    )

    def clean_when(self) -> datetime:
        typed: datetime = self.cleaned_data["when"]
        return typed.replace(tzinfo=clinic_zone())


@click
def log(request: HttpRequest, patient_request: PatientRequest) -> HttpResponse:
    """Records how an attempt to call ended."""
    outcome, note = request.POST.get("outcome", ""), request.POST.get("note", "").strip()
    log_attempt(patient_request, outcome, staff_of(request), note[:LONGEST_NOTE])
    if outcome == CallOutcome.REACHED:
        words = _("The call is on the timeline. What comes next?")
    elif outcome == CallOutcome.WRONG_NUMBER:
        words = _("Nobody calls this number any more. Is there another way to reach the patient?")
    else:
        due = moment_words(patient_request.next_call_at) if patient_request.next_call_at else ""
        words = _("The call is on the timeline. The next one is due %(when)s.") % {"when": due}
    messages.success(request, words)
    back = way_back(request) if patient_request.calling_ended_at is None else ""
    return redirect(back or f"{page_of(patient_request)}#calls")


@click
def again(request: HttpRequest, patient_request: PatientRequest) -> str:
    """The patient was reached, and wants to be called again at another time."""
    form = WhenForm(request.POST)
    if not form.is_valid():
        raise CallRefused(_("Say when to call again."))
    when = form.cleaned_data["when"]
    call_again(patient_request, when, staff_of(request))
    return _("The next call is due %(when)s.") % {"when": moment_words(when)}


@click
def alarm_met(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Somebody has spoken to the patient about a sign of alarm."""
    if not alarm.met(patient_request, staff_of(request), timezone.now()):
        raise CallRefused(_("A colleague was faster."))
    return _("It leads the lists no longer.")


@click
def texts(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Notes what the patient has said of text messages: that they want none, or agree."""
    by, now = staff_of(request), timezone.now()
    if request.POST.get("wish") == "no":
        consent.take_back(patient_request, by, now)
        return _("This number gets no more texts, about whichever request.")
    if not patient_request.is_open or not consent.agree(patient_request, by, now):
        raise CallRefused(_("That is noted already, or nothing can be texted any more."))
    return _("The patient gets texts about this request.")


@click
def texts_read(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Somebody has read what the patient has texted."""
    seen = request.POST.get("seen", "")
    if not replies.was_read(patient_request, int(seen) if seen.isdecimal() else 0):
        raise CallRefused(_("The patient has written again, or a colleague was faster."))
    return _("It stays on the timeline.")


@click
def tell(request: HttpRequest, patient_request: PatientRequest, message_pk: int) -> str | HttpResponse:
    """Records that the words of a phone task were said, or that nobody answered."""
    task, by = get_object_or_404(patient_request.messages, pk=message_pk), staff_of(request)
    if request.POST.get("outcome") == CallOutcome.NO_ANSWER:
        won, words = not_reached(task, by), _("It stays on the list, due again later.")
    else:
        won, words = phone_task_done(task, by), _("It is on the timeline.")
    if not won:
        raise CallRefused(_("A colleague was faster."))
    return words


@for_desk
def to_say(request: HttpRequest) -> HttpResponse:
    """Everything that somebody has to say on the phone, those due now before those tried lately."""
    tasks = Message.objects.phone_tasks().select_related("request")
    rows = tasks.order_by("-request__urgent", "next_attempt_at", "pk")[:MOST]
    now = timezone.now()
    not_yet = about_fallen(Message.objects.phone_tasks(), now)
    context = {"title": _("To be said on the phone"), "tasks": rows, "now": now, "not_yet": not_yet}
    return answer(request, "message/phone_tasks.html", context)
