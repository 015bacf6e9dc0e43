"""Lists that may grow to a million rows, and the filters beside them."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from clinic.staff.read_only import ReadOnlyAdmin

Choices = list[tuple[str, Any]]
# What can be chosen: its value in the address, its words, and the rows that it means.
Options = dict[str, tuple[Any, Q]]


class CappedPaginator(Paginator[Any]):
    """Pages without a count of the whole table: beyond the cap, a search or a filter is the way."""

    CAP = 10_000

    @cached_property
    def count(self) -> int:
        """The number of rows, as far as the cap."""
        rows = cast(QuerySet[Any], self.object_list)
        return rows.order_by().values("pk")[: self.CAP].count()


class LongList(ReadOnlyAdmin):
    """A list that never asks how many rows there are."""

    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator


def options_of(field: str, choices: Iterable[tuple[Any, Any]]) -> Options:
    """One option for each value of a field."""
    return {str(value): (words, Q(**{field: value})) for value, words in choices}


class OptionsFilter(admin.SimpleListFilter):
    """One of its options at a time; what the address makes up counts as none. Folded until it is used."""

    template = "admin/appointments/filter.html"

    def options(self, request: HttpRequest) -> Options:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        self.found = self.options(request)
        return [(value, words) for value, (words, _where) in self.found.items()]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        _words, where = self.found.get(self.value() or "", ("", Q()))
        return queryset.filter(where)
