"""What the bench measures: the site as in deploy/, the floors, nginx before the site. All are on one core,
whoever asks is on another, where there are two."""

import contextlib
import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deployed import make_certificate, running, write_nginx_configuration
from tests.faults.stage import ROOT, free_port

HOST = "www.example.org"
SITE = f"https://{HOST}"
# What nginx says of a request that it passes on. The floors get the same: reading it is gunicorn's work.
PROXIED = {"Host": HOST, "X-Forwarded-For": "21.0.0.1", "X-Forwarded-Proto": "https"}
PROCESSES = 2


def pinned(core: int, *command: str) -> list[str]:
    """The command on one core alone: 0 serves, 1 asks."""
    if (os.cpu_count() or 1) < 2 or not shutil.which("taskset"):
        return [*command]
    return ["taskset", "--cpu-list", str(core), *command]


@dataclass(frozen=True)
class Answer:
    """One answer, of which the bench reads this."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: str


@dataclass(frozen=True)
class Server:
    """Somebody who answers on a port of the loopback."""

    port: int
    is_tls: bool = False
    # Of its first process.
    pid: int = 0

    @property
    def address(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://127.0.0.1:{self.port}"

    def ask(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: str | None = None,
    ) -> Answer:
        """One request, in plain HTTP."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(line):
            line.request(method, path, body, {**PROXIED, **(headers or {})})
            response = line.getresponse()
            cookies = [each.split(";")[0] for each in response.headers.get_all("Set-Cookie", [])]
            return Answer(response.status, dict(response.headers), response.read(), "; ".join(cookies))

    def used(self) -> float:
        """Seconds of the processor that it has used so far, all its processes together."""
        return sum(_seconds(pid) for pid in _family(self.pid))

    def wait(self, path: str) -> None:
        """Until it answers there, half a minute at most."""
        for _attempt in range(300):
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask(path).status == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"nothing answers at {self.address}{path}")


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _seconds(pid: int) -> float:
    # Behind the name, which may hold anything: the 12th and 13th are what it used itself.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _gunicorn(port: int, *arguments: str) -> list[str]:
    # A process that begins anew in the middle of two seconds would be measured instead of its pages.
    own = ["--bind", f"127.0.0.1:{port}", "--workers", str(PROCESSES), "--max-requests", "0"]
    return pinned(0, sys.executable, "-m", "gunicorn", *arguments, *own)


@contextmanager
def site(folder: Path) -> Iterator[Server]:
    """The site on the environment's database, with deploy/'s settings of gunicorn; its log goes to a file."""
    port = free_port()
    command = _gunicorn(port, "--config", "deploy/gunicorn.conf.py")
    with running(*command, env=dict(os.environ), log=folder / "site.log") as pid:
        server = Server(port, pid=pid)
        server.wait("/readyz")
        yield server


@contextmanager
def floors(folder: Path, address: str) -> Iterator[tuple[Server, Server]]:
    """Django alone on the database `address`: without middleware, and with what every new project has."""
    own = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.floor.settings",
    }
    migrate = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=own, check=True)
    ports = free_port(), free_port()
    django = "django.core.wsgi:get_wsgi_application()"
    with (
        running(
            *_gunicorn(ports[0], django, "--no-control-socket"),
            env={**own, "FLOOR_MIDDLEWARE": "none"},
            log=folder / "bare.log",
        ) as first,
        running(
            *_gunicorn(ports[1], django, "--no-control-socket"), env=own, log=folder / "usual.log"
        ) as second,
    ):
        bare, usual = Server(ports[0], pid=first), Server(ports[1], pid=second)
        bare.wait("/fixed/")
        usual.wait("/page/")
        yield bare, usual


def can_nginx() -> bool:
    """Whether nginx is here and this user may run it as in deploy/."""
    return bool(shutil.which("nginx")) and os.geteuid() == 0


@contextmanager
def nginx(folder: Path, behind: Server, page: Mapping[str, bytes]) -> Iterator[Server]:
    """nginx as in deploy/, but for the limits of one address, before `behind`. Below /static/same.html it has
    `page` as a file: by the ending that a coding has, the very bytes."""
    port = free_port()
    make_certificate(folder, HOST)
    own = {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 127.0.0.1:9180;": f"listen 127.0.0.1:{free_port()};",
        "rate=20r/s": "rate=1000000r/s",
    }
    main = write_nginx_configuration(folder, "finetouch-hosts.conf", own)
    hosts = folder / "finetouch-hosts.conf"
    hosts.write_text(hosts.read_text().replace("unix:/run/finetouch/gunicorn.sock", behind.address[7:]))
    static = folder / "var" / "static"
    static.mkdir()
    for ending, content in page.items():
        (static / f"same.html{ending}").write_bytes(content)
    # nginx has no right to what only its owner may read.
    folder.chmod(0o755)
    command = pinned(0, "nginx", "-c", str(main), "-g", "daemon off;")
    with running(*command, env=dict(os.environ), log=folder / "nginx.log") as pid:
        time.sleep(0.5)
        yield Server(port, is_tls=True, pid=pid)
