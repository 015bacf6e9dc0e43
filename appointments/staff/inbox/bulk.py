"""Steps on many requests at once: for as few as a page shows at once, for more by the worker."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

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
from clinic.models import Job
from clinic.staff.site import Words

# What one page of the list holds, and what takes well under a second.
AT_ONCE = 50

# Changes rows as a colleague at a moment, with what the step needs to know; says of how many.
Change = Callable[[PatientRequestQuerySet, User, datetime, dict[str, Any]], int]


class Step(Kind):
    """A change that is made to each of many requests that allow it."""

    permissions = (VIEW, HANDLE)
    at_once = AT_ONCE

    def __init__(self, name: str, words: Words, change: Change) -> None:
        self.name, self.words, self.change = f"bulk-{name}", words, change

    def keys(self, job: Job) -> Iterable[int]:
        return scope.keys_of(job)

    def counted(self, count: int) -> str:
        return scope.counted(count)

    def left(self, count: int) -> str:
        sorry = ngettext(
            "%(count)s request was left as it is: this step isn't possible there now.",
            "%(count)s requests were left as they are: this step isn't possible there now.",
            count,
        )
        return sorry % {"count": f"{count:,}"}

    def stored(self, job: Job, keys: list[int]) -> int:
        rows = PatientRequest.objects.filter(pk__in=keys)
        return self.change(rows, job.asked_by, timezone.now(), job.scope)


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


def carry_out(
    inbox: Any, request: HttpRequest, rows: Any, step: Step, words: Callable[[int], str], **more: Any
) -> HttpResponse | None:
    """Makes the step's change to the chosen rows, or has the worker do it; `words` say to how many."""
    asked = rows.count()
    if asked > AT_ONCE:
        wanted = chosen(inbox, request, rows) | more
        try:
            return asking.to_page(asking.ask(request, step, wanted, AuditAction.CHANGED, count=asked))
        except asking.TooMany:
            return scope.too_many(request)
    done = step.change(rows, staff_of(request), timezone.now(), more)
    if done:
        messages.success(request, words(done) % {"count": done})
    if left := asked - done:
        messages.warning(request, step.left(left))
    return None


def chosen(inbox: Any, request: HttpRequest, rows: Any) -> dict[str, Any]:
    """The scope of what was ticked, or of the whole list."""
    if request.POST.get("select_across", "0") == "0":
        return scope.of_rows(rows)
    return scope.of_list(request, inbox.get_changelist_instance(request))
