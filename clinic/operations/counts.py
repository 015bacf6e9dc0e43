"""The files in which each process counts for /metrics.

prometheus_client maps them into memory with holes in them. A count that is the first of its page takes room
on the disk then, and where there is none the kernel ends the process in the middle of an answer (SIGBUS).
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

# As prometheus_client names them, by the kinds of what clinic.operations.metrics counts.
_KINDS = ("counter", "histogram")
# For some hundred routes with their statuses; what needs more grows with holes.
_ROOM = 1 << 20
_LENGTH = 4  # bytes in front that say how much of a file is in use


def take_room() -> None:
    """Makes the files of this process, which has counted nothing yet, without a hole; where the disk has no
    room, it counts as it can."""
    for path in _of(os.getpid()):
        with suppress(FileExistsError), path.open("xb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, _ROOM)
            except OSError:
                path.unlink()


def give_room_back(pid: int) -> None:
    """Cuts the files of a process that has ended to what it has counted."""
    for path in _of(pid):
        with suppress(OSError), path.open("r+b") as file:
            file.truncate(int.from_bytes(file.read(_LENGTH), sys.byteorder))


def _of(pid: int) -> list[Path]:
    return [Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]) / f"{kind}_{pid}.db" for kind in _KINDS]
