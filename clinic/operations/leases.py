"""Rows that wait to be worked on, of which any number of workers take one each. A worker that dies leaves a
lease that ends by itself, so nothing stays undone."""

from typing import Any

from django.db import connection, models, transaction

# Whoever is beaten to so many of them looks again in the next round.
_TRIED = 20


def take(waiting: "models.QuerySet[Any]", **lease: Any) -> Any:
    """The key of the first row of `waiting` that could be had, now with the columns of `lease`; None without
    one. `waiting` must hold no row any more once `lease` stands in it.

    PostgreSQL passes rows over that another worker is taking; on SQLite one conditional UPDATE decides: the
    row count says who won.
    """
    rows = waiting.values_list("pk", flat=True)
    if connection.features.has_select_for_update_skip_locked:
        with transaction.atomic():
            taken = rows.select_for_update(skip_locked=True).first()
            if taken is not None:
                waiting.model._default_manager.filter(pk=taken).update(**lease)
        return taken
    return next((pk for pk in rows[:_TRIED] if waiting.order_by().filter(pk=pk).update(**lease)), None)
