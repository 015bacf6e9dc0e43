"""`make screenshots`: renews the pictures of the README and of the handbook, and lays contact sheets of every
page and state into var/sheets, in three widths, both languages, light and dark; all from a demonstration of
its own.

A sheet is one width, language and scheme: the pages side by side, long ones cut into columns. To be looked at
before anything that people see is landed. Needs Chromium; some minutes.

    python -m tests.screenshots            all
    python -m tests.screenshots --readme   the README's pictures alone
    python -m tests.screenshots --handbook the handbook's alone
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

from tests.deploy_check import FLAGS
from tests.deployed import say

ROOT = Path(__file__).resolve().parent.parent
README, SHEETS = ROOT / "docs" / "screenshots", ROOT / "var" / "sheets"
HANDBOOK = ROOT / "docs" / "handbook" / "pictures"
PORT, PASSWORD = 8243, "only-for-pictures-4711"
SITE = f"http://127.0.0.1:{PORT}"
STARTS_WITHIN = 180  # seconds
WIDTHS = {"phone": 360, "tablet": 768, "desk": 1280}
HIGHEST = 2400  # pixels of a column
GROUND = "#e7dfd5"

PUBLIC = (
    "/", "/treatments/", "/treatments/botox/", "/articles/", "/articles/botox-aftercare/",
    "/doctors/dr-umar/", "/contact/", "/privacy/", "/appointments/request/", "/appointments/request/botox/",
    "/appointments/request/consultation/", "/appointments/callback/", "/appointments/find/", "/no-such-page/",
)  # fmt: skip
REQUESTS = "/admin/appointments/patientrequest"


@contextmanager
def demonstration() -> Iterator[Path]:
    """A fresh demonstration with a full day, served at SITE; the folder of its data."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name:
        env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        env |= {"VAR_DIR": name, "PORT": str(PORT), "DEMO_PASSWORD": PASSWORD}
        command = [sys.executable, str(ROOT / "deploy" / "run_demo.py"), "--full-day"]
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as program:
            try:
                _wait(program)
                yield Path(name)
            finally:
                program.send_signal(signal.SIGTERM)
                program.wait(60)


def _wait(program: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while program.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{SITE}/healthz", timeout=2):  # noqa: S310 - our own
                return
        except OSError:
            time.sleep(0.5)
    sys.exit("The demonstration did not start.")


def rows(folder: Path) -> dict[str, tuple[int, str]]:
    """The key and the link of one request in each status, for an appointment where there is one."""
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        found = database.execute(
            "SELECT status, id, token FROM appointments_patientrequest ORDER BY kind DESC, id"
        )
        return {status: (key, token) for status, key, token in found}


def fullest_day(folder: Path) -> str:
    """The day with the most appointments, as the schedule's address names it."""
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        days = (
            "SELECT date(start, '-8 hours') FROM appointments_appointment GROUP BY 1 ORDER BY count(*) DESC"
        )
        return str(database.execute(days).fetchone()[0])


def look(page: Page, path: str, *, whole: bool = True) -> Image.Image:
    page.goto(SITE + path)
    return Image.open(BytesIO(page.screenshot(full_page=whole))).convert("RGB")


def sheet(pictures: list[Image.Image], height: int, gap: int = 24) -> Image.Image:
    """The pictures side by side, those that are higher than `height` cut into columns."""
    columns = [
        one.crop((0, top, one.width, min(one.height, top + height)))
        for one in pictures
        for top in range(0, one.height, height)
    ]
    width = sum(one.width + gap for one in columns) + gap
    whole = Image.new("RGB", (width, max(one.height for one in columns) + 2 * gap), GROUND)
    left = gap
    for one in columns:
        whole.paste(one, (left, gap))
        left += one.width + gap
    return whole


def contact_sheets(browser: Browser, tokens: dict[str, str]) -> None:
    """Each public page, each form with what is missing, each state of a request."""
    shutil.rmtree(SHEETS, ignore_errors=True)
    SHEETS.mkdir(parents=True)
    for (name, width), prefix, scheme in product(WIDTHS.items(), ("", "/es"), ("light", "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        kind = f"{name}-{'es' if prefix else 'en'}-{scheme}"
        sheet([look(page, prefix + path) for path in PUBLIC], HIGHEST).save(SHEETS / f"{kind}-pages.png")
        states = [look(page, f"{prefix}/appointments/status/{token}/") for token in tokens.values()]
        sheet(states, HIGHEST).save(SHEETS / f"{kind}-states.png")
        errors = [_with_errors(page, prefix + path) for path in PUBLIC if path.endswith(("botox/", "back/"))]
        sheet([one for one in errors if one], HIGHEST).save(SHEETS / f"{kind}-errors.png")
        context.close()
        say(f"  var/sheets/{kind}-*.png")


def _with_errors(page: Page, path: str) -> Image.Image | None:
    """The form at `path` as it comes back when it was sent empty; None where there is no form."""
    page.goto(SITE + path)
    if not page.locator("#send").count():
        return None
    page.locator("#send").click()
    page.locator(".error-summary").wait_for()
    return Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")


def on_phones(pictures: list[Image.Image]) -> Image.Image:
    """Side by side with round corners, as phones show them."""
    whole = sheet(pictures, pictures[0].height)
    for number, one in enumerate(pictures):
        mask = Image.new("L", one.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, one.width - 1, one.height - 1), radius=18, fill=255)
        left = 24 + number * (one.width + 24)
        whole.paste(GROUND, (left, 24, left + one.width, 24 + one.height))
        whole.paste(one, (left, 24), mask)
    return whole


def pictures_of_the_readme(browser: Browser, found: dict[str, tuple[int, str]], day: str) -> None:
    phone = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="light").new_page()
    paths = ("/", "/treatments/botox/", f"/appointments/status/{found['offered'][1]}/")
    _save(on_phones([look(phone, path, whole=False) for path in paths]), "site")
    staff = {
        "front-desk": {
            "today": "/admin/", "inbox": f"{REQUESTS}/",
            "schedule": f"{REQUESTS}/schedule/?day={day}&view=day",
            "offer": f"{REQUESTS}/{found['in_progress'][0]}/offer/",
        },
        "dermatologist": {"review": f"{REQUESTS}/{found['clinical_review'][0]}/review/"},
    }  # fmt: skip
    for username, pages in staff.items():
        desk = _desk(browser, username)
        for name, path in pages.items():
            _save(look(desk, path, whole=False), name)


def pictures_of_the_handbook(browser: Browser, found: dict[str, tuple[int, str]], day: str) -> None:
    """Each page that a book shows, from below the menu, as its reader sees it on a desk."""
    in_progress, review = found["in_progress"][0], found["clinical_review"][0]
    botox = "/admin/treatments/treatment/1"
    editor = _desk(browser, "editor")
    version = _hand_over(editor, f"{botox}/words/en/")
    shown = {
        "front-desk": {
            "front-desk-today": "/admin/",
            "front-desk-inbox": f"{REQUESTS}/",
            "front-desk-request": f"{REQUESTS}/{in_progress}/change/",
            "front-desk-offer": f"{REQUESTS}/{in_progress}/offer/",
            "front-desk-schedule": f"{REQUESTS}/schedule/?day={day}&view=day",
            "front-desk-closure": "/admin/clinic/closure/add/",
            "front-desk-notices": "/admin/hear/",
            "front-desk-earlier": f"{REQUESTS}/schedule/earlier/",
        },
        "dermatologist": {
            "dermatologist-today": "/admin/",
            "dermatologist-review": f"{REQUESTS}/{review}/review/",
            "dermatologist-day-sheet": f"{REQUESTS}/schedule/day-sheet/?day={day}",
            "dermatologist-version": version,
            "dermatologist-alarm-words": "/admin/treatments/alarmwords/",
        },
        "editor": {
            "editor-page": f"{botox}/change/",
            "editor-words": f"{botox}/words/en/",
            "editor-texts": "/admin/clinic/wording/",
            "editor-text": "/admin/clinic/wording/home.heading/change/",
            "editor-picture": f"{botox}/picture/",
        },
        "admin": {
            "owner-figures": f"{REQUESTS}/figures/",
            "owner-account": "/admin/auth/user/1/change/",
            "owner-clinic": "/admin/clinic/clinic/1/change/",
            "owner-holidays": "/admin/clinic/holidaydecision/",
            "owner-messages": "/admin/appointments/message/samples/",
            "owner-audit": "/admin/clinic/auditentry/",
            "owner-calendar": "/admin/clinic/practitioner/1/calendar/",
        },
    }
    for username, pages in shown.items():
        page = editor if username == "editor" else _desk(browser, username)
        for name, path in pages.items():
            picture = look(page, path, whole=False)
            top = page.evaluate("document.querySelector('#header').getBoundingClientRect().bottom")
            picture = picture.crop((0, int(top), picture.width, picture.height))
            picture.save(HANDBOOK / f"{name}.webp", quality=60, method=6)
            say(f"  docs/handbook/pictures/{name}.webp")


def _desk(browser: Browser, username: str) -> Page:
    """A browser on a desk in the clinic, in which somebody has signed in."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme="light", timezone_id="America/Los_Angeles"
    )
    page = context.new_page()
    _sign_in(page, username)
    return page


def _hand_over(page: Page, path: str) -> str:
    """The address of a version that waits for the dermatologist, written by who looks at `page`."""
    page.goto(SITE + path)
    page.fill("[name=summary]", "A treatment without surgery that can soften frown lines for a time.")
    page.fill("[name=change_note]", "A shorter summary")
    page.get_by_role("button", name="Save and hand over for sign-off").click()
    page.get_by_text("waits for a dermatologist").wait_for()
    return page.url.removeprefix(SITE)


def _sign_in(page: Page, username: str) -> None:
    page.goto(f"{SITE}/admin/")
    page.fill("[name=login], [name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Log out").wait_for()


def _save(picture: Image.Image, name: str) -> None:
    picture.quantize(192).save(README / f"{name}.png", optimize=True)
    say(f"  docs/screenshots/{name}.png")


def main() -> int:
    with demonstration() as folder, sync_playwright() as playwright:
        found = rows(folder)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        if "--handbook" not in sys.argv:
            pictures_of_the_readme(browser, found, fullest_day(folder))
        if "--readme" not in sys.argv:
            pictures_of_the_handbook(browser, found, fullest_day(folder))
        if not {"--readme", "--handbook"} & set(sys.argv):
            contact_sheets(browser, {status: token for status, (_key, token) in found.items()})
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
