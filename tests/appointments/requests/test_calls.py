"""The callback ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from appointments.lifecycle import Action, ClosedReason, NotYours
from appointments.models import CallOutcome, EventKind, PatientRequest, RequestEvent
from appointments.requests import calls
from appointments.requests.calls import CallRefused, log_attempt
from tests import builders
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db


def due_at(now: datetime) -> set[int]:
    return set(PatientRequest.objects.calls_due(now).values_list("pk", flat=True))


def test_an_attempt_is_counted_dated_and_on_the_timeline(front_desk: User) -> None:
    request = builders.callback_request()
    event = log_attempt(request, CallOutcome.NO_ANSWER, front_desk, "Rang ten times.", WEDNESDAY)
    assert (event.kind, event.outcome, event.by, event.note) == (
        EventKind.CALL, CallOutcome.NO_ANSWER, front_desk, "Rang ten times.",
    )  # fmt: skip
    assert (request.call_attempts, request.next_call_at, request.version) == (
        1,
        WEDNESDAY + timedelta(hours=2),
        2,
    )


def test_the_gap_ends_while_the_clinic_is_open(front_desk: User) -> None:
    request = builders.callback_request()
    friday_4pm = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)
    log_attempt(request, CallOutcome.NO_ANSWER, front_desk, now=friday_4pm)
    assert request.next_call_at == datetime(2026, 12, 7, 17, 0, tzinfo=UTC)  # Monday, 9:00


@pytest.mark.parametrize(("consent", "offered"), [(True, True), (False, False), (None, False)])
def test_a_voicemail_needs_consent(front_desk: User, consent: bool | None, offered: bool) -> None:
    request = builders.callback_request(voicemail_ok=consent)
    assert (CallOutcome.VOICEMAIL in calls.outcomes_for(request)) is offered
    if offered:
        log_attempt(request, CallOutcome.VOICEMAIL, front_desk)
    else:
        with pytest.raises(CallRefused):
            log_attempt(request, CallOutcome.VOICEMAIL, front_desk)
    assert RequestEvent.objects.count() == int(offered)


def test_refusals_leave_nothing_behind(front_desk: User, editor: User) -> None:
    request = builders.callback_request()
    with pytest.raises(CallRefused):
        log_attempt(request, "shouted", front_desk)
    with pytest.raises(NotYours):
        log_attempt(request, CallOutcome.REACHED, editor)
    request.move(Action.CLOSE, front_desk, reason=ClosedReason.SPAM)
    with pytest.raises(CallRefused):
        log_attempt(request, CallOutcome.REACHED, front_desk)
    assert not RequestEvent.objects.filter(kind=EventKind.CALL).exists()
    assert PatientRequest.objects.get().call_attempts == 0


def test_calls_due_respect_the_patients_part_of_the_day() -> None:
    morning = builders.callback_request(preferred_times=["morning"]).pk
    afternoon = builders.callback_request(preferred_times=["afternoon"]).pk
    both = builders.callback_request(preferred_times=["morning", "afternoon"]).pk
    any_time = builders.callback_request().pk
    urgent = builders.callback_request(preferred_times=["afternoon"], urgent=True).pk
    builders.appointment_request()
    ten, one = WEDNESDAY, WEDNESDAY + timedelta(hours=3)
    assert due_at(ten) == {morning, both, any_time, urgent}
    assert due_at(one) == {afternoon, both, any_time, urgent}


def test_calls_due_wait_for_the_gap(front_desk: User) -> None:
    request = builders.callback_request()
    log_attempt(request, CallOutcome.NO_ANSWER, front_desk, now=WEDNESDAY)
    assert due_at(WEDNESDAY + timedelta(minutes=119)) == set()
    assert due_at(WEDNESDAY + timedelta(hours=2)) == {request.pk}


def test_after_the_third_the_page_suggests_closing(desk_client: Client) -> None:
    request = builders.callback_request(status="in_progress")
    url = reverse("admin:request-call", args=[request.pk])
    page = reverse("admin:appointments_patientrequest_change", args=[request.pk])
    for _attempt in range(2):
        desk_client.post(url, {"outcome": "no_answer"})
    assert "Close as unreachable" not in desk_client.get(page).text
    assert desk_client.post(url, {"outcome": "no_answer"}).status_code == 302
    text = desk_client.get(page).text
    assert f"{reverse('admin:request-move', args=[request.pk, 'close'])}?reason=unreachable" in text
    desk_client.post(url, {"outcome": "reached"})
    assert "Close as unreachable" not in desk_client.get(page).text


def test_voicemail_is_on_the_page_only_with_consent(desk_client: Client) -> None:
    for consent in (True, False):
        request = builders.callback_request(voicemail_ok=consent)
        page = desk_client.get(reverse("admin:appointments_patientrequest_change", args=[request.pk]))
        assert ('value="voicemail"' in page.text) is consent


def test_logging_is_for_post_and_for_the_desk(desk_client: Client, client: Client, editor: User) -> None:
    request = builders.callback_request()
    url = reverse("admin:request-call", args=[request.pk])
    assert desk_client.get(url).status_code == 405
    client.force_login(editor)
    assert client.post(url, {"outcome": "reached"}).status_code == 403
    assert not RequestEvent.objects.exists()
