"""What every test may use."""

import io
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker

from appointments import roles
from clinic.models import Clinic
from clinic.operations import edition
from clinic.operations.logs import JsonFormatter
from clinic.pictures import storing
from clinic.time import words
from clinic.wordings import present, questions
from tests import builders
from tests.threads import FOLDER
from treatments.alarm import words as alarm


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """What a test with transactions of its own leaves behind, PostgreSQL deletes row by row: TRUNCATE makes
    each table and index anew, which takes sixty times as long for the few rows of a test. The append-only
    tables' triggers stand aside for it, which takes a superuser; others truncate."""
    truncate = DatabaseOperations.sql_flush

    def delete(self: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            [is_super] = cursor.fetchone()
        if not is_super or options.get("reset_sequences"):
            return truncate(self, style, tables, **options)
        rows = [f"DELETE FROM {self.quote_name(table)}" for table in tables]  # noqa: S608 - our own tables
        return ["SET LOCAL session_replication_role = replica", *rows]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete)
        yield


@pytest.fixture(scope="session", autouse=True)
def files_for_staff() -> Iterator[None]:
    """What the tests have had prepared goes with them."""
    yield
    shutil.rmtree(settings.JOBS_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page that was asked for in Spanish leaves its thread in Spanish; the next test starts afresh."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def year_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The days that the tests name lie around this one, whenever they run."""
    monkeypatch.setattr(words, "_now", lambda: builders.WEDNESDAY)


@pytest.fixture(autouse=True)
def words_unread() -> None:
    """No test reads the words of another, whose rows are gone and whose keys come again."""
    present.forget()
    questions.forget()
    alarm.forget()
    edition.forget()


@pytest.fixture
def clinic(db: None) -> Clinic:
    """The clinic's row."""
    return builders.clinic()


@pytest.fixture
def empty_storage(db: None) -> None:
    """For tests that count files: what an earlier test stored would be taken for a leftover."""
    storing.sweep(timezone.now() + timedelta(days=2))


@pytest.fixture
def front_desk(db: None) -> User:
    """A member of the front desk."""
    return builders.staff(roles.FRONT_DESK)


@pytest.fixture
def dermatologist(db: None) -> User:
    """A dermatologist."""
    return builders.staff(roles.DERMATOLOGIST)


@pytest.fixture
def physician(db: None) -> User:
    """A dermatologist who practises here and may sign."""
    return builders.physician()


@pytest.fixture
def editor(db: None) -> User:
    """A content editor."""
    return builders.staff(roles.CONTENT_EDITOR)


@pytest.fixture
def desk_client(client: Client, front_desk: User) -> Client:
    """A browser in which the front desk has signed in."""
    client.force_login(front_desk)
    return client


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What the site's logging really writes, from DEBUG up: what reaches the root's handler."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def written_log() -> Iterator[io.StringIO]:
    with everything_logged() as stream:
        yield stream


def _kept_rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For fixtures of a class or a module that take long to make: what they store is there for each of its
    tests, which undo their own changes alone, and is gone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


class_rows = pytest.fixture(scope="class")(_kept_rows)
module_rows = pytest.fixture(scope="module")(_kept_rows)


@pytest.fixture
def copied_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of a copy of the tests' database, as it is between tests, for processes of their own."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
                path = Path(folder) / "copy.sqlite3"
                connection.ensure_connection()
                with closing(sqlite3.connect(path)) as copy:
                    connection.connection.backup(copy)
                yield f"sqlite:///{path}"
            return
        given = connection.settings_dict
        own, name = given["NAME"], f"{given['NAME']}_copy"
        connection.close()  # PostgreSQL copies only what nobody uses
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{own}"')
        try:
            host = str(given["HOST"] or "127.0.0.1").replace("/", "%2F")
            secret = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
            yield f"postgres://{given['USER']}{secret}@{host}:{given['PORT'] or 5432}/{name}"
        finally:
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
