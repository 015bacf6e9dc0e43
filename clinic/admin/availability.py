"""Changes of when somebody is there: saved under the lock of a booking, and shown first with what they break.

Who gives times away registers by `watch_availability` what a change breaks; the clinic knows none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from clinic.models import Closure, Practitioner, SpecialOpening
from clinic.staff.fields import ClockField
from clinic.time.hours import clinic_day

# A closure longer or further away than this is likely a slip of the year.
LIKELY_WITHIN = timedelta(days=400)
CONFIRMED = "_confirmed"


@dataclass(frozen=True)
class Broken:
    """A time that was given to somebody and that no longer stands: when, whose, held or booked."""

    key: int
    when: str
    who: str
    status: str | Promise
    url: str


class Watcher(Protocol):
    """Who wants to know of changes."""

    def broken(self, now: datetime) -> Sequence[Broken]:
        """What doesn't stand as availability is now."""

    def changed(self, now: datetime) -> None:
        """Called once a change is stored."""

    def mend_url(self) -> str:
        """Where staff say what becomes of what is broken."""


_watchers: list[Watcher] = []


def watch_availability(watcher: Watcher) -> None:
    """Registers who is asked before a change and told after it."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def lock_availability() -> None:
    """Waits for whoever is giving a time away, and keeps others from it until the transaction ends.

    A booking locks its practitioner's row; on SQLite a transaction is alone from its start.
    """
    rows = Practitioner.objects.select_for_update(no_key=True).order_by("pk")
    list(rows.values_list("pk", flat=True))


def broken_now(now: datetime) -> dict[int, Broken]:
    """All that doesn't stand now."""
    return {each.key: each for watcher in _watchers for each in watcher.broken(now)}


def tell_watchers() -> None:
    """Has the watchers told when the transaction has been committed."""
    now = timezone.now()
    for watcher in _watchers:
        transaction.on_commit(partial(watcher.changed, now))


def doubts_about(row: models.Model, today: date) -> list[str]:
    """Questions to ask before `row` is stored: a year that is likely a slip."""
    if isinstance(row, SpecialOpening):
        starts = ends = row.day
    elif isinstance(row, Closure):
        starts, ends = row.first_day, row.last_day or row.first_day
    else:
        return []
    found = []
    if ends - starts > LIKELY_WITHIN:
        found.append(_("It lasts %(days)s days. Is the year right?") % {"days": (ends - starts).days + 1})
    if starts - today > LIKELY_WITHIN:
        found.append(_("It begins more than a year from now. Is the year right?"))
    if ends < today:
        found.append(_("It has passed already. Is the date right?"))
    return found


@dataclass
class _Change:
    """What was broken before a change began, kept on its request."""

    before: set[int] = field(default_factory=set)
    now: datetime = field(default_factory=timezone.now)


class AvailabilityAdmin(admin.ModelAdmin[Any]):
    """The admin of rows that say when somebody is there."""

    formfield_overrides = {models.TimeField: {"form_class": ClockField}}
    # Many at once would be deleted without a look at what that breaks.
    actions = None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        with self._watched(request):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        with self._watched(request):
            return super().delete_view(request, object_id, extra_context)

    def _watched(self, request: HttpRequest) -> Any:
        """One transaction for the change and the look at what it breaks; only looking needs none."""
        if request.method != "POST":
            return transaction.atomic()
        return _Watched(request)

    def response_add(self, request: HttpRequest, obj: models.Model, post_url_continue: Any = None) -> Any:
        usual = super().response_add
        return self._answer(request, obj, lambda: usual(request, obj, post_url_continue))

    def response_change(self, request: HttpRequest, obj: models.Model) -> Any:
        usual = super().response_change
        return self._answer(request, obj, lambda: usual(request, obj))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> Any:
        usual = super().response_delete
        return self._answer(request, None, lambda: usual(request, obj_display, obj_id))

    def _answer(
        self, request: HttpRequest, row: models.Model | None, done: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """What the change breaks, with nothing stored yet; or, where it breaks nothing or somebody has seen
        it, the answer after it."""
        change: _Change = vars(request)["availability"]
        broken = [each for key, each in broken_now(change.now).items() if key not in change.before]
        doubts = doubts_about(row, clinic_day(change.now)) if row is not None else []
        if (broken or doubts) and CONFIRMED not in request.POST:
            transaction.set_rollback(True)
            return self._ask(request, broken, doubts)
        response = done()
        tell_watchers()
        url = next((watcher.mend_url() for watcher in _watchers), "")
        if broken and url:
            words = _("Saved. Now say what becomes of the times that no longer fit.")
            messages.warning(request, words)
            return redirect(url)
        return response

    def _ask(self, request: HttpRequest, broken: list[Broken], doubts: list[str]) -> HttpResponse:
        posted = [
            (name, value)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken"
            for value in values
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Before this is saved"),
            "broken": broken,
            "doubts": doubts,
            "posted": posted,
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "admin/clinic/before_saving.html", context, status=409)


class _Watched(transaction.Atomic):
    """A transaction that holds the lock, and knows what was broken before it."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(using=None, savepoint=True, durable=False)
        self.request = request

    def __enter__(self) -> None:
        super().__enter__()
        lock_availability()
        now = timezone.now()
        vars(self.request)["availability"] = _Change(set(broken_now(now)), now)
