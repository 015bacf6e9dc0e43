"""Steps on many requests at once: as few as a page shows are taken at once, more by the worker."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.lifecycle import Action
from appointments.models import PatientRequest
from appointments.models.request import PatientRequestQuerySet
from appointments.requests import assignment, spam
from appointments.requests.moves import move_many
from appointments.roles import HANDLE, VIEW
from appointments.staff.inbox import scope
from appointments.staff.kit import staff_of
from clinic.audit.entry import AuditAction
from clinic.jobs import asking
from clinic.jobs.kinds import Kind
from clinic.jobs.telling import left_as_they_are
from clinic.models import Job
from clinic.staff.site import Words

# What one page of the list holds, and what takes well under a second.
AT_ONCE = 50

Take = Callable[[PatientRequestQuerySet, User, datetime, dict[str, Any]], int]


class Step(Kind):
    """A step that is taken on each of many requests that allow it."""

    permissions = (VIEW, HANDLE)
    at_once = AT_ONCE

    def __init__(self, name: str, words: Words, take: Take) -> None:
        self.name, self.words, self.take = f"bulk-{name}", words, take

    def keys(self, job: Job) -> Iterable[int]:
        return scope.keys_of(job)

    def stored(self, job: Job, keys: list[int]) -> int:
        rows = PatientRequest.objects.filter(pk__in=keys)
        return self.take(rows, job.asked_by, timezone.now(), job.scope)


def _assign(rows: PatientRequestQuerySet, by: User, now: datetime, wanted: dict[str, Any]) -> int:
    return assignment.assign(rows, User.objects.get(pk=wanted["to"]), by, now)


TAKE = Step("take", _("Take"), lambda rows, by, now, _more: move_many(rows, Action.TAKE, by, now=now))
ASSIGN = Step("assign", _("Assign to a colleague"), _assign)
NOT_SPAM = Step("not-spam", _("Not spam"), lambda rows, by, now, _more: spam.free(rows, by, now))
CLOSE_AS_SPAM = Step(
    "close-as-spam", _("Close as spam"), lambda rows, by, now, _more: spam.close_as_spam(rows, by, now)
)
NOT_SPAM_AFTER_ALL = Step(
    "not-spam-after-all", _("Not spam after all"), lambda rows, by, now, _more: spam.reopen(rows, by, now)
)
STEPS = (TAKE, ASSIGN, NOT_SPAM, CLOSE_AS_SPAM, NOT_SPAM_AFTER_ALL)


def take(
    inbox: Any, request: HttpRequest, rows: Any, step: Step, words: Callable[[int], str], **more: Any
) -> HttpResponse | None:
    """Takes the step on the chosen rows, or has the worker do it; `words` say of how many it was taken."""
    asked = rows.count()
    if asked > AT_ONCE:
        job = asking.ask(request, step, chosen(inbox, request, rows) | more, AuditAction.CHANGED, count=asked)
        return asking.to_page(job)
    done = step.take(rows, staff_of(request), timezone.now(), more)
    if done:
        messages.success(request, words(done) % {"count": done})
    if left := asked - done:
        messages.warning(request, left_as_they_are(left))
    return None


def chosen(inbox: Any, request: HttpRequest, rows: Any) -> dict[str, Any]:
    """The scope of what was ticked, or of the whole list."""
    if request.POST.get("select_across", "0") == "0":
        return scope.of_rows(rows)
    return scope.of_list(request, inbox.get_changelist_instance(request))
