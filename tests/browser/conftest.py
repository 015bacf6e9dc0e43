"""A real Chromium for the tests in this folder, against a live server."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

# Playwright's loop makes Django take every call for one from asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

AXE = Path(__file__).resolve().parent / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenContext = Callable[..., BrowserContext]
CheckAxe = Callable[..., None]


@pytest.fixture(scope="session", autouse=True)
def database_first(django_db_setup: None) -> None:
    """The test database before the live server, which looks once whether it is SQLite's in memory and would
    otherwise take the configured one for it: all its threads and the test's would share one connection."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROME_PATH", "/usr/bin/chromium"), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def open_context(chromium: Browser, live_server: LiveServer) -> Iterator[OpenContext]:
    """Opens a browser of one person. Whatever it asks for beyond the live server fails the test, and so does
    an error in its console."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)

        def look(request: Any) -> None:
            if not request.url.startswith((live_server.url, "data:")):
                complaints.append(f"asked for {request.url}")

        context.on("request", look)
        context.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and "status of 4" not in message.text
                else None
            ),
        )
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def check_axe() -> CheckAxe:
    """Fails for any rule of axe (WCAG 2.2 A and AA, and its best practices) that the page breaks;
    with rules named, for those alone."""
    source = AXE.read_text()

    def check(page: Page, *rules: str) -> None:
        # Evaluated through the debugger, which the page's Content-Security-Policy doesn't bind.
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
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
