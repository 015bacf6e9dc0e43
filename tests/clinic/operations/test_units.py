"""The units in deploy/systemd: who runs as what, what is told when it fails, and what is copied away."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clinic.test_checks import ROOT

DEPLOY = ROOT / "deploy"
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
PLAN = ("docs", "operations.md")


def named(path: Path) -> str:
    return path.name


def settings_of(path: Path) -> list[tuple[str, str]]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if re.match(r"[A-Z]\w+=", line))
    return [(name, value) for name, _, value in lines]


# The web's unit holds what all have; each may add to it.
WEB = DEPLOY / "systemd" / "finetouch-web.service"
HARDENED = [
    pair
    for pair in settings_of(WEB)
    if pair[0].startswith(
        ("Protect", "Private", "Restrict", "NoNew", "Lock", "Memory", "Capability", "System")
    )
    and not pair[0].startswith("Restart")
    and pair != ("SystemCallFilter", "@chown")
]


@pytest.mark.parametrize("unit", SERVICES, ids=named)
def test_every_unit_is_hardened_and_nobodys_root(unit: Path) -> None:
    stated = settings_of(unit)
    assert len(HARDENED) > 18
    assert [pair for pair in HARDENED if pair not in stated] == []
    assert dict(stated)["User"] in ("finetouch", "postgres")


@pytest.mark.parametrize("unit", SERVICES, ids=named)
def test_a_unit_that_fails_is_told(unit: Path) -> None:
    stated = dict(settings_of(unit))
    if unit.name == "finetouch-failed@.service":
        assert stated["ExecStart"].endswith("manage.py tell_failed %i")
        return
    assert stated["OnFailure"] == "finetouch-failed@%N.service"
    if stated.get("Restart") == "always":
        # One that is started again for good never counts as failed. So many starts fit into that time.
        seconds = 60 * int(stated["StartLimitIntervalSec"].removesuffix("min"))
        assert int(stated["StartLimitBurst"]) * (int(stated["RestartSec"]) + 5) < seconds


@pytest.mark.parametrize("timer", TIMERS, ids=named)
def test_a_timer_has_its_unit_and_its_place_in_the_plan(timer: Path) -> None:
    assert timer.with_suffix(".service").exists()
    assert timer.name in ROOT.joinpath(*PLAN).read_text()


@pytest.mark.parametrize("unit", SERVICES, ids=named)
def test_what_to_do_when_it_fails_is_written_down(unit: Path) -> None:
    section = ROOT.joinpath(*PLAN).read_text().partition("## When a unit has failed")[2].partition("\n## ")[0]
    assert unit.name == "finetouch-failed@.service" or f"`{unit.stem}`" in section


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_them() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *SERVICES, *TIMERS],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    wrong = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert [line for line in wrong if "finetouch" in line] == []


def test_the_database_archive_is_encrypted_and_loses_a_minute_at_most() -> None:
    archive = (DEPLOY / "pgbackrest" / "pgbackrest.conf").read_text()
    assert "\nrepo1-cipher-type=aes-256-cbc\n" in archive
    assert "cipher-pass" not in archive  # it is a secret, and this file is none
    server = (DEPLOY / "postgresql" / "archiving.conf").read_text()
    [seconds] = re.findall(r"^archive_timeout = (\d+)s$", server, re.M)
    assert int(seconds) < 60


class TestCopyOffSite:
    """deploy/copy-off-site with the real rsync, to another folder."""

    @pytest.fixture
    def places(self, tmp_path: Path) -> dict[str, Path]:
        if not shutil.which("rsync"):
            pytest.skip("rsync is not installed")
        folders = {name: tmp_path / name for name in ("BACKUPS", "ARCHIVE", "PICTURES", "OFF_SITE")}
        files = {
            "BACKUPS/finetouch-20261202T103000Z.backup": b"age-encryption.org/v1\nsealed",
            "BACKUPS/erasures.json": b"[]",
            "BACKUPS/text_stops.json": b"[]",
            "BACKUPS/.finetouch-1.backup-unfinished": b"age-encryption.org/v1\n",
            "BACKUPS/identity.txt": b"AGE-SECRET-KEY-1",
            "ARCHIVE/backup/finetouch/backup.info": b"Salted__\0sealed",
            "ARCHIVE/backup/finetouch/20261202F/bundle/1": b"Salted__sealed",
            "ARCHIVE/archive/finetouch/archive.info": b"Salted__sealed",
            "ARCHIVE/archive/finetouch/15-1/0000/1.zst": b"Salted__sealed",
            "PICTURES/pictures/d/360.jpg": b"a portrait",
            "PICTURES/secret_key": b"a key",
        }
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
        folders["OFF_SITE"].mkdir()
        return folders

    def copy(self, places: dict[str, Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [DEPLOY / "copy-off-site"],
            env={"PATH": os.environ["PATH"], **{name: str(path) for name, path in places.items()}},
            capture_output=True,
            text=True,
            check=False,
        )

    def copied(self, places: dict[str, Path]) -> set[str]:
        there = places["OFF_SITE"]
        return {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()}

    def test_what_is_encrypted_goes_and_no_key_does(self, places: dict[str, Path]) -> None:
        done = self.copy(places)
        assert done.returncode == 0, done.stderr
        assert self.copied(places) == {
            "backups/finetouch-20261202T103000Z.backup",
            "backups/erasures.json",
            "backups/text_stops.json",
            "archive/backup/finetouch/backup.info",
            "archive/backup/finetouch/20261202F/bundle/1",
            "archive/archive/finetouch/archive.info",
            "archive/archive/finetouch/15-1/0000/1.zst",
            "pictures/pictures/d/360.jpg",
        }

    def test_what_is_gone_here_stays_there(self, places: dict[str, Path]) -> None:
        self.copy(places)
        before = self.copied(places)
        shutil.rmtree(places["ARCHIVE"])
        (places["BACKUPS"] / "finetouch-20261202T103000Z.backup").rename(
            places["BACKUPS"] / "finetouch-20261203T103000Z.backup"
        )
        assert self.copy(places).returncode == 0
        assert self.copied(places) == before | {"backups/finetouch-20261203T103000Z.backup"}

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("BACKUPS/finetouch-20261203T103000Z.backup", b"PK\3\4 in clear"),
            ("BACKUPS/finetouch-20261203T103000Z.backup", b""),
            ("ARCHIVE/backup/finetouch/backup.info", b"[backrest]\n"),
        ],
    )
    def test_while_anything_is_in_clear_nothing_goes(
        self, places: dict[str, Path], name: str, content: bytes
    ) -> None:
        (places["OFF_SITE"].parent / name).write_bytes(content)
        done = self.copy(places)
        assert done.returncode == 1
        assert "isn't encrypted" in done.stderr
        assert self.copied(places) == set()

    def test_no_backup_at_all_is_a_failure(self, places: dict[str, Path]) -> None:
        shutil.rmtree(places["BACKUPS"])
        assert self.copy(places).returncode == 1
        assert self.copied(places) == set()
