"""The filters beside the lists."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

Choices = list[tuple[str, Any]]
# What can be chosen: its value in the address, its words, and the rows that it means.
Options = dict[str, tuple[Any, Q]]


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
