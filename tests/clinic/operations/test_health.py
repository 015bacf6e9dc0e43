"""What monitors ask."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from appointments.messages.notices import queue
from appointments.messages.paused_mail import pause
from appointments.models import EventKind, RequestEvent
from clinic.models import Heartbeat
from clinic.operations import health
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive(clinic: object) -> None:
    for name in ("worker", Heartbeat.BACKUP):
        Heartbeat.objects.create(name=name, at=timezone.now())


def asked(client: Client, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
    response = client.get(path, headers=headers)
    return response.status_code, response.json()["checks"]


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    return asked(client, "/readyz")


def well(client: Client) -> tuple[int, dict[str, Any]]:
    return asked(client, "/statusz")


def waiting_since(minutes: int) -> None:
    written = timezone.now() - timedelta(minutes=minutes)
    request = builders.callback_request(email="zzcanary@example.org", received_at=written)
    queue(
        request,
        "acknowledgement",
        RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=written),
    )


def test_the_process_answers_without_a_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_and_well(client: Client, alive: None, django_assert_max_num_queries: Any) -> None:
    ready(client)
    with django_assert_max_num_queries(3):
        status, checks = ready(client)
    assert status == 200
    assert set(checks) == {"database", "migrations"}
    with django_assert_max_num_queries(7):
        status, checks = well(client)
    assert status == 200
    assert set(checks) == {"database", "migrations", "worker", "mail", "disk", "backup"}
    assert all(check["ok"] for check in checks.values())


@pytest.mark.parametrize(
    ("program", "late"), [("worker", timedelta(minutes=4)), (Heartbeat.BACKUP, timedelta(hours=27))]
)
def test_what_runs_beside_the_site_is_silent(
    client: Client, alive: None, program: str, late: timedelta
) -> None:
    """The monitor says so, and no balancer takes the site away from patients for it."""
    Heartbeat.objects.filter(name=program).update(at=timezone.now() - late)
    status, checks = well(client)
    assert (status, checks[program]["ok"]) == (503, False)
    assert late.total_seconds() <= checks[program]["seconds_ago"] <= late.total_seconds() + 60
    Heartbeat.objects.filter(name=program).delete()
    found = well(client)[1][program]
    assert (found["ok"], found["seconds_ago"]) == (False, None)
    assert ready(client)[0] == 200


@pytest.mark.parametrize("host", ["10.0.0.7", "nowhere.example", "a_b", "[::1]:99999"])
def test_a_balancer_asks_each_machine_by_its_number(client: Client, alive: None, host: str) -> None:
    for path in ("/healthz", "/readyz", "/statusz"):
        assert client.get(path, headers={"host": host}).status_code == 200
        assert client.head(path, headers={"host": host}).status_code == 200
    assert client.get("/", headers={"host": host}).status_code == 400


def test_only_the_inside_reads_how_it_stands(client: Client, alive: None, settings: Any) -> None:
    outside = {"x-forwarded-for": "203.0.113.7"}
    assert client.get("/readyz", headers=outside).status_code == 200
    assert client.get("/statusz", headers=outside).status_code == 404
    settings.METRICS_TOKEN = "only-for-this-test"
    assert client.get("/statusz").status_code == 404
    assert asked(client, "/statusz", authorization="Bearer only-for-this-test", **outside)[0] == 200


def test_mail_that_waits_too_long(client: Client, alive: None) -> None:
    waiting_since(29)
    assert well(client)[0] == 200
    waiting_since(31)
    response = client.get("/statusz")
    assert response.status_code == 503
    assert "zzcanary" not in response.text
    assert ready(client)[0] == 200
    pause()
    assert well(client)[0] == 200


def test_an_upgraded_database_waits_for_no_squashed_migration(client: Client, alive: None) -> None:
    deleted, _ = MigrationRecorder(connection).migration_qs.filter(name__contains="_squashed_").delete()
    assert deleted == 3
    status, checks = ready(client)
    assert (status, checks["migrations"]) == (200, {"ok": True, "waiting": 0})


def test_an_unapplied_migration(client: Client, alive: None) -> None:
    known = health._known_migrations() | {("appointments", "9999_next")}
    with patch.object(health, "_known_migrations", lambda: known):
        status, checks = ready(client)
    assert (status, checks["migrations"]) == (503, {"ok": False, "waiting": 1})


def test_a_full_disk_and_a_check_that_fails(client: Client, alive: None) -> None:
    with patch.object(health, "FREE_BYTES", 10**18):
        assert well(client)[1]["disk"]["ok"] is False
        assert ready(client)[0] == 200

    def broken(now: Any) -> Any:
        raise OSError("secret-host:5432")

    with patch.object(health, "database", broken):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert "secret-host" not in response.text
