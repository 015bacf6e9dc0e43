"""Handing a request over to a colleague, with a note: one click on the name."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.models import PatientRequest
from appointments.requests import assignment
from appointments.roles import HANDLE, name_of
from appointments.staff.kit import answer, back_to, page_of, request_for, staff_of
from appointments.staff.request.moves import LONGEST_NOTE


def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks to whom, and gives the request to the colleague whose name is clicked."""
    patient_request = request_for(request, pk, HANDLE)
    by, chosen = staff_of(request), request.POST.get("colleague", "")
    to = (
        assignment.colleagues().filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) < 10 else None
    )
    if to is None:
        context = {
            "title": _("Hand over"),
            "row": patient_request,
            "back": page_of(patient_request),
            "colleagues": assignment.colleagues().exclude(pk=patient_request.assignee_id or 0),
        }
        return answer(request, "patientrequest/handover.html", context)
    words = request.POST.get("note", "")[:LONGEST_NOTE]
    if assignment.assign(PatientRequest.objects.filter(pk=pk), to, by, timezone.now(), words):
        told = _("Handed over to %(name)s.") % {"name": name_of(to)}
        return back_to(request, patient_request, told, messages.SUCCESS)
    return back_to(request, patient_request, _("It is theirs already, or finished."), messages.WARNING)
