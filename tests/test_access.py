"""Who may what: every address x every role x every method, against the table in tests/access_table.py.

An address that is missing from the table fails. A request that the table doesn't allow must be refused and
must write nothing; GET and HEAD write nothing for anybody. Every cell is asked for, but pages are drawn only
where their words can differ: drawing takes longer than all the rest, and nothing here reads them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.template import Context, Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import access_table, access_world
from tests.access_table import Row
from tests.access_world import World

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
# What may be written while somebody only looks: who looked, that the session is alive, that codes were shown.
HARMLESS = (
    "clinic_auditentry", "django_session", "usersessions_usersession", "clinic_ratecount", "last_login",
    "mfa_authenticator",
    "appointments_pageviews",  # how often a link was used, for staff
)  # fmt: skip
OPENED = re.compile(
    r'^UPDATE "appointments_patientrequest" SET "opened_by_id" = \S+ "opened_at" = \S+ WHERE'
    r'|^UPDATE "clinic_job" SET "fetched_at" = \S+ WHERE'
    r'|^UPDATE "clinic_calendarfeed" SET "asked_on" = \S+ WHERE'
)


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


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each session and user, rights included, is read once: nothing changes them, as all is rolled back."""
    load, get_user = SessionStore.load, ModelBackend.get_user
    sessions: dict[str | None, dict[str, Any]] = {}
    users: dict[int, User | None] = {}

    def load_once(store: SessionStore) -> dict[str, Any]:
        if store.session_key not in sessions:
            sessions[store.session_key] = load(store)
        return deepcopy(sessions[store.session_key])

    def get_user_once(backend: ModelBackend, user_id: int) -> User | None:
        if user_id not in users:
            users[user_id] = get_user(backend, user_id)
        return users[user_id]

    monkeypatch.setattr(SessionStore, "load", load_once)
    monkeypatch.setattr(ModelBackend, "get_user", get_user_once)


@pytest.mark.usefixtures("remembered")
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


# Made once for all with holes for what differs: not to be made of nothing.
PREPARED = ("appointments/request/<slug:slug>/", "appointments/callback/")


def _differs(row: Row, role: str, method: str) -> bool:
    """Whether the words of this answer can differ from those of others: they do by rights, in the admin."""
    if row.route in PREPARED:
        return True
    if method == "HEAD" or not row.allows(role, method):
        return False
    first = next(each for each in access_table.ROLES if row.allows(each, method))
    return role == first or (method == "GET" and row.route.startswith("admin/"))


@contextmanager
def _drawing(wanted: bool) -> Iterator[None]:
    """Draws templates or leaves them empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", _draw if wanted else _leave_empty)
        yield


def _draw(template: Template, context: Context) -> str:
    """As Django does outside of tests, which keep a copy of every context."""
    return template.nodelist.render(context)


def _leave_empty(template: Template, context: Context) -> str:
    return ""


def _problem(client: Client, world: World, role: str, row: Row, method: str) -> str:
    """What is wrong with the answer, or ''. Everything is rolled back."""
    allowed = row.allows(role, method)
    writes = Writes()
    with transaction.atomic(), connection.execute_wrapper(writes), _drawing(_differs(row, role, method)):
        answer = client.generic(method, world.path(row, role), b"", "application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    client.cookies = copy(world.cookies[role])
    if answer.status_code >= 500 and row.route not in ("readyz", "statusz"):
        return f"answered {answer.status_code}"
    if is_refused(answer) == allowed:
        return f"{'refused' if allowed else 'let in'} with {answer.status_code}"
    if writes.found and (not allowed or method in ("GET", "HEAD")):
        return f"wrote {writes.found[0][:90]}"
    return ""
