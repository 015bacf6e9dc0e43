"""Who may what: every address x every role x every method, against the table in tests/access_table.py.

An address that is missing from the table fails. A request that the table doesn't allow must be refused and
must write nothing; GET and HEAD write nothing for anybody.
"""

import re
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import access_table, access_world
from tests.access_table import Row
from tests.access_world import World

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
# What may be written while somebody only looks: who looked, that the session is alive, that codes were shown.
HARMLESS = ("clinic_auditentry", "django_session", "clinic_ratecount", "last_login", "mfa_authenticator")
OPENED = re.compile(r'^UPDATE "appointments_patientrequest" SET "opened_by_id" = \S+ "opened_at" = \S+ WHERE')


def routes() -> Iterator[str]:
    """Every address of the site, as the URL configuration spells it."""
    yield from _walk(get_resolver().url_patterns, "")


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


def test_every_address_is_in_the_table() -> None:
    assert set(routes()) == {row.route for row in access_table.ROWS}


def test_no_address_is_in_it_twice() -> None:
    assert len(access_table.ROWS) == len({row.route for row in access_table.ROWS})


def test_the_page_in_docs_is_the_table() -> None:
    assert access_table.as_markdown() in access_table.PAGE.read_text("utf-8")


@pytest.fixture
def world(db: None) -> World:
    return access_world.build()


class Writes:
    """Collects the statements that write, the harmless ones aside."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        writes = sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        if writes and not any(word in sql for word in HARMLESS) and not OPENED.match(sql):
            self.found.append(sql)
        return execute(sql, params, many, context)


def is_refused(answer: Any) -> bool:
    """Whether the answer keeps the asker out, one way or another."""
    if answer.status_code in (301, 302):
        return "/login/?next=" in answer["Location"]
    return answer.status_code in (401, 403, 404, 405)


@pytest.mark.parametrize("role", access_table.ROLES)
def test_the_table_holds(role: str, world: World) -> None:
    client = world.client(role)
    wrong = [
        f"{method} {row.route}: {problem}"
        for row in access_table.ROWS
        for method in METHODS
        if (problem := _problem(client, world, role, row, method))
    ]
    assert not wrong, "\n".join(wrong)


def _problem(client: Client, world: World, role: str, row: Row, method: str) -> str:
    """What is wrong with the answer, or ''. Everything is rolled back."""
    allowed = row.allows(role, method)
    writes = Writes()
    with transaction.atomic(), connection.execute_wrapper(writes):
        answer = client.generic(method, world.path(row, role), b"", "application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    client.cookies = copy(world.cookies[role])
    if answer.status_code >= 500 and row.route != "readyz":
        return f"answered {answer.status_code}"
    if is_refused(answer) == allowed:
        return f"{'refused' if allowed else 'let in'} with {answer.status_code}"
    if writes.found and (not allowed or method in ("GET", "HEAD")):
        return f"wrote {writes.found[0][:90]}"
    return ""
