"""`manage.py migrate` of the next version while this version answers, on PostgreSQL."""

import time

from django.db import connection

from tests import builders
from tests.faults.live_site import manage, sending, served, wait_for_success
from tests.faults.stage import Row

LONGEST_ANSWER = 5.0  # seconds; the lock_timeout of docs/operations.md


def run() -> None:
    """One row; nothing on SQLite, where a migration has the database to itself."""
    if connection.vendor != "postgresql":
        return
    builders.clinic()
    with served() as patients, sending(patients):
        time.sleep(1)
        started = time.monotonic()
        manage(
            "migrate",
            "--verbosity=0",
            DJANGO_SETTINGS_MODULE="tests.faults.expanded_settings",
            PGOPTIONS="-c lock_timeout=5s",
        )
        took = time.monotonic() - started
        wait_for_success(patients, time.monotonic())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'request_later'")
        migrated = cursor.fetchone() == (1,)
    lost = patients.lost()
    figures = (
        f"migrated in {took:.1f} s, {len(patients.pages)} requests acknowledged meanwhile, "
        f"{patients.retries} tries in vain, {lost} lost, longest answer {patients.longest:.2f} s"
    )
    is_good = migrated and not lost and not patients.retries and patients.longest < LONGEST_ANSWER
    Row("migration while requests run", figures, is_good).tell()
