"""A new database, made by the squashed migrations, is what all migrations one after another make."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import DjangoDbBlocker

from tests import squash
from tests.test_project import ORDER
from tests.upgrading import SCRATCH, empty_database, tables_of

ON_POSTGRESQL = {
    "columns": """SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision,
        is_nullable, column_default, is_identity, identity_generation, collation_name
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prolang <>
        (SELECT oid FROM pg_language WHERE lanname = 'c')""",
    "sequences": "SELECT sequencename, data_type::text, start_value FROM pg_sequences",
    "extensions": "SELECT extname FROM pg_extension",
}


def parts(made: str, forgotten: set[tuple[str, str]]) -> list[str]:
    """A statement of SQLite; of a CREATE TABLE each column and constraint, in whatever order. A
    forgotten column goes when Django next makes its table anew, as it does for most changes."""
    made = " ".join(made.split())
    if not made.startswith("CREATE TABLE"):
        return [made]
    head, _, body = made.partition(" (")
    depth, found = 0, [""]
    table = head.split('"')[1]
    for character in body.removesuffix(")"):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    kept = (each.strip() for each in found)
    return [head, *sorted(each for each in kept if (table, each.split('"')[1]) not in forgotten)]


def recorded() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connections[SCRATCH]).applied_migrations())


def schema() -> Iterator[tuple[str, Any]]:
    """All that the database says of its tables, by kind; the order of columns says nothing."""
    with connections[SCRATCH].cursor() as cursor:
        if connection.vendor == "sqlite":
            forgotten = set(squash.forgotten_columns())
            cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
            yield (
                "all",
                sorted((kind, name, parts(made, forgotten)) for kind, name, made in cursor.fetchall()),
            )
            return
        for kind, query in ON_POSTGRESQL.items():
            cursor.execute(query)
            yield kind, sorted(cursor.fetchall(), key=repr)


def rows() -> dict[str, Any]:
    """How many rows each table has, and who may do what."""
    found: dict[str, Any] = {
        model._meta.db_table: model._base_manager.using(SCRATCH).count()
        for model in apps.get_models(include_auto_created=True)
    }
    groups = apps.get_model("auth", "Group")._default_manager.using(SCRATCH)
    what = "permissions__content_type__app_label", "permissions__codename"
    return found | {"permissions": sorted(groups.values_list("name", *what))}


def refuse(_execute: Any, sql: str, *_rest: Any) -> None:
    raise AssertionError(f"a migration asked another database than the one that is migrated: {sql}")


def test_a_new_database_is_as_one_that_went_through_all_migrations(
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """The way of old takes a quarter of a minute, on each database once: less than the squash spares the
    workers of the same run."""
    with django_db_blocker.unblock(), empty_database(), connection.execute_wrapper(refuse):
        call_command("migrate", database=SCRATCH, verbosity=0)
        new, applied = [*schema(), ("rows", rows())], recorded()
    with django_db_blocker.unblock(), connection.execute_wrapper(refuse), tables_of():
        emit_post_migrate_signal(0, False, SCRATCH)
        for (kind, found), (_, as_before) in zip(new, [*schema(), ("rows", rows())], strict=True):
            assert found == as_before, kind
            assert found, kind
        # Such a database has nothing to do, and counts from then on as made by the squash.
        executor = MigrationExecutor(connections[SCRATCH])
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
        call_command("migrate", database=SCRATCH, verbosity=0)
        assert recorded() == applied
        assert set(executor.loader.replacements) <= applied


def test_each_squash_is_what_make_squash_writes_of_those_that_it_replaces() -> None:
    squashes = [each for each in MigrationLoader(None).disk_migrations.values() if each.replaces]
    replaced = {key for each in squashes for key in each.replaces}
    own = [each for each in squash.one_after_another() if each.app_label in ORDER]
    chain = [each for each in own if (each.app_label, each.name) in replaced]
    assert [squash.path(each) for each in squash.squashed(chain)]
    for each in squash.squashed(chain):
        assert squash.path(each).read_text() == squash.text(each)
