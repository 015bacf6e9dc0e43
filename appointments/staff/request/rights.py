"""The pages for a patient's rights: who has looked, a copy of everything, erasure."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from appointments import references
from appointments.follow_up import retention
from appointments.models import PatientRequest
from appointments.requests import rights
from appointments.roles import ERASE_PERSON, EXPORT_PERSON, VIEW
from appointments.staff.kit import answer, page_of, request_for, staff_of
from clinic.audit.recording import AuditAction, record
from clinic.jobs import asking
from clinic.jobs.kinds import HTML, JSON, Kind, NothingThere
from clinic.models import Job

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


class Copy(Kind):
    """A copy of everything about one person, made of what its maker may see. It may hold whoever is erased:
    which requests are of the person can have changed since it was made."""

    permissions = (VIEW, EXPORT_PERSON)
    at_once = 1
    ending: str

    def keys(self, job: Job) -> list[int]:
        """The request by which the person is meant; erased, there is nothing to copy."""
        if not PatientRequest.objects.filter(pk=job.scope["request"]).exists():
            raise NothingThere
        return [job.scope["request"]]

    def counted(self, count: int) -> str:
        words = ngettext("%(count)s patient", "%(count)s patients", count)
        return words % {"count": f"{count:,}"}

    def text(self, job: Job, keys: list[int]) -> str:
        row = PatientRequest.objects.filter(pk=keys[0]).first()
        if row is None:
            raise NothingThere
        return self.written(rights.copy_of(row, job.asked_by))

    def written(self, copy: dict[str, Any]) -> str:
        """The copy as the file has it."""
        raise NotImplementedError

    def about(self, job: Job) -> PatientRequest | Job:
        return PatientRequest.objects.filter(pk=job.scope["request"]).first() or job


class CopyAsJson(Copy):
    """The copy, for a machine."""

    name, words, content_type, ending = "person-json", gettext_lazy("Patient's data as JSON"), JSON, "json"

    def written(self, copy: dict[str, Any]) -> str:
        return json.dumps(copy, ensure_ascii=False, indent=2)


class CopyToRead(Copy):
    """The copy, for the patient to read; a document of its own that prints as it stands."""

    name, words, content_type, ending = "person-html", gettext_lazy("Patient's data, to read"), HTML, "html"

    def written(self, copy: dict[str, Any]) -> str:
        return render_to_string("admin/appointments/rights/copy.html", {"copy": copy})


COPIES: dict[str, Copy] = {kind.ending: kind for kind in (CopyAsJson(), CopyToRead())}


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the worker make the copy, as JSON or, otherwise, to read."""
    row = request_for(request, pk, EXPORT_PERSON)
    kind = COPIES.get(request.POST.get("as", ""), COPIES["html"])
    name = f"patient-{row.reference}.{kind.ending}"
    return asking.to_page(
        asking.ask(request, kind, {"request": row.pk}, AuditAction.EXPORTED, file_name=name)
    )


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
