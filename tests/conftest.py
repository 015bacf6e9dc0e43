"""What every test may use."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from appointments import roles
from clinic.models import Clinic
from clinic.operations.logs import JsonFormatter
from clinic.time import words
from clinic.wordings import present, questions
from tests import builders


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


@pytest.fixture
def clinic(db: None) -> Clinic:
    """The clinic's row."""
    return builders.clinic()


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


@pytest.fixture(scope="class")
def class_rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For fixtures of a class that take long to make: what they store is there for each of its tests, which
    undo their own changes alone, and is gone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
