"""Work on many rows of which one may be broken: the others must not wait for it."""

import logging
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from django.db import connection

logger = logging.getLogger(__name__)

T = TypeVar("T")


def one_by_one(what: str, rows: Iterable[T], work: Callable[[T], bool]) -> int:
    """How many of `rows` the `work` was done on; a failure on one is logged and the next one comes."""
    done = 0
    for row in rows:
        try:
            done += work(row)
        except Exception as error:  # one broken row must not stop the others
            note_failure(f"{what} {getattr(row, 'pk', '')}", error)
    return done


def note_failure(what: str, error: Exception) -> None:
    """Logs a failure by its kind and place, never by its words, which can quote a row. Hangs up on a database
    that may have gone, so that the next one connects anew."""
    logger.error("%s failed: %s at %s", what, type(error).__name__, _place(error))
    if not connection.in_atomic_block:
        connection.close()


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
