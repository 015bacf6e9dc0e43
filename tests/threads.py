"""Many threads at once, each with a connection of its own, for tests marked django_db(transaction=True)."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
# Memory as a disk, where there is one: the locks are the same, and no other program's writing holds them up.
FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def at_once(work: Callable[[int], T], times: int, threads: int = 8) -> list[T]:
    """What `work(number)` returned for each number below `times`."""

    def alone(number: int) -> T:
        try:
            return work(number)
        finally:
            connection.close()

    with _shareable_database(), ThreadPoolExecutor(threads) as pool:
        return list(pool.map(alone, range(times)))


@contextmanager
def _shareable_database() -> Iterator[None]:
    """SQLite's database in memory fails threads that it should make wait, so they work on a file and the
    outcome is copied back; everything else is shareable as it is."""
    connection.ensure_connection()
    memory = connection.connection
    if connection.vendor != "sqlite" or not isinstance(memory, sqlite3.Connection):
        yield
        return
    name = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        path = Path(folder) / "db.sqlite3"
        file = sqlite3.connect(path)
        try:
            memory.backup(file)
            connection.settings_dict["NAME"] = str(path)
            yield
            file.backup(memory)
        finally:
            connection.settings_dict["NAME"] = name
            file.close()
