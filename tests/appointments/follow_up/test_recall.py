"""The recall: with consent, once, in time, and not when anything speaks against it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from appointments.follow_up import recall
from appointments.lifecycle import Status
from appointments.messages import outbox
from appointments.models import (
    Appointment,
    AppointmentStatus,
    Message,
    MessageStatus,
    PatientRequest,
    RequestSource,
    Topic,
)
from clinic.models import Clinic
from clinic.time.hours import clinic_day
from tests import builders
from tests.builders import WEDNESDAY
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


@pytest.fixture
def botox() -> Treatment:
    return builders.treatment("botox", effect_months=4, min_interval_months=3)


def visited(treatment: Treatment, at: datetime = WEDNESDAY, **values: Any) -> Appointment:
    """A visit at `at` of somebody who agreed to be reminded."""
    request = builders.appointment_request(
        **{
            "treatment": treatment,
            "email": "ada@example.org",
            "recall_consent": True,
            "status": Status.COMPLETED,
            "received_at": at - timedelta(days=5),
            "finished_at": at,
        }
        | values
    )
    return builders.appointment(request, builders.practitioner(), at, status=AppointmentStatus.FULFILLED)


def due_of(visit: Appointment, treatment: Treatment) -> datetime:
    due = recall.due_at(visit.start, treatment)
    assert due is not None
    return due


def test_it_comes_before_the_effect_ends_never_sooner_than_the_shortest_interval(botox: Treatment) -> None:
    # Wednesday, December 2: the effect may end on April 2; two weeks before.
    due = recall.due_at(WEDNESDAY, botox)
    assert due is not None
    assert clinic_day(due).isoformat() == "2027-03-19"
    botox = builders.retold(botox, recall_after_weeks=4)
    due = recall.due_at(WEDNESDAY, botox)
    assert due is not None
    assert clinic_day(due).isoformat() == "2027-03-02"
    botox = builders.retold(botox, recall_after_weeks=None, effect_months=None)
    assert recall.due_at(WEDNESDAY, botox) is None


def test_once_for_a_visit(clinic: Clinic, botox: Treatment) -> None:
    due = due_of(visited(botox), botox)
    assert recall.ask_back(due - timedelta(seconds=1)) == 0
    assert recall.ask_back(due) == 1
    assert recall.ask_back(due + timedelta(minutes=10)) == 0
    assert recall.ask_back(due - timedelta(minutes=50)) == 0
    assert Message.objects.get().kind == "recall"


def test_not_long_after_its_day(clinic: Clinic, botox: Treatment) -> None:
    due = due_of(visited(botox), botox)
    assert recall.ask_back(due + recall.LATEST_AFTER) == 0


@pytest.mark.parametrize("values", [{"recall_consent": False}, {"email": ""}])
def test_only_with_consent_and_an_address(clinic: Clinic, botox: Treatment, values: dict[str, Any]) -> None:
    due = due_of(visited(botox, **values), botox)
    assert recall.ask_back(due) == 0


def _open_request(visit: Appointment) -> None:
    builders.callback_request(person=visit.request.person)


def _coming_appointment(visit: Appointment) -> None:
    other = builders.appointment_request(person=visit.request.person, status=Status.BOOKED)
    builders.appointment(other, visit.practitioner, visit.start + timedelta(days=200))


def _problem(visit: Appointment) -> None:
    builders.callback_request(
        phone=visit.request.phone.as_e164,
        topic=Topic.AFTER_TREATMENT,
        status=Status.COMPLETED,
        received_at=visit.start + timedelta(days=2),
        finished_at=visit.start + timedelta(days=2),
    )


def _same_name_and_phone_asked_again(visit: Appointment) -> None:
    first = visit.request
    builders.callback_request(
        phone=first.phone.as_e164, first_name=first.first_name, last_name=first.last_name
    )


def _opted_out(visit: Appointment) -> None:
    recall.opt_out(visit.request, visit.start + timedelta(days=1))


def _only_a_consultation(visit: Appointment) -> None:
    visit.is_consultation = True
    visit.save()


@pytest.mark.parametrize(
    "what",
    [
        _open_request,
        _coming_appointment,
        _problem,
        _same_name_and_phone_asked_again,
        _opted_out,
        _only_a_consultation,
    ],
)
def test_what_keeps_it_back(clinic: Clinic, botox: Treatment, what: Any) -> None:
    visit = visited(botox)
    what(visit)
    assert recall.ask_back(due_of(visit, botox)) == 0


def test_a_newer_visit_is_the_one_that_counts(clinic: Clinic, botox: Treatment) -> None:
    first = visited(botox)
    visited(botox, WEDNESDAY + timedelta(days=60), person=first.request.person)
    assert recall.ask_back(due_of(first, botox)) == 0


def test_who_shares_a_phone_is_still_asked(clinic: Clinic, botox: Treatment) -> None:
    visit = visited(botox)
    builders.callback_request(phone=visit.request.phone.as_e164, first_name="Somebody", last_name="Else")
    assert recall.ask_back(due_of(visit, botox)) == 1


def test_consent_given_after_an_opt_out_counts(clinic: Clinic, botox: Treatment) -> None:
    visit = visited(botox)
    recall.opt_out(visit.request, WEDNESDAY + timedelta(days=1))
    later = visited(botox, WEDNESDAY + timedelta(days=100), person=visit.request.person)
    assert recall.ask_back(due_of(later, botox)) == 1


def asked_back(botox: Treatment) -> Message:
    now = timezone.now()
    visit = visited(botox, now - timedelta(days=110))
    assert recall.ask_back(due_of(visit, botox) + timedelta(days=5)) == 1
    return Message.objects.get()


def test_one_click_stops_it_as_mail_programs_want(clinic: Clinic, botox: Treatment) -> None:
    message = asked_back(botox)
    outbox.deliver_due(uuid.uuid4(), message.next_attempt_at)
    [sent] = mail.outbox
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in sent.body
    browser = Client(enforce_csrf_checks=True)
    path = link.removeprefix("http://testserver")
    assert browser.get(path).status_code == 200
    assert not PatientRequest.objects.filter(recall_opted_out_at__isnull=False).exists()
    for _click in range(2):
        response = browser.post(path, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
    assert PatientRequest.objects.filter(recall_opted_out_at__isnull=False).count() == 1


def test_an_opt_out_stops_what_is_on_its_way(clinic: Clinic, botox: Treatment) -> None:
    message = asked_back(botox)
    assert message.request is not None
    recall.opt_out(message.request, timezone.now())
    message.refresh_from_db()
    assert message.status == MessageStatus.VOID


def test_the_link_opens_a_form_that_is_filled_in_and_asks_nothing_of_health_before(
    clinic: Clinic, botox: Treatment, client: Client
) -> None:
    message = asked_back(botox)
    request = message.request
    assert request is not None
    path = f"/appointments/recall/{recall.token_for(request)}/"
    page = client.get(path)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert f'value="{request.last_name}"' in page.text
    assert 'value="ada@example.org"' in page.text
    assert "1990" not in page.text
    assert not PatientRequest.objects.exclude(pk=request.pk).exists()
    form = page.context["form"]
    posted = {
        "submission_id": form["submission_id"].value(),
        "first_name": "Ada", "last_name": request.last_name, "phone": "(310) 555-0123",
        "email": "ada@example.org", "contact_by": "phone", "returning_patient": "yes", "consent": "on",
        "date_of_birth_month": "5", "date_of_birth_day": "17", "date_of_birth_year": "1990", "website": "",
    }  # fmt: skip
    response = client.post(path, posted)
    assert response.status_code == 302, response.text
    again = PatientRequest.objects.exclude(pk=request.pk).get()
    assert (again.source, again.treatment, again.status) == (RequestSource.RECALL, botox, Status.NEW)


def test_a_wrong_link_is_no_page(clinic: Clinic, botox: Treatment, client: Client) -> None:
    request = visited(botox).request
    token = recall.token_for(request)
    for wrong in (token[:-1], token + "x", request.token, "x"):
        assert client.get(f"/appointments/recall/{wrong}/").status_code == 404
        assert client.post(f"/appointments/recall/{wrong}/stop/").status_code == 404


def test_an_opt_out_by_the_link_of_an_earlier_recall_counts_from_that_click(
    clinic: Clinic, botox: Treatment
) -> None:
    first = visited(botox).request
    recall.opt_out(first, WEDNESDAY + timedelta(days=1))
    later = visited(botox, WEDNESDAY + timedelta(days=100), person=first.person)
    recall.opt_out(first, WEDNESDAY + timedelta(days=101))
    assert recall.ask_back(due_of(later, botox)) == 0


def test_an_opt_out_stops_what_is_on_its_way_to_the_same_address(clinic: Clinic, botox: Treatment) -> None:
    message = asked_back(botox)
    recall.opt_out(visited(botox, email="ADA@example.org").request, timezone.now())
    message.refresh_from_db()
    assert message.status == MessageStatus.VOID


@pytest.mark.parametrize("what", [_open_request, _problem])
def test_what_comes_up_while_it_waits_for_the_mail_server_takes_it_back(
    clinic: Clinic, botox: Treatment, what: Any
) -> None:
    visit = visited(botox)
    due = due_of(visit, botox)
    assert recall.ask_back(due) == 1
    assert recall.take_back(due) == 0
    what(visit)
    assert recall.take_back(due + timedelta(hours=1)) == 1
    assert Message.objects.get(kind="recall").status == MessageStatus.VOID


@pytest.mark.django_db(transaction=True)
def test_one_broken_visit_keeps_no_other_from_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    builders.clinic()
    treatment = builders.treatment("botox", effect_months=4, min_interval_months=3)
    broken = visited(treatment)
    visited(treatment, WEDNESDAY + timedelta(minutes=30), phone="+13105550155", email="bo@example.org")
    ask = recall.remind

    def ask_or_break(request: PatientRequest, now: datetime) -> bool:
        if request.pk == broken.request_id:
            raise ValueError
        return ask(request, now)

    monkeypatch.setattr(recall, "remind", ask_or_break)
    assert recall.ask_back(due_of(broken, treatment) + timedelta(days=1)) == 1
