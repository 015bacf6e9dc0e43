"""As many processes of the site as there are patients who send at once: all write, none is refused."""

import time

from appointments.models import Message, PatientRequest
from tests import builders
from tests.faults.live_site import sending, served
from tests.faults.stage import Row

WRITERS = 32
SECONDS = 20.0


def run() -> None:
    """One row."""
    builders.clinic()
    with served(WRITERS) as patients:
        patients.patience = 60.0
        with sending(patients, WRITERS):
            time.sleep(SECONDS)
        lost = patients.lost()
    told = len(patients.pages)
    stored, messages = PatientRequest.objects.count(), Message.objects.filter(kind="acknowledgement").count()
    twice = sum(len(pages) > 1 for pages in patients.pages.values())
    Row(
        f"{WRITERS} writers at once",
        f"{told} requests acknowledged, each sent twice, {patients.retries} errors, {lost} lost, "
        f"{stored - told} too many, {messages} messages, {twice} retries on another page, "
        f"longest {patients.longest:.1f} s",
        told > 0
        and not (patients.retries or patients.given_up or lost or twice)
        and stored == messages == told,
    ).tell()
