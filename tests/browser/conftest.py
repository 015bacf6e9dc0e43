"""pytest-playwright with Debian's Chromium, against a live server. `page`, `context` and `new_context` are
its fixtures; what a failed test saw lies in var/browser."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect
from pytest_django.live_server_helper import LiveServer
from pytest_playwright import CreateContextCallback

from tests.browser.measures import arrived
from tests.run import AXE, find_chromium

# Playwright's loop makes Django take every call for one from asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

CheckAxe = Callable[..., None]
SignIn = Callable[[Page, str], None]
# Milliseconds to wait for a page on a machine that is busy with much else; what is there goes on at once.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
# What colors can break, besides which light and dark are one page.
OF_COLORS = ("color-contrast", "link-in-text-block")


@pytest.fixture(scope="session", autouse=True)
def database_first(django_db_setup: None) -> None:
    """The test database before the live server, which looks once whether it is SQLite's in memory and would
    otherwise take the configured one for it: all its threads and the test's would share one connection."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own browser: Playwright downloads none. `make test` sees to all that is missing here."""
    path = find_chromium()
    if not path or not AXE.exists() or "mode=memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("needs Chromium, axe-core and a database that threads can share: `make test` has them")
    return browser_type_launch_args | {"executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    return str(live_server.url)


@pytest.fixture
def new_context(
    new_context: CreateContextCallback, live_server: LiveServer
) -> Iterator[CreateContextCallback]:
    """Opens a browser of one person. Whatever it asks for beyond the live server fails the test, and so does
    an error in its console."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def look(asked: Request) -> None:
        if not asked.url.startswith((live_server.url, "data:")):
            complaints.append(f"asked for {asked.url}")

    def listen(message: ConsoleMessage) -> None:
        # A trace's own script is kept out of the frame in which mail is shown, like any other.
        is_expected = "status of 4" in message.text or message.text.startswith("Blocked script execution")
        if message.type == "error" and not is_expected:
            complaints.append(message.text)

    def open_one(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.on("request", look)
        context.on("console", listen)
        opened.append(context)
        return context

    yield cast(CreateContextCallback, open_one)
    for context in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def signed_in(live_server: LiveServer) -> SignIn:
    """Opens Today for a member of staff who has signed in already; signing in has tests of its own."""

    def open_today(page: Page, username: str) -> None:
        client = Client()
        client.force_login(User.objects.get(username=username))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": str(live_server.url)}]
        )
        page.goto("/admin/")

    return open_today


@pytest.fixture
def look(check_axe: CheckAxe) -> CheckAxe:
    """Axe on a page in light, and once more in dark for what colors can break."""

    def in_both(page: Page) -> None:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        check_axe(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        check_axe(page, *OF_COLORS)

    return in_both


@pytest.fixture
def check_axe() -> CheckAxe:
    """Fails for any rule of axe (WCAG 2.2 A and AA, and its best practices) that the page breaks;
    with rules or tags named, for those alone."""
    source = AXE.read_text()

    def check(page: Page, *rules: str) -> None:
        # Evaluated through the debugger, which the page's Content-Security-Policy doesn't bind.
        arrived(page)
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        # Axe leaves the rules of WCAG 2.2 out unless they are asked for. The desk's tables and its plan are
        # closer than a finger needs (docs/accessibility.md).
        options = {
            "resultTypes": ["violations"],
            "rules": {"target-size": {"enabled": "/admin/" not in page.url}},
            "iframes": False,
            # Only a rule that is off by default would read style sheets; what they import axe would write
            # into the page, against its policy.
            "preload": False,
        }
        if rules:
            options["runOnly"] = list(rules)
        found = page.evaluate("options => axe.run(document, options)", options)
        broken = [
            {
                "rule": each["id"],
                "where": [node["target"] for node in each["nodes"]][:5],
                "help": each["help"],
            }
            for each in found["violations"]
        ]
        assert broken == [], f"{page.url}\n{json.dumps(broken, indent=1)}"

    return check
