"""Writes each app's squashed migration, from which a new database is made; `make squash` runs it.

It makes what the migrations make one after another, each table in one step, with the columns that later ones
forgot and didn't drop. No row of a new database comes from a migration: those that change rows find none.
"""

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import django
from django.db import migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter

from tests.test_project import ORDER, ROOT
from tests.upgrading import unsquashed

# Each step costs more, the more models there are: the users' table comes to its end before ours begin.
USERS = ("auth", "0012_alter_user_first_name_max_length")
HEAD = '''"""The tables of a new database as the replaced migrations leave them; written by `make squash`."""

'''
GUARDS = """from {app} import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration"""
LAST = "        migrations.RunPython(install, migrations.RunPython.noop),\n    ]\n"


def one_after_another() -> list[Migration]:
    """All migrations but the squashed ones, in their order."""
    graph = unsquashed().graph
    keys = dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf))
    return [graph.nodes[key] for key in keys]


def states(chain: Iterable[Migration]) -> tuple[ProjectState, ProjectState]:
    """The models at the end of the chain, and those that would describe its tables: these have the forgotten
    columns too."""
    models, tables = ProjectState(), ProjectState()
    for migration in chain:
        for operation in migration.operations:
            operation.state_forwards(migration.app_label, models)
            for each in on_tables(operation):
                each.state_forwards(migration.app_label, tables)
    return models, tables


def on_tables(operation: Operation) -> list[Operation]:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return list(operation.database_operations)
    return [operation]


def squashed(chain: list[Migration]) -> Iterator[Migration]:
    """One migration for each app, the lowest first."""
    models, tables = states(chain)
    forgotten = MigrationAutodetector(tables, models).changes(unsquashed().graph)
    below = [USERS]
    for app in ORDER:
        replaced = [(app, migration.name) for migration in chain if migration.app_label == app]
        operations: list[Operation] = [created(tables.models[key]) for key in in_order(tables, app)]
        if forget := [each for migration in forgotten.get(app, ()) for each in migration.operations]:
            operations.append(migrations.SeparateDatabaseAndState(state_operations=forget))
        of_app = type(
            "Migration",
            (Migration,),
            {
                "replaces": replaced,
                "initial": True,
                "dependencies": [("__setting__", "AUTH_USER_MODEL"), *below],
                "operations": operations,
            },
        )
        yield of_app(f"0001_squashed_{replaced[-1][1]}", app)
        below = [replaced[-1]]


def in_order(tables: ProjectState, app: str) -> list[tuple[str, str]]:
    """The tables of the app, each after those that it points at. Raises CycleError when some wait for each
    other."""
    own = {key: model for key, model in sorted(tables.models.items()) if key[0] == app}
    return list(TopologicalSorter({key: sorted(points_at(own[key]) - {key}) for key in own}).static_order())


def points_at(model: ModelState) -> set[tuple[str, str]]:
    """Models of the same app."""
    others = (field.remote_field.model for field in model.fields.values() if field.remote_field)
    names = (str(other).lower().partition(".") for other in others)
    return {(app, name) for app, _, name in names if app == model.app_label}


def created(model: ModelState) -> migrations.CreateModel:
    """The one step that makes the table with its checks and indexes."""
    options = {name: value for name, value in model.options.items() if value != []}
    return migrations.CreateModel(
        model.name, list(model.fields.items()), options, model.bases, model.managers
    )


def forgotten_columns() -> Iterator[tuple[str, str]]:
    """Table and column of those that are there still though no model has them."""
    models, tables = states(one_after_another())
    for key, table in tables.models.items():
        for name, field in table.fields.items():
            if name not in models.models[key].fields and not field.many_to_many:
                yield f"{key[0]}_{key[1]}", field.db_column or (f"{name}_id" if field.is_relation else name)


def text(squash: Migration) -> str:
    """The module of a squashed migration."""
    written = MigrationWriter(squash, include_header=False).as_string().lstrip()
    guarded = written.replace("class Migration", GUARDS.format(app=squash.app_label), 1)
    return HEAD + guarded.removesuffix("    ]\n") + LAST


def path(squash: Migration) -> Path:
    return ROOT / squash.app_label / "migrations" / f"{squash.name}.py"


def write(squash: Migration) -> None:
    """Writes the module in place of the squash before it, which no database needs any more."""
    for earlier in path(squash).parent.glob("0001_squashed_*.py"):
        earlier.unlink()
    path(squash).write_text(text(squash))


if __name__ == "__main__":
    django.setup()
    for each in list(squashed(one_after_another())):
        write(each)
