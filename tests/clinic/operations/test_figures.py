"""What /metrics says of the machine, the requests and the outbox, and that it stays cheap."""

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.messages import notices
from appointments.messages.phone_tasks import ask_for_call
from appointments.models import EventKind, Message, PatientRequest, RequestEvent
from clinic.models import Heartbeat
from clinic.operations import health, metrics
from tests import builders
from tests.clinic.operations.test_metrics import value

pytestmark = pytest.mark.django_db
# A scan of one of these indexes reads only what waits.
PARTIAL = (
    r"(?! USING (COVERING )?INDEX "
    r"(request_(waits\w*|quarantined|alarm)|appointment_(holds|coming)|message_(failed|said|to_send)))"
)


@pytest.fixture(autouse=True)
def _counts_from_nothing() -> None:
    metrics.FAILURES.reset()


def read(client: Client) -> str:
    return str(client.get("/metrics").text)


def test_what_never_ran_is_never_young(client: Client) -> None:
    builders.clinic()
    assert value(read(client), 'finetouch_heartbeat_age_seconds{program="worker"}') == float("inf")
    assert value(read(client), 'finetouch_heartbeat_age_seconds{program="backup"}') == float("inf")


def test_a_backup_that_breaks_off_shows_until_one_is_whole(client: Client, tmp_path: Path) -> None:
    builders.clinic()
    with pytest.raises((OSError, CommandError)):
        call_command("backup", tmp_path / "missing" / "file.backup", stderr=StringIO(), stdout=StringIO())
    assert value(read(client), "finetouch_backup_failed") == 1
    assert client.get("/statusz").json()["checks"]["backup"]["failed"] is True
    Heartbeat.objects.create(name=Heartbeat.BACKUP, at=timezone.now())
    assert value(read(client), "finetouch_backup_failed") == 0
    assert client.get("/statusz").json()["checks"]["backup"]["ok"] is True


def test_a_full_disk_a_closed_clinic_and_forgotten_migrations_show(client: Client) -> None:
    builders.clinic()
    usage = SimpleNamespace(total=1000, free=10)
    known = health._known_migrations() | {("appointments", "9999_next")}
    with (
        patch("shutil.disk_usage", lambda _: usage),
        patch.object(health, "_known_migrations", lambda: known),
        patch("clinic.operations.figures.timezone.now", lambda: builders.WEDNESDAY),
    ):
        text = read(client)
        assert value(text, "finetouch_disk_free_bytes") == 10
        assert value(text, "finetouch_disk_size_bytes") == 1000
        assert value(text, "finetouch_migrations_waiting") == 1
        assert value(text, "finetouch_clinic_open") == 1
    at_night = builders.WEDNESDAY + timedelta(hours=10)
    with patch("clinic.operations.figures.timezone.now", lambda: at_night):
        assert value(read(client), "finetouch_clinic_open") == 0
    with patch("shutil.disk_usage", side_effect=FileNotFoundError):
        text = read(client)
        assert "finetouch_disk_free_bytes" not in text
        assert value(text, "finetouch_database_up") == 1


def test_alarms_held_up_mail_and_calls_show_with_their_age(client: Client) -> None:
    builders.clinic()
    now = timezone.now()
    hour = timedelta(hours=1)
    builders.callback_request(alarm="call_us", alarm_at=now - hour, urgent=True)
    builders.callback_request(alarm="call_us", alarm_at=now - 2 * hour, urgent=True, alarm_met_at=now)
    request = builders.callback_request(email="a@example.org", received_at=now - hour)
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=now - hour)
    mail = notices.queue(request, "acknowledgement", event)
    assert mail is not None
    Message.objects.filter(pk=mail.pk).update(held_up="line")
    ask_for_call(mail, now - hour)
    text = read(client)
    assert value(text, "finetouch_requests_alarming ") == 1
    assert 3600 <= value(text, "finetouch_requests_alarming_oldest_seconds") < 3700
    assert value(text, "finetouch_mail_held_up") == 1
    assert value(text, "finetouch_phone_tasks ") == 1
    assert 3600 <= value(text, "finetouch_phone_tasks_oldest_seconds") < 3700


def test_failures_count_and_probes_are_none(client: Client) -> None:
    builders.clinic()
    assert value(read(client), "finetouch_failures_total") == 0
    assert client.get("/statusz").status_code == 503
    client.get("/nowhere/")
    assert value(read(client), "finetouch_failures_total") == 0
    client.raise_request_exception = False
    with patch("clinic.http.views.stated_times", side_effect=RuntimeError):
        assert client.get("/contact/").status_code == 500
    assert value(read(client), "finetouch_failures_total") == 1


def test_counting_ends() -> None:
    rows = builders.copies(builders.callback_request(), 4)
    assert len(rows) == 4
    assert metrics.at_most(PatientRequest.objects.all(), 3) == 3
    assert metrics.at_most(PatientRequest.objects.order_by("received_at"), 10) == 5


def test_no_figure_reads_a_whole_table(client: Client) -> None:
    """With requests of all the years in it, each is an index's range or a partial index."""
    old = builders.callback_request(status="withdrawn", finished_at=builders.WEDNESDAY)
    builders.copies(old, 300)
    builders.callback_request()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        client.get("/metrics")
    selects = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    large = r"(appointments_\w+|clinic_auditentry)\b"
    with connection.cursor() as cursor:
        for sql in selects:
            if connection.vendor == "sqlite":
                cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
                whole = rf"SCAN {large}{PARTIAL}"
            else:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
                whole = rf"Seq Scan on {large}"
            plan = " | ".join(str(row[-1]) for row in cursor.fetchall())
            assert not re.search(whole, plan), f"{sql}: {plan}"
    assert sum("patientrequest" in sql for sql in selects) >= 5
