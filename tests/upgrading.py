"""A database of its own as it was at an earlier migration, for tests of upgrades."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

SCRATCH = "scratch"


def old(apps: Any, name: str, app: str = "treatments") -> Any:
    """The rows of a model as it was."""
    return apps.get_model(app, name)._default_manager.using(SCRATCH)


def unsquashed(database: Any = None) -> MigrationLoader:
    """The migrations as they were written one after another, as an earlier release has them."""
    loader = MigrationLoader(database, replace_migrations=False)
    for key, squash in loader.replacements.items():
        loader.graph.remove_replacement_node(key, squash.replaces)
    loader.replacements = {}
    return loader


@contextmanager
def empty_database() -> Iterator[None]:
    """Without any table, as `SCRATCH`."""
    settings = dict(connection.settings_dict)
    settings["NAME"] = ":memory:" if connection.vendor == "sqlite" else f"{settings['NAME']}_before"
    if connection.vendor != "sqlite":
        _outside(f'DROP DATABASE IF EXISTS "{settings["NAME"]}"', f'CREATE DATABASE "{settings["NAME"]}"')
    connections.databases[SCRATCH] = settings
    try:
        yield
    finally:
        connections[SCRATCH].close()
        del connections[SCRATCH], connections.databases[SCRATCH]
        if connection.vendor != "sqlite":
            _outside(f'DROP DATABASE "{settings["NAME"]}"')


@contextmanager
def tables_of(*migrations: tuple[str, str]) -> Iterator[Any]:
    """The models as they were, over tables as they were; without `migrations`, those of the last ones."""
    with empty_database():
        executor = MigrationExecutor(connections[SCRATCH])
        executor.loader = unsquashed(connections[SCRATCH])
        yield executor.migrate(migrations or executor.loader.graph.leaf_nodes()).apps


def upgraded_to(migration: tuple[str, str]) -> Any:
    return MigrationExecutor(connections[SCRATCH]).migrate([migration]).apps


def _outside(*statements: str) -> None:
    """Runs what PostgreSQL runs in no transaction."""
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
