"""The pages for a patient's rights: who has looked, a copy of everything, erasure."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from appointments import references
from appointments.follow_up import retention
from appointments.models import PatientRequest
from appointments.requests import rights
from appointments.roles import ERASE_PERSON, EXPORT_PERSON
from appointments.staff.kit import answer, page_of, request_for, staff_of
from clinic.audit.recording import AuditAction, record

SHOWN_ENTRIES = 200


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What there is about the person, and who has looked at it."""
    row = request_for(request, pk, EXPORT_PERSON)
    requests = list(rights.requests_of(row))
    record(request, AuditAction.SAW, row, count=len(requests))
    context = {
        "title": _("Patient's rights"),
        "row": row,
        "requests": requests,
        "entries": rights.looked_at(requests)[:SHOWN_ENTRIES],
        "can_erase": staff_of(request).has_perm(ERASE_PERSON),
        "back": page_of(row),
    }
    return answer(request, "rights/person.html", context)


@require_safe
def copy_as_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The copy, for a machine."""
    row = request_for(request, pk, EXPORT_PERSON)
    content = rights.copy_of(row, staff_of(request))
    _record_copy(request, row, content)
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="patient-{row.reference}.json"'
    return response


@require_safe
def copy_to_read(request: HttpRequest, pk: int) -> HttpResponse:
    """The copy, for the patient to read; prints as it stands."""
    row = request_for(request, pk, EXPORT_PERSON)
    content = rights.copy_of(row, staff_of(request))
    _record_copy(request, row, content)
    context = {
        "title": _("Everything that we keep about you"),
        "row": row,
        "copy": content,
        "back": page_of(row),
    }
    return answer(request, "rights/copy.html", context)


def _record_copy(request: HttpRequest, row: PatientRequest, content: dict[str, Any]) -> None:
    record(request, AuditAction.EXPORTED, row, count=len(content["requests"]))


class ErasureForm(forms.Form):
    """The reason, and the reference once more, so that nobody erases by a slip."""

    reference = forms.CharField(
        label=gettext_lazy("The reference of this request, to be sure"), max_length=20
    )
    reason = forms.CharField(
        label=gettext_lazy("Why is it erased?"),
        help_text=gettext_lazy("This sentence stays. Please leave names and everything about health out."),
        max_length=200,
    )

    def __init__(self, row: PatientRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.label_suffix = ""

    def clean_reference(self) -> str:
        """Raises ValidationError for any other reference."""
        typed = str(self.cleaned_data["reference"])
        if references.read(typed) != self.row.reference:
            raise forms.ValidationError(_("This is not the reference of this request."))
        return typed


def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what will go, and erases it on POST."""
    row = request_for(request, pk, ERASE_PERSON)
    if request.method not in ("GET", "HEAD", "POST"):
        raise PermissionDenied
    requests = rights.requests_of(row)
    form = ErasureForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        for each in requests:
            record(request, AuditAction.ERASED, each)
        gone = rights.erase(row, staff_of(request), form.cleaned_data["reason"])
        words = ngettext("%d request has been erased.", "%d requests have been erased.", gone) % gone
        messages.success(request, words)
        return HttpResponseRedirect(reverse("admin:appointments_patientrequest_changelist"))
    return _erase_page(request, row, form)


def _erase_page(request: HttpRequest, row: PatientRequest, form: ErasureForm) -> TemplateResponse:
    requests = rights.requests_of(row)
    context = {
        "title": _("Erase everything about this person"),
        "row": row,
        "requests": list(requests),
        "visited": requests.filter(appointments__status__in=retention.VISITED).exists(),
        "form": form,
        "back": page_of(row),
    }
    return answer(request, "rights/erase.html", context, 422 if form.errors else 200)
