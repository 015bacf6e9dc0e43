"""Places of which a fault run may break something: a PostgreSQL server of its own, a small disk."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# Another one where two of these run at once.
PORT = int(os.environ.get("FAULTS_PORT", "8210"))
FOLDER = "FAULTS_CLUSTER"
SIZE = "12m"


@dataclass(frozen=True)
class Place:
    """Where a server listens, and the command that leads there, if it is another network."""

    address: str = "127.0.0.1"
    port: int = PORT
    enter: tuple[str, ...] = ()


HERE = Place()


@contextmanager
def cluster(place: Place = HERE) -> Iterator[dict[str, str] | None]:
    """A server of its own in its own place, thrown away afterwards; None where PostgreSQL isn't installed."""
    if not BINARIES or os.geteuid() != 0:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="faults-cluster-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        data.mkdir()
        _chown(data)
        _as_postgres(
            "initdb",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--no-sync",
            f"--pgdata={data}",
        )
        control(data, "start", place=place)
        try:
            yield {"server": f"postgres://postgres@{place.address}:{place.port}", FOLDER: str(data)}
        finally:
            control(data, "stop", "--mode=immediate", place=place)


def _chown(folder: Path) -> None:
    subprocess.run(["chown", "postgres:", str(folder)], check=True)


def _as_postgres(program: str, *arguments: str, enter: tuple[str, ...] = ()) -> None:
    command = [*enter, "runuser", "-u", "postgres", "--", str(BINARIES[-1] / program), *arguments]
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", timeout=60
    )


def control(data: Path, action: str, *arguments: str, place: Place = HERE) -> None:
    """Starts, stops or restarts the server of `data` and waits until it has."""
    options = [] if action == "stop" else [
        f"--options=-p {place.port} -k {data} -c listen_addresses={place.address}",
        f"--log={data / 'server.log'}",
    ]  # fmt: skip
    _as_postgres("pg_ctl", action, "--wait", f"--pgdata={data}", *options, *arguments, enter=place.enter)


@contextmanager
def small_disk(size: str = SIZE) -> Iterator[Path | None]:
    """A file system of a few megabytes, or of `size`, in memory; None where it may not be mounted."""
    with tempfile.TemporaryDirectory(prefix="faults-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
