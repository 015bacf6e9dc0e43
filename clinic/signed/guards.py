"""What the database itself refuses of any signed text: a change to a version that was submitted, to a
signature, and a step back from a state that is an end. A change is a new version.

Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers without a word; so
they are made again after each migrate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

RELEASE = ("release", "released_by_id", "released_at")
REVIEW = ("signed_off_by_id", "signed_off_at")
FUNCTION = "signed_text_refused"


def changed(columns: Sequence[str], vendor: str) -> str:
    """The condition that one of `columns` gets another value."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"({old}) {'IS NOT' if vendor == 'sqlite' else 'IS DISTINCT FROM'} ({new})"


def _rules(columns: Sequence[str], vendor: str) -> dict[str, str]:
    """The refusals of a table of versions, by what is said: each a condition on OLD and NEW."""
    return {
        "a submitted version is never changed": f"OLD.state <> 'draft' AND {changed(columns, vendor)}",
        "a signature stays as it is": f"OLD.release <> '' AND {changed(RELEASE, vendor)}",
        "only a later review of the live version takes the place of one": (
            f"OLD.release <> '' AND {changed(REVIEW, vendor)} AND NOT (OLD.state = 'live'"
            " AND NEW.state = 'live' AND (OLD.signed_off_at IS NULL"
            " OR NEW.signed_off_at > OLD.signed_off_at))"
        ),
        "this state is an end": (
            "OLD.state <> NEW.state AND (NEW.state = 'draft' OR OLD.state IN ('returned', 'superseded')"
            " OR (OLD.state = 'live' AND NEW.state <> 'superseded'))"
        ),
    }


def statements(vendor: str, written_once: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The guards of tables of versions, each with the columns that are written once."""
    yield from function(vendor)
    for table, columns in written_once.items():
        for number, (words, condition) in enumerate(_rules(columns, vendor).items(), 1):
            yield from refusal(table, f"guard_{number}", "UPDATE", condition, words, vendor)


def function(vendor: str) -> Iterator[str]:
    """What PostgreSQL's triggers call."""
    if vendor != "sqlite":
        yield f"""CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger AS $$
                BEGIN RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0]
                    USING ERRCODE = 'integrity_constraint_violation'; END
                $$ LANGUAGE plpgsql"""


def dropped(table: str, name: str, vendor: str) -> str:
    return f"DROP TRIGGER IF EXISTS {table}_{name}" + ("" if vendor == "sqlite" else f" ON {table}")


def refusal(table: str, name: str, event: str, condition: str, words: str, vendor: str) -> list[str]:
    """Has the database refuse an `event` of `table` under a `condition`, in place of the guard of that
    `name`."""
    if vendor == "sqlite":
        made = f"""CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition}
                   BEGIN SELECT RAISE(ABORT, '{table}: {words}'); END"""
    elif "SELECT" in condition:  # PostgreSQL's WHEN can't ask another table
        own = f"{table}_{name}"
        body = f"IF {condition} THEN RAISE EXCEPTION '{table}: {words}'"
        made = f"""CREATE OR REPLACE FUNCTION {own}() RETURNS trigger AS $$
                   BEGIN {body} USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END
                   $$ LANGUAGE plpgsql;
                   CREATE TRIGGER {table}_{name} BEFORE {event} ON {table}
                   FOR EACH ROW EXECUTE FUNCTION {own}()"""
    else:
        made = f"""CREATE TRIGGER {table}_{name} BEFORE {event} ON {table}
                   FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {FUNCTION}('{words}')"""
    return [dropped(table, name, vendor), made]


def install(connection: BaseDatabaseWrapper, written_once: Mapping[str, Sequence[str]]) -> None:
    """Puts the guards of those tables in place that are there; repeating it changes nothing."""
    with connection.cursor() as cursor:
        there = present(connection, cursor, written_once)
        for statement in statements(connection.vendor, there):
            cursor.execute(statement)


def present(
    connection: BaseDatabaseWrapper, cursor: Any, written_once: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The tables that are there and have states, each with those of its columns that are: earlier migrations
    install guards too."""
    tables = set(connection.introspection.table_names(cursor))
    found = {}
    for table in written_once.keys() & tables:
        columns = {each.name for each in connection.introspection.get_table_description(cursor, table)}
        if "state" in columns:
            found[table] = [name for name in written_once[table] if name in columns]
    return found


def lift(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    """Takes the guards of `tables` off, for a migration that changes one: SQLite makes such a table anew, and
    can't while a guard of another one asks it. Each migrate puts them back."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        names = tuple(tables)
        marks = ", ".join(["%s"] * len(names))
        cursor.execute(
            f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})",  # noqa: S608
            names,
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
