"""The callback ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.follow_up import promises
from appointments.lifecycle import Action, ClosedReason, NotYours, Status
from appointments.models import (
    CallOutcome,
    EventKind,
    Message,
    MessageChannel,
    PatientRequest,
    RequestEvent,
    Topic,
)
from appointments.requests import calls, intake
from appointments.requests.calls import CallRefused, call_again, log_attempt, not_reached
from tests import builders
from tests.builders import WEDNESDAY
from treatments.alarm.signs import Level

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


@pytest.mark.parametrize("outcome", [CallOutcome.REACHED, CallOutcome.WRONG_NUMBER])
def test_these_end_the_calling(front_desk: User, outcome: str) -> None:
    patient_request = builders.callback_request()
    log_attempt(patient_request, CallOutcome.NO_ANSWER, front_desk, now=WEDNESDAY)
    log_attempt(patient_request, outcome, front_desk, now=WEDNESDAY + timedelta(hours=3))
    assert patient_request.next_call_at is None
    assert due_at(WEDNESDAY + timedelta(days=30)) == set()
    assert patient_request.is_waiting, "it stays in the inbox until somebody finishes it"


def test_reaching_the_patient_of_a_new_request_takes_it(front_desk: User) -> None:
    patient_request = builders.callback_request()
    log_attempt(patient_request, CallOutcome.REACHED, front_desk)
    assert (patient_request.status, patient_request.assignee) == (Status.IN_PROGRESS, front_desk)


def test_call_again_is_due_and_promised_when_it_was_agreed(front_desk: User, editor: User) -> None:
    patient_request = builders.callback_request(respond_by=WEDNESDAY)
    log_attempt(patient_request, CallOutcome.REACHED, front_desk, now=WEDNESDAY)
    friday = WEDNESDAY + timedelta(days=2)
    for wrong in (WEDNESDAY, WEDNESDAY + timedelta(days=400)):
        with pytest.raises(CallRefused):
            call_again(patient_request, wrong, front_desk, WEDNESDAY)
    with pytest.raises(NotYours):
        call_again(patient_request, friday, editor, WEDNESDAY)
    call_again(patient_request, friday, front_desk, WEDNESDAY)
    assert (patient_request.next_call_at, patient_request.respond_by) == (friday, friday)
    assert due_at(friday - timedelta(minutes=1)) == set()
    assert due_at(friday) == {patient_request.pk}


def test_the_right_number_goes_back_on_the_list(desk_client: Client, front_desk: User) -> None:
    patient_request = builders.callback_request(status="in_progress", email="ada@example.org")
    log_attempt(patient_request, CallOutcome.WRONG_NUMBER, front_desk)
    assert patient_request.phone_to_check
    page = desk_client.get(
        reverse("admin:appointments_patientrequest_change", args=[patient_request.pk])
    ).text
    assert "The number is wrong, so nobody calls it any more." in page
    assert page.count(reverse("admin:request-correct", args=[patient_request.pk])) == 2
    url = reverse("admin:request-correct", args=[patient_request.pk])
    form = desk_client.get(url).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data |= {"phone": "(310) 555-0177", "note": "Her daughter told us."}
    assert desk_client.post(url, data).status_code == 302
    assert due_at(WEDNESDAY + timedelta(days=30)) == {patient_request.pk}


def test_from_today_reached_and_finished_in_two_clicks(desk_client: Client, front_desk: User) -> None:
    patient_request = builders.callback_request()
    call = reverse("admin:request-call", args=[patient_request.pk])
    today = desk_client.get("/admin/").text
    assert f'action="{call}"' in today
    assert f'href="{patient_request.phone.as_rfc3966}"' in today
    page = desk_client.post(call, {"outcome": "reached", "next": reverse("admin:index")}, follow=True)
    assert "What comes next?" in page.text
    done = reverse("admin:request-move", args=[patient_request.pk, "complete"])
    assert f'action="{done}"' in page.text
    seen = PatientRequest.objects.get().version
    desk_client.post(done, {"note": "Told the price.", "seen_version": seen})
    assert PatientRequest.objects.get().status == Status.COMPLETED


def test_call_again_by_the_clinics_clock(desk_client: Client, front_desk: User) -> None:
    patient_request = builders.callback_request()
    log_attempt(patient_request, CallOutcome.REACHED, front_desk)
    url = reverse("admin:request-call-again", args=[patient_request.pk])
    assert desk_client.get(url).status_code == 405
    for wrong in ("", "tomorrow", "2020-01-01T10:00"):
        desk_client.post(url, {"when": wrong})
        assert PatientRequest.objects.get().next_call_at is None
    next_year = timezone.now().year + 1
    desk_client.post(url, {"when": f"{next_year}-01-04T10:30"})
    assert PatientRequest.objects.get().next_call_at == datetime(next_year, 1, 4, 18, 30, tzinfo=UTC)


def phone_task(patient_request: PatientRequest) -> Message:
    return Message.objects.create(
        key=f"k{patient_request.pk}", kind="declined", recipient="+13105550100", language="en",
        subject="About your request", text="The words to say.", channel=MessageChannel.PHONE,
        message_id=f"<{patient_request.pk}@x>", created_at=WEDNESDAY, next_attempt_at=WEDNESDAY,
        request=patient_request,
    )  # fmt: skip


def test_the_list_of_words_to_say_has_all_that_is_needed_on_the_line(desk_client: Client) -> None:
    first, second = builders.callback_request(first_name="Firsty"), builders.callback_request(urgent=True)
    tasks = phone_task(first), phone_task(second)
    page = desk_client.get(reverse("admin:phone-tasks")).text
    assert "Leave no voicemail" in page
    PatientRequest.objects.update(voicemail_ok=True)
    assert "On voicemail say only who we are" in desk_client.get(reverse("admin:phone-tasks")).text
    for needed in ("Firsty", f'href="{first.phone.as_rfc3966}"', "The words to say.", "Said", "Not reached"):
        assert needed in page
    assert page.index(f"task-{tasks[1].pk}") < page.index(f"task-{tasks[0].pk}"), "the urgent one first"
    url = reverse("admin:request-said", args=[first.pk, tasks[0].pk])
    desk_client.post(url, {"outcome": "no_answer", "next": reverse("admin:phone-tasks")})
    tasks[0].refresh_from_db()
    assert (tasks[0].status, tasks[0].attempts) == ("queued", 1)
    assert tasks[0].next_attempt_at > timezone.now()
    assert first.events.get().outcome == CallOutcome.NO_ANSWER
    desk_client.post(url, {"next": reverse("admin:phone-tasks")})
    assert "Firsty" not in desk_client.get(reverse("admin:phone-tasks")).text
    assert not not_reached(tasks[0], builders.staff()), "said meanwhile"


def unsaved(**values: Any) -> PatientRequest:
    given = {"topic": Topic.TREATMENT, "first_name": "Grace", **values}
    return PatientRequest(kind="callback", phone="+13105550177", **given)


NIGHT = datetime(2026, 12, 5, 4, 0, tzinfo=UTC)  # Friday, 8pm
MONDAY_9AM = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "promised", "late"),
    [
        (NIGHT, MONDAY_9AM, MONDAY_9AM + timedelta(hours=8)),
        (WEDNESDAY, WEDNESDAY, WEDNESDAY + timedelta(hours=7)),
    ],
)
def test_an_urgent_request_is_promised_as_soon_as_the_clinic_is_open(
    now: datetime, promised: datetime, late: datetime
) -> None:
    builders.clinic(email="desk@example.org")
    urgent = unsaved(first_name="Zzcanary", topic=Topic.AFTER_TREATMENT)
    stored = intake.receive(urgent, [], now, answered=Level.CALL_911)
    assert stored.respond_by == promised
    notice = Message.objects.get(kind="staff_urgent")
    assert (notice.recipient, notice.request, notice.created_at) == ("desk@example.org", None, now)
    for word in ("zzcanary", stored.reference.lower(), stored.phone_digits, stored.token.lower()):
        assert word not in (notice.subject + notice.text + notice.html).lower()
    other = intake.receive(unsaved(), [], now)
    assert other.respond_by > promised
    assert Message.objects.filter(kind="staff_urgent").count() == 1
    assert PatientRequest.objects.waiting().most_urgent_first().first() == stored
    minute = timedelta(minutes=1)
    assert promises.answer_for_broken(late - minute) == 0, "today means until the clinic closes"
    promises.answer_for_broken(late + minute)
    stored.refresh_from_db()
    assert stored.promise_broken_at == late + minute
