"""The figures for Prometheus: who may read them, what they count, and that they name nobody."""

import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from appointments.messages import held_mail, notices
from appointments.models import EventKind, Message, RequestEvent
from clinic.models import Heartbeat
from clinic.operations import metrics
from tests import builders

CANARY = "Zanzibar-Canary"


@pytest.fixture(autouse=True)
def _own_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "answers", metrics.Counts(tmp_path / "metrics.sqlite3"))


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
def test_without_a_token_only_the_inside_may_read(client: Client, extra: dict[str, str], status: int) -> None:
    builders.clinic()
    assert client.get("/metrics", **extra).status_code == status  # type: ignore[arg-type]


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
def test_mail_on_hold_is_counted_apart(client: Client) -> None:
    builders.clinic()
    request = builders.callback_request(email="a@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    notices.queue(request, "acknowledgement", event)
    held_mail.hold()
    text = client.get("/metrics").text
    assert value(text, "finetouch_mail_held") == 1
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
    assert 'finetouch_answers_total{route="contact",method="GET",status="200"} 2' in text
    assert 'finetouch_answers_total{route="none",method="GET",status="404"} 1' in text
    assert 'route="request-status"' in text
    assert value(text, 'finetouch_answers_within_seconds{le="+Inf"}') == 4
    assert request.token not in text


def _count_in_a_process(path: Path) -> None:
    counts = metrics.Counts(path)
    for _ in range(500):
        counts.add(["route|GET|200"])
        counts.flush()


def test_counts_of_several_processes_add_up(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite3"
    processes = [multiprocessing.Process(target=_count_in_a_process, args=(path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert metrics.Counts(path).read() == {"route|GET|200": 1500}


def test_a_damaged_file_of_counts_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "damaged.sqlite3"
    path.write_bytes(b"no database at all" * 1000)
    counts = metrics.Counts(path)
    counts.add(["route|GET|200"])
    counts.flush()
    counts.add(["route|GET|200"])
    assert counts.read() == {"route|GET|200": 1}


def test_a_label_is_escaped() -> None:
    figure = metrics.Figure("name", "gauge", "words", [((("label", 'a"b\\c\nd'),), 1)])
    assert list(figure.lines())[-1] == 'name{label="a\\"b\\\\c\\nd"} 1'
