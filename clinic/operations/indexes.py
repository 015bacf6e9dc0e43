"""Migrations of indexes while the site goes on: PostgreSQL makes and drops them without keeping a writer
waiting. They stand in migrations with `atomic = False`, which may be run again from where they stopped.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations.operations import AddIndex, AlterField, RemoveIndex
from django.db.models import Index


def _stands(schema_editor: Any, name: str) -> bool | None:
    """Whether the index `name` is whole; None where it isn't there."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
        row = cursor.fetchone()
    return row[0] if row else None


class AddIndexBeside(AddIndexConcurrently):
    """An index that is made beside the work of the site. One whose making was broken off is made anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        if not schema_editor.collect_sql:  # `sqlmigrate` and the linter
            self._ensure_not_in_transaction(schema_editor)
        index: Index = self.index
        stands = _stands(schema_editor, index.name)
        if stands:
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if stands is False:
            schema_editor.remove_index(model, index, concurrently=True)
        schema_editor.add_index(model, index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)


class RemoveIndexBeside(RemoveIndexConcurrently):
    """An index that goes beside the work of the site."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            RemoveIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        if not schema_editor.collect_sql:
            self._ensure_not_in_transaction(schema_editor)
        if _stands(schema_editor, self.name) is None:
            return
        state = from_state.models[app_label, self.model_name_lower]
        model = from_state.apps.get_model(app_label, self.model_name)
        schema_editor.remove_index(model, state.get_index_by_name(self.name), concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            RemoveIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)


class WithoutIndexOfItsOwn(AlterField):
    """A foreign key whose own index goes, as another begins with its column: beside the work of the site, and
    on SQLite without making the table anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column, table = model._meta.get_field(self.name).column, model._meta.db_table
        kept = {index.name for index in model._meta.indexes}
        with schema_editor.connection.cursor() as cursor:
            found = schema_editor.connection.introspection.get_constraints(cursor, table)
        beside = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
        for name, each in found.items():
            of_its_own = each["index"] and not each["unique"] and each["columns"] == [column]
            if of_its_own and name not in kept:
                schema_editor.execute(f"DROP INDEX {beside}{schema_editor.quote_name(name)}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
