"""What the database itself refuses: overlapping appointments, and changes to records that only grow.

PostgreSQL has an exclusion constraint and triggers, SQLite triggers. Django rebuilds a table of SQLite for
most changes of its columns, which drops its triggers without a word; so they are made again after each
migrate (see apps.py), and a test looks for them.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from appointments.models.appointment import ACTIVE_STATUSES
from clinic import append_only

APPEND_ONLY_TABLES = (
    "appointments_requestevent",
    "appointments_clinicalreview",
    "appointments_screeninganswer",
)
OVERLAP = "appointment_no_overlap"


def _active() -> str:
    return ", ".join(f"'{status.value}'" for status in ACTIVE_STATUSES)


def _sqlite_statements() -> list[str]:
    statements = []
    for event in ("INSERT", "UPDATE"):
        name = f"{OVERLAP}_{event.lower()}"
        statements += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"""CREATE TRIGGER {name} BEFORE {event} ON appointments_appointment
                WHEN NEW.status IN ({_active()}) AND EXISTS (
                    SELECT 1 FROM appointments_appointment AS other
                    WHERE other.practitioner_id = NEW.practitioner_id
                      AND other.status IN ({_active()})
                      AND other.start < NEW."end" AND other."end" > NEW.start
                      AND other.id IS NOT NEW.id)
                BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END""",  # noqa: S608 - constants only
        ]
    return statements


def _postgresql_statements() -> list[str]:
    return [
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        f"ALTER TABLE appointments_appointment DROP CONSTRAINT IF EXISTS {OVERLAP}",
        f"""ALTER TABLE appointments_appointment ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist (
                practitioner_id WITH =, tstzrange(start, "end", '[)') WITH &&)
            WHERE (status IN ({_active()}))""",
    ]


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts every guard in place on the database of `connection`; repeating it changes nothing."""
    statements = _sqlite_statements() if connection.vendor == "sqlite" else _postgresql_statements()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    for table in APPEND_ONLY_TABLES:
        append_only.install(connection, table)


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables to guard are there: not yet, when only other apps have been migrated."""
    return {"appointments_appointment", *APPEND_ONLY_TABLES} <= set(connection.introspection.table_names())
