"""What the database itself refuses: appointments that overlap or are longer than a day, a text that is about
to be handed over to a number that wants none, and changes to records that only grow.

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
# The older migrations put the guards in place before these are there.
TEXTING_TABLES = {"appointments_message", "appointments_textoptout"}
OVERLAP = "appointment_no_overlap"
# LONGEST of appointments.models.appointment, by which SQLite's trigger reads a day rather than all the years.
TOO_LONG, LONGEST = "appointment_not_too_long", "1 day"
# That STOP was heard is said even so, once (STOPPED of appointments.messages.texts.consent).
OPTED_OUT, LAST_WORD = "text_to_opted_out", "text_stopped"


def _active() -> str:
    return ", ".join(f"'{status.value}'" for status in ACTIVE_STATUSES)


def _sqlite_statements() -> list[str]:
    statements = []
    for event in ("INSERT", "UPDATE"):
        name, too_long = f"{OVERLAP}_{event.lower()}", f"{TOO_LONG}_{event.lower()}"
        statements += [
            f"DROP TRIGGER IF EXISTS {too_long}",
            f"""CREATE TRIGGER {too_long} BEFORE {event} ON appointments_appointment
                WHEN NEW."end" > strftime('%Y-%m-%d %H:%M:%f', NEW.start, '+{LONGEST}')
                BEGIN SELECT RAISE(ABORT, '{TOO_LONG}'); END""",
            f"DROP TRIGGER IF EXISTS {name}",
            f"""CREATE TRIGGER {name} BEFORE {event} ON appointments_appointment
                WHEN NEW.status IN ({_active()}) AND EXISTS (
                    SELECT 1 FROM appointments_appointment AS other
                    WHERE other.practitioner_id = NEW.practitioner_id
                      AND other.status IN ({_active()})
                      AND other.start >= strftime('%Y-%m-%d %H:%M:%S', NEW.start, '-{LONGEST}')
                      AND other.start < NEW."end" AND other."end" > NEW.start
                      AND other.id IS NOT NEW.id)
                BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END""",  # noqa: S608 - constants only
        ]
    return statements


def _is_claimed_text() -> str:
    return f"NEW.channel = 'text' AND NEW.leased_by IS NOT NULL AND NEW.kind <> '{LAST_WORD}'"


def _no_text_to_opted_out_sqlite() -> list[str]:
    statements = []
    for event in ("INSERT", "UPDATE"):
        name = f"{OPTED_OUT}_{event.lower()}"
        statements += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"""CREATE TRIGGER {name} BEFORE {event} ON appointments_message
                WHEN {_is_claimed_text()} AND EXISTS (
                    SELECT 1 FROM appointments_textoptout WHERE number = NEW.recipient)
                BEGIN SELECT RAISE(ABORT, '{OPTED_OUT}'); END""",  # noqa: S608 - constants only
        ]
    return statements


def _no_text_to_opted_out_postgresql() -> list[str]:
    return [
        f"""CREATE OR REPLACE FUNCTION {OPTED_OUT}() RETURNS trigger AS $$
            BEGIN
                IF EXISTS (SELECT 1 FROM appointments_textoptout WHERE number = NEW.recipient) THEN
                    RAISE EXCEPTION '{OPTED_OUT}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            END $$ LANGUAGE plpgsql""",  # noqa: S608 - constants only
        f"DROP TRIGGER IF EXISTS {OPTED_OUT} ON appointments_message",
        f"""CREATE TRIGGER {OPTED_OUT} BEFORE INSERT OR UPDATE ON appointments_message
            FOR EACH ROW WHEN ({_is_claimed_text()}) EXECUTE FUNCTION {OPTED_OUT}()""",
    ]


def install_opted_out(connection: BaseDatabaseWrapper) -> None:
    """Has the database hand over no text to a number that wants none; SQLite gets that after each migrate."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        for statement in _no_text_to_opted_out_postgresql():
            cursor.execute(statement)


def _postgresql_statements() -> list[str]:
    return [
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        f"ALTER TABLE appointments_appointment DROP CONSTRAINT IF EXISTS {OVERLAP}",
        f"""ALTER TABLE appointments_appointment ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist (
                practitioner_id WITH =, tstzrange(start, "end", '[)') WITH &&)
            WHERE (status IN ({_active()}))""",
        *_none_too_long(),
    ]


def _none_too_long() -> list[str]:
    """Of PostgreSQL; the rows that are there are looked at without keeping a writer waiting."""
    change = "ALTER TABLE appointments_appointment"
    return [
        f"{change} DROP CONSTRAINT IF EXISTS {TOO_LONG}",
        f"""{change} ADD CONSTRAINT {TOO_LONG} CHECK ("end" - start <= interval '{LONGEST}') NOT VALID""",
        f"{change} VALIDATE CONSTRAINT {TOO_LONG}",
    ]


def install_longest(connection: BaseDatabaseWrapper) -> None:
    """Refuses appointments that are too long, on a database that has the older guards; SQLite gets all of
    them after each migrate."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        for statement in _none_too_long():
            cursor.execute(statement)


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts every guard in place on the database of `connection`; repeating it changes nothing."""
    is_sqlite = connection.vendor == "sqlite"
    statements = _sqlite_statements() if is_sqlite else _postgresql_statements()
    if set(connection.introspection.table_names()) >= TEXTING_TABLES:
        statements += _no_text_to_opted_out_sqlite() if is_sqlite else _no_text_to_opted_out_postgresql()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    for table in APPEND_ONLY_TABLES:
        append_only.install(connection, table)


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables to guard are there: not yet, when only other apps have been migrated."""
    return {"appointments_appointment", *APPEND_ONLY_TABLES} <= set(connection.introspection.table_names())
