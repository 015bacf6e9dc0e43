"""PostgreSQL restarts under load, the last two times by a crash."""

import os
import time
from pathlib import Path

from tests import builders
from tests.faults import places
from tests.faults.live_site import sending, served, wait_for_success
from tests.faults.stage import Row

MODES = ("fast", "fast", "fast", "immediate", "immediate")
BACK_WITHIN = 2.0  # seconds


def run() -> None:
    """One row."""
    builders.clinic()
    data = Path(os.environ[places.FOLDER])
    back: list[float] = []
    with served() as patients, sending(patients):
        for mode in MODES:
            time.sleep(1)
            places.control(data, "restart", f"--mode={mode}")
            back.append(wait_for_success(patients, time.monotonic()))
    lost = patients.lost()
    seconds = ", ".join(f"{each:.2f}" for each in back)
    figures = (
        f"{len(MODES)} restarts, {len(patients.pages)} requests acknowledged, "
        f"{patients.retries} tries in vain, {lost} lost, first success after {seconds} s"
    )
    is_good = not lost and not patients.given_up and max(back) <= BACK_WITHIN
    Row("database restarted under load", figures, is_good).tell()
