"""The disk of a SQLite site fills up: refusals that keep the phone number in sight, and back by itself."""

import os
import time
import uuid
from pathlib import Path
from unittest import mock

from appointments.models import PatientRequest
from tests import builders
from tests.faults.live_site import WatchedPatients, sending, served, wait_for_success
from tests.faults.stage import Row

PHONE = "(310) 318-1500"


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        size = 65536
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2


def _post(patients: WatchedPatients) -> tuple[int, str]:
    """One request of a patient: status and page."""
    found: list[tuple[int, str]] = []
    ask = patients._ask

    def listen(method: str, body: str | None, headers: dict[str, str]) -> tuple[int, str, str]:
        status, got, text = ask(method, body, headers)
        found.append((status, text))
        return status, got, text

    with mock.patch.object(patients, "_ask", listen):
        patients._send(str(uuid.uuid4()), "full@example.org")
    return found[-1]


def run() -> None:
    """One row."""
    builders.clinic(phone="+13103181500")
    filler = Path(os.environ["VAR_DIR"]) / "filler"
    with served() as patients:
        with sending(patients):
            time.sleep(0.5)
        before = PatientRequest.objects.count()
        _fill(filler)
        refused = [_post(patients) for _ in range(5)]
        page, _text = patients.ask("GET", "/contact/")
        filler.unlink()
        freed = time.monotonic()
        patients.stopping = False
        with sending(patients):
            back = wait_for_success(patients, freed)
        lost = patients.lost()
    statuses = sorted({status for status, _text in refused})
    with_phone = all(PHONE in text for _status, text in refused)
    figures = (
        f"{before} requests before, then {len(refused)} answers of {statuses}"
        f"{', each with the phone number' if with_phone else ', WITHOUT the phone number'}, "
        f"pages answer {page}, {lost} acknowledged lost, back {back:.2f} s after there was room"
    )
    is_good = statuses == [503] and with_phone and page == 200 and not lost and back <= 2
    Row("disk full (SQLite)", figures, is_good).tell()
