"""What one submit asks of the database and what it holds a lock for; what is made beforehand is what would be
made then."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from appointments.messages import acknowledgement, notices
from appointments.models import Message, PatientRequest, RequestEvent
from appointments.requests import intake, screening
from clinic.models import OpeningHours
from clinic.operations import edition
from tests import builders
from tests.appointments import posts

BOTOX = "/appointments/request/botox/"
NAMES = {
    r'^SELECT "clinic_edition"': "edition",
    r'^SELECT .*EXISTS\(SELECT 1 .* FROM "appointments_appointment"': "earlier visits",
    r'^SELECT .*"appointments_patientrequest"."submission_id" =': "earlier requests",
    r'^INSERT INTO "appointments_patientrequest"': "request",
    r'^INSERT INTO "appointments_patientname"': "names",
    r"^INSERT INTO clinic_ratecount": "rate limits",
    r'^INSERT INTO "appointments_screeninganswer"': "answers",
    r'^INSERT INTO "appointments_requestevent"': "timeline",
    r'^INSERT INTO "appointments_message"': "message",
    r"^(BEGIN|SAVEPOINT)": "begin",
    r"^(COMMIT|RELEASE)": "commit",
}
BEFORE, WRITTEN = ["earlier requests"], ["begin", "request", "names", "rate limits"]
AFTER = ["timeline", "message", "commit"]


@pytest.fixture
def warm(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser, and a process that has just taken a request of each kind."""
    settings.PAGE_CACHE_SECONDS, settings.RATE_LIMITS = 3600.0, True
    for life in ("ASKED_AGAIN_AFTER", "LONGEST"):
        monkeypatch.setattr(edition, life, 3600.0)
    builders.clinic()
    builders.treatment("botox", questions=2, min_interval_months=3)
    client = Client()
    for kind in ("callback", "appointment", "flagged"):
        assert client.post(*_of_kind(kind, "0100")).status_code == 302
    return client


def _of_kind(kind: str, number: str) -> tuple[str, posts.Post]:
    """Where it is sent to, and what; from a phone number and an address of its own, unless `known`."""
    number = "0100" if kind == "known" else number
    sent = {
        "phone": f"(310) 555-{number}",
        "last_name": f"Example{number}",
        "email": f"a{number}@example.org",
    }
    if kind == "callback":
        return posts.CALLBACK, posts.callback(**sent)
    flagged = {"screening_1": "no", "screening_2": "unsure" if kind == "flagged" else "no"}
    return BOTOX, posts.appointment(**sent, **flagged)


def _named(sql: str) -> str:
    return next((name for pattern, name in NAMES.items() if re.search(pattern, sql)), sql)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("callback", [*BEFORE, *WRITTEN, *AFTER]),
        ("appointment", [*BEFORE, *WRITTEN, "answers", *AFTER]),
        ("flagged", [*BEFORE, *WRITTEN, "answers", *AFTER]),
        ("known", [*BEFORE, "earlier visits", *WRITTEN, "answers", *AFTER]),
    ],
)
def test_a_submit_asks_for_nothing_else(warm: Client, kind: str, asked: list[str]) -> None:
    path, post = _of_kind(kind, "0101")
    with CaptureQueriesContext(connection) as captured:
        assert warm.post(path, post).status_code == 302
    found = [_named(query["sql"]) for query in captured.captured_queries]
    assert found == asked
    assert len(found) - 2 <= 9  # beside the beginning and the end


@contextmanager
def _depths() -> Iterator[list[int]]:
    """How deep in transactions each template was rendered."""
    depths: list[int] = []

    def note(**_given: Any) -> None:
        depths.append(len(connection.savepoint_ids))

    template_rendered.connect(note)
    try:
        yield depths
    finally:
        template_rendered.disconnect(note)


@pytest.mark.django_db
@pytest.mark.parametrize("sign", ["", "yes"])
def test_nobody_waits_for_a_template(client: Client, sign: str) -> None:
    builders.clinic(email="desk@example.org")
    builders.physician(email="doctor@example.org")
    outside = len(connection.savepoint_ids)
    post = posts.callback(email="a@example.org", topic="after-treatment", warning_signs=sign)
    with _depths() as depths:
        assert client.post(posts.CALLBACK, post).status_code == 302
    assert Message.objects.count() == (3 if sign else 1)
    assert depths
    assert set(depths) == {outside}


@pytest.mark.django_db
def test_staff_are_led_to_the_very_request(client: Client) -> None:
    builders.clinic(email="desk@example.org")
    for number in ("0102", "0103"):
        post = posts.callback(topic="after-treatment", warning_signs="yes", phone=f"(310) 555-{number}")
        client.post(posts.CALLBACK, post)
        stored = PatientRequest.objects.latest("pk")
        notice = Message.objects.filter(kind="staff_urgent").latest("pk")
        link = f"http://testserver/admin/appointments/patientrequest/{stored.pk}/change/"
        assert link in notice.text
        assert f'href="{link}"' in notice.html
        assert len(set(re.findall(r"http://testserver/\S*\w+/", notice.text))) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("own", ["", "Dear {reference}, see {link}\n\n{promise}"])
def test_a_confirmation_is_worded_as_it_would_be_by_itself(
    settings: Settings, language: str, own: str
) -> None:
    settings.PAGE_CACHE_SECONDS = 3600.0
    builders.clinic(email="desk@example.org", phone="+13105550199")
    if own:
        for key in ("message.acknowledgement", "message.acknowledgement-call"):
            builders.wording(key, own, language)
    seen = set()
    for number in range(2):
        for values in (
            {"contact_by": "email"}, {"contact_by": "phone"}, {"contact_by": "phone", "urgent": True},
        ):  # fmt: skip
            for make in (builders.appointment_request, builders.callback_request):
                row = make(email=f"a{number}@example.org", language=language, **values)
                words = acknowledgement.words_for(row)
                assert words is not None
                assert tuple(words[:3]) == notices.render(row, "acknowledgement")
                assert words.spoken == notices.spoken(row, "acknowledgement")
                assert row.shown_reference in words.text
                assert row.token in words.html
                seen.add(words)
    assert len(seen) == 12


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"email": ""}, {"email": "a@example.org", "suspected_spam": True}])
def test_who_gets_no_confirmation_has_none_worded(values: dict[str, Any]) -> None:
    builders.clinic()
    assert acknowledgement.words_for(builders.callback_request(**values)) is None


@pytest.mark.django_db
def test_a_flagged_request_begins_where_the_move_would_lead(warm: Client) -> None:
    warm.post(*_of_kind("flagged", "0104"))
    begun = PatientRequest.objects.latest("pk")
    moved = builders.appointment_request(treatment=begun.treatment, screening_flagged=True)
    RequestEvent.objects.create(request=moved, kind="received", at=moved.received_at)
    screening.screen(moved, moved.received_at)
    columns = ("status", "decision_owed", "closed_reason", "finished_at", "assignee", "version")
    assert [getattr(begun, name) for name in columns] == [getattr(moved, name) for name in columns]
    said = ("kind", "action", "from_status", "to_status", "by", "note", "wish_of_patient")
    events = [[[getattr(each, name) for name in said] for each in row.events.all()] for row in (begun, moved)]
    assert events[0] == events[1]
    assert len(events[0]) == 2


@pytest.mark.django_db
def test_what_staff_change_counts_for_the_next_request(warm: Client) -> None:
    def promised(number: str) -> time:
        warm.post(posts.CALLBACK, posts.callback(phone=f"(310) 555-{number}", last_name=number))
        row = PatientRequest.objects.latest("pk")
        return timezone.localtime(row.respond_by).time()

    assert promised("0105") == time(17)
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(9), closes=time(11))
    assert promised("0106") == time(17)
    edition.advance()
    assert promised("0107") == time(11)


@pytest.mark.django_db
def test_a_reference_that_is_taken_is_not_the_one_in_the_mail() -> None:
    builders.clinic()
    treatment = builders.treatment("botox")
    earlier = builders.appointment_request(treatment=treatment)
    unsaved = PatientRequest(
        kind="appointment", treatment=treatment, first_name="Grace", phone="+13105550177",
        email="g@example.org", date_of_birth=date(1930, 5, 17),
        privacy_version="1", reference=earlier.reference,
    )  # fmt: skip
    stored = intake.receive(unsaved, [], builders.WEDNESDAY)
    assert (stored.status, stored.events.count()) == ("clinical_review", 2)
    assert stored.shown_reference in Message.objects.get().text
    assert stored.shown_reference != earlier.shown_reference


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, intake.MOST_LOOKED_AT])
@pytest.mark.parametrize(("name", "hours", "is_marked"), [("L", 1, True), ("L", 25, False), ("M", 1, False)])
def test_a_duplicate_is_marked_among_however_many(
    client: Client, number: int, name: str, hours: int, is_marked: bool
) -> None:
    builders.clinic()
    sent = timezone.now() - timedelta(hours=hours)
    phone = "+13105550166"
    other = builders.callback_request(phone=phone, last_name="Another", received_at=sent)
    builders.copies(other, number)
    builders.callback_request(phone=phone, last_name=name, received_at=sent)
    client.post(posts.CALLBACK, posts.callback(phone=phone, last_name="L"))
    assert PatientRequest.objects.latest("pk").possible_duplicate == is_marked


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, intake.MOST_LOOKED_AT])
@pytest.mark.parametrize("common", ["phone", "email", "date_of_birth", "nothing"])
def test_an_earlier_visit_is_found_by_whatever_is_shared(
    client: Client, clinic: object, number: int, common: str
) -> None:
    botox = builders.treatment("botox", min_interval_months=3)
    shared = {
        "phone": {"phone": "+13105550123"}, "email": {"phone": "+13105550177", "email": "ada@example.com"},
        "date_of_birth": {"phone": "+13105550177"},
        "nothing": {"phone": "+13105550177", "last_name": "Other"},
    }[common]  # fmt: skip
    row = {"first_name": "Ada", "last_name": "Example", "treatment": botox, **shared}
    earlier = builders.appointment_request(**row)
    builders.copies(builders.callback_request(phone="+13105550123", last_name="Another"), number)
    start = timezone.now() - timedelta(days=20)
    builders.appointment(earlier, builders.practitioner(), start, status="fulfilled")
    assert client.post(BOTOX, posts.appointment()).status_code == 302
    assert PatientRequest.objects.latest("pk").interval_flagged == (common != "nothing")
