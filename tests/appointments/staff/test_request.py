"""The page of a request: everything in one look, for those who may look."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import BESIDE_BOOKED, Action, Status
from appointments.messages import notices
from appointments.messages.phone_tasks import ask_for_call
from appointments.models import (
    ClinicalReview,
    Decision,
    EventKind,
    Message,
    PatientRequest,
    RequestEvent,
    ScreeningAnswer,
)
from appointments.requests import same_person
from appointments.staff.request.moves import label_of
from tests import builders
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db


def address(request: PatientRequest) -> str:
    return reverse("admin:appointments_patientrequest_change", args=[request.pk])


def text_of(client: Client, request: PatientRequest) -> str:
    response = client.get(address(request))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.text


def whole(**values: Any) -> PatientRequest:
    """A request with something in every corner of its page."""
    botox = builders.treatment("botox", questions=1)
    request = builders.appointment_request(
        **{
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone": "tel:+1-310-555-0123;ext=45",
            "email": "ada+botox@example.org",
            "treatment": botox,
            "message": "First line\n<script>alert(1)</script>",
            "preferred_days": ["mon", "wed"],
            "preferred_times": ["morning"],
            "earliest_date": date(2026, 12, 24),
            "phone_to_check": True,
            "email_to_check": True,
            "screening_flagged": True,
            "decision_owed": True,
            "recall_consent": True,
            **values,
        }
    )
    ScreeningAnswer.objects.create(
        request=request,
        question=botox.screening_questions.get(),
        number=1,
        question_text="Worded that day?",
        answer="unsure",
        is_flagged=True,
    )
    RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=request.received_at)
    return request


def test_everything_in_one_look(desk_client: Client) -> None:
    request = whole()
    builders.appointment(request, builders.practitioner(name="Dr. Umar"), WEDNESDAY, status="cancelled")
    text = text_of(desk_client, request)
    for words in (
        "<bdi>Ada Lovelace</bdi>", request.shown_reference, "Botox", "May 17, 1990", "(36 years)",
        'href="tel:+1-310-555-0123;ext=45"', "ext. 45", "mailto:ada%2Bbotox@example.org", "Monday, Wednesday",
        "Morning",
        "Thursday, December 24, 2026", "Check this number", "Check the domain", "Worded that day?",
        "I&#x27;m not sure",
        "Flagged", "Dermatologist decides first", "Dr. Umar", "Wednesday, December 2, 10am", "Received",
    ):  # fmt: skip
        assert words in text, words
    assert "<script>alert" not in text
    assert text.count("<h1") == 1
    assert 'name="status"' not in text
    title = text[text.index("<title>") : text.index("</title>")]
    assert request.shown_reference in title
    assert "Ada" not in title


def test_one_next_button_is_filled(desk_client: Client) -> None:
    for request in (
        whole(decision_owed=False),
        builders.callback_request(),
        builders.callback_request(status="in_progress"),
    ):
        steps = desk_client.get(address(request)).context["buttons"]
        assert [step.is_next for step in steps] == [True] + [False] * (len(steps) - 1)


@pytest.mark.parametrize("status", list(Status))
def test_buttons_are_the_possible_moves(desk_client: Client, front_desk: User, status: str) -> None:
    finished = timezone.now() if status in ("completed", "declined", "closed", "withdrawn") else None
    reason = "spam" if status == "closed" else ""
    request = builders.callback_request(status=status, finished_at=finished, closed_reason=reason)
    found = {step.label for step in desk_client.get(address(request)).context["buttons"]}
    on_the_way = {Action.OFFER.label, Action.BOOK.label} if status == "new" else set()
    beside_booked = {label_of(action, request) for action in (*BESIDE_BOOKED, Action.TAKE_OTHER)}
    on_appointments = {Action.APPOINTMENT_CANCELLED.label, Action.VISIT_UNDONE.label} | beside_booked
    possible = {label_of(action, request) for action in request.possible_actions(front_desk)}
    assert found == (possible | on_the_way) - on_appointments


def test_a_decision_that_is_owed_leaves_no_way_to_offer(desk_client: Client) -> None:
    for status in ("new", "in_progress"):
        text = text_of(desk_client, builders.appointment_request(status=status, decision_owed=True))
        assert "/offer/" not in text
        assert "/book/" not in text


def test_looking_is_noted_without_touching_the_version(desk_client: Client, front_desk: User) -> None:
    colleague = builders.staff(first_name="Kim")
    request = builders.callback_request(opened_by=colleague, opened_at=timezone.now() - timedelta(minutes=3))
    assert desk_client.head(address(request)).status_code == 200
    assert PatientRequest.objects.get().opened_by == colleague
    assert "Opened by Kim 3 minutes ago" in text_of(desk_client, request)
    stored = PatientRequest.objects.get()
    assert (stored.opened_by, stored.version) == (front_desk, request.version)
    assert "Opened by" not in text_of(desk_client, request)


def test_the_clinical_note_is_for_dermatologists_alone(
    desk_client: Client, client: Client, dermatologist: User
) -> None:
    request = whole()
    ClinicalReview.objects.create(
        request=request,
        decision=Decision.NEEDS_INFORMATION,
        words_for_patient="Which medicine?",
        note="MARKED-NOTE",
        by=dermatologist,
        at=timezone.now(),
    )
    with CaptureQueriesContext(connection) as captured:
        text = text_of(desk_client, request)
    assert "Which medicine?" in text
    assert "MARKED-NOTE" not in text
    assert not any('clinicalreview"."note"' in query["sql"] for query in captured)
    inbox = desk_client.get("/admin/appointments/patientrequest/?q=MARKED-NOTE")
    assert inbox.context["cl"].result_list == []
    assert "MARKED-NOTE" not in desk_client.get("/admin/appointments/patientrequest/?state=all").text
    other = Client()
    other.force_login(dermatologist)
    assert "MARKED-NOTE" in text_of(other, request)


def test_the_dermatologist_decides_from_the_page(client: Client, dermatologist: User) -> None:
    request = whole(status="clinical_review")
    client.force_login(dermatologist)
    first = client.get(address(request)).context["buttons"][0]
    assert (first.url, first.is_next) == (reverse("admin:request-review", args=[request.pk]), True)


def test_duplicates_and_earlier_requests_are_linked(desk_client: Client, front_desk: User) -> None:
    earlier = builders.callback_request(first_name="Ada", last_name="L", phone="+13105550123")
    request = builders.callback_request(
        first_name="Ada", last_name="L", phone="+13105550123", possible_duplicate=True
    )
    context = desk_client.get(address(request)).context
    assert context["alike"] == [earlier]
    same_person.confirm(request, earlier, front_desk)
    context = desk_client.get(address(request)).context
    assert context["earlier"] == [earlier]
    assert f'href="{address(earlier)}"' in text_of(desk_client, request)


def test_the_next_request_is_what_waits_longest(desk_client: Client, front_desk: User) -> None:
    now = timezone.now()
    builders.callback_request(respond_by=now - timedelta(hours=9), assignee=builders.staff())
    second = builders.callback_request(respond_by=now + timedelta(hours=1))
    first = builders.callback_request(respond_by=now - timedelta(hours=1))
    assert desk_client.get(address(second)).context["next_request"] == address(first)
    assert desk_client.get(address(first)).context["next_request"] == address(second)


def test_the_page_costs_the_same_however_long_the_story(desk_client: Client, front_desk: User) -> None:
    request = whole(possible_duplicate=True)
    doctor = builders.practitioner()

    def grow(number: int) -> None:
        for offset in range(number):
            RequestEvent.objects.create(
                request=request, kind=EventKind.NOTE, by=builders.staff(), at=timezone.now(), note="x"
            )
            start = WEDNESDAY + timedelta(hours=len(request.appointments.all()) + offset)
            builders.appointment(request, doctor, start, status="cancelled")
            builders.appointment_request(first_name=request.first_name, person=request.person)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(desk_client, request)
        return len(captured)

    grow(1)
    cost()
    few = cost()
    grow(5)
    assert cost() == few


def test_wrong_ids_are_not_found(desk_client: Client) -> None:
    for pk in ("999999", "x", "1e9"):
        assert desk_client.get(f"/admin/appointments/patientrequest/{pk}/change/").status_code == 404


def test_the_history_is_the_timeline(desk_client: Client) -> None:
    request = builders.callback_request()
    response = desk_client.get(f"/admin/appointments/patientrequest/{request.pk}/history/")
    assert response["Location"] == f"{address(request)}#timeline"


def test_one_request_is_freed_from_its_page(desk_client: Client) -> None:
    request = builders.callback_request(suspected_spam=True, email="a@example.org")
    RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=request.received_at)
    assert "Not spam" in text_of(desk_client, request)
    url = reverse("admin:request-not-spam", args=[request.pk])
    assert desk_client.get(url).status_code == 405
    assert desk_client.post(url).status_code == 302
    assert not PatientRequest.objects.get().suspected_spam
    assert request.messages.count() == 1


def test_words_for_the_phone_are_on_the_page_until_they_are_said(
    desk_client: Client, front_desk: User
) -> None:
    request = builders.appointment_request(status="in_progress")
    request.move(Action.DECLINE, front_desk, "Please see your own doctor.")
    task = request.messages.get()
    url = reverse("admin:request-said", args=[request.pk, task.pk])
    text = text_of(desk_client, request)
    assert "To be said on the phone" in text
    assert url in text
    assert desk_client.get(url).status_code == 405
    other = builders.callback_request()
    assert desk_client.post(reverse("admin:request-said", args=[other.pk, task.pk])).status_code == 404
    for _twice in range(2):
        assert desk_client.post(url).status_code == 302
    assert "To be said on the phone" not in text_of(desk_client, request)
    assert RequestEvent.objects.filter(kind=EventKind.MESSAGE, by=front_desk).count() == 1


# Corrections


def correction(request: PatientRequest, **changed: Any) -> dict[str, Any]:
    born = request.date_of_birth
    parts = {} if born is None else {
        "date_of_birth_month": born.month, "date_of_birth_day": born.day, "date_of_birth_year": born.year,
    }  # fmt: skip
    return {
        "first_name": request.first_name,
        "last_name": request.last_name,
        "phone": request.phone.as_national,
        "email": request.email,
        "contact_by": request.contact_by,
        "language": request.language,
        "voicemail_ok": "",
        **parts,
        "note": "Told us on the phone.",
        "seen_version": request.version,
        **changed,
    }


def correct(client: Client, request: PatientRequest, **changed: Any) -> Any:
    url = reverse("admin:request-correct", args=[request.pk])
    return client.post(url, correction(request, **changed))


def test_a_correction_names_the_fields_and_not_the_values(desk_client: Client, front_desk: User) -> None:
    request = builders.appointment_request(first_name="Adda", last_name="Lovelace")
    page = desk_client.get(reverse("admin:request-correct", args=[request.pk]))
    assert page.status_code == 200
    assert correct(desk_client, request, first_name="Ada", phone="(424) 555-0199 ext. 7").status_code == 302
    stored = PatientRequest.objects.get()
    assert (stored.first_name, stored.phone.extension, stored.version) == ("Ada", "7", 2)
    assert PatientRequest.objects.search("424 555 0199").get() == stored
    assert PatientRequest.objects.search("ada love").get() == stored
    event = RequestEvent.objects.get()
    assert (event.kind, event.by) == (EventKind.CORRECTION, front_desk)
    assert event.note == "Corrected: First name, Phone. Told us on the phone."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("note", ""),
        ("first_name", " "),
        ("phone", "911"),
        ("email", "a@b@c"),
        ("contact_by", "pigeon"),
        ("contact_by", "email"),
        ("date_of_birth_year", "1850"),
    ],
)
def test_a_correction_is_checked_like_the_patients_form(desk_client: Client, field: str, value: str) -> None:
    request = builders.appointment_request()
    response = correct(desk_client, request, **({"first_name": "Other"} | {field: value}))
    assert response.status_code == 422
    assert PatientRequest.objects.get().first_name == "Ada"
    assert not RequestEvent.objects.exists()


def test_a_correction_never_overwrites_a_colleagues(desk_client: Client, front_desk: User) -> None:
    request = builders.callback_request()
    PatientRequest.objects.update(version=2, first_name="Augusta")
    response = desk_client.post(
        reverse("admin:request-correct", args=[request.pk]),
        correction(request, first_name="Ada-Maria"),
        follow=True,
    )
    assert "A colleague was faster" in response.text
    assert PatientRequest.objects.get().first_name == "Augusta"


def test_an_age_that_turns_out_to_be_outside_the_range_bars_offers(desk_client: Client) -> None:
    request = builders.appointment_request(treatment=builders.treatment("botox"), status="in_progress")
    correct(desk_client, request, date_of_birth_year="1940")
    stored = PatientRequest.objects.get()
    assert (stored.age_flagged, stored.decision_owed) == (True, True)


def test_nothing_changed_is_nothing_written(desk_client: Client) -> None:
    request = builders.appointment_request(phone="tel:+1-310-555-0123;ext=45")
    assert correct(desk_client, request).status_code == 302
    assert not RequestEvent.objects.exists()


def test_what_has_not_gone_out_yet_goes_to_the_corrected_address(desk_client: Client) -> None:
    request = builders.appointment_request(email="wrong@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    notices.queue(request, "acknowledgement", event)
    task = notices.queue(request, "offers", event)
    assert task is not None
    task = ask_for_call(task, timezone.now())
    assert task is not None
    assert correct(desk_client, request, email="ada@example.org", phone="(424) 555-0199").status_code == 302
    assert set(Message.objects.unsent().values_list("recipient", flat=True)) == {"ada@example.org"}
    task.refresh_from_db()
    assert task.recipient == "+14245550199"


def test_without_an_address_left_what_has_not_gone_out_yet_is_said_on_the_phone(desk_client: Client) -> None:
    request = builders.appointment_request(email="wrong@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    notices.queue(request, "acknowledgement", event)
    assert correct(desk_client, request, email="").status_code == 302
    assert not Message.objects.unsent().exists()
    assert Message.objects.phone_tasks().get().recipient == request.phone.as_e164
