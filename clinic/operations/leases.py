"""Rows that wait to be worked on, of which any number of workers take some each. A worker that dies leaves a
lease that ends by itself, so nothing stays undone."""

from typing import Any

from django.db import connection, models, transaction


def take(waiting: "models.QuerySet[Any]", limit: int = 1, **lease: Any) -> list[Any]:
    """The keys of the first rows of `waiting` that could be had, `limit` at most, in its order, now with the
    columns of `lease`. `waiting` must hold no row any more once `lease` stands in it.

    PostgreSQL passes rows over that another worker is taking. On SQLite one conditional UPDATE decides: the
    row count says whether somebody was faster, and then nothing is taken.
    """
    rows = waiting.values_list("pk", flat=True)
    if connection.features.has_select_for_update_skip_locked:
        with transaction.atomic():
            taken = list(rows.select_for_update(skip_locked=True)[:limit])
            if taken:
                waiting.model._default_manager.filter(pk__in=taken).update(**lease)
        return taken
    if not rows.exists():  # a look, so that no other writer waits for nothing
        return []
    with transaction.atomic():
        taken = list(rows[:limit])
        won = waiting.order_by().filter(pk__in=taken).update(**lease)
        if won != len(taken):
            transaction.set_rollback(True)
            return []
    return taken
