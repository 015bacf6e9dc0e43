"""What the database itself refuses of the clinic's own words: a change to what was handed over."""

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.models import question, wording
from clinic.signed import guards

WRITTEN_ONCE = {wording.TABLE: wording.WRITTEN_ONCE, question.VERSIONS_TABLE: question.WRITTEN_ONCE}


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the guards in place, as far as the tables are there; repeating it changes nothing."""
    guards.install(connection, WRITTEN_ONCE)
