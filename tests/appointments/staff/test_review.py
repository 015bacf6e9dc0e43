"""The dermatologist's page and the same-person page: who may open them, what they do, and that a clinical
note reaches nobody else."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.lifecycle import Action, Status
from appointments.models import (
    AppointmentStatus,
    ClinicalReview,
    Decision,
    Kind,
    Message,
    PatientRequest,
    RequestEvent,
    ScreeningAnswer,
)
from appointments.requests import reviewing, same_person
from clinic.time.hours import clinic_day
from clinic.time.words import long_date
from tests import builders
from tests.prepared import fetched, text_of
from treatments.shown import add_months

NOTE = "zebrafish-7731"
MARKED = "<b>marked</b>"


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.fixture
def waiting(clinic: object) -> PatientRequest:
    """A request with a flagged answer that waits for the dermatologist."""
    treatment = builders.treatment("botox", questions=2)
    row = builders.appointment_request(
        first_name="Ada",
        last_name=MARKED,
        treatment=treatment,
        date_of_birth=date(1950, 1, 2),
        status=Status.CLINICAL_REVIEW,
        decision_owed=True,
        screening_flagged=True,
        age_flagged=True,
        message=f"Hello {MARKED}",
        email="ada@example.org",
        phone="+13105550101",
    )
    for question, answer in zip(treatment.screening_questions.all(), ("yes", "no"), strict=True):
        ScreeningAnswer.objects.create(
            request=row,
            question=question,
            number=question.number,
            question_text=f"As worded then {question.number}?",
            answer=answer,
            is_flagged=answer == "yes",
        )
    return row


@pytest.fixture
def doctor(dermatologist: User) -> Client:
    """The dermatologist's browser."""
    client = Client()
    client.force_login(dermatologist)
    return client


def body(response: Any) -> str:
    if isinstance(response, StreamingHttpResponse):
        return b"".join(response).decode()
    assert isinstance(response, HttpResponse)
    return response.content.decode()


def decide(client: Client, row: PatientRequest, decision: str, **given: Any) -> Any:
    data = {"decision": decision, "seen_version": row.version, "words": "", "note": ""} | given
    return client.post(url("request-review", row.pk), data)


def test_the_page_shows_what_was_told_and_what_is_known(
    waiting: PatientRequest, doctor: Client, front_desk: User
) -> None:
    earlier = builders.appointment_request(first_name="Ada", date_of_birth=date(1950, 1, 2), age_flagged=True)
    same_person.confirm(waiting, earlier, front_desk)
    page = body(doctor.get(url("request-review", waiting.pk)))
    assert "As worded then 1?" in page
    assert "Outside the range" in page
    assert earlier.shown_reference in page
    assert MARKED not in page
    assert page.count("<h1") == 1
    assert "no-store" in doctor.get(url("request-review", waiting.pk)).headers["Cache-Control"]


@pytest.mark.parametrize("decision", Decision.values)
def test_each_decision_is_taken_from_the_page(waiting: PatientRequest, doctor: Client, decision: str) -> None:
    response = decide(doctor, waiting, decision, words="Please tell us.", note=NOTE)
    assert response.status_code == 302
    review = ClinicalReview.objects.get()
    assert (review.decision, review.note, review.words_for_patient) == (decision, NOTE, "Please tell us.")
    waiting.refresh_from_db()
    assert waiting.status == reviewing.target_of(decision)


def test_the_message_is_shown_before_it_is_sent(waiting: PatientRequest, doctor: Client) -> None:
    shown = body(
        decide(doctor, waiting, Decision.NEEDS_INFORMATION, words="Which medicine, exactly?", preview="1")
    )
    assert shown.count("Which medicine, exactly?") == 2
    assert waiting.token not in shown
    assert not ClinicalReview.objects.exists()
    decide(doctor, waiting, Decision.NEEDS_INFORMATION, words="Which medicine, exactly?", note=NOTE)
    message = Message.objects.get(request=waiting)
    assert "Which medicine, exactly?" not in message.text
    assert "Which medicine, exactly?" in message.spoken
    assert NOTE not in message.text + message.html + message.spoken + message.subject


@pytest.mark.parametrize(
    "given", [{"decision": ""}, {"decision": "maybe"}, {"decision": "not_suitable", "words": "  "}]
)
def test_a_decision_that_lacks_something_keeps_what_was_typed(
    waiting: PatientRequest, doctor: Client, given: dict[str, str]
) -> None:
    response = decide(doctor, waiting, given.pop("decision"), note=NOTE, **given)
    assert response.status_code == 422
    assert NOTE in body(response)
    assert not ClinicalReview.objects.exists()


def test_the_second_dermatologist_is_told_and_keeps_her_words(
    waiting: PatientRequest, doctor: Client
) -> None:
    reviewing.decide(waiting, Decision.SUITABLE, builders.staff("Dermatologist"))
    response = decide(
        doctor, PatientRequest(pk=waiting.pk, version=1), Decision.NEEDS_INFORMATION, words="Mine."
    )
    assert response.status_code == 409
    assert "A colleague was faster" in body(response)
    assert ClinicalReview.objects.count() == 1


@pytest.mark.parametrize("role", ["Front desk", "Content editor"])
def test_nobody_else_opens_the_review(waiting: PatientRequest, client: Client, role: str) -> None:
    client.force_login(builders.staff(role))
    assert client.get(url("request-review", waiting.pk)).status_code == 403
    assert decide(client, waiting, Decision.SUITABLE).status_code == 403
    assert PatientRequest.objects.get(pk=waiting.pk).decision_owed


def test_a_clinical_note_reaches_nobody_else(
    waiting: PatientRequest, dermatologist: User, desk_client: Client
) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?", NOTE)
    other = builders.appointment_request(person=waiting.person, status=Status.IN_PROGRESS)
    inbox = url("appointments_patientrequest_changelist")
    addresses = [
        url("index"),
        url("today"),
        *(
            f"{inbox}?{query}"
            for query in ("", "state=all", f"q={NOTE}", "status=in_progress", "flag=decision")
        ),
        f"{inbox}?clinical_reviews__note__startswith=z",
        url("request-same-person", waiting.pk),
    ]
    for row in (waiting, other):
        addresses += [
            url("appointments_patientrequest_change", row.pk),
            url("appointments_patientrequest_history", row.pk),
            url("request-review", row.pk),
            url("request-move", row.pk, Action.COMPLETE),
        ]
    for name in ("appointments_message_changelist", "schedule", "appointments_appointment_changelist"):
        try:
            addresses.append(url(name))
        except NoReverseMatch:
            continue
    for address in addresses:
        response = desk_client.get(address, follow=True)
        assert response.status_code < 500, address
        assert NOTE not in body(response).replace(f"q={NOTE}", "").replace(f'value="{NOTE}"', ""), address
    exported = fetched(desk_client, desk_client.post(url("requests-export") + "?state=all"))
    assert NOTE not in text_of(exported)
    assert NOTE not in body(desk_client.get(waiting.get_absolute_url()))
    assert not RequestEvent.objects.filter(note__contains=NOTE).exists()
    assert not Message.objects.filter(text__contains=NOTE).exists()


def test_a_lookup_of_the_note_tells_nothing(
    waiting: PatientRequest, dermatologist: User, desk_client: Client
) -> None:
    reviewing.decide(waiting, Decision.SUITABLE, dermatologist, note=NOTE)
    inbox = url("appointments_patientrequest_changelist")
    answers = {
        (response.status_code, waiting.shown_reference in body(response))
        for guess in ("zebra", "nothing")
        for response in [
            desk_client.get(f"{inbox}?state=all&clinical_reviews__note__startswith={guess}", follow=True)
        ]
    }
    assert len(answers) == 1


def test_the_dermatologist_reads_her_note_again(
    waiting: PatientRequest, doctor: Client, dermatologist: User
) -> None:
    reviewing.decide(waiting, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine?", NOTE)
    reviewing.answer(waiting, f"Aspirin {MARKED}", waiting.received_at)
    page = body(doctor.get(url("request-review", waiting.pk)))
    assert NOTE in page
    assert "Aspirin" in page
    assert MARKED not in page


def test_the_review_costs_the_same_with_many_earlier_requests(
    waiting: PatientRequest, doctor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = url("request-review", waiting.pk)
    for _ in range(12):
        other = builders.appointment_request(person=waiting.person)
        ClinicalReview.objects.create(
            request=other,
            decision=Decision.SUITABLE,
            by=builders.staff("Dermatologist"),
            at=other.received_at,
        )
    with django_assert_max_num_queries(20):
        doctor.get(address)


@pytest.fixture
def alike(waiting: PatientRequest) -> PatientRequest:
    """A callback of the same name and phone."""
    return builders.callback_request(first_name="Ada", last_name=MARKED, phone="+13105550101")


def test_staff_confirm_refuse_and_separate(
    waiting: PatientRequest, alike: PatientRequest, desk_client: Client
) -> None:
    address = url("request-same-person", waiting.pk)
    page = body(desk_client.get(address))
    assert alike.shown_reference in page
    assert "Likely the same person" in page
    assert MARKED not in page
    desk_client.post(address, {"step": "confirm", "other": alike.pk})
    assert PatientRequest.objects.get(pk=alike.pk).person == waiting.person
    assert "Take this request out again" in body(desk_client.get(address))
    desk_client.post(address, {"step": "separate"})
    assert PatientRequest.objects.get(pk=alike.pk).person != PatientRequest.objects.get(pk=waiting.pk).person
    assert alike.shown_reference not in body(desk_client.get(address)).split("May be the same person")[1]


def test_only_what_is_suggested_can_be_joined(waiting: PatientRequest, desk_client: Client) -> None:
    stranger = builders.callback_request(first_name="Someone", last_name="Else", phone="+13105550155")
    for other in (stranger.pk, "x", "", waiting.pk):
        response = desk_client.post(
            url("request-same-person", waiting.pk), {"step": "confirm", "other": other}
        )
        assert response.status_code == 302
    assert PatientRequest.objects.get(pk=stranger.pk).person != waiting.person


def test_a_content_editor_sees_no_patient(waiting: PatientRequest, client: Client, editor: User) -> None:
    client.force_login(editor)
    address = url("request-same-person", waiting.pk)
    assert client.get(address).status_code == 403
    assert client.post(address, {"step": "separate"}).status_code == 403
    for page in (url("index"), url("today")):
        shown = body(client.get(page))
        assert waiting.shown_reference not in shown
        assert "waiting for the dermatologist" not in shown


def test_kinds_are_both_reviewed(doctor: Client, clinic: object) -> None:
    row = builders.callback_request(status=Status.CLINICAL_REVIEW, decision_owed=True)
    assert row.kind == Kind.CALLBACK
    assert doctor.get(url("request-review", row.pk)).status_code == 200


def test_what_is_known_from_before_stands_on_the_page(
    waiting: PatientRequest, doctor: Client, dermatologist: User, front_desk: User
) -> None:
    practitioner, then = builders.practitioner(name="Dr. Before"), timezone.now() - timedelta(days=400)
    joined = builders.appointment_request(person=waiting.person, status=Status.COMPLETED, finished_at=then)
    builders.appointment(joined, practitioner, then, status=AppointmentStatus.FULFILLED)
    joined.clinical_reviews.create(
        decision=Decision.CONSULTATION_FIRST,
        by=dermatologist,
        at=then,
        note=NOTE,
        words_for_patient="See you.",
    )
    perhaps = builders.appointment_request(
        first_name="Ada", last_name=MARKED, phone="+13105550101", date_of_birth=date(1950, 1, 2)
    )
    page = body(doctor.get(url("request-review", waiting.pk)))
    for said in ("Dr. Before: Completed", "Consultation first", "See you.", NOTE, perhaps.shown_reference):
        assert said in page
    assert page.count("Perhaps the same person</span>") == 1
    same_person.refuse(waiting, perhaps, front_desk)
    assert perhaps.shown_reference not in body(doctor.get(url("request-review", waiting.pk)))


def test_the_interval_is_shown_with_its_dates(clinic: object, doctor: Client) -> None:
    botox = builders.treatment("botox", min_interval_months=3)
    now = timezone.now()
    done = builders.appointment_request(treatment=botox, status=Status.COMPLETED, finished_at=now)
    builders.appointment(done, builders.practitioner(), now, status=AppointmentStatus.FULFILLED)
    row = builders.appointment_request(treatment=botox, person=done.person, status=Status.CLINICAL_REVIEW)
    page = body(doctor.get(url("request-review", row.pk)))
    assert "3 months have to lie between two treatments." in page
    assert f"<strong>{long_date(add_months(clinic_day(now), 3))}</strong>" in page


def test_deciding_leads_to_the_next_one_and_back(waiting: PatientRequest, doctor: Client) -> None:
    soon, later = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(days=9)
    rows = [
        builders.appointment_request(status=Status.CLINICAL_REVIEW, **values)
        for values in ({"respond_by": later}, {"respond_by": soon}, {"respond_by": later, "urgent": True})
    ]
    order = [rows[2], rows[1], rows[0]]
    PatientRequest.objects.filter(pk=waiting.pk).update(respond_by=later + timedelta(days=1))
    here = waiting
    for number, following in enumerate(order):
        assert f'href="{url("request-review", following.pk)}">Next review' in body(
            doctor.get(url("request-review", here.pk))
        )
        response = decide(doctor, here, Decision.SUITABLE)
        assert response["Location"] == url("request-review", following.pk)
        page = body(doctor.get(response["Location"]))
        assert f'href="{url("appointments_patientrequest_change", here.pk)}"' in page
        assert ("3 wait for you." if number == 0 else "wait") in page
        assert MARKED not in page
        here = following
    last = decide(doctor, here, Decision.SUITABLE)
    assert last["Location"] == url("appointments_patientrequest_change", here.pk)
    assert "No other request waits for your decision." in body(doctor.get(last["Location"]))
