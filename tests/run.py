"""`make test`: every test on SQLite, on PostgreSQL and in Chromium wherever they are found.

Says plainly at the end what was left out and why. Where CI is set in the environment, leaving anything
out is a failure. TEST_POSTGRES_URL names a server that may be used; without it the local one is tried.
"""

import getpass
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
BROWSER = Path(__file__).resolve().parent / "browser"
# Pure rules, words and pages: the same on either database, so once is enough. What stores, finds, counts,
# locks or refuses runs on both.
ONCE = (
    "tests/appointments/messages/test_clinical_words.py",
    "tests/appointments/messages/test_message_samples.py",
    "tests/appointments/messages/texts/test_segments.py",
    "tests/appointments/messages/texts/test_words.py",
    "tests/appointments/patients/test_bad_input_properties.py",
    "tests/appointments/patients/test_bad_posts_properties.py",
    "tests/appointments/patients/test_kept_from_translation.py",
    "tests/appointments/patients/test_patient_fields.py",
    "tests/appointments/rules/test_emails.py",
    "tests/appointments/rules/test_names.py",
    "tests/appointments/rules/test_phones.py",
    "tests/appointments/rules/test_references.py",
    "tests/clinic/handbook",
    "tests/clinic/http",
    "tests/clinic/operations/test_production.py",
    "tests/clinic/pictures/test_making.py",
    "tests/clinic/staff/test_attacks_machine.py",
    "tests/clinic/test_checks.py",
    "tests/clinic/test_settings.py",
    "tests/clinic/time",
    "tests/spanish",
    "tests/test_access.py",
    "tests/test_architecture.py",
    "tests/test_every_page.py",
    "tests/test_project.py",
    "tests/test_runner.py",
    "tests/test_supply.py",
    "tests/treatments/test_differences.py",
)
AXE = BROWSER / "node_modules" / "axe-core" / "axe.min.js"


def _postgresql_addresses() -> Iterator[str]:
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given.rstrip("/")
        return
    for user in dict.fromkeys((getpass.getuser(), "postgres")):
        yield f"postgres://{user}@127.0.0.1:5432"
        yield f"postgres://{user}@%2Fvar%2Frun%2Fpostgresql"


def find_postgresql() -> str | None:
    """The address of a PostgreSQL server on which this user may create databases, without a database name."""
    for address in _postgresql_addresses():
        try:
            with psycopg.connect(f"{address}/postgres", connect_timeout=2) as connection:
                row = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error:
            continue
        if row and row[0]:
            return address
    return None


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome on this machine."""
    given = os.environ.get("CHROME_PATH")
    names = ("chromium", "chromium-browser", "google-chrome")
    return given or next((path for path in map(shutil.which, names) if path), None)


def npm_install(folder: Path, package: str) -> bool:
    """Puts `package` into `folder`/node_modules as the lock there says; True when it is there. Nothing is
    asked of the network when the wanted version is there already."""
    named = json.loads((folder / "package.json").read_text())
    wanted = (named.get("dependencies", {}) | named.get("devDependencies", {}))[package]
    there = folder / "node_modules" / package / "package.json"
    if there.exists() and json.loads(there.read_text())["version"] == wanted:
        return True
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        return False
    command = [npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
    return subprocess.run(command, check=False, cwd=folder).returncode == 0


def install_axe() -> bool:
    """Puts axe-core into the checkout, from the lock beside the browser tests; True when it is there."""
    return npm_install(BROWSER, "axe-core")


def pytest(title: str, *arguments: str, **environment: str) -> bool:
    """Runs pytest in a process of its own; True when it passed."""
    print(f"\n== {title}", flush=True)  # noqa: T201
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", *arguments, *sys.argv[1:]]
    code = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode
    print(f"== {title}: {time.monotonic() - started:.0f} s", flush=True)  # noqa: T201
    return code == 0


def browser_tests(spread: list[str], where: dict[str, str]) -> bool:
    """True when they passed. A trace takes half as long again: what failed runs once more for it, and has
    failed nevertheless."""
    folder = ["-m", "browser", "tests/browser"]
    passed = pytest("Chromium", *spread, *folder, **where)
    if not passed:
        trace = ("--last-failed", "--tracing", "retain-on-failure")
        pytest("Chromium, what failed, with a trace in var/browser", *trace, *folder, **where)
    return passed


def main() -> int:
    """Runs what this machine can run; returns the exit status."""
    os.chdir(ROOT)
    left_out: list[str] = []
    postgresql, chromium = find_postgresql(), find_chromium()
    spread = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "worksteal"]
    passed = [
        pytest("SQLite", *spread, "-m", "not browser and not postgresql", DATABASE_URL="sqlite://:memory:")
    ]
    if postgresql:
        once = [f"--ignore={path}" for path in ONCE]
        passed.append(
            pytest("PostgreSQL", *spread, *once, "-m", "not browser", DATABASE_URL=f"{postgresql}/clinic")
        )
    else:
        left_out.append(
            "PostgreSQL: no server here on which databases may be created (TEST_POSTGRES_URL names one)"
        )
    if not chromium:
        left_out.append("the browser: no Chromium here (Debian's package is called chromium)")
    elif not install_axe():
        left_out.append("the browser: axe-core is not here, and npm could not fetch it")
    else:
        database = f"{postgresql}/clinic_browser" if postgresql else "sqlite://:memory:"
        sqlite_file = (
            {} if postgresql else {"TEST_SQLITE_FILE": str(ROOT / "var" / "test" / "browser.sqlite3")}
        )
        where = {"DATABASE_URL": database, "CHROME_PATH": chromium, **sqlite_file}
        passed.append(browser_tests(spread, where))
    if not shutil.which("promtool"):
        left_out.append("the alarm rules: no promtool here (Debian's package is called prometheus)")
    for item in left_out:
        print(f"LEFT OUT - {item}")  # noqa: T201
    if not left_out:
        print("Nothing was left out: SQLite, PostgreSQL, Chromium and promtool.")  # noqa: T201
    return 0 if all(passed) and not (left_out and os.environ.get("CI")) else 1


if __name__ == "__main__":
    sys.exit(main())
