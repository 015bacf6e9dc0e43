"""What monitors ask."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
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
    Heartbeat.objects.create(name="worker", at=timezone.now())


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    return response.status_code, response.json()["checks"]


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


def test_ready(client: Client, alive: None, django_assert_max_num_queries: Any) -> None:
    ready(client)
    with django_assert_max_num_queries(6):
        status, checks = ready(client)
    assert status == 200
    assert set(checks) == {"database", "migrations", "worker", "mail", "disk"}
    assert all(check["ok"] for check in checks.values())


def test_a_silent_worker(client: Client, clinic: object) -> None:
    assert ready(client)[0] == 503
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(minutes=4))
    status, checks = ready(client)
    assert (status, checks["worker"]["ok"]) == (503, False)
    assert 235 <= checks["worker"]["seconds_ago"] <= 300


def test_mail_that_waits_too_long(client: Client, alive: None) -> None:
    waiting_since(29)
    assert ready(client)[0] == 200
    waiting_since(31)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "zzcanary" not in response.text
    pause()
    assert ready(client)[0] == 200


def test_an_unapplied_migration(client: Client, alive: None) -> None:
    known = health._known_migrations() | {("appointments", "9999_next")}
    with patch.object(health, "_known_migrations", lambda: known):
        status, checks = ready(client)
    assert (status, checks["migrations"]) == (503, {"ok": False, "waiting": 1})


def test_a_full_disk_and_a_check_that_fails(client: Client, alive: None) -> None:
    with patch.object(health, "FREE_BYTES", 10**18):
        assert ready(client)[1]["disk"]["ok"] is False

    def broken(now: Any) -> Any:
        raise OSError("secret-host:5432")

    with patch.dict(health._checks, {"database": broken}):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert "secret-host" not in response.text
