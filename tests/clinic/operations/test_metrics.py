"""The figures for Prometheus: who may read them, what they count, and that they name nobody."""

import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from appointments.messages import notices, paused_mail
from appointments.models import EventKind, Message, RequestEvent
from clinic.models import Heartbeat
from clinic.operations import counts, metrics
from tests import builders

ROOT = Path(__file__).resolve().parents[3]
CANARY = "Zanzibar-Canary"


@pytest.fixture(autouse=True)
def _own_counts() -> None:
    metrics.ANSWERS.clear()
    metrics.SECONDS.clear()
    metrics.FAILURES.reset()
    metrics.CSP_REPORTS.reset()


def value(text: str, name: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "10.1.2.3"}, 200),
        ({"REMOTE_ADDR": ""}, 200),
        ({"REMOTE_ADDR": "93.184.216.34"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "93.184.216.34"}, 404),
        ({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "nonsense"}, 404),
    ],
)
def test_without_a_token_only_the_inside_may_read(client: Client, extra: dict[str, Any], status: int) -> None:
    builders.clinic()
    assert client.get("/metrics", **extra).status_code == status


@pytest.mark.django_db
@override_settings(METRICS_TOKEN="a-long-token")
def test_with_a_token_only_who_has_it(client: Client) -> None:
    builders.clinic()
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer a-long-token"}).status_code == 200


@pytest.mark.django_db
def test_what_waits_is_counted(client: Client) -> None:
    builders.clinic()
    now = timezone.now()
    late = builders.callback_request(
        received_at=now - timedelta(days=9), first_name=CANARY, email="a@example.org"
    )
    builders.appointment_request(suspected_spam=True)
    event = RequestEvent.objects.create(request=late, kind=EventKind.RECEIVED, at=now - timedelta(minutes=10))
    notices.queue(late, "acknowledgement", event)
    Heartbeat.objects.create(name="worker", at=now - timedelta(seconds=30))
    text = client.get("/metrics").text
    assert value(text, "finetouch_requests_waiting") == 1
    assert value(text, "finetouch_requests_overdue") == 1
    assert value(text, "finetouch_requests_suspected_spam") == 1
    assert value(text, 'finetouch_requests_open{status="new"}') == 1
    assert value(text, "finetouch_mail_unsent") == 1
    assert value(text, "finetouch_mail_oldest_seconds") >= 600
    assert value(text, 'finetouch_heartbeat_age_seconds{program="worker"}') >= 30
    assert value(text, "finetouch_database_up") == 1
    assert CANARY not in text
    assert late.token not in text


@pytest.mark.django_db
def test_paused_mail_is_counted_apart(client: Client) -> None:
    builders.clinic()
    request = builders.callback_request(email="a@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    notices.queue(request, "acknowledgement", event)
    paused_mail.pause()
    text = client.get("/metrics").text
    assert value(text, "finetouch_mail_paused") == 1
    assert value(text, "finetouch_mail_unsent") == 0
    assert Message.objects.to_send(timezone.now() + timedelta(days=365)).count() == 0


@pytest.mark.django_db
def test_answers_are_counted_by_route(client: Client) -> None:
    builders.clinic()
    request = builders.callback_request()
    client.get("/contact/")
    client.get("/contact/")
    client.get(request.get_absolute_url())
    client.get("/nowhere/")
    text = client.get("/metrics").text
    assert 'finetouch_answers_total{method="GET",route="contact",status="200"} 2.0' in text
    assert 'finetouch_answers_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'route="request-status"' in text
    assert value(text, 'finetouch_answer_seconds_bucket{le="+Inf",route="contact",status="2xx"}') == 2
    assert value(text, 'finetouch_answer_seconds_count{route="contact",status="2xx"}') == 2
    assert (
        sum(
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith('finetouch_answer_seconds_bucket{le="+Inf"')
        )
        == 4
    )
    assert request.token not in text


# Run as gunicorn would: told of the folder before anything counts, forked, and killed without a word.
IN_A_PROCESS = """
import os, signal
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from clinic.operations import counts, metrics
if child := os.fork():
    os.waitpid(child, 0)
    os.kill(os.getpid(), signal.SIGKILL)
counts.take_room()
for _ in range(500):
    metrics.ANSWERS.labels("contact", "GET", 200).inc()
    metrics.SECONDS.labels("contact", "2xx").observe(0.2)
    metrics.FAILURES.inc()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.django_db
def test_counts_of_several_processes_add_up_even_when_they_are_killed(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        killed = subprocess.run([sys.executable, "-c", IN_A_PROCESS], cwd=ROOT, check=False)
        assert killed.returncode == -signal.SIGKILL
    # No hole is left for which a full disk would end the process.
    files = [path for path in tmp_path.iterdir() if path.stat().st_blocks * 512 >= 1 << 20]
    assert sorted(path.name.partition("_")[0] for path in files) == ["counter"] * 2 + ["histogram"] * 2
    for pid in {int(path.stem.rpartition("_")[2]) for path in files}:
        counts.give_room_back(pid)
    assert all(path.stat().st_size < 10_000 for path in files)
    builders.clinic()
    text = client.get("/metrics").text
    assert value(text, 'finetouch_answers_total{method="GET",route="contact",status="200"}') == 1000
    assert value(text, 'finetouch_answer_seconds_bucket{le="0.1",route="contact",status="2xx"}') == 0
    assert value(text, 'finetouch_answer_seconds_bucket{le="0.25",route="contact",status="2xx"}') == 1000
    assert value(text, "finetouch_failures_total") == 1000
    assert value(text, "finetouch_database_up") == 1


@pytest.mark.django_db
def test_a_silent_database_costs_its_figures_alone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Iterable[GaugeMetricFamily]:
        raise OperationalError

    builders.clinic()
    monkeypatch.setattr(metrics, "_sources", [fails])
    client.get("/contact/")
    text = client.get("/metrics").text
    assert value(text, "finetouch_database_up") == 0
    assert value(text, 'finetouch_answers_total{method="GET",route="contact"') == 1
