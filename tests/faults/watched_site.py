"""A site that Prometheus watches by the rules of deploy/, with its worker and a mail server, on the loopback.

The rules are the shipped ones with shorter times: half an hour is eight seconds here.
"""

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from tests.faults.mail_server import MailServer
from tests.faults.stage import ROOT, Row, free_port

RULES = ROOT / "deploy" / "prometheus" / "finetouch.rules.yml"
SHORTER = (
    (r"for: \d+[mh]", "for: 1s"),
    (r"\[\d+[mh]\]", "[8s]"),
    (r"offset 1h", "offset 8s"),
    (r"> 180$", "> 40"),
    (r"> 1800\b", "> 8"),
    (r"200 \* 1024 \* 1024", "4 * 1024 * 1024"),
)
WITHIN = 60.0  # seconds, for an alarm to come or to end
CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs:
  - job_name: finetouch
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@dataclass
class Program:
    """One that runs beside this one, and can be ended and started again."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self, kill: bool = False) -> None:
        if self.process is not None:
            if kill:
                self.process.kill()
            else:
                self.process.terminate()
            self.process.wait(30)
            self.process = None


@dataclass
class Watched:
    """What stands while the faults are made."""

    port: int
    prometheus: int
    site: Program
    worker: Program
    mail: MailServer

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """One request to the site: status, page, cookies."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(
                method, path, body or None, {k.replace("_", "-"): v for k, v in headers.items()}
            )
            response = connection.getresponse()
            return response.status, response.read().decode(), response.getheader("Set-Cookie") or ""

    def firing(self) -> set[str]:
        """The alarms that stand, by Prometheus's own word."""
        with contextlib.suppress(OSError):
            address = f"http://127.0.0.1:{self.prometheus}/api/v1/alerts"
            with urllib.request.urlopen(address, timeout=5) as answer:
                alerts = json.load(answer)["data"]["alerts"]
                return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}
        return {"Prometheus doesn't answer"}


@dataclass(frozen=True)
class Fault:
    """What is done, what mends it, and the alarms that it raises, the first of them for sure."""

    alarms: tuple[str, ...]
    words: str
    make: Callable[[Watched], None]
    mend: Callable[[Watched], None] = lambda watched: None


def shorter(rules: str) -> str:
    """The shipped rules in the time of this run. Raises ValueError when one of the times isn't found."""
    for pattern, replacement in SHORTER:
        rules, number = re.subn(pattern, replacement, rules, flags=re.MULTILINE)
        if not number:
            raise ValueError(pattern)
    return rules


@contextmanager
def watched_site() -> Iterator[Watched]:
    """The site under gunicorn, a worker, a mail server, and a Prometheus that asks every second."""
    port, prometheus = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="faults-prometheus-") as name, MailServer() as mail:
        folder = Path(name)
        (folder / "rules.yml").write_text(shorter(RULES.read_text()))
        (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=port))
        own = {
            "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
            "OUTBOX_RETRY_SECONDS": "1",
            "SITE_URL": f"http://127.0.0.1:{port}",
        }
        site = Program(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind",
             f"127.0.0.1:{port}", "--workers", "3", "--log-level", "critical"],
            own,
        )  # fmt: skip
        worker = Program([sys.executable, "manage.py", "worker"], own)
        watcher = Program(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{prometheus}", "--log.level=error"]
        )  # fmt: skip
        programs = (site, worker, watcher)
        try:
            for program in programs:
                program.start()
            yield Watched(port, prometheus, site, worker, mail)
        finally:
            for program in programs:
                program.stop()


def until(holds: Callable[[], bool]) -> float:
    """The seconds until `holds`; infinite when it doesn't in time."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > WITHIN:
            return float("inf")
        time.sleep(0.2)
    return time.monotonic() - began


def suffer(watched: Watched, fault: Fault) -> Row:
    """One fault, its alarm, its mending, and the alarm's end."""
    seen: set[str] = set()
    first = fault.alarms[0]

    def comes() -> bool:
        seen.update(watched.firing())
        return set(fault.alarms) <= seen

    with _at_once(lambda: fault.make(watched)):
        came = until(comes)
    with _at_once(lambda: fault.mend(watched)):
        ended = until(lambda: not watched.firing())
    others = sorted(seen - set(fault.alarms))
    figures = f"{fault.words}: fires after {came:.0f} s, over {ended:.0f} s after the mending"
    if others:
        figures += f", beside it {', '.join(others)}"
    return Row(first, figures, came <= WITHIN and ended <= WITHIN and not others)


@contextmanager
def _at_once(work: Callable[[], None]) -> Iterator[None]:
    """`work` while Prometheus is being asked: an alarm may come before it is done."""

    def alone() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=alone)
    thread.start()
    try:
        yield
    finally:
        thread.join(120)
