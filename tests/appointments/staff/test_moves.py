"""The small pages of the steps: what will happen, the message, and then the step."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import Action, Status
from appointments.models import AppointmentStatus, EventKind, Message, PatientRequest, RequestEvent
from appointments.staff.request.moves import STEPS
from tests import builders

pytestmark = pytest.mark.django_db


def step(request: PatientRequest, action: str) -> str:
    return reverse("admin:request-move", args=[request.pk, action])


def post(client: Client, request: PatientRequest, action: str, **data: Any) -> Any:
    return client.post(step(request, action), {"note": "", "seen_version": request.version, **data})


def stored(request: PatientRequest) -> PatientRequest:
    return PatientRequest.objects.get(pk=request.pk)


def test_taking_is_one_click(desk_client: Client, front_desk: User) -> None:
    request = builders.callback_request()
    url = reverse("admin:request-take", args=[request.pk])
    assert f'formaction="{url}"' in desk_client.get("/admin/appointments/patientrequest/").text
    assert desk_client.get(url).status_code == 405
    response = desk_client.post(url, {"seen_version": "1"})
    assert response["Location"] == reverse("admin:appointments_patientrequest_change", args=[request.pk])
    assert (stored(request).status, stored(request).assignee) == (Status.IN_PROGRESS, front_desk)


def test_the_second_who_takes_is_told(desk_client: Client, front_desk: User) -> None:
    request, colleague = builders.callback_request(), builders.staff()
    request.move(Action.TAKE, colleague)
    response = desk_client.post(
        reverse("admin:request-take", args=[request.pk]), {"seen_version": "1"}, follow=True
    )
    assert "A colleague was faster. The request is now: In progress." in response.text
    assert stored(request).assignee == colleague


@pytest.mark.parametrize("action", list(STEPS))
def test_each_step_says_what_will_happen_before_it_does(desk_client: Client, action: str) -> None:
    status = {"reopen": "withdrawn", "none_suits": "offered"}.get(action, "in_progress")
    finished = builders.WEDNESDAY if status == "withdrawn" else None
    request = builders.callback_request(status=status, finished_at=finished)
    response = desk_client.get(step(request, action))
    assert response.status_code == 200
    assert response.text.count("<h1") == 1
    assert str(STEPS[action].what_happens) in response.text
    assert (stored(request).status, stored(request).version) == (status, 1)
    post(desk_client, request, action, note="Why not.", reason="unreachable")
    assert stored(request).status != status
    assert RequestEvent.objects.get().note == "Why not."


def test_only_steps_of_the_table_have_a_page(desk_client: Client) -> None:
    request = builders.appointment_request(status="in_progress")
    for action in ("offer", "book", "take_offer", "decide", "visit_undone", "hold_ended", "delete"):
        assert desk_client.get(step(request, action)).status_code == 404
        assert post(desk_client, request, action).status_code == 404
    response = desk_client.get(step(request, "reopen"), follow=True)
    assert "This step isn&#x27;t possible now. The request is: In progress." in response.text


def test_declining_shows_the_message_and_needs_words(desk_client: Client) -> None:
    request = builders.appointment_request(email="ada@example.org", status="in_progress")
    page = desk_client.get(step(request, "decline")).text
    assert "About your request" in page
    assert "[your words]" in page
    assert post(desk_client, request, "decline", note="  ").status_code == 422
    preview = post(desk_client, request, "decline", note="We can't <help> here.", preview="1")
    assert preview.status_code == 200
    assert preview.text.count("We can&#x27;t &lt;help&gt; here.") == 2  # in the box and as on the page
    assert stored(request).status == Status.IN_PROGRESS
    assert not Message.objects.exists()
    assert post(desk_client, request, "decline", note="We can't <help> here.").status_code == 302
    message = Message.objects.get()
    assert stored(request).status == Status.DECLINED
    assert "We can't <help> here." not in message.text
    assert "We can't <help> here." in message.spoken


def test_what_was_shown_is_what_is_sent(desk_client: Client) -> None:
    request = builders.appointment_request(email="ada@example.org", status="in_progress")
    shown = post(desk_client, request, "decline", note="Plain words.", preview="1").context
    post(desk_client, request, "decline", note="Plain words.")
    message = Message.objects.get()
    without_link = message.text.replace(request.token, "\u2026")
    assert (shown["message_subject"], shown["message_text"]) == (message.subject, without_link)


def test_without_an_address_the_words_for_the_phone_are_shown(desk_client: Client) -> None:
    request = builders.appointment_request(status="in_progress")
    assert "To be said on the phone" in desk_client.get(step(request, "decline")).text


def test_closing_as_unreachable_shows_its_message(desk_client: Client) -> None:
    request = builders.callback_request(email="ada@example.org", status="in_progress")
    page = desk_client.get(step(request, "close") + "?reason=unreachable")
    assert "if you could not reach them" in page.text
    assert page.context["form"]["reason"].value() == "unreachable"
    assert post(desk_client, request, "close").status_code == 422
    post(desk_client, request, "close", reason="unreachable")
    assert stored(request).closed_reason == "unreachable"
    assert Message.objects.get().kind == "could_not_reach"


def test_a_duplicate_is_linked_both_ways(desk_client: Client) -> None:
    other, request = builders.callback_request(), builders.callback_request()
    for wrong in ("", "ZZZZ-ZZZZ", request.shown_reference):
        response = post(desk_client, request, "close", reason="duplicate", duplicate_of=wrong)
        assert response.status_code == 422
    post(desk_client, request, "close", reason="duplicate", duplicate_of=other.shown_reference.lower())
    assert (stored(request).status, stored(request).duplicate_of) == (Status.CLOSED, other)
    for here, there in ((request, other), (other, request)):
        page = desk_client.get(reverse("admin:appointments_patientrequest_change", args=[here.pk])).text
        assert reverse("admin:appointments_patientrequest_change", args=[there.pk]) in page
        note = RequestEvent.objects.get(request=here, kind=EventKind.MARK).note
        assert there.shown_reference in note
    assert stored(other).status == Status.NEW


def test_a_callback_is_completed_with_what_was_done(desk_client: Client) -> None:
    callback = builders.callback_request(status="in_progress")
    assert post(desk_client, callback, "complete").status_code == 422
    assert post(desk_client, callback, "complete", note="Answered.").status_code == 302
    assert stored(callback).status == Status.COMPLETED
    appointment = builders.appointment_request(status="in_progress")
    assert post(desk_client, appointment, "complete").status_code == 302


def test_a_booked_visit_is_completed_by_the_rules_of_its_own_page_alone(
    desk_client: Client, front_desk: User
) -> None:
    booked = builders.appointment_request(status="booked")
    visit = builders.appointment(booked, builders.practitioner(), timezone.now() + timedelta(days=7))
    for answer in (
        post(desk_client, booked, "complete", note="Done."),
        desk_client.get(step(booked, "complete")),
    ):
        assert answer["Location"] == reverse("admin:request-visit", args=[booked.pk])
    visit.refresh_from_db()
    assert (stored(booked).status, visit.status) == (Status.BOOKED, AppointmentStatus.BOOKED)
    desk_client.post(reverse("admin:request-visit", args=[booked.pk]), {"step": "fulfilled"})
    assert stored(booked).status == Status.BOOKED, "its day has not come"


def test_a_colleague_who_was_faster_is_never_overwritten(desk_client: Client, front_desk: User) -> None:
    request = builders.callback_request(status="in_progress")
    colleague = builders.staff()
    stale = request.version
    request.move(Action.PUT_BACK, colleague)
    request.move(Action.TAKE, colleague)
    response = post(desk_client, request, "decline", note="Kept words", seen_version=stale)
    assert response.status_code == 409
    assert "A colleague was faster" in response.text
    assert "Kept words" in response.text
    assert stored(request).status == Status.IN_PROGRESS
    # Looked at again, it can be done.
    again = response.context["form"]["seen_version"].value()
    assert post(desk_client, request, "decline", note="Kept words", seen_version=again).status_code == 302


def test_words_are_kept_even_when_the_step_is_gone(desk_client: Client) -> None:
    request = builders.callback_request(status="in_progress")
    request.move(Action.CLOSE, builders.staff(), reason="spam")
    response = post(desk_client, request, "decline", note="Kept words", seen_version=1)
    assert response.status_code == 409
    assert "The request is: Closed." in response.text
    assert "Kept words" in response.text
    assert "Decline and tell" not in response.text


def test_a_note_is_written_once_and_not_empty(desk_client: Client, front_desk: User) -> None:
    request = builders.callback_request()
    url = reverse("admin:request-note", args=[request.pk])
    desk_client.post(url, {"note": "She is away\r\nuntil Monday."})
    desk_client.post(url, {"note": "  "})
    event = RequestEvent.objects.get()
    assert (event.kind, event.by) == (EventKind.NOTE, front_desk)
    assert stored(request).version == 1


@pytest.mark.parametrize(
    "name", ["request-take", "request-note", "request-call", "request-correct", "request-not-spam"]
)
def test_acting_needs_the_permission(client: Client, editor: User, name: str) -> None:
    request = builders.callback_request()
    client.force_login(editor)
    for method in (client.get, client.post):
        assert method(reverse(f"admin:{name}", args=[request.pk])).status_code == 403
        assert method(reverse(f"admin:{name}", args=[9999])).status_code == 403
    assert not RequestEvent.objects.exists()


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    request = builders.callback_request()
    for url in (step(request, "close"), reverse("admin:request-take", args=[request.pk])):
        assert client.post(url).status_code == 302
    assert stored(request).status == Status.NEW
