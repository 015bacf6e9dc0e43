"""How a row of the bench is measured: by wrk, by head.py where wrk can't, on a core of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.servers import PROXIED, Server, pinned

HERE = Path(__file__).resolve().parent
# Ids for one measurement: more than any site here can store in two seconds.
IDS = 6000


@dataclass(frozen=True)
class Measured:
    """What one measurement came to: answers a second, milliseconds that one took of the server's processor,
    milliseconds until it came, and how many were none or an error."""

    per_second: float
    used: float
    p50: float
    p99: float
    failed: int


@dataclass
class Form:
    """A form that is sent over and over, never the same twice."""

    body: str
    new_ids: Callable[[int], list[str]]
    # How many rows there are, to compare with what was answered.
    stored: Callable[[], int]
    sent: int = 0

    def files(self, folder: Path) -> list[str]:
        """What wrk.lua is told; the numbers go on where the last measurement ended."""
        body, ids = folder / "body", folder / "ids"
        body.write_text(self.body)
        ids.write_text("\n".join(self.new_ids(IDS)) + "\n")
        self.sent += IDS
        return [str(body), str(ids), str(self.sent)]


@dataclass(frozen=True)
class Asked:
    """What is asked of whom, and what has to come back."""

    server: Server
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    clients: int = 8
    form: Form | None = None
    # By head.py, with this method.
    bare: str = ""

    @property
    def sent(self) -> dict[str, str]:
        return {**PROXIED, "Accept-Encoding": "gzip, deflate, br", **self.headers}

    def check(self) -> str:
        """What is wrong with the answer, or ''. wrk itself only knows errors from what is none."""
        if self.form or self.server.is_tls:
            return ""
        status = self.server.ask(self.path, self.sent, self.bare or "GET").status
        return "" if status == self.status else f"answered {status}"

    def measure(self, seconds: float, folder: Path) -> Measured:
        """For so long. What a form has stored is counted: an answer without a row is a failure."""
        before, used = self.form.stored() if self.form else 0, self.server.used()
        told = json.loads(self._by_head(seconds) if self.bare else self._by_wrk(seconds, folder))
        used = self.server.used() - used
        failed, answered = int(told["failed"]), int(told["requests"])
        if self.form:
            # A client whose time was up has not read its answer.
            surplus = self.form.stored() - before - answered + failed
            failed += 0 if 0 <= surplus <= self.clients else abs(surplus)
        if not answered:
            failed += 1
        return Measured(
            answered / told["seconds"], used / max(answered, 1) * 1e3, told["p50"], told["p99"], failed
        )

    def _by_wrk(self, seconds: float, folder: Path) -> str:
        headers = [each for name, value in self.sent.items() for each in ("-H", f"{name}: {value}")]
        command = pinned(
            1, "wrk", "-t1", f"-c{self.clients}", f"-d{seconds:.0f}s", "--timeout", "20s",
            "-s", str(HERE / "wrk.lua"), *headers, self.server.address + self.path,
            *(["--", *self.form.files(folder)] if self.form else []),
        )  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
        return next(line for line in done.stdout.splitlines() if line.startswith("{"))

    def _by_head(self, seconds: float) -> str:
        lines = [
            f"{self.bare} {self.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in self.sent.items()),
        ]
        command = pinned(
            1, sys.executable, str(HERE / "head.py"), "127.0.0.1", str(self.server.port), str(seconds),
            str(self.clients),
        )  # fmt: skip
        request = "\r\n".join([*lines, "", ""]).encode()
        return subprocess.run(
            command, input=request, capture_output=True, check=True, timeout=seconds + 60
        ).stdout.decode()
