"""A backup of a site that is being used, everything lost, and the way back, and all of it counted."""

import os
import tempfile
import time
from pathlib import Path

import pyrage
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from appointments.models import Message, PatientRequest
from clinic.operations.backup import archive
from clinic.pictures.formats import FOLDER
from tests.faults.live_site import manage, sending, served
from tests.faults.stage import Row


def run() -> None:
    """One row."""
    manage("demo", "--requests", "24")
    name, content = f"{FOLDER}/{'d' * 32}/360.jpg", os.urandom(400_000)
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))
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
        default_storage.delete(name)
        connection.close()
        started = time.monotonic()
        manage("restore", str(path), "--identity", str(identity), "--yes")
        back = time.monotonic() - started
    counted = archive.rows_of_tables()
    differ = [table for table, rows in saved.rows.items() if counted.get(table) != rows]
    there = {str(each) for each in PatientRequest.objects.values_list("submission_id", flat=True)}
    lost = len(before - there)
    with default_storage.open(name) as file:
        is_back = file.read() == content
    default_storage.delete(name)
    sendable = Message.objects.to_send(timezone.now()).count()
    with served() as patients, sending(patients):
        pass
    picture = "back" if is_back else "lost"
    figures = (
        f"{stored} requests live, {sum(saved.rows.values())} rows in {len(saved.rows)} tables saved "
        f"under load in {took:.1f} s and back in {back:.1f} s, {len(differ)} tables differ, "
        f"{lost} of {len(before)} acknowledged before it missing, the picture is {picture}, "
        f"{sendable} old mails would go out"
    )
    good = is_back and bool(patients.pages) and not (differ or lost or sendable)
    Row("restore drill", figures, good).tell()
