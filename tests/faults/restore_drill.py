"""A backup of a site that is being used, everything lost, and the way back, with the rows counted."""

import tempfile
import time
from pathlib import Path

import pyrage
from django.db import connection
from django.utils import timezone

from appointments.models import Message, PatientRequest
from clinic.operations.backup import archive
from tests.faults.live_site import manage, sending, served
from tests.faults.stage import Row


def run() -> None:
    """One row."""
    manage("demo", "--requests", "24")
    with tempfile.TemporaryDirectory(prefix="faults-drill-") as folder:
        path, identity = Path(folder) / "drill.backup", Path(folder) / "identity"
        key = pyrage.x25519.Identity.generate()
        identity.write_text(str(key))
        with served() as patients, sending(patients):
            time.sleep(1)
            before = set(patients.pages)
            started = time.monotonic()
            manage("backup", str(path), "--recipient", str(key.to_public()))
            took = time.monotonic() - started
            time.sleep(0.5)
        with archive.opened(path, identity) as (saved, _):
            pass
        stored = PatientRequest.objects.count()
        PatientRequest.objects.all().delete()
        connection.close()
        started = time.monotonic()
        manage("restore", str(path), "--identity", str(identity), "--yes")
        back = time.monotonic() - started
    counted = archive.rows_of_tables()
    differ = [table for table, rows in saved.rows.items() if counted.get(table) != rows]
    there = {str(each) for each in PatientRequest.objects.values_list("submission_id", flat=True)}
    lost = len(before - there)
    sendable = Message.objects.to_send(timezone.now()).count()
    with served() as patients, sending(patients):
        pass
    figures = (
        f"{stored} requests live, {sum(saved.rows.values())} rows in {len(saved.rows)} tables saved "
        f"under load in {took:.1f} s and back in {back:.1f} s, {len(differ)} tables differ, "
        f"{lost} of {len(before)} acknowledged before it missing, {sendable} old mails would go out"
    )
    Row("restore drill", figures, not (differ or lost or sendable) and bool(patients.pages)).tell()
