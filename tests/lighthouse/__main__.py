"""`make lighthouse`: measures every public page and form, and a patient's page, in both languages, as deploy/
serves them, filled with the demonstration. Prints a table; 1 where a page misses a goal.

Scores and times are this machine's: no test asserts them. What is the same everywhere, a page's weight, its
requests and pictures that keep their place, is a test (tests/clinic/http/test_page_budgets.py).
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests import deploy_check
from tests.deploy_check import FLAGS, SITE, fetch, site_up
from tests.deployed import say
from tests.run import npm_install

FOLDER = Path(__file__).resolve().parent
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# The goals: scores of 100 but for performance, the largest paint in milliseconds, compressed bytes.
LOWEST = {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 100}
LCP, BYTES = 1200, 90_000
# What search engines are to leave alone, by design: then Lighthouse's SEO can't be 100.
NOT_LISTED = ("/appointments/status/", "/appointments/find/")


def install() -> bool:
    """Puts Lighthouse into the checkout, from the lock here; True when it is there."""
    return npm_install(FOLDER, "lighthouse")


def pages() -> list[str]:
    """The sitemap's, each form, and the page on which a lost link is found; in both languages."""
    listed = re.findall(rf"<loc>{SITE}([^<]*)</loc>", fetch(f"{SITE}/sitemap.xml")[2].decode())
    forms = re.findall(r'href="(/appointments/request/[^"]+)"', _page("/appointments/request/"))
    english = [*listed, *forms, "/appointments/find/"]
    both = [path for each in english for path in (each, each if each.startswith("/es/") else f"/es{each}")]
    return list(dict.fromkeys(both))


def _page(path: str) -> str:
    return fetch(SITE + path)[2].decode()


def a_patients_page() -> str:
    """The address of the page of a request that was sent just now."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        address = deploy_check.walk(browser.new_context(ignore_https_errors=True).new_page())
        browser.close()
    return address.removeprefix(SITE)


def measure(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What Lighthouse says of each page, as it comes."""
    command = ["node", str(FOLDER / "measure.js"), str(shutil.which("chromium")), SITE, *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        for line in program.stdout:
            yield json.loads(line)
    if program.returncode:
        sys.exit("Lighthouse ended before it had measured every page.")


def misses(found: dict[str, Any]) -> list[str]:
    """Which goals a page misses; nothing at best."""
    by_design = found["path"].removeprefix("/es").startswith(NOT_LISTED)
    scores = [
        f"{name} {found['scores'][name]}"
        for name in CATEGORIES
        if found["scores"][name] < LOWEST[name] and not (by_design and name == "seo")
    ]
    figures = {
        found["error"]: bool(found["error"]),
        f"LCP {found['lcp']:.0f} ms": found["lcp"] >= LCP,
        f"CLS {found['cls']:.3f}": found["cls"] > 0,
        f"{found['bytes']} bytes": found["bytes"] >= BYTES,
        f"asks {', '.join(found['elsewhere'])}": bool(found["elsewhere"]),
    }
    missed = scores + [words for words, is_missed in figures.items() if is_missed]
    return [*missed, f"({', '.join(found['failed'])})"] if missed and found["failed"] else missed


def main() -> int:
    """The table; 0 when every page reaches every goal. Arguments name the pages to measure, else all."""
    if not install():
        sys.exit("Lighthouse is not here, and npm could not fetch it.")
    short = 0
    with site_up(("demo", "--requests", "12")):
        personal = a_patients_page()
        paths = sys.argv[1:] or [*pages(), personal, f"/es{personal}"]
        say(" perf a11y best  seo  LCP ms    CLS   bytes asked  page")
        for found in measure(paths):
            scores = "".join(f"{found['scores'][name]:>5}" for name in CATEGORIES)
            shown = found["path"].replace(personal, "/appointments/status/(a patient's)/")
            missed = misses(found)
            short += bool(missed)
            say(
                f"{scores}{found['lcp']:>8.0f}{found['cls']:>7.3f}{found['bytes']:>8}{found['requests']:>6}"
                f"  {shown}{'  MISSES ' + ', '.join(missed) if missed else ''}"
            )
    say(f"{len(paths) - short} of {len(paths)} pages reach every goal.")
    return bool(short)


if __name__ == "__main__":
    sys.exit(main())
