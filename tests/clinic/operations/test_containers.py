"""deploy/compose.yaml and its Dockerfile, held to what they promise: nothing runs as root or writes but where
it is named, each is asked whether it is well, no image holds a compiler or a version that moves."""

import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clinic.test_checks import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPILERS = re.compile(r"\b(gcc|g\+\+|clang|cc|make|build-essential|[\w.+-]+-dev|rustc|cargo)\b")


def stages() -> dict[str, str]:
    """The Dockerfile's stages by their names."""
    parts = re.split(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, flags=re.M)
    assert parts[1::3] == ["${BASE}"] + ["base"] * (len(parts) // 3 - 1)
    return dict(zip(parts[2::3], parts[3::3], strict=True))


def images() -> dict[str, str]:
    """Those of the stages that something is put into."""
    return {name: stage for name, stage in stages().items() if name != "base"}


@pytest.mark.parametrize(
    ("base", "is_taken"), [("debian:12", False), ("debian:12@sha256:0a1b", True), ("", False)]
)
def test_a_base_without_its_digest_builds_nothing(base: str, is_taken: bool) -> None:
    command = re.findall(r"^RUN (.*)$", stages()["base"], flags=re.M)[0]
    done = subprocess.run(["sh", "-c", command], env={"BASE": base}, capture_output=True, check=False)
    assert (done.returncode == 0) is is_taken


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_no_more_than_it_has_to(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"manage"}))
def test_a_service_is_asked_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout"} <= check.keys()
    assert "curl" not in str(check["test"])


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_of_one_version_on_a_base_known_by_its_digest(name: str) -> None:
    service = SERVICES[name]
    repository, _, version = service["image"].partition(":")
    assert "/" not in repository
    assert version.startswith("${VERSION:?")
    assert service["build"]["args"]["BASE"].startswith("${BASE:?")
    assert service["build"]["target"] == repository.removeprefix("finetouch-")


def test_two_of_each_on_the_addresses_that_nginx_knows() -> None:
    addresses = re.findall(r"server ([\d.:]+) ", (DEPLOY / "nginx" / "finetouch-two-hosts.conf").read_text())
    webs = [SERVICES[name] for name in ("web1", "web2")]
    assert [web["environment"]["GUNICORN_BIND"] for web in webs] == addresses
    assert [f"{web['networks']['inside']['ipv4_address']}:8000" for web in webs] == addresses
    assert {"worker1", "worker2", "database", "cache", "edge"} <= SERVICES.keys()


def test_only_nginx_is_reached_from_outside_and_the_data_reach_nobody() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["edge"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [list(SERVICES[name]["networks"]) for name in ("database", "cache")] == [["inside"], ["inside"]]


def test_both_hosts_share_the_pictures_and_nginx_only_reads_them() -> None:
    shared = "media:/var/lib/finetouch/media"
    assert all(shared in SERVICES[name]["volumes"] for name in ("web1", "web2", "worker1", "worker2"))
    assert f"{shared}:ro" in SERVICES["edge"]["volumes"]


def test_no_secret_stands_in_the_environment() -> None:
    site = SERVICES["web1"]["environment"]
    for name in ("SECRET_KEY", "DATABASE_URL", "CACHE_URL", "EMAIL_URL"):
        assert site[f"{name}_FILE"] == f"/run/secrets/{name.lower()}"
        assert name.lower() in SERVICES["web1"]["secrets"]


@pytest.mark.parametrize("name", images())
def test_no_image_holds_a_compiler(name: str) -> None:
    installed = re.findall(r"apt-get install ([^&\n]*)", stages()[name])
    assert installed
    assert [package for words in installed for package in COMPILERS.findall(words)] == []


@pytest.mark.parametrize("name", sorted(set(images()) - {"built"}))
def test_no_image_runs_as_root(name: str) -> None:
    users = re.findall(r"^USER (\S+)$", stages()[name], flags=re.M)
    assert users
    assert users[-1].split(":")[0] not in ("0", "root")


def test_packages_come_from_the_lock_alone() -> None:
    install = next(line for line in stages()["built"].splitlines() if "pip install" in line)
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert "pip uninstall --yes pip" in stages()["built"]


def alive(part: str, **environment: str) -> int:
    command = [sys.executable, str(DEPLOY / "alive.py"), part]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_a_worker_is_alive_while_it_goes_its_rounds(tmp_path: Path) -> None:
    beat = tmp_path / "worker"
    before = alive("worker", WORKER_BEAT=str(beat))
    beat.touch()
    now = alive("worker", WORKER_BEAT=str(beat))
    os.utime(beat, (beat.stat().st_mtime - 600,) * 2)
    assert (before, now, alive("worker", WORKER_BEAT=str(beat))) == (1, 0, 1)


def test_a_web_host_is_alive_while_it_is_ready() -> None:
    class Readiness(BaseHTTPRequestHandler):
        status = 200

        def do_GET(self) -> None:
            self.send_response(self.status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Readiness) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"127.0.0.1:{server.server_port}"
        ready = alive("web", GUNICORN_BIND=address)
        Readiness.status = 503
        not_ready = alive("web", GUNICORN_BIND=address)
        server.shutdown()
    assert (ready, not_ready, alive("web", GUNICORN_BIND=address)) == (0, 1, 1)
