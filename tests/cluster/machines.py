"""The machines of `make cluster-check`, as docs/operations.md sets two hosts up, on the files of deploy/."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import network
from tests.deployed import (
    DEPLOY,
    GUNICORN,
    ROOT,
    environment_from_example,
    make_certificate,
    manage,
    replace_in,
    write_nginx_configuration,
)
from tests.faults import places
from tests.faults.mail_server import MailServer

SITE = "https://www.example.org"
PORT = 8000
WORKER = (sys.executable, "manage.py", "worker")
# Guards that can be taken away, to see that the check notices.
GUARDS = ("shared-media", "durability", "passing-on")


@dataclass
class Program:
    """One program on one machine; `kill` takes its children along."""

    enter: tuple[str, ...]
    command: tuple[str, ...]
    log: Path
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    checkout: Path = ROOT
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.enter, *self.command],
                cwd=self.checkout, env=self.env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """As if the power went."""
        assert self.process
        group = self.process.pid
        os.killpg(group, signal.SIGKILL)
        self.process.wait(10)
        # Its children listen until the last of them is gone.
        with suppress(ProcessLookupError):
            while True:
                os.killpg(group, signal.SIGKILL)
                time.sleep(0.01)

    def stop(self) -> None:
        """As systemd does."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


@dataclass
class Host:
    """A web host with a worker."""

    name: str
    address: str
    web: Program
    worker: Program

    def is_ready(self) -> bool:
        """What /readyz of this very host says."""
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://{self.address}:{PORT}/readyz", timeout=3) as is_200,
        ):
            return bool(is_200.status == 200)
        return False

    def wait(self, seconds: float = 60) -> None:
        """Until it is ready; raises with the last of its log when it isn't in time."""
        until = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > until:
                raise RuntimeError(f"{self.name} is not ready:\n{self.web.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def change_to(self, checkout: Path, settings: str) -> None:
        """Web and worker end, and start again from another checkout; ready when this returns."""
        for program in (self.web, self.worker):
            program.stop()
            program.checkout = checkout
            program.env["DJANGO_SETTINGS_MODULE"] = settings
            program.start()
        self.wait()


@dataclass
class Machines:
    """All of them, running."""

    networks: str
    folder: Path
    hosts: list[Host]
    nginx: Program
    redis: Program
    data: Path
    place: places.Place
    mail: MailServer

    def restart_database(self, mode: str) -> None:
        """'fast' ends it in order, 'immediate' as a crash does."""
        places.control(self.data, "restart", f"--mode={mode}", place=self.place)

    def tell_nginx(self, step: str) -> None:
        """A signal of `nginx -s`."""
        subprocess.run([*self.nginx.enter, *self.nginx.command, "-s", step], check=True, capture_output=True)

    def send_to(self, host: Host, step: str) -> None:
        """hosts.sh: 'down' or 'up'."""
        command = [
            str(DEPLOY / "nginx" / "hosts.sh"),
            step,
            host.address,
            str(self.folder / "finetouch-hosts.conf"),
        ]
        nginx = " ".join([*self.nginx.enter, *self.nginx.command, "-s", "reload"])
        subprocess.run(command, check=True, env={**os.environ, "RELOAD": nginx})


def next_version(folder: Path) -> Path:
    """A copy of the checkout whose style sheet has other content, and so another name."""
    checkout = folder / "next"
    left_out = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, checkout, ignore=left_out)
    with (checkout / "clinic" / "static" / "clinic" / "site.css").open("a") as styles:
        styles.write("\n/* the next version */\n")
    return checkout


@contextmanager
def running(networks: str, folder: Path, without: Collection[str] = ()) -> Iterator[Machines]:
    """Everything up and filled, the second host's media folder shared with the first one's, if nothing is
    taken away by `without`, of GUARDS. To be called in the town."""
    place = places.Place(network.DATA, 5432, network.enter(networks, "data"))
    with ExitStack() as stack:
        cluster = stack.enter_context(places.cluster(place))
        assert cluster
        make_certificate(folder, "www.example.org")
        database = _database(folder, Path(cluster[places.FOLDER]), place, without)
        mail = stack.enter_context(MailServer(network.INSIDE))
        redis = Program(place.enter, _redis_command(folder), folder / "redis.log")
        hosts = [_host(networks, folder, name, database, mail, without) for name in ("host1", "host2")]
        stack.callback(_stop, [redis, *(each for host in hosts for each in (host.worker, host.web))])
        redis.start()
        _fill(folder, hosts)
        for host in hosts:
            host.web.start()
            host.worker.start()
        for host in hosts:
            host.wait()
        nginx = Program(
            network.enter(networks, "edge"),
            ("nginx", "-c", str(_nginx(folder, without))),
            folder / "nginx.log",
        )
        foreground = Program(nginx.enter, (*nginx.command, "-g", "daemon off;"), nginx.log)
        foreground.start()
        stack.callback(foreground.stop)
        yield Machines(networks, folder, hosts, nginx, redis, Path(cluster[places.FOLDER]), place, mail)


def _stop(programs: list[Program]) -> None:
    for program in programs:
        program.stop()


def _database(folder: Path, data: Path, place: places.Place, without: Collection[str]) -> str:
    """TLS, a password and setup.sql; the address for the hosts."""
    for name in ("certificate.pem", "key.pem"):
        shutil.copy(folder / name, data)
        shutil.chown(data / name, "postgres")
        (data / name).chmod(0o600)
    with (data / "postgresql.conf").open("a") as settings:
        settings.write("ssl = on\nssl_cert_file = 'certificate.pem'\nssl_key_file = 'key.pem'\n")
    with (data / "pg_hba.conf").open("a") as access:
        access.write(f"hostssl finetouch finetouch {network.PRIVATE} scram-sha-256\n")
    places.control(data, "restart", place=place)
    password = secrets.token_hex(16)
    psql = [
        "psql",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        f"--host={data}",
        "--username=postgres",
        "--dbname=postgres",
    ]
    subprocess.run([*psql, f"--file={DEPLOY / 'postgresql' / 'setup.sql'}"], check=True)
    lines = [f"ALTER ROLE finetouch PASSWORD '{password}'"]
    if "durability" in without:
        lines.append("ALTER ROLE finetouch SET synchronous_commit = off")
    for line in lines:
        subprocess.run([*psql, f"--command={line}"], check=True)
    return f"postgres://finetouch:{password}@{place.address}:{place.port}/finetouch?sslmode=require"


def _redis_command(folder: Path) -> tuple[str, ...]:
    return (
        "redis-server", "--bind", network.DATA, "--port", "6379", "--protected-mode", "no",
        "--save", "", "--appendonly", "no", "--dir", str(folder),
    )  # fmt: skip


def _host(
    networks: str, folder: Path, name: str, database: str, mail: MailServer, without: Collection[str]
) -> Host:
    own = folder / name
    own.mkdir()
    address = network.MACHINES[name]
    env = environment_from_example(
        folder,
        SITE_URL=SITE,
        DATABASE_URL=database,
        CACHE_URL=f"redis://{network.DATA}:6379/0",
        VAR_DIR=str(own),
        MEDIA_DIR=str((own if "shared-media" in without else folder / "var") / "media"),
        EMAIL_URL=f"smtp://{network.INSIDE}:{mail.port}?plain=yes",
        GUNICORN_BIND=f"{address}:{PORT}",
        WEB_CONCURRENCY="2",
    )
    inside = network.enter(networks, name)
    return Host(
        name,
        address,
        Program(inside, GUNICORN, folder / f"{name}-web.log", dict(env)),
        Program(inside, WORKER, folder / f"{name}-worker.log", dict(env)),
    )


def _fill(folder: Path, hosts: list[Host]) -> None:
    env = hosts[0].web.env
    for command in (("migrate", "-v0"), ("load_content",), ("collectstatic", "--noinput", "-v0")):
        manage(env, *command)
    shutil.copytree(folder / "host1" / "static", folder / "host2" / "static")


def _nginx(folder: Path, without: Collection[str]) -> Path:
    main = write_nginx_configuration(folder, "finetouch-two-hosts.conf", {})
    if "passing-on" in without:
        old = "proxy_next_upstream error timeout http_503;"
        replace_in(folder / "site.conf", old, "proxy_next_upstream off;")
    return main
