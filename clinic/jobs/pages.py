"""What staff see of their own long work: how far it is, the file when it is ready. Nobody sees another's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.audit import recording
from clinic.audit.entry import AuditAction
from clinic.jobs import storing
from clinic.jobs.kinds import kind_of
from clinic.jobs.telling import told
from clinic.models import Job, JobPart, JobState
from clinic.models.job import UNFINISHED
from clinic.operations import health
from clinic.staff.site import Part, Section, on_front_page

LISTED = 100
# So long Today says that something without a file has been done.
_NEWS = timedelta(hours=1)
NO_STORE = {"Cache-Control": "no-store"}


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """One's own, the latest first."""
    now = timezone.now()
    lines = [told(job, now) for job in _own(request)[:LISTED]]
    return _answer(request, "jobs.html", {"title": _("Prepared for you"), "lines": lines})


@require_safe
def page(request: HttpRequest, number: int) -> HttpResponse:
    """How far one of them is; looks itself up again until it has ended."""
    return _page(request, _one(request, number))


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """What changes on its page, for the page to refresh itself."""
    return _answer(request, "_progress.html", told(_one(request, number), timezone.now()))


@require_safe
def fetch(request: HttpRequest, number: int) -> HttpResponseBase:
    """The file, for who asked for it and still may have it. On record."""
    job, now = _one(request, number), timezone.now()
    kind = kind_of(job)
    if kind is None or not kind.allows(request.user):
        raise PermissionDenied
    parts = list(job.parts.filter(number__gt=JobPart.KEYS))
    if not job.has_file(now):
        return _page(request, job, status=410)
    try:
        storing.check(parts)
    except storing.Unreadable:
        return _page(request, job, status=410, unreadable=True)
    if request.method == "GET":
        with transaction.atomic():
            # Not what was made anew since it was read above, as after an erasure.
            same = Job.objects.filter(pk=job.pk, state=JobState.DONE, finished_at=job.finished_at)
            if not same.update(fetched_at=now):
                return _page(request, job, status=410)
            recording.record(request, AuditAction.EXPORTED, kind.about(job), job.changed)
    headers = {
        "Content-Disposition": f'attachment; filename="{job.file_name}"',
        "Content-Length": str(job.size),
        **NO_STORE,
    }
    contents = storing.contents(parts if request.method == "GET" else [])
    return StreamingHttpResponse(contents, content_type=kind.content_type, headers=headers)


@on_front_page
def today(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """What is being prepared, what can be fetched and what has just been done. One query."""
    recent = [job for job in _own(request).exclude(state=JobState.GONE)[:LISTED] if _is_news(job, now)]
    if recent:
        yield Section("admin/clinic/jobs/today.html", {"lines": [told(job, now) for job in recent]}, 0)


def _is_news(job: Job, now: datetime) -> bool:
    if job.state in UNFINISHED:
        return True
    if job.file_name and job.state == JobState.DONE:
        return job.fetched_at is None and job.expires_at > now
    return job.worked_at > now - _NEWS


def _own(request: HttpRequest) -> Any:
    return Job.objects.filter(asked_by=request.user.pk).order_by("-asked_at", "-pk")


def _one(request: HttpRequest, number: int) -> Job:
    found: Job = get_object_or_404(_own(request), pk=number)
    return found


def _page(request: HttpRequest, job: Job, status: int = 200, unreadable: bool = False) -> HttpResponse:
    now = timezone.now()
    said = told(job, now)
    context = {
        **said,
        "title": said["words"],
        "unreadable": unreadable,
        "nobody_works": job.is_unfinished and not health.worker(now)["ok"],
    }
    return _answer(request, "job.html", context, status)


def _answer(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    request.current_app = admin.site.name
    full = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, f"admin/clinic/jobs/{template}", full, status=status, headers=NO_STORE)


PAGES = (
    path("jobs/", listed, name="clinic_job_list"),
    path("jobs/<int:number>/", page, name="clinic_job_page"),
    path("jobs/<int:number>/progress/", progress, name="clinic_job_progress"),
    path("jobs/<int:number>/file/", fetch, name="clinic_job_file"),
)
