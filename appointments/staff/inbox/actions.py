"""The inbox's bulk actions: each needs its permission, and each writes the timeline of every request."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.requests.assignment import colleagues
from appointments.staff.inbox import bulk
from appointments.staff.inbox.export import ask_for_csv
from appointments.staff.kit import answer

# A list of boxes that is longer than this is not put on the page in between; the count says enough.
NAMED_ON_PAGE = 50


@admin.action(description=gettext_lazy("Take"), permissions=["handle"])
def take(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Takes the chosen requests, as far as nobody has them."""

    def words(count: int) -> str:
        return ngettext("%(count)s request is yours now.", "%(count)s requests are yours now.", count)

    return bulk.carry_out(inbox, request, queryset, bulk.TAKE, words)


@admin.action(description=gettext_lazy("Assign to a colleague"), permissions=["handle"])
def assign(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Asks for the colleague, then assigns."""

    def words(count: int) -> str:
        return ngettext("%(count)s request was assigned.", "%(count)s requests were assigned.", count)

    chosen = request.POST.get("colleague", "")
    to = colleagues().filter(pk=chosen).first() if chosen.isdecimal() else None
    if to is None:
        more = {"colleagues": colleagues(), "nobody_chosen": "asked" in request.POST}
        return _ask(request, _("Assign to a colleague"), "assign", queryset, **more)
    return bulk.carry_out(inbox, request, queryset, bulk.ASSIGN, words, to=to.pk)


@admin.action(description=gettext_lazy("Not spam"), permissions=["handle"])
def not_spam(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Frees the chosen requests and sends their acknowledgements."""

    def words(count: int) -> str:
        return ngettext(
            "%(count)s request is in the inbox now.", "%(count)s requests are in the inbox now.", count
        )

    return bulk.carry_out(inbox, request, queryset, bulk.NOT_SPAM, words)


@admin.action(description=gettext_lazy("Close as spam"), permissions=["handle"])
def close_as_spam(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Asks once, then closes the chosen requests; their senders are told nothing."""

    def words(count: int) -> str:
        return ngettext(
            "%(count)s request was closed as spam.", "%(count)s requests were closed as spam.", count
        )

    if "asked" not in request.POST:
        return _ask(request, _("Close as spam"), "spam", queryset)
    return bulk.carry_out(inbox, request, queryset, bulk.CLOSE_AS_SPAM, words)


@admin.action(description=gettext_lazy("Not spam after all"), permissions=["handle"])
def not_spam_after_all(
    inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any
) -> HttpResponse | None:
    """Opens what was closed as spam again, and sends what had waited."""

    def words(count: int) -> str:
        return ngettext(
            "%(count)s request is in the inbox again.", "%(count)s requests are in the inbox again.", count
        )

    return bulk.carry_out(inbox, request, queryset, bulk.NOT_SPAM_AFTER_ALL, words)


@admin.action(description=gettext_lazy("Export as CSV"), permissions=["export"])
def export(inbox: "admin.ModelAdmin[Any]", request: HttpRequest, queryset: Any) -> HttpResponse:
    """The chosen requests as CSV, made by the worker."""
    return ask_for_csv(request, bulk.chosen(inbox, request, queryset))


def _ask(request: HttpRequest, title: str, page: str, queryset: Any, **more: Any) -> HttpResponse:
    """The page in between, with what is ticked."""
    context = {
        "title": title,
        "count": queryset.count(),
        "requests": queryset[:NAMED_ON_PAGE],
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        **more,
    }
    return answer(request, f"patientrequest/{page}.html", context)
