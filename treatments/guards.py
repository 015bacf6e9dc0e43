"""What the database itself refuses: a change to a version that was submitted, to its facts or its questions,
to a signature, and a step back from a state that is an end. A change is a new version. And the addresses that
pages get are kept.

Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers without a word; so
they are made again after each migrate (see apps.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic import kept_addresses

# What is written of every signed text, what of every page, the facts of a treatment, and the alarm words.
TEXT = ("number", "change_note", "editor_id", "created_at")
WORDS = (
    *TEXT, "page_id", "language", "title", "summary", "body", "names_medicine", "drawing",
    "translated_from_id",
)  # fmt: skip
FACTS = ("min_age", "max_age", "effect_months", "min_interval_months", "recall_after_weeks")
ALARM = tuple(
    f"{level}{part}{language}"
    for level in ("call_911", "call_us")
    for part in ("", "_signs")
    for language in ("", "_es")
)
WRITTEN_ONCE = {
    "treatments_treatmentversion": (*WORDS, *FACTS),
    "treatments_articleversion": WORDS,
    "treatments_alarmwords": (*TEXT, *ALARM),
}
RELEASE = ("release", "released_by_id", "released_at")
REVIEW = ("signed_off_by_id", "signed_off_at")
QUESTIONS = "treatments_screeningquestion"
VERSIONS = "treatments_treatmentversion"
OLD_NAME = "written_once"
# The tables of pages, and those of their addresses.
ADDRESSES = {
    "treatments_treatment": "treatments_treatmentaddress",
    "treatments_article": "treatments_articleaddress",
}


def _changed(columns: Sequence[str], vendor: str) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"({old}) {'IS NOT' if vendor == 'sqlite' else 'IS DISTINCT FROM'} ({new})"


def _rules(columns: Sequence[str], vendor: str) -> dict[str, str]:
    """The refusals of a table of versions, by what is said: each a condition on OLD and NEW."""
    return {
        "a submitted version is never changed": f"OLD.state <> 'draft' AND {_changed(columns, vendor)}",
        "a signature stays as it is": f"OLD.release <> '' AND {_changed(RELEASE, vendor)}",
        "only a later review of the live version takes the place of one": (
            f"OLD.release <> '' AND {_changed(REVIEW, vendor)} AND NOT (OLD.state = 'live'"
            " AND NEW.state = 'live' AND (OLD.signed_off_at IS NULL"
            " OR NEW.signed_off_at > OLD.signed_off_at))"
        ),
        "this state is an end": (
            "OLD.state <> NEW.state AND (NEW.state = 'draft' OR OLD.state IN ('returned', 'superseded')"
            " OR (OLD.state = 'live' AND NEW.state <> 'superseded'))"
        ),
    }


def _statements(vendor: str, written_once: Mapping[str, Sequence[str]]) -> list[str]:
    statements = []
    if vendor != "sqlite":
        statements.append(
            """CREATE OR REPLACE FUNCTION treatments_refused() RETURNS trigger AS $$
                BEGIN RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0]
                    USING ERRCODE = 'integrity_constraint_violation'; END
                $$ LANGUAGE plpgsql"""
        )
    for table, columns in written_once.items():
        statements.append(_dropped(table, OLD_NAME, vendor))
        for number, (words, condition) in enumerate(_rules(columns, vendor).items(), 1):
            statements += _refusal(table, f"guard_{number}", "UPDATE", condition, words, vendor)
    return statements + _question_statements(vendor)


def _question_statements(vendor: str) -> list[str]:
    """The questions of a version change only while it is a draft."""
    words = "the questions of a submitted version are never changed"
    statements = []
    for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW"))):
        versions = ", ".join(f"{row}.version_id" for row in rows)
        submitted = f"EXISTS (SELECT 1 FROM {VERSIONS} WHERE id IN ({versions}) AND state <> 'draft')"  # noqa: S608
        statements += _refusal(QUESTIONS, f"guard_{event.lower()}", event, submitted, words, vendor)
    return statements


def _dropped(table: str, name: str, vendor: str) -> str:
    return f"DROP TRIGGER IF EXISTS {table}_{name}" + ("" if vendor == "sqlite" else f" ON {table}")


def _refusal(table: str, name: str, event: str, condition: str, words: str, vendor: str) -> list[str]:
    if vendor == "sqlite":
        made = f"""CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition}
                   BEGIN SELECT RAISE(ABORT, '{table}: {words}'); END"""
    elif "SELECT" in condition:  # PostgreSQL's WHEN can't ask another table
        function = f"{table}_{name}"
        body = f"IF {condition} THEN RAISE EXCEPTION '{table}: {words}'"
        made = f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $$
                   BEGIN {body} USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END
                   $$ LANGUAGE plpgsql;
                   CREATE TRIGGER {table}_{name} BEFORE {event} ON {table}
                   FOR EACH ROW EXECUTE FUNCTION {function}()"""
    else:
        made = f"""CREATE TRIGGER {table}_{name} BEFORE {event} ON {table}
                   FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION treatments_refused('{words}')"""
    return [_dropped(table, name, vendor), made]


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts every guard in place on the database of `connection`; repeating it changes nothing. Does nothing
    before the versions have states: migrations up to then call it too."""
    if not tables_exist(connection):
        return
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        written_once = {table: _there(connection, cursor, table) for table in WRITTEN_ONCE if table in tables}
        for statement in _statements(connection.vendor, written_once):
            cursor.execute(statement)
    for pages, addresses in ADDRESSES.items():
        kept_addresses.install(connection, pages, addresses)


def _there(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> list[str]:
    """What is written once of the columns that `table` has: earlier migrations call `install` too."""
    columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
    return [name for name in WRITTEN_ONCE[table] if name in columns]


def remove(connection: BaseDatabaseWrapper) -> None:
    """Takes away what keeps a migration from giving the versions their states."""
    with connection.cursor() as cursor:
        for table in WRITTEN_ONCE:
            cursor.execute(_dropped(table, OLD_NAME, connection.vendor))


def lift(connection: BaseDatabaseWrapper) -> None:
    """Takes the guards off, for a migration that changes a guarded table: SQLite makes such a table anew, and
    can't while a guard of another one asks it. Each migrate puts them back."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        tables = (*WRITTEN_ONCE, QUESTIONS)
        marks = ", ".join(["%s"] * len(tables))
        cursor.execute(
            f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})",  # noqa: S608
            tables,
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the pages' tables are there, with what is guarded in them; the alarm words came later."""
    if not {*WRITTEN_ONCE, QUESTIONS} - {"treatments_alarmwords"} <= set(
        connection.introspection.table_names()
    ):
        return False
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, QUESTIONS)
    return any(column.name == "version_id" for column in columns)
