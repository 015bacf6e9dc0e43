"""deploy/nginx on two hosts: who is sent requests, and which are sent again."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clinic.test_checks import ROOT

NGINX = ROOT / "deploy" / "nginx"
FIRST, SECOND = "10.20.0.11", "10.20.0.12"


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    return Path(shutil.copy(NGINX / "finetouch-two-hosts.conf", tmp_path / "hosts.conf"))


def send(step: str, address: str, hosts: Path) -> int:
    command = [str(NGINX / "hosts.sh"), step, address, str(hosts)]
    environment = {**os.environ, "RELOAD": "true"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def down(hosts: Path) -> list[str]:
    return re.findall(r"server ([\d.]+):8000 .* down;", hosts.read_text())


def test_a_host_leaves_and_comes_back(hosts: Path) -> None:
    before = hosts.read_text()
    assert [send("down", FIRST, hosts), send("down", FIRST, hosts)] == [0, 0]
    assert down(hosts) == [FIRST]
    assert send("up", FIRST, hosts) == 0
    assert hosts.read_text() == before


def test_the_last_host_stays(hosts: Path) -> None:
    send("down", FIRST, hosts)
    assert send("down", SECOND, hosts) == 1
    assert down(hosts) == [FIRST]


def test_a_host_that_nobody_knows_is_refused(hosts: Path) -> None:
    assert send("down", "10.20.0.1", hosts) == 1
    assert down(hosts) == []


def test_no_post_is_sent_twice() -> None:
    """nginx sends a POST to the other host only if nothing of it was sent, unless it is told otherwise."""
    rules = re.findall(r"^ *proxy_next_upstream (.*);$", (NGINX / "finetouch.conf").read_text(), flags=re.M)
    assert len(rules) == 2
    assert all(rule.startswith("error timeout http_503") for rule in rules)
    assert not any("non_idempotent" in rule for rule in rules)
