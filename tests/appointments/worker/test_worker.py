"""The worker: its rounds, its failures, its end."""

import logging
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from appointments.follow_up import promises
from appointments.messages import outbox
from appointments.messages.notices import queue
from appointments.models import EventKind, Message, MessageStatus, PatientRequest, RequestEvent
from appointments.worker.statistics import refresh_statistics
from appointments.worker.steps import Rounds, Step
from clinic.models import Heartbeat
from tests import builders

pytestmark = pytest.mark.django_db


def test_once_sends_the_acknowledgement_and_beats(clinic: object) -> None:
    request = builders.callback_request(email="ada@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=request.received_at)
    queue(request, "acknowledgement", event)
    call_command("worker", "--once", stdout=StringIO())
    assert [sent.to for sent in mail.outbox] == [["ada@example.org"]]
    assert Message.objects.get().status == MessageStatus.SENT
    assert timezone.now() - Heartbeat.objects.get(name="worker").at < timedelta(minutes=1)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's are made anew each hour")
def test_postgresql_learns_how_its_rows_are_spread_after_an_upgrade() -> None:
    builders.callback_request()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'appointments_patientrequest'::regclass")
    assert [refresh_statistics(timezone.now()) for _twice in range(2)] == [1, 0]


def test_a_failing_step_is_logged_without_its_words_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    def fails(now: datetime) -> int:
        raise ValueError("Ada Example, born 1990-05-17")

    def works(now: datetime) -> int:
        done.append("works")
        return 1

    with caplog.at_level(logging.INFO):
        Rounds(steps=(Step("first", fails, 0), Step("second", works, 0))).run(timezone.now())
    assert done == ["works"]
    assert "step first failed: ValueError" in caplog.text
    assert "Ada" not in caplog.text


def test_a_broken_row_stops_no_other(
    clinic: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    received = timezone.now() - timedelta(days=3)
    broken, whole = (
        builders.appointment_request(
            email=f"{name}@example.org", received_at=received, respond_by=timezone.now() - timedelta(hours=1)
        )
        for name in ("broken", "whole")
    )

    def fragile(request: PatientRequest, *args: Any, **kwargs: Any) -> Any:
        if request == broken:
            raise ValueError(request.email)
        return queue(request, *args, **kwargs)

    monkeypatch.setattr(promises, "queue", fragile)
    assert promises.answer_for_broken(timezone.now()) == 1
    assert Message.objects.get().request == whole
    assert f"promise {broken.pk} failed: ValueError" in caplog.text
    assert "broken@example.org" not in caplog.text
    broken.refresh_from_db()
    assert broken.promise_broken_at is None


def test_each_step_keeps_its_own_pace() -> None:
    done: list[str] = []

    def slow(now: datetime) -> int:
        done.append("slow")
        return 1

    rounds = Rounds(steps=(Step("slow", slow, 3600),))
    rounds.run(timezone.now())
    rounds.run(timezone.now() - timedelta(hours=1))
    assert done == ["slow"]
    rounds.run(timezone.now(), everything=True)
    assert done == ["slow", "slow"]


def test_a_long_queue_is_sent_without_a_rest_and_all_else_has_its_turn(
    clinic: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = builders.callback_request(email="ada@example.org")
    now = request.received_at
    for nth in range(30):
        queue(request, "acknowledgement", None, cause=str(nth), now=now)
    turns: list[int] = []

    def holds(now: datetime) -> int:
        turns.append(len(mail.outbox))
        return 1

    rounds = Rounds(steps=(Step("holds", holds, 0),))
    monkeypatch.setattr(outbox, "BATCH", timedelta(0))  # whatever was claimed, and no more in this round
    monkeypatch.setattr(outbox, "CLAIMED_AT_ONCE", 7)
    while not turns or rounds.goes_on:
        rounds.run(now)
    assert len(mail.outbox) == 30
    assert len(turns) > 4


def test_a_server_that_is_down_is_not_asked_again_without_a_rest(clinic: object, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "clinic.operations.mail.NotSetUp"
    request = builders.callback_request(email="ada@example.org")
    for nth in range(5):
        queue(request, "acknowledgement", None, cause=str(nth), now=request.received_at)
    rounds = Rounds(steps=())
    assert rounds.run(request.received_at)["mail"] == 2
    assert not rounds.goes_on


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "SECRET_KEY": "x" * 50,
        "SITE_URL": "http://127.0.0.1:8106",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "WORKER_BEAT": str(tmp_path / "beat"),
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert worker.stderr is not None
    # No database yet: every step fails, and it goes on.
    assert any("heartbeat failed" in line for line in worker.stderr)
    assert worker.poll() is None
    worker.send_signal(number)
    _out, errors = worker.communicate(timeout=10)
    assert worker.returncode == 0
    assert "Traceback" not in errors
    assert (tmp_path / "beat").exists()  # what a container's health check looks at
