"""What the database itself refuses: a change to words that were written. A change is a new version.

Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers without a word; so
they are made again after each migrate (see apps.py).
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("treatments_treatmentversion", "treatments_articleversion")
# Publishing and the sign-off are written into the row later; all else stays as it was.
WRITTEN_ONCE = (
    "page_id", "language", "number", "title", "summary", "body", "change_note", "is_clinical", "created_at",
)  # fmt: skip


def _statements(vendor: str) -> list[str]:
    old, new = (", ".join(f"{row}.{column}" for column in WRITTEN_ONCE) for row in ("OLD", "NEW"))
    statements = []
    if vendor != "sqlite":
        statements.append(
            """CREATE OR REPLACE FUNCTION treatments_written_once() RETURNS trigger AS $$
                BEGIN RAISE EXCEPTION '%: words are written once', TG_TABLE_NAME
                    USING ERRCODE = 'integrity_constraint_violation'; END
                $$ LANGUAGE plpgsql"""
        )
    for table in TABLES:
        if vendor == "sqlite":
            statements += [
                f"DROP TRIGGER IF EXISTS {table}_written_once",
                f"""CREATE TRIGGER {table}_written_once BEFORE UPDATE ON {table}
                    WHEN ({old}) IS NOT ({new})
                    BEGIN SELECT RAISE(ABORT, '{table}: words are written once'); END""",
            ]
        else:
            statements += [
                f"DROP TRIGGER IF EXISTS {table}_written_once ON {table}",
                f"""CREATE TRIGGER {table}_written_once BEFORE UPDATE ON {table}
                    FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new}))
                    EXECUTE FUNCTION treatments_written_once()""",
            ]
    return statements


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts every guard in place on the database of `connection`; repeating it changes nothing."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables to guard are there."""
    return set(TABLES) <= set(connection.introspection.table_names())
