"""The page on which staff say whether two requests are of one person, or take one out again."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.models import PatientRequest
from appointments.requests import same_person
from appointments.requests.known import persons
from appointments.requests.same_person import IdentityRefused
from appointments.roles import HANDLE
from appointments.staff.kit import answer, page_of, request_for, staff_of, way_back
from appointments.staff.titles import subject_of, treatment_titles


def suggestions_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may be the same person, with reasons; on POST `step` says confirm, refuse or separate."""
    if request.method == "POST":
        return _decide(request, request_for(request, pk, HANDLE))
    row = request_for(request, pk)
    titles = treatment_titles(request)
    context = {
        "title": _("Same person as %(reference)s?") % {"reference": row.shown_reference},
        "row": row,
        "subject": subject_of(row, titles),
        "back": page_of(row),
        "same_person_url": reverse("admin:request-same-person", args=[row.pk]),
        "suggestions": persons.suggestions(row),
        "joined": [(other, subject_of(other, titles)) for other in persons.others_of(row)],
        "can_handle": request.user.has_perm(HANDLE),
    }
    return answer(request, "same_person/same_person.html", context)


def _decide(request: HttpRequest, row: PatientRequest) -> HttpResponse:
    by = staff_of(request)
    step, other = request.POST.get("step", ""), _suggested(row, request.POST.get("other", ""))
    try:
        words = _take(step, row, other, by)
    except IdentityRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect(way_back(request) or reverse("admin:request-same-person", args=[row.pk]))


def _take(step: str, row: PatientRequest, other: PatientRequest | None, by: User) -> str:
    if step == "separate":
        same_person.separate(row, by)
        return _("This request stands for itself again.")
    if other is None or step not in ("confirm", "refuse"):
        raise IdentityRefused(_("A colleague was faster. Please look again."))
    if step == "confirm":
        same_person.confirm(row, other, by)
        return _("Joined as one person. What each request says stays as it is.")
    same_person.refuse(row, other, by)
    return _("Noted as different people. This is not suggested again.")


def _suggested(row: PatientRequest, typed: str) -> PatientRequest | None:
    """The request with this id, if it is suggested now: nobody joins by guessing numbers."""
    found: dict[str, persons.Suggestion] = {
        str(each.patient_request.pk): each for each in persons.suggestions(row)
    }
    return found[typed].patient_request if typed in found else None
