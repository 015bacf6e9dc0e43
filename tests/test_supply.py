"""What the site is made of, and whether a hole in it would be said."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import audit
from tests.test_project import ROOT

LOCK = ROOT / "deploy" / "requirements.lock"


def test_the_list_of_parts_holds_every_locked_package(tmp_path: Path) -> None:
    """By the command of the Makefile; and it says the same each time."""
    command = re.search(r"^sbom: .*\n\t\$\(BIN\)/python (.+)$", (ROOT / "Makefile").read_text(), flags=re.M)
    assert command
    out = tmp_path / "sbom.json"
    arguments = [str(out) if each == "var/sbom.json" else each for each in shlex.split(command[1])]
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    made = json.loads(out.read_text())
    locked = re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==(\S+)", LOCK.read_text(), flags=re.M)
    assert len(locked) > 40
    assert {(part["name"], part["version"]) for part in made["components"]} == set(locked)
    assert all(part["externalReferences"][0]["hashes"] for part in made["components"])
    assert made["metadata"]["component"]["name"] == "finetouch-clinic"
    assert "serialNumber" not in made
    assert "timestamp" not in made["metadata"]


HOLE = {"name": "b", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}
SOUND = {"name": "a", "version": "1", "vulns": []}
MISSED = {"name": "c", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([SOUND], 0, "1 packages looked up: no known hole."),
        ([SOUND, HOLE], 1, "b 1: CVE-1, mended in 1.1"),
        ([SOUND, MISSED], 2, "1 packages were NOT looked up"),
        ([HOLE, MISSED], 2, "CVE-1"),
        ([], 2, "all packages were NOT looked up"),
    ],
)
def test_only_what_was_looked_up_is_said_to_be_sound(
    packages: list[dict[str, object]], code: int, words: str
) -> None:
    said, ended = audit.verdict(packages)
    assert (ended, words in said) == (code, True)
