"""What deploy/ says, held to what the programs that it starts really need."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.clinic.test_checks import ROOT

DEPLOY = ROOT / "deploy"
# Dies with the program that started it; prints the number of its own process first.
CHILD_OF_A_DEMO = """
import subprocess, sys, time
from deploy import run_demo
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], **run_demo.OWN_SESSION)
print(child.pid, flush=True)
time.sleep(60)
"""


def values(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines if not name.startswith("#")}


def test_gunicorn_may_hand_its_socket_over() -> None:
    """It calls chown on the socket even when nothing changes, and @privileged, left out, holds that call."""
    unit = (DEPLOY / "systemd" / "finetouch-web.service").read_text().splitlines()
    filters = [line.partition("=")[2] for line in unit if line.startswith("SystemCallFilter=")]
    assert filters[-1] == "@chown"


def test_the_processes_of_the_example_share_what_they_must() -> None:
    """Used codes and wrong ones are counted in the cache, so one of its own for each process would not do."""
    assert values(DEPLOY / "env.example")["CACHE_URL"].startswith("db://")
    assert "manage createcachetable" in (ROOT / "docs" / "operations.md").read_text()


def test_the_example_passes_its_own_checks(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123456789abcdefghijklmnopqrstuvwxyz" * 2)
    own = {"SECRET_KEY_FILE": str(tmp_path / "key"), "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **values(DEPLOY / "env.example"), **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part, on Linux")
def test_a_killed_demo_leaves_nothing_running() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD_OF_A_DEMO], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        child = int(demo.stdout.readline())
        assert alive(child)
        demo.send_signal(signal.SIGKILL)
        demo.wait()
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    if alive(child):
        os.kill(child, signal.SIGKILL)
        pytest.fail("the child outlived the demo")
