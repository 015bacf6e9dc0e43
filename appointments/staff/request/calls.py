"""Logging a call from the request's page: one click to call, one to say how it ended."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from appointments.requests.calls import CallRefused, log_attempt
from appointments.roles import HANDLE
from appointments.staff.kit import back_to, request_for, staff_of
from appointments.staff.request.moves import LONGEST_NOTE
from clinic.time.words import moment_words


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
    due = moment_words(patient_request.next_call_at) if patient_request.next_call_at else ""
    words = _("The call is on the timeline. The next one is due %(when)s.") % {"when": due}
    return back_to(request, patient_request, words, messages.SUCCESS)
