"""Staff ask for long work: on record, in one transaction with the job."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from clinic.audit import recording
from clinic.jobs.kinds import Kind
from clinic.models import Job
from clinic.models.job import UNFINISHED

# How long the outcome is kept, counted from the last that was done of it.
KEPT = timedelta(hours=24)
# So many rows a job can name by their keys; what is described otherwise, as by filters, has no limit.
MOST_KEYS = 10_000


class TooMany(Exception):
    """More than MOST_KEYS rows were named by their keys."""


def ask(
    request: HttpRequest,
    kind: Kind,
    scope: dict[str, Any],
    action: str,
    *,
    file_name: str = "",
    count: int | None = None,
) -> Job:
    """The job for whoever is signed in; `action` is what the audit calls it, `count` how many rows that is if
    it is known. Asking twice for the same before it is done gives the same one.

    Raises PermissionDenied, and TooMany.
    """
    user: Any = request.user
    if not kind.allows(user):
        raise PermissionDenied
    if len(scope.get("keys", ())) > MOST_KEYS:
        raise TooMany
    now = timezone.now()
    with transaction.atomic():
        # Two clicks at once: the second waits here, and then sees the job of the first.
        User.objects.select_for_update().filter(pk=user.pk).values_list("pk").first()
        own = Job.objects.filter(asked_by=user, kind=kind.name, state__in=UNFINISHED, file_name=file_name)
        job = next((each for each in own if each.scope == scope), None) or _new(
            user, kind, scope, file_name, now
        )
        recording.record(request, action, kind.about(job), count)
    return job


def _new(user: Any, kind: Kind, scope: dict[str, Any], file_name: str, now: datetime) -> Job:
    return Job.objects.create(
        kind=kind.name,
        asked_by=user,
        asked_at=now,
        scope=scope,
        file_name=file_name,
        worked_at=now,
        expires_at=now + KEPT,
    )


def to_page(job: Job) -> HttpResponse:
    """A redirect to the page that shows how far it is."""
    return HttpResponseRedirect(reverse("admin:clinic_job_page", args=[job.pk]))
