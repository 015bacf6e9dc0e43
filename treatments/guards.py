"""What the database itself refuses: a change to a version that was submitted, to its facts or its questions,
to a signature, and a step back from a state that is an end. A change is a new version. And the addresses that
pages get are kept.

Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers without a word; so
they are made again after each migrate (see apps.py).
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic import kept_addresses
from clinic.models.signed import TEXT_COLUMNS
from clinic.signed import guards as signed
from clinic.signed.guards import dropped, refusal

# What is written of every page, the facts of a treatment, and the alarm words.
WORDS = (
    *TEXT_COLUMNS, "page_id", "language", "title", "summary", "body", "names_medicine", "drawing",
    "picture_id", "sources", "translated_from_id",
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
    "treatments_alarmwords": (*TEXT_COLUMNS, *ALARM),
}
QUESTIONS = "treatments_screeningquestion"
VERSIONS = "treatments_treatmentversion"
OLD_NAME = "written_once"
# The tables of pages, and those of their addresses.
ADDRESSES = {
    "treatments_treatment": "treatments_treatmentaddress",
    "treatments_article": "treatments_articleaddress",
}


def _statements(vendor: str) -> Iterator[str]:
    for table in WRITTEN_ONCE:
        yield dropped(table, OLD_NAME, vendor)
    yield from _question_statements(vendor)


def _question_statements(vendor: str) -> list[str]:
    """The questions of a version change only while it is a draft."""
    words = "the questions of a submitted version are never changed"
    statements = []
    for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW"))):
        versions = ", ".join(f"{row}.version_id" for row in rows)
        submitted = f"EXISTS (SELECT 1 FROM {VERSIONS} WHERE id IN ({versions}) AND state <> 'draft')"  # noqa: S608
        statements += refusal(QUESTIONS, f"guard_{event.lower()}", event, submitted, words, vendor)
    return statements


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts every guard in place on the database of `connection`; repeating it changes nothing. Does nothing
    before the versions have states: migrations up to then call it too."""
    if not tables_exist(connection):
        return
    signed.install(connection, WRITTEN_ONCE)
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor):
            cursor.execute(statement)
    for pages, addresses in ADDRESSES.items():
        kept_addresses.install(connection, pages, addresses)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Takes away what keeps a migration from giving the versions their states."""
    with connection.cursor() as cursor:
        for table in WRITTEN_ONCE:
            cursor.execute(dropped(table, OLD_NAME, connection.vendor))


def lift(connection: BaseDatabaseWrapper) -> None:
    """Takes the guards off, for a migration that changes a guarded table: SQLite makes such a table anew, and
    can't while a guard of another one asks it. Each migrate puts them back."""
    signed.lift(connection, (*WRITTEN_ONCE, QUESTIONS))


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the pages' tables are there, with what is guarded in them; the alarm words came later."""
    if not {*WRITTEN_ONCE, QUESTIONS} - {"treatments_alarmwords"} <= set(
        connection.introspection.table_names()
    ):
        return False
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, QUESTIONS)
    return any(column.name == "version_id" for column in columns)
