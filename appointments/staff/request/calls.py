"""Calling from the request's page, from Today and from the list of words to say: one click to call, one to
say how it ended."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.messages.phone_tasks import phone_task_done
from appointments.models import CallOutcome, Message, PatientRequest
from appointments.requests.calls import CallRefused, call_again, log_attempt, not_reached
from appointments.roles import HANDLE
from appointments.staff.kit import address, answer, back_to, for_desk, page_of, request_for, staff_of
from appointments.staff.request.moves import LONGEST_NOTE
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


def log(request: HttpRequest, pk: int) -> HttpResponse:
    """Records how an attempt to call ended."""
    patient_request = request_for(request, pk, HANDLE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    outcome, note = request.POST.get("outcome", ""), request.POST.get("note", "").strip()
    try:
        log_attempt(patient_request, outcome, staff_of(request), note[:LONGEST_NOTE])
    except CallRefused as refusal:
        return back_to(request, patient_request, str(refusal), messages.WARNING)
    if outcome == CallOutcome.REACHED:
        words = _("The call is on the timeline. What comes next?")
    elif outcome == CallOutcome.WRONG_NUMBER:
        words = _("Nobody calls this number any more. Is there another way to reach the patient?")
    else:
        due = moment_words(patient_request.next_call_at) if patient_request.next_call_at else ""
        words = _("The call is on the timeline. The next one is due %(when)s.") % {"when": due}
    messages.success(request, words)
    to_today = request.POST.get("back") == "today" and patient_request.calling_ended_at is None
    return HttpResponseRedirect(address("admin:index") if to_today else f"{page_of(patient_request)}#calls")


def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The patient was reached, and wants to be called again at another time."""
    patient_request = request_for(request, pk, HANDLE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = WhenForm(request.POST)
    if not form.is_valid():
        return back_to(request, patient_request, _("Say when to call again."), messages.WARNING)
    try:
        call_again(patient_request, form.cleaned_data["when"], staff_of(request))
    except CallRefused as refusal:
        return back_to(request, patient_request, str(refusal), messages.WARNING)
    words = _("The next call is due %(when)s.") % {"when": moment_words(form.cleaned_data["when"])}
    return back_to(request, patient_request, words, messages.SUCCESS)


def tell(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """Records that the words of a phone task were said, or that nobody answered."""
    patient_request = request_for(request, pk, HANDLE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    task = get_object_or_404(patient_request.messages, pk=message_pk)
    if request.POST.get("outcome") == CallOutcome.NO_ANSWER:
        won, words = not_reached(task, staff_of(request)), _("It stays on the list, due again later.")
    else:
        won, words = phone_task_done(task, staff_of(request)), _("It is on the timeline.")
    if not won:
        return _after(request, patient_request, _("A colleague was faster."), messages.WARNING)
    return _after(request, patient_request, words, messages.SUCCESS)


def _after(request: HttpRequest, patient_request: PatientRequest, words: str, level: int) -> HttpResponse:
    if request.POST.get("back") != "list":
        return back_to(request, patient_request, words, level)
    messages.add_message(request, level, words)
    return HttpResponseRedirect(address("admin:phone-tasks"))


@for_desk
def to_say(request: HttpRequest) -> HttpResponse:
    """Everything that somebody has to say on the phone, those due now before those tried lately."""
    tasks = Message.objects.phone_tasks().select_related("request")
    rows = tasks.order_by("-request__urgent", "next_attempt_at", "pk")[:MOST]
    context = {"title": _("To be said on the phone"), "tasks": rows, "now": timezone.now()}
    return answer(request, "message/phone_tasks.html", context)
