"""Retention: what never became a visit goes after its time; visits and what is open stay."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from appointments import retention
from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, Message, PatientRequest, RequestEvent
from appointments.notices import queue
from appointments.rounds import Rounds
from clinic.models import AuditAction, AuditEntry, Clinic, RateCount
from tests import builders

pytestmark = pytest.mark.django_db


def finished(days_ago: float, status: str = Status.WITHDRAWN) -> PatientRequest:
    at = timezone.now() - timedelta(days=days_ago)
    return builders.appointment_request(
        status=status, received_at=at, finished_at=at, email="ada@example.org"
    )


@pytest.fixture
def kept_for_a_month(db: None) -> Clinic:
    return builders.clinic(keep_finished_days=30)


def test_only_what_outlived_its_time_goes(kept_for_a_month: Clinic) -> None:
    old, young = finished(31), finished(29)
    event = RequestEvent.objects.create(request=old, kind="note", at=old.received_at, note="A note")
    queue(old, "acknowledgement", event)
    visit = finished(400, Status.COMPLETED)
    builders.appointment(
        visit, builders.practitioner(), visit.received_at, status=AppointmentStatus.FULFILLED
    )
    waiting = builders.callback_request(received_at=timezone.now() - timedelta(days=400))
    assert retention.clear(timezone.now()) == 1
    assert set(PatientRequest.objects.all()) == {young, visit, waiting}
    assert not Message.objects.exists()
    assert not RequestEvent.objects.exists()


def test_a_dry_run_prints_counts_and_changes_nothing(kept_for_a_month: Clinic) -> None:
    finished(31)
    finished(40, Status.DECLINED)
    out = StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "2 would be deleted. Nothing was changed." in out.getvalue()
    assert "declined" in out.getvalue()
    assert "ada" not in out.getvalue().lower()
    assert PatientRequest.objects.count() == 2
    call_command("retention", stdout=StringIO())
    assert PatientRequest.objects.count() == 0


def test_the_worker_forgets_what_the_audit_and_the_limits_have_outlived(clinic: Clinic) -> None:
    now = timezone.now()
    for years, days in ((6, 3), (5, 300)):
        AuditEntry.objects.create(action=AuditAction.SAW, at=now - timedelta(days=365 * years + days))
    for hours in (25, 1):
        RateCount.objects.create(key=f"k:{hours}", window=now - timedelta(hours=hours), count=1)
    Rounds().run(now, everything=True)
    (kept,) = AuditEntry.objects.all()
    assert now - kept.at < timedelta(days=6 * 365)
    assert [row.key for row in RateCount.objects.all()] == ["k:1"]
