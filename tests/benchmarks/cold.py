"""`python -m tests.benchmarks.cold`: how long a start takes, and how much memory a process of the site.

The code lies as on a server: a folder of its own with its bytecode, static files collected. A start is timed
from the program to the first answer with the home page; memory is looked at after some pages. Goals are
printed, not enforced: on a machine that does other things each figure is higher.
"""

import contextlib
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.stage import ROOT, stage

ANSWER, MEMORY, CHECK = 1.0, 90, 1.5  # seconds, MB, seconds of the processor
CODE = ("clinic", "treatments", "appointments")
PAGES = (
    "/", "/treatments/botox/", "/articles/botox-aftercare/", "/es/", "/appointments/callback/",
    "/appointments/request/botox/", "/admin/login/", "/contact/",
)  # fmt: skip
STARTS = 7


def main() -> None:
    """The table."""
    with stage(None) as environment, tempfile.TemporaryDirectory(prefix="cold-") as name:
        folder = Path(name)
        own = {**environment, "PYTHONPATH": ""}
        _copy(folder, own)
        starts = [_start(folder, own, once=True)[0] for _each in range(STARTS)]
        say("start to first answer", f"{statistics.median(starts):.2f} s", f"{ANSWER:.1f} s", _range(starts))
        _seconds, alone, own_share = _start(folder, own, once=False)
        say("a process of the site, RSS", f"{max(alone):.0f} MB", f"{MEMORY} MB", "as top shows it")
        say("the same, PSS", f"{max(own_share):.0f} MB", "", "shared pages by their share, of 3 processes")
        checks = [_check(folder, own) for _each in range(5)]
        say("manage.py check", f"{statistics.median(checks):.2f} s", f"{CHECK} s", "of the processor")


def _copy(folder: Path, environment: dict[str, str]) -> None:
    """What docs/operations.md does with a version."""
    listed = [
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        *CODE,
        "templates",
        "docs/handbook",
        "deploy",
        "manage.py",
    ]
    for file in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes((ROOT / file).read_bytes())
    subprocess.run([sys.executable, "-m", "compileall", "-q", *CODE], cwd=folder, check=True)
    for command in (["load_content"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def _start(folder: Path, environment: dict[str, str], once: bool) -> tuple[float, list[float], list[float]]:
    """The seconds to the first answer; unless `once`, RSS and PSS of each process after some pages."""
    with _site(folder, environment) as (master, port):
        began = time.monotonic()
        while not _answers(port, "/"):
            time.sleep(0.002)
        seconds = time.monotonic() - began
        if once:
            return seconds, [], []
        for page in PAGES * 15:
            _answers(port, page)
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return (
            seconds,
            [_memory(each, "Rss") for each in children],
            [_memory(each, "Pss") for each in children],
        )


@contextmanager
def _site(folder: Path, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py",
        "--bind", f"127.0.0.1:{port}", "--log-level", "critical",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as master:
        try:
            yield master.pid, port
        finally:
            master.terminate()
            master.wait(30)


def _answers(port: int, page: str) -> bool:
    """Whether a page is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.suppress(OSError), contextlib.closing(connection):
        connection.request("GET", page)
        return connection.getresponse().status == 200
    return False


def _memory(process: str, kind: str) -> float:
    """In MB, as the kernel counts it."""
    found = re.search(
        rf"^{kind}:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE
    )
    return int(found[1]) / 1024 if found else 0.0


def _check(folder: Path, environment: dict[str, str]) -> float:
    """Seconds of the processor that `manage.py check` takes."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "check"],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_utime + usage.ru_stime


def _range(figures: list[float]) -> str:
    return f"of {len(figures)} starts, {min(figures):.2f} to {max(figures):.2f}"


def say(what: str, figure: str, goal: str, how: str) -> None:
    sys.stdout.write(f"  {what:28} {figure:>8}   {f'goal {goal}' if goal else '':12} {how}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
