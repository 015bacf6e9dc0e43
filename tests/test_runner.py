"""`manage.py test` and a bare `pytest` run the real tests, with nothing in the environment."""

import os
import subprocess
import sys
from pathlib import Path

from tests.run import ONCE

ROOT = Path(__file__).resolve().parent.parent
BARE = {"PATH": os.environ["PATH"]}


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=BARE | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_manage_test_runs_the_real_tests(tmp_path: Path) -> None:
    good, bad = tmp_path / "test_good.py", tmp_path / "test_bad.py"
    good.write_text("def test_it(): pass\n")
    bad.write_text("def test_it(): assert 1 == 2\n")
    passed = run("manage.py", "test", str(good), DJANGO_SETTINGS_MODULE="clinic.settings")
    assert (passed.returncode, "1 passed" in passed.stdout) == (0, True), passed.stderr
    failed = run("manage.py", "test", str(good), str(bad))
    assert (failed.returncode, "1 failed, 1 passed" in failed.stdout) == (1, True), failed.stderr


def test_what_runs_once_is_there() -> None:
    assert [path for path in ONCE if not (ROOT / path).exists()] == []


def test_pytest_needs_nothing_from_the_environment() -> None:
    done = run("-m", "pytest", "-q", "tests/appointments/rules/test_references.py")
    assert done.returncode == 0, done.stdout + done.stderr
