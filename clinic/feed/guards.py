"""What the database does itself: it deletes the address of a calendar whose owner is no longer one.

So it holds whoever closes the account or takes the doctor off, and by whatever way. While that lasts nobody
gets the calendar anyhow (`in_force`); without this the address would come back to life with the account.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

ADDRESSES, ACCOUNTS, DOCTORS = "clinic_calendarfeed", "auth_user", "clinic_practitioner"


def install(connection: BaseDatabaseWrapper) -> None:
    """Guards the addresses, once all three tables are there; repeating it changes nothing."""
    if not {ADDRESSES, ACCOUNTS, DOCTORS} <= set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for statement in (
            *_statements(ACCOUNTS, ("is_active", "is_staff"), "user_id", connection.vendor),
            *_statements(DOCTORS, ("is_active", "user_id"), "practitioner_id", connection.vendor),
        ):
            cursor.execute(statement)


def _statements(table: str, columns: tuple[str, ...], owner: str, vendor: str) -> list[str]:
    """A change of any of the `columns` deletes the address of that `owner`."""
    name = f"{table}_ends_calendar"
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    when = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)
    ends = f"DELETE FROM {ADDRESSES} WHERE {owner} = NEW.id;"  # noqa: S608
    trigger = (
        f"CREATE TRIGGER {name} AFTER UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW WHEN ({when})"
    )
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}", f"{trigger} BEGIN {ends} END"]
    return [
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$
            BEGIN {ends} RETURN NULL; END $$ LANGUAGE plpgsql""",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"{trigger} EXECUTE FUNCTION {name}()",
    ]
