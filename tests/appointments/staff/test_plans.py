"""Which index each list of the staff is read from. At a million requests any other way takes seconds; times
are measured by tests.benchmarks.million."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from appointments.follow_up import retention
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, Message, PatientRequest, StaffNotice
from appointments.staff import forgotten
from clinic.models import AuditEntry
from tests import builders
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
FLAGS = ("urgent", "alarm", "decision", "screening", "age", "interval", "duplicate", "crowded", "check")
INBOX = {
    "state=waiting": "request_waits",
    "state=overdue": "request_waits",
    "state=due-today": "request_waits",
    "state=mine": "request_mine",
    "state=with-patient": "request_with_patient",
    "state=finished": "request_finished",
    "state=all": "request_received",
    "state=spam": "request_quarantined",
    "state=closed-spam": "request_closed_spam",
    "calls=due": "request_calls",
    "state=waiting&status=clinical_review": "request_waits_status",
    "state=all&status=declined": "request_in_status",
    "state=all&who=mine": "request_assignee_received",
    **{f"state=waiting&flag={name}": f"request_waits_{name}" for name in FLAGS},
    **{f"state=all&flag={name}": f"request_flag_{name}" for name in FLAGS},
}
MESSAGES = {
    "": "message_created",
    "status__exact=void": "message_status_created",
    "channel__exact=phone": "message_said",
    "kind=recall": "message_kind_created",
}
AUDIT = {
    "": "auditentry_at",
    "action__exact=exported": "auditentry_action_at",
    "q=77": "auditentry_row",
}


@pytest.fixture(scope="module")
def many(module_rows: None) -> None:
    """Finished requests of all the years, and many that wait: a plan for an empty table says nothing."""
    builders.clinic()
    treatment = builders.treatment("peel")
    old = builders.appointment_request(
        status=Status.WITHDRAWN, finished_at=timezone.now() - timedelta(days=1), treatment=treatment
    )
    rows = builders.copies(old, 600)
    for row in (builders.appointment_request(treatment=treatment), builders.callback_request()):
        builders.copies(row, 150)
    flags = ("screening", "age", "interval")
    for column in ("urgent", "decision_owed", *(f"{flag}_flagged" for flag in flags), "possible_duplicate",
                   "crowded", "phone_to_check"):  # fmt: skip
        builders.appointment_request(treatment=treatment, **{column: True})
    now = timezone.now()
    builders.callback_request(urgent=True, alarm="call_us", alarm_at=now, alarm_met_at=now)
    Message.objects.bulk_create(
        Message(
            request=row, key=f"acknowledgement:{row.pk}", message_id=f"<{row.pk}@x>", kind="acknowledgement",
            language="en", recipient="a@example.org", subject="s", text="t", status="sent",
            created_at=row.received_at, next_attempt_at=row.received_at, sent_at=row.received_at,
        )
        for row in rows
    )  # fmt: skip
    AuditEntry.objects.bulk_create(AuditEntry(action="saw", object_id=str(row.pk)) for row in rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def listed(model: Any, query: str, user: User) -> QuerySet[Any]:
    """What the list reads of one page."""
    request = RequestFactory().get(f"/?{query}")
    request.user = user
    found: QuerySet[Any] = admin.site.get_model_admin(model).get_changelist_instance(request).queryset[:50]
    return found


def plan_of(rows: QuerySet[Any]) -> str:
    """How the database means to read `rows`, had it many. PostgreSQL reads few rows whole, and sorts them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for way in ("seqscan", "sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
    return rows.explain()


def indexes_in(plan: str) -> Iterator[str]:
    words = plan.replace("(", " ").split()
    starts = ("request_", "message_", "auditentry_", "appointment_", "staff_notice_")
    return (word for word in words if word.startswith(starts))


@pytest.mark.parametrize(("query", "index"), INBOX.items(), ids=str)
def test_the_inbox(many: None, query: str, index: str) -> None:
    plan = plan_of(listed(PatientRequest, query, builders.superuser()))
    assert index in indexes_in(plan), plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


def test_whether_words_are_to_be_said_is_not_looked_up_among_all_that_is_queued(many: None) -> None:
    plan = plan_of(listed(PatientRequest, "state=all", builders.superuser()))
    assert "message_status_created" not in indexes_in(plan), plan


@pytest.mark.parametrize("state", ["another-time", "wrote-back"])
def test_the_few_who_wait_for_something_else_are_not_looked_for_among_all(
    many: None, settings: Settings, state: str
) -> None:
    settings.TEXTS_BACKEND = "tests"
    builders.copies(builders.appointment_request(status=Status.BOOKED), 300)
    plan = plan_of(listed(PatientRequest, f"state={state}", builders.superuser()))
    assert ("patientrequest_pkey" in plan) or ("USING INTEGER PRIMARY KEY" in plan), plan
    assert not {each.name for each in PatientRequest._meta.indexes} & set(indexes_in(plan)), plan


@pytest.mark.parametrize(("state", "index"), [("waiting", "waits_treatment"), ("all", "treatment_received")])
def test_the_inbox_of_a_treatment(many: None, state: str, index: str) -> None:
    one = builders.treatment("laser")
    assert Treatment.objects.count() == 2
    plan = plan_of(listed(PatientRequest, f"state={state}&treatment={one.pk}", builders.superuser()))
    assert f"request_{index}" in indexes_in(plan), plan


@pytest.mark.parametrize(("query", "index"), MESSAGES.items(), ids=str)
def test_the_messages(many: None, query: str, index: str) -> None:
    plan = plan_of(listed(Message, query, builders.superuser()))
    assert index in indexes_in(plan), plan


@pytest.mark.parametrize(("query", "index"), AUDIT.items(), ids=str)
def test_the_audit(many: None, query: str, index: str) -> None:
    plan = plan_of(listed(AuditEntry, query, builders.superuser()))
    assert index in indexes_in(plan), plan


def test_the_audit_of_a_user(many: None) -> None:
    user = builders.superuser(username="ada")
    plan = plan_of(listed(AuditEntry, "q=ada", user))
    assert "auditentry_user" in indexes_in(plan), plan


def test_no_list_of_messages_asks_which_kinds_there_are(
    many: None, django_assert_max_num_queries: Any
) -> None:
    user = builders.superuser()
    with django_assert_max_num_queries(2) as asked:
        list(listed(Message, "", user))
    assert not [query for query in asked if "DISTINCT" in query["sql"]]


def test_a_day_is_read_from_the_day_before_on(many: None) -> None:
    """An appointment has a longest length: without that each look at a day would read all before it."""
    doctor, now = builders.practitioner(), timezone.now()
    rows = Appointment.objects.filter(practitioner=doctor).between(now, now + timedelta(days=1))
    plan = plan_of(rows.order_by())
    if connection.vendor == "postgresql":
        condition = next(line for line in plan.splitlines() if "Index Cond" in line)
        assert "start < " in condition
        assert "start > " in condition
    else:
        assert "appointment_schedule (practitioner_id=? AND start>? AND start<?)" in plan


def test_who_has_not_confirmed_is_read_from_the_days_that_are_called_about(many: None) -> None:
    now = timezone.now()
    plan = plan_of(Appointment.objects.unconfirmed(now, now + timedelta(days=2)).order_by("start", "pk"))
    assert "appointment_coming" in indexes_in(plan), plan


def test_what_fell_back_into_the_inbox_is_counted_in_its_own_index(many: None) -> None:
    for rows in (forgotten.hold_ended(), PatientRequest.objects.last_moved_by(Action.HOLD_FALLEN)):
        plan = plan_of(rows.order_by("respond_by", "pk")[:20])
        assert "request_last_action" in indexes_in(plan), plan


def test_of_whom_something_is_owed_those_with_the_patient_are_told_by_columns_first(many: None) -> None:
    """What asks other tables is asked of few: a Q sorts its words by name."""
    sql = str(PatientRequest.objects.with_patient().query)
    assert sql.rindex('"decision_owed"') < sql.index("clinicalreview")


def test_notices_to_staff(clinic: object) -> None:
    now = timezone.now()
    for user in [builders.staff() for _number in range(20)]:
        StaffNotice.objects.bulk_create(
            StaffNotice(user=user, happening="urgent", number=2, in_browser=True, at=now - back * HOUR / 60,
                        mail_due_at=now if back == 1 else None)
            for back in range(1, 41)
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = StaffNotice.objects
    for index, asked in {
        "user": rows.of_browser(user.pk, now - HOUR)[:50],
        "mail_due": rows.mail_due(now).order_by(),
        "at": rows.filter(at__lt=now - HOUR, mail_due_at=None).order_by("at", "pk")[:50],
    }.items():
        plan = plan_of(asked)
        assert f"staff_notice_{index}" in indexes_in(plan), plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has an exclusion constraint")
def test_a_new_appointment_is_compared_with_those_of_its_days(many: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'appointment_no_overlap_insert'")
        trigger = cursor.fetchone()[0]
        looks = trigger.partition("EXISTS (")[2].partition(")\n                BEGIN")[0]
        for word in ('NEW."end"', "NEW.start", "NEW.practitioner_id", "NEW.id"):
            looks = looks.replace(word, "'2026-12-02 18:00:00'")
        cursor.execute(f"EXPLAIN QUERY PLAN {looks.replace('%', '%%')}")
        plan = " ".join(row[-1] for row in cursor.fetchall())
    assert "appointment_schedule (practitioner_id=? AND start>? AND start<?)" in plan


def test_retention_reads_what_has_outlived_its_time(many: None) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a range of each kind and status, as bitmaps
        plan = retention.outlived(timezone.now())[:200].explain()
    else:
        plan = plan_of(retention.outlived(timezone.now())[:200])
        assert "SCAN appointments_patientrequest" not in plan
        assert "(kind=? AND status=? AND finished_at>? AND finished_at<?)" in plan
    assert "request_to_erase" in plan, plan
