"""Tables that only grow: the database itself refuses to change a row."""

from django.db.backends.base.base import BaseDatabaseWrapper


def install(connection: BaseDatabaseWrapper, table: str) -> None:
    """Guards `table`, once it is there; repeating it changes nothing. SQLite loses its triggers whenever
    Django rebuilds a table, so this is done again after each migrate."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return
        for statement in _sqlite(table) if connection.vendor == "sqlite" else _postgresql(table):
            cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper, table: str) -> None:
    """Lets the rows of `table` change again, for a table that gets guards of another kind."""
    on_table = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only{on_table}")


def _sqlite(table: str) -> tuple[str, ...]:
    return (
        f"DROP TRIGGER IF EXISTS {table}_append_only",
        f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    )


def _postgresql(table: str) -> tuple[str, ...]:
    return (
        """CREATE OR REPLACE FUNCTION clinic_append_only() RETURNS trigger AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation'; END
            $$ LANGUAGE plpgsql""",
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
        f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION clinic_append_only()""",
    )
