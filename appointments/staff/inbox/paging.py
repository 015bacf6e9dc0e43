"""Pages of lists that may grow to a million rows."""

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class CappedPaginator(Paginator[Any]):
    """Pages without a count of the whole table: beyond the cap, a search or a filter is the way."""

    CAP = 10_000

    @cached_property
    def count(self) -> int:
        """The number of rows, as far as the cap."""
        rows = cast(QuerySet[Any], self.object_list)
        return rows.order_by().values("pk")[: self.CAP].count()
