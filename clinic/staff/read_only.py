"""Rows that staff read in the admin and that nobody adds, changes or deletes there; and lists of them that
may grow to a million."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.staff.site import MOST_COUNTED


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Whatever permissions somebody was given, superusers included, the rows are only read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CappedPaginator(Paginator[Any]):
    """Pages without a count of the whole table: beyond the cap, a search or a filter is the way. Whoever goes
    deeper has more counted, to the end of the page after the one that is `shown`."""

    CAP = 10_000
    shown = 1

    @property
    def counted(self) -> int:
        """Where counting ends."""
        return min(self.CAP, max(MOST_COUNTED, (self.shown + 1) * self.per_page))

    @cached_property
    def count(self) -> int:
        """The number of rows, as far as it is counted."""
        rows = cast(QuerySet[Any], self.object_list)
        return rows.order_by().values("pk")[: self.counted].count()

    def page(self, number: int | str) -> Page[Any]:
        """Of the pages before it the keys alone are read, not the rows and what belongs to them."""
        found = super().page(number)
        if found.number > 1:
            rows = cast(QuerySet[Any], self.object_list)
            first = (found.number - 1) * self.per_page
            keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
            found.object_list = rows.filter(pk__in=keys)
        return found


class CappedList(ChangeList):
    """Says where counting has ended."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.is_capped = self.result_count >= cast(CappedPaginator, self.paginator).counted
        self.previous_page = self.get_query_string({"p": self.page_num - 1}) if self.page_num > 1 else ""
        more = self.multi_page and self.page_num < self.paginator.num_pages
        self.next_page = self.get_query_string({"p": self.page_num + 1}) if more else ""


class LongList(ReadOnlyAdmin):
    """A list that never asks how many rows there are."""

    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def action_checkbox(self, obj: Any) -> SafeString:
        """What Django makes of a widget's template for each line, which is a seventh of the page's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            _("Select this object for an action - {}").format(obj),
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CappedList

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> CappedPaginator:
        """Knows which page is asked for."""
        paginator = CappedPaginator(queryset, per_page, orphans, allow_empty_first_page)
        asked = request.GET.get("p", "")
        paginator.shown = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        return paginator
