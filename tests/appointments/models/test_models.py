"""What the database itself refuses, and what it finds again."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from appointments import references
from appointments.lifecycle import Status
from appointments.models import (
    Message,
    MessageStatus,
    PatientRequest,
    RequestEvent,
)
from appointments.models.timeline import AppendOnlyError
from clinic.models import Clinic, Closure, OpeningHours
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "visit"},
        {"status": "lost"},
        {"status": Status.COMPLETED},
        {"source": "fax"},
        {"language": "fr"},
        {"contact_by": "fax"},
        {"contact_by": "email", "email": ""},
        {"first_name": ""},
        {"topic": "weather"},
        {"topic": ""},
        {"date_of_birth": date(1990, 1, 1)},
        {"closed_reason": "spam"},
        {"status": Status.CLOSED, "closed_reason": "", "finished_at": timezone.now()},
        {"decision_owed": True, "status": Status.OFFERED},
        {"decision_owed": True, "status": Status.BOOKED},
    ],
)
def test_a_callback_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    request = builders.callback_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientRequest.objects.filter(pk=request.pk).update(**wrong)


@pytest.mark.parametrize("wrong", [{"date_of_birth": None}, {"topic": "billing"}])
def test_an_appointment_request_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    request = builders.appointment_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientRequest.objects.filter(pk=request.pk).update(**wrong)


def test_one_submission_is_one_row() -> None:
    first = builders.callback_request()
    for field in ("submission_id", "reference", "token"):
        with pytest.raises(IntegrityError), transaction.atomic():
            builders.callback_request(**{field: getattr(first, field)})


def test_there_is_one_clinic() -> None:
    builders.clinic()
    with pytest.raises(IntegrityError), transaction.atomic():
        Clinic.objects.create(pk=2, name="Another", phone="+13105550100")


def test_hours_and_closures_run_forwards() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OpeningHours.objects.create(weekday=0, opens="17:00", closes="09:00")
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(first_day=date(2026, 12, 2), last_day=date(2026, 12, 1))
    OpeningHours.objects.create(weekday=0, opens="09:00", closes="12:00")
    with pytest.raises(IntegrityError), transaction.atomic():
        OpeningHours.objects.create(weekday=0, opens="09:00", closes="13:00")


def test_the_timeline_only_grows() -> None:
    request = builders.callback_request()
    event = RequestEvent.objects.create(request=request, kind="note", at=timezone.now(), note="first")
    event.note = "second"
    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        event.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        RequestEvent.objects.filter(pk=event.pk).update(note="second")
    assert RequestEvent.objects.get(pk=event.pk).note == "first"


def test_a_message_is_written_once_for_each_cause() -> None:
    now = timezone.now()
    values = {"key": "k", "kind": "x", "language": "en", "created_at": now, "next_attempt_at": now}
    Message.objects.create(message_id="<1@x>", **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(message_id="<2@x>", **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(status=MessageStatus.SENT)


SEARCHES = [
    "(310) 555-0142",
    "310.555.0142",
    "+1 310 555 0142",
    "5550142",
    "555-0142",
    "(310) 555",
    "maria",
    "María",
    "GARCÍA",
    "garcia lopez",
    "Maria Garcia",
    "garcia lopez maria",
    "MARIA@example.ORG",
]


@pytest.mark.parametrize("typed", SEARCHES)
def test_a_request_is_found_by_what_people_type(typed: str) -> None:
    wanted = builders.callback_request(
        first_name="María", last_name="García López", phone="+13105550142;ext=7", email="Maria@Example.org"
    )
    builders.callback_request(
        first_name="Ada", last_name="Maris", phone="+13107770199", email="ada@example.org"
    )
    assert list(PatientRequest.objects.search(typed)) == [wanted]


@pytest.mark.parametrize(
    "typed", ["", "  ", "12", "nobody", "a@b", "%", "_", "%arcia", "g_rcia", "g%cia", "0000-0000"]
)
def test_what_is_nowhere_finds_nothing(typed: str) -> None:
    builders.callback_request(first_name="María", last_name="García")
    assert list(PatientRequest.objects.search(typed)) == []


def test_a_reference_is_found_and_a_wrong_one_is_not() -> None:
    code = "0AB1CDE" + references.check_character("0AB1CDE")
    wanted = builders.callback_request(reference=code)
    assert list(PatientRequest.objects.search(references.shown(code).lower())) == [wanted]
    other = "1" if code[-1] != "1" else "2"
    assert not PatientRequest.objects.with_reference(code[:-1] + other).exists()


def test_look_ups_use_an_index() -> None:
    """At a million rows a search that reads the table takes seconds."""
    for queryset in (
        PatientRequest.objects.search("3105550142"),
        PatientRequest.objects.search("a@example.org"),
        PatientRequest.objects.search("garcia"),
        PatientRequest.objects.filter(reference="0AB1CDER"),
    ):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
            plan = queryset.order_by().explain()
            assert "Seq Scan" not in plan, plan
        else:
            plan = queryset.order_by().explain()
            assert "SCAN appointments_patientrequest" not in plan, plan


def test_the_extension_of_a_phone_number_is_kept() -> None:
    request = builders.callback_request(phone="+13105550142;ext=77")
    assert PatientRequest.objects.get(pk=request.pk).phone.extension == "77"


def test_age_counts_full_years() -> None:
    request = builders.appointment_request(date_of_birth=date(2000, 2, 29))
    assert request.age_on(date(2018, 2, 28)) == 17
    assert request.age_on(date(2018, 3, 1)) == 18
    assert builders.callback_request().age_on(date(2018, 3, 1)) is None


def test_the_inbox_puts_the_most_overdue_first() -> None:
    now = timezone.now()
    late = builders.callback_request(respond_by=now - timedelta(days=2))
    later = builders.callback_request(respond_by=now + timedelta(days=2))
    urgent = builders.callback_request(respond_by=now + timedelta(days=1), urgent=True)
    done = builders.callback_request(
        status=Status.WITHDRAWN, finished_at=now, respond_by=now - timedelta(days=9)
    )
    spam = builders.callback_request(suspected_spam=True, respond_by=now - timedelta(days=9))
    assert list(PatientRequest.objects.owed().most_urgent_first()) == [urgent, late, later]
    assert list(PatientRequest.objects.overdue(now)) == [late]
    assert not {spam, done} & {*PatientRequest.objects.waiting()}


def test_a_plain_request_is_dated_and_promised() -> None:
    """Whoever makes a row by the field names alone gets a whole request."""
    person = {"first_name": "Ada", "last_name": "Byron", "phone": "(310) 555-0187"}
    for made in (
        PatientRequest.objects.create(kind="appointment", date_of_birth=date(1990, 2, 3), **person),
        PatientRequest.objects.create(kind="callback", topic="billing", **person),
    ):
        made.refresh_from_db()
        assert made.consented_at == made.received_at < made.respond_by
        assert made.privacy_version
    told = timezone.now() - timedelta(days=3)
    late = PatientRequest.objects.create(kind="callback", topic="other", received_at=told, **person)
    assert late.received_at == told
