"""Changes of when somebody is there: saved under the lock of a booking, and shown first with what they break.

Who gives times away registers by `watch_availability` what a change breaks; the clinic knows none of them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
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
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from clinic.models import (
    Closure,
    OpeningHours,
    Practitioner,
    SpecialOpening,
    opening_times,
    opening_times_of,
)
from clinic.staff.fields import ClockField
from clinic.time.hours import OpeningTimes, at, clinic_day, merge, subtract

# What lasts longer or begins later than this is likely a slip of the year: whole days in a row, and what goes
# on beside the work, such as lunch or free Wednesdays.
LONGEST_AWAY = timedelta(days=90)
LONGEST_HABIT = timedelta(days=400)
BEGINS_WITHIN = timedelta(days=365)
# So far ahead somebody is told of time that has opened.
OPENED_WITHIN = timedelta(weeks=4)
CONFIRMED = "_confirmed"
# From the question before saving: the form again, as it was typed.
BACK = "_back"


@dataclass(frozen=True)
class Broken:
    """A time that was given to somebody and that no longer stands: when, whose, held or booked."""

    key: int
    when: str
    who: str
    status: str | Promise
    url: str


# A practitioner's key, and from when to when.
Opened = tuple[int, datetime, datetime]


class Watcher(Protocol):
    """Who wants to know of changes."""

    def broken(self, now: datetime) -> Sequence[Broken]:
        """What doesn't stand as availability is now."""

    def stored(self, now: datetime) -> str:
        """Called in the transaction of a change, once it is written: does what has to be stored with it, and
        says in words for staff what it did; '' for nothing."""

    def opened(self, spans: Sequence[Opened], now: datetime) -> None:
        """Called in the transaction of a change, with the time in which somebody is there now and wasn't."""

    def changed(self, now: datetime) -> None:
        """Called once a change is stored."""

    def mend_url(self, keys: Collection[int]) -> str:
        """Where staff say what becomes of these broken times; '' where nothing is to be said."""


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


def tell_watchers() -> list[str]:
    """Has the watchers store what follows, and told when the transaction has been committed. Returns what
    they did, in words for staff."""
    now = timezone.now()
    for watcher in _watchers:
        transaction.on_commit(partial(watcher.changed, now))
    return [said for watcher in _watchers if (said := watcher.stored(now))]


def times_now(now: datetime) -> dict[int, OpeningTimes]:
    """When each practitioner who sees patients is there. Two queries."""
    pks = list(Practitioner.objects.filter(is_active=True).values_list("pk", flat=True))
    found = opening_times_of(pks, since=clinic_day(now))
    return {pk: found[pk] for pk in pks}


def opened_since(
    before: Mapping[int, OpeningTimes], after: Mapping[int, OpeningTimes], now: datetime
) -> list[Opened]:
    """The time of the weeks to come in which somebody is there after a change and wasn't before it."""
    days = [clinic_day(now) + timedelta(days=number) for number in range(OPENED_WITHIN.days)]
    return [
        (pk, start, end)
        for pk, times in after.items()
        for day in days
        for span in times.spans(day)
        for start, end in subtract(span, before[pk].spans(day) if pk in before else [])
        if end > now
    ]


def doubts_about(row: models.Model, today: date) -> list[str]:
    """Questions to ask about a row that is about to stay stored: a year that is likely a slip, hours that
    change nothing."""
    if isinstance(row, OpeningHours):
        return _doubts_about_hours(row)
    if isinstance(row, SpecialOpening):
        return _doubts_about_days(row.day, row.day, today) + _doubts_about_opening(row)
    if isinstance(row, Closure):
        is_habit = row.weekly or row.starts is not None
        longest = LONGEST_HABIT if is_habit else LONGEST_AWAY
        return _doubts_about_days(row.first_day, row.last_day or date.max, today, longest)
    return []


def _doubts_about_hours(row: OpeningHours) -> list[str]:
    """A practitioner is there only where the clinic is open too."""
    weekly = merge(opening_times().weekly.get(row.weekday, ()))
    if row.practitioner is None or not subtract((row.opens, row.closes), weekly):
        return []
    return [_("The clinic isn't open for all of that time. The part outside its hours doesn't count.")]


def _doubts_about_opening(row: SpecialOpening) -> list[str]:
    span = at(row.day, row.opens), at(row.day, row.closes)
    if opening_times(row.practitioner, since=row.day).contains(*span):
        return []
    return [_("A closure takes a part of that time or all of it, and it stays closed then.")]


def _doubts_about_days(starts: date, ends: date, today: date, longest: timedelta = LONGEST_AWAY) -> list[str]:
    found = []
    if ends != date.max and ends - starts > longest:
        found.append(_("It lasts %(days)s days. Is the year right?") % {"days": (ends - starts).days + 1})
    if starts - today > BEGINS_WITHIN:
        found.append(_("It begins more than a year from now. Is the year right?"))
    if ends < today:
        found.append(_("It has passed already. Is the date right?"))
    return found


class NotYet:
    """Mixed into a form: it is shown once more, with all that was typed, whether or not it could be saved."""

    def is_valid(self) -> bool:
        return False


@dataclass
class _Change:
    """What was broken before a change began, kept on its request."""

    before: set[int] = field(default_factory=set)
    times: dict[int, OpeningTimes] = field(default_factory=dict)
    now: datetime = field(default_factory=timezone.now)
    # What was stored beside the row that the page is about.
    beside: list[models.Model] = field(default_factory=list)


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
        if BACK in request.POST:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)
        with self._watched(request):
            return super().delete_view(request, object_id, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (NotYet, form), {}) if BACK in request.POST else form

    def _watched(self, request: HttpRequest) -> Any:
        """One transaction for the change and the look at what it breaks; only looking needs none."""
        if request.method != "POST":
            return transaction.atomic()
        return _Watched(request)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        changed: _Change = vars(request)["availability"]
        changed.beside += [*formset.new_objects, *(row for row, _fields in formset.changed_objects)]

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
        rows = [each for each in (row, *change.beside) if each is not None]
        doubts = [words for each in rows for words in doubts_about(each, clinic_day(change.now))]
        if (broken or doubts) and CONFIRMED not in request.POST:
            # The page first: its frame asks the database, which a broken transaction doesn't answer.
            page = self._ask(request, broken, doubts)
            transaction.set_rollback(True)
            return page
        response = done()
        if opened := opened_since(change.times, times_now(change.now), change.now):
            for watcher in _watchers:
                watcher.opened(opened, change.now)
        for said in tell_watchers():
            messages.info(request, said)
        keys = [each.key for each in broken]
        url = next((url for watcher in _watchers if keys and (url := watcher.mend_url(keys))), "")
        if url:
            words = _("Saved. Now say what becomes of the times that no longer fit.")
            messages.warning(request, words)
            return redirect(url)
        return redirect(_asked_for(request)) if _asked_for(request) else response

    def _ask(self, request: HttpRequest, broken: list[Broken], doubts: list[str]) -> HttpResponse:
        posted = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in ("csrfmiddlewaretoken", CONFIRMED, BACK)
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
            "back": BACK,
        }
        return TemplateResponse(request, "admin/clinic/before_saving.html", context, status=409)


def _asked_for(request: HttpRequest) -> str:
    """The page of this site from which the form was opened, to return to once it is saved."""
    wanted = request.GET.get("next", "")
    is_here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if is_here and wanted.startswith("/") and "_save" in request.POST else ""


class _Watched(transaction.Atomic):
    """A transaction that holds the lock, and knows what was broken before it."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(using=None, savepoint=True, durable=False)
        self.request = request

    def __enter__(self) -> None:
        super().__enter__()
        lock_availability()
        now = timezone.now()
        vars(self.request)["availability"] = _Change(set(broken_now(now)), times_now(now), now)
