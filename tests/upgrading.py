"""A database of its own as it was at an earlier migration, for tests of upgrades."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

SCRATCH = "scratch"


def old(apps: Any, name: str, app: str = "treatments") -> Any:
    """The rows of a model as it was."""
    return apps.get_model(app, name)._default_manager.using(SCRATCH)


@contextmanager
def tables_of(migration: tuple[str, str]) -> Iterator[Any]:
    """The models as they were, over tables as they were."""
    settings = dict(connection.settings_dict)
    settings["NAME"] = ":memory:" if connection.vendor == "sqlite" else f"{settings['NAME']}_before"
    if connection.vendor != "sqlite":
        _outside(f'DROP DATABASE IF EXISTS "{settings["NAME"]}"', f'CREATE DATABASE "{settings["NAME"]}"')
    connections.databases[SCRATCH] = settings
    try:
        executor = MigrationExecutor(connections[SCRATCH])
        yield executor.migrate([migration]).apps
    finally:
        connections[SCRATCH].close()
        del connections[SCRATCH], connections.databases[SCRATCH]
        if connection.vendor != "sqlite":
            _outside(f'DROP DATABASE "{settings["NAME"]}"')


def upgraded_to(migration: tuple[str, str]) -> Any:
    return MigrationExecutor(connections[SCRATCH]).migrate([migration]).apps


def _outside(*statements: str) -> None:
    """Runs what PostgreSQL runs in no transaction."""
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
