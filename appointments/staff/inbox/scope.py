"""Which requests somebody means, written down so that the worker finds them again: by their keys, or by the
tab and the filters of the list. What was typed into the search is not kept: it is mostly a name."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.models import PatientRequest
from clinic.jobs import asking
from clinic.models import Job

_READ_AT_ONCE = 10_000


def of_rows(rows: Any) -> dict[str, Any]:
    """These requests, as few as a page or a search shows; of too many for a job one more than it takes."""
    return {"keys": list(rows.values_list("pk", flat=True)[: asking.MOST_KEYS + 1])}


def of_list(request: HttpRequest, shown: ChangeList) -> dict[str, Any]:
    """Everything that the list shows to whoever asks; what comes later isn't meant."""
    if shown.query:
        return of_rows(shown.get_queryset(request))
    chosen = {spec.parameter_name: spec.value() for spec in shown.filter_specs}  # type: ignore[attr-defined]
    known = {spec.parameter_name: dict(spec.lookup_choices) for spec in shown.filter_specs}  # type: ignore[attr-defined]
    newest = PatientRequest.objects.order_by("-pk").values_list("pk", flat=True).first()
    filters = {name: value for name, value in chosen.items() if value in known[name]}
    return {"list": filters, "newest": newest or 0}


def too_many(request: HttpRequest) -> HttpResponse:
    """Back to the list, which says what to do instead."""
    words = _(
        "Nothing was done: the search finds more than %(count)s requests. Search for more of the name, or"
        " clear the search and use the filters, which have no limit."
    )
    messages.error(request, words % {"count": f"{asking.MOST_KEYS:,}"})
    shown = reverse("admin:appointments_patientrequest_changelist")
    return HttpResponseRedirect(f"{shown}?{request.GET.urlencode()}")


def counted(count: int) -> str:
    """So many requests, in words."""
    words = ngettext("%(count)s request", "%(count)s requests", count)
    return words % {"count": f"{count:,}"}


def keys_of(job: Job) -> Iterable[int]:
    """The keys of the requests that are meant, in the list's order, read as a stream."""
    if "keys" in job.scope:
        return list(job.scope["keys"])
    request = HttpRequest()
    request.method, request.user = "GET", job.asked_by
    request.GET = QueryDict(urlencode(job.scope["list"]))
    shown = admin.site.get_model_admin(PatientRequest).get_changelist_instance(request)
    rows = shown.get_queryset(request).filter(pk__lte=job.scope["newest"])
    keys: Iterable[int] = rows.values_list("pk", flat=True).iterator(chunk_size=_READ_AT_ONCE)
    return keys
