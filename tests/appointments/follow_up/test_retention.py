"""Retention: what never became a visit goes after its time; visits and what is open stay."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.follow_up import retention
from appointments.lifecycle import Action, ClosedReason, Status
from appointments.messages.notices import queue
from appointments.models import (
    AppointmentStatus,
    Kind,
    Message,
    PatientRequest,
    RequestEvent,
    RetentionPeriod,
)
from appointments.worker.steps import Rounds
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


def test_visits_are_set_apart_once_and_looked_at_again_after_a_move(
    kept_for_a_month: Clinic, front_desk: User
) -> None:
    """The visits of all the years stay, so that reading them each hour would cost more each year."""
    visit = finished(400, Status.COMPLETED)
    seen = builders.appointment(
        visit, builders.practitioner(), visit.received_at, status=AppointmentStatus.FULFILLED
    )
    now = timezone.now()
    assert retention.clear(now) == 0
    visit.refresh_from_db()
    assert visit.is_record
    # The mark decides nothing for whoever opens it again and ends it without a visit.
    visit.move(Action.REOPEN, front_desk, "Wrong patient")
    type(seen).objects.filter(pk=seen.pk).update(status=AppointmentStatus.NOSHOW)
    visit.move(Action.CLOSE, front_desk, reason=ClosedReason.ANSWERED, now=now - timedelta(days=31))
    assert retention.clear(now) == 1
    assert not PatientRequest.objects.exists()


def test_a_mark_in_error_is_no_reason_to_delete_or_keep(kept_for_a_month: Clinic) -> None:
    visit = finished(400, Status.COMPLETED)
    builders.appointment(visit, builders.practitioner(), visit.received_at, status=AppointmentStatus.ARRIVED)
    assert retention.clear(timezone.now()) == 0
    PatientRequest.objects.update(is_record=False)
    assert retention.clear(timezone.now()) == 0
    assert PatientRequest.objects.get().is_record


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
    for hours in (49, 1):
        RateCount.objects.create(key=f"k:{hours}", window=now - timedelta(hours=hours), count=1)
    Rounds().run(now, everything=True)
    (kept,) = AuditEntry.objects.all()
    assert now - kept.at < timedelta(days=6 * 365)
    assert [row.key for row in RateCount.objects.all()] == ["k:1"]


def shorter(days: int, status: str = Status.WITHDRAWN) -> RetentionPeriod:
    return RetentionPeriod.objects.create(kind=Kind.APPOINTMENT, status=status, days=days)


class TestShorterTimes:
    def test_one_kind_and_status_goes_sooner(self, kept_for_a_month: Clinic) -> None:
        shorter(10)
        withdrawn, young, declined = finished(11), finished(9), finished(11, Status.DECLINED)
        callback = builders.callback_request(
            status=Status.WITHDRAWN, received_at=withdrawn.received_at, finished_at=withdrawn.finished_at
        )
        assert retention.counts(timezone.now()) == {("appointment", "withdrawn"): 1}
        assert retention.clear(timezone.now()) == 1
        assert set(PatientRequest.objects.all()) == {young, declined, callback}

    def test_none_outlives_what_the_privacy_page_says(self, kept_for_a_month: Clinic) -> None:
        shorter(400)
        finished(31)
        assert retention.clear(timezone.now()) == 1

    def test_a_visit_stays(self, kept_for_a_month: Clinic) -> None:
        shorter(1, Status.COMPLETED)
        visit = finished(20, Status.COMPLETED)
        builders.appointment(
            visit, builders.practitioner(), visit.received_at, status=AppointmentStatus.FULFILLED
        )
        assert retention.clear(timezone.now()) == 0

    def test_the_number_of_queries_is_the_same_for_any_number_of_them(
        self, kept_for_a_month: Clinic, django_assert_num_queries: Any
    ) -> None:
        for status in (Status.WITHDRAWN, Status.DECLINED, Status.CLOSED):
            shorter(10, status)
        with django_assert_num_queries(3):
            retention.counts(timezone.now())

    @pytest.mark.parametrize(
        "wrong", [{"days": 0}, {"status": Status.NEW}, {"kind": "letter"}, {"status": Status.DECLINED}]
    )
    def test_the_database_refuses_what_makes_no_sense(self, wrong: dict[str, Any]) -> None:
        shorter(10, Status.DECLINED)
        values = {"kind": Kind.APPOINTMENT, "status": Status.WITHDRAWN, "days": 10, **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            RetentionPeriod.objects.create(**values)

    def test_the_dermatologist_sets_one_and_the_front_desk_reads_it(
        self, kept_for_a_month: Clinic, dermatologist: User, front_desk: User
    ) -> None:
        client, add = Client(), reverse("admin:appointments_retentionperiod_add")
        client.force_login(dermatologist)
        data = {"kind": "appointment", "status": "withdrawn", "days": "31"}
        assert "At most 30 days" in client.post(add, data).content.decode()
        assert client.post(add, {**data, "days": "10"}).status_code == 302
        finished(11)
        client.force_login(front_desk)
        page = client.get(reverse("admin:appointments_retentionperiod_changelist")).content.decode()
        assert "Appointment, Withdrawn: 1" in page
        assert client.get(add).status_code == 403
