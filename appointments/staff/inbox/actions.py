"""The inbox's bulk actions: each needs its permission, and each writes the timeline of every request."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.lifecycle import Action
from appointments.requests import assignment, spam
from appointments.requests.moves import move_many
from appointments.roles import HANDLE
from appointments.staff.inbox.export import as_csv
from appointments.staff.kit import answer, staff_of

# A list of boxes that is longer than this is not put on the page in between; the count says enough.
NAMED_ON_PAGE = 50


def colleagues() -> QuerySet[User]:
    """Those who work on requests."""
    return (
        User.objects.with_perm(HANDLE, backend="django.contrib.auth.backends.ModelBackend")
        .filter(is_staff=True)
        .order_by("first_name", "username")
    )


@admin.action(description=gettext_lazy("Take"), permissions=["handle"])
def take(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> None:
    """Takes the chosen requests, as far as nobody has them."""
    asked, taken = queryset.count(), move_many(queryset, Action.TAKE, staff_of(request))
    words = ngettext("%(count)s request is yours now.", "%(count)s requests are yours now.", taken)
    _tell(request, words, taken, asked)


@admin.action(description=gettext_lazy("Assign to a colleague"), permissions=["handle"])
def assign(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Asks for the colleague, then assigns."""
    asked, chosen = queryset.count(), request.POST.get("colleague", "")
    to = colleagues().filter(pk=chosen).first() if chosen.isdecimal() else None
    if to is None:
        more = {"colleagues": colleagues(), "nobody_chosen": "asked" in request.POST}
        return _ask(request, _("Assign to a colleague"), "assign", queryset, asked, **more)
    assigned = assignment.assign(queryset, to, staff_of(request), timezone.now())
    words = ngettext("%(count)s request was assigned.", "%(count)s requests were assigned.", assigned)
    _tell(request, words, assigned, asked)
    return None


@admin.action(description=gettext_lazy("Not spam"), permissions=["handle"])
def not_spam(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> None:
    """Frees the chosen requests and sends their acknowledgements."""
    asked, freed = queryset.count(), spam.free(queryset, staff_of(request), timezone.now())
    words = ngettext(
        "%(count)s request is in the inbox now.", "%(count)s requests are in the inbox now.", freed
    )
    _tell(request, words, freed, asked)


@admin.action(description=gettext_lazy("Close as spam"), permissions=["handle"])
def close_as_spam(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Asks once, then closes the chosen requests; their senders are told nothing."""
    asked = queryset.count()
    if "asked" not in request.POST:
        return _ask(request, _("Close as spam"), "spam", queryset, asked)
    closed = spam.close_as_spam(queryset, staff_of(request), timezone.now())
    words = ngettext(
        "%(count)s request was closed as spam.", "%(count)s requests were closed as spam.", closed
    )
    _tell(request, words, closed, asked)
    return None


@admin.action(description=gettext_lazy("Not spam after all"), permissions=["handle"])
def not_spam_after_all(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> None:
    """Opens what was closed as spam again, and sends what had waited."""
    asked, reopened = queryset.count(), spam.reopen(queryset, staff_of(request), timezone.now())
    words = ngettext(
        "%(count)s request is in the inbox again.", "%(count)s requests are in the inbox again.", reopened
    )
    _tell(request, words, reopened, asked)


@admin.action(description=gettext_lazy("Export as CSV"), permissions=["export"])
def export(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> StreamingHttpResponse:
    """The chosen requests as CSV."""
    return as_csv(queryset, request, timezone.now())


def _ask(request: HttpRequest, title: str, page: str, queryset: Any, count: int, **more: Any) -> HttpResponse:
    """The page in between, with what is ticked."""
    context = {
        "title": title,
        "count": count,
        "requests": queryset[:NAMED_ON_PAGE],
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        **more,
    }
    return answer(request, f"patientrequest/{page}.html", context)


def _tell(request: HttpRequest, words: str, done: int, asked: int) -> None:
    if done:
        messages.success(request, words % {"count": done})
    left = asked - done
    if left:
        sorry = ngettext(
            "%(count)s request was left as it is: this step isn't possible there now.",
            "%(count)s requests were left as they are: this step isn't possible there now.",
            left,
        )
        messages.warning(request, sorry % {"count": left})
