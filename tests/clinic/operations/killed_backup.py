"""Backups killed at many moments, for test_backup: each in a process of its own, forked from this one.

Arguments: the folder, the public key. Tells as JSON how many were killed, how many of these had begun a file,
which files of the folder were not in the age format then, and what a killed one left with a name beside the
data.
"""

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

AGE = b"age-encryption.org/v1\n"
MOMENTS = 25


def back_up(folder: Path, recipient: str, die_at: int, steps_to: int) -> None:
    """In a child: dies at its step of this number, of those in its own modules; else tells how many."""
    steps = 0

    def step(frame: FrameType, _event: str, _argument: Any) -> None:
        nonlocal steps
        if "operations/backup" in frame.f_code.co_filename:
            steps += 1
            if steps == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(step)
    call_command("backup", str(folder), "--recipient", recipient, verbosity=0, stdout=sys.stderr)
    sys.setprofile(None)
    os.write(steps_to, str(steps).encode())


def in_a_child(folder: Path, recipient: str, die_at: int = 0) -> int:
    """The number of its steps; 0 if it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            back_up(folder, recipient, die_at, writing)
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return int(pipe.read() or 0)


def named(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def main() -> None:
    folder, recipient = Path(sys.argv[1]), sys.argv[2]
    django.setup()
    connections.close_all()
    steps = in_a_child(folder, recipient)
    for path in named(folder):
        path.unlink()
    killed, unfinished = 0, 0
    in_clear: list[str] = []
    left: set[str] = set()
    for moment in range(1, MOMENTS + 1):
        killed += not in_a_child(folder, recipient, steps * moment // (MOMENTS + 1))
        for path in named(folder):
            content = path.read_bytes()
            unfinished += path.name.endswith("unfinished")
            if content[: len(AGE)] != AGE[: len(content)]:
                in_clear.append(f"{path.name} at {moment} of {MOMENTS}")
        left |= {path.name for path in named(Path(settings.VAR_DIR)) if path.stat().st_size}
        for path in folder.glob("*.backup"):
            path.unlink()
    in_a_child(folder, recipient)
    sys.stdout.write(
        json.dumps(
            {
                "killed": killed,
                "unfinished": unfinished,
                "in_clear": in_clear,
                "left_beside_the_data": sorted(left),
            }
        )
    )


main()
