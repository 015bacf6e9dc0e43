"""A few words about an answer: typed, kept, stored as worded, read by those who may, copied, erased."""

import json
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from appointments.lifecycle import Action, Status
from appointments.models import LONGEST_WORDS, Kind, PatientRequest, ScreeningAnswer
from appointments.requests import rights
from clinic.signed import signing
from tests import builders
from tests.appointments import posts
from treatments.models import FlaggedAnswer, ScreeningQuestion, Treatment

pytestmark = pytest.mark.usefixtures("clinic")
BOTOX = "/appointments/request/botox/"
TYPED = "Gentamicin, since Monday\n<b>2 x 80</b>"
ESCAPED = "Gentamicin, since Monday\n&lt;b&gt;2 x 80&lt;/b&gt;"


@pytest.fixture
def botox(db: None) -> Treatment:
    """With two questions, the second of which flags a 'no'."""
    treatment = builders.treatment("botox", version=False)
    draft = treatment.versions.create(
        number=1, language="en", title="Botox", body="<p>.</p>", change_note="First", min_age=18
    )
    ScreeningQuestion.objects.create(
        version=draft, number=1, text="Medicines?", text_es="¿Medicinas?", hint="Which?", hint_es="¿Cuál?"
    )
    ScreeningQuestion.objects.create(
        version=draft, number=2, text="Well?", text_es="¿Bien?", flagged_answer=FlaggedAnswer.NO
    )
    signing.ship(draft, draft.created_at)
    return treatment


def post(**changes: Any) -> posts.Post:
    return posts.appointment(
        **({"screening_1": "yes", "screening_1_words": TYPED, "screening_2": "yes"} | changes)
    )


def answer(number: int = 1) -> ScreeningAnswer:
    return ScreeningAnswer.objects.get(number=number)


@pytest.mark.parametrize(
    ("language", "worded"), [("", ("Medicines?", "Which?")), ("/es", ("¿Medicinas?", "¿Cuál?"))]
)
def test_question_hint_answer_and_words_are_kept_as_worded_that_day(
    client: Client, botox: Treatment, language: str, worded: tuple[str, str]
) -> None:
    assert client.post(language + BOTOX, post()).status_code == 302
    builders.version(botox, min_age=18)
    assert (answer().question_text, answer().hint) == worded
    assert (answer().answer, answer().words, answer().is_flagged) == ("yes", TYPED, True)
    assert (answer(2).hint, answer(2).words, answer(2).is_flagged) == ("", "", False)


def test_words_beside_a_plain_answer_are_the_dermatologists_to_read(client: Client, botox: Treatment) -> None:
    client.post(BOTOX, post(screening_1="no"))
    row = PatientRequest.objects.get()
    assert (answer().answer, answer().words, answer().is_flagged) == ("no", TYPED, True)
    assert (row.status, row.decision_owed) == (Status.CLINICAL_REVIEW, True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("x" * LONGEST_WORDS, "x" * LONGEST_WORDS),
        (" \r\n\t ", ""),
        ("a\r\nb\x07c", "a\nb c"),
        ("\u05e2\u05d1\u05e8\u05d9\u05ea \U0001f48a", "\u05e2\u05d1\u05e8\u05d9\u05ea \U0001f48a"),
    ],
)
def test_they_obey_the_rules_of_the_message(
    client: Client, botox: Treatment, typed: str, stored: str
) -> None:
    assert client.post(BOTOX, post(screening_1_words=typed)).status_code == 302
    assert answer().words == stored


@pytest.mark.parametrize(
    "wrong", [{"screening_1_words": "x" * (LONGEST_WORDS + 1)}, {"screening_1": None}, {"first_name": ""}]
)
def test_they_come_back_with_the_form(client: Client, botox: Treatment, wrong: posts.Post) -> None:
    sent = post(**wrong)
    response = client.post(BOTOX, sent)
    assert response.status_code == 422
    assert sent["screening_1_words"].splitlines()[0] in response.text
    if "screening_1_words" in wrong:
        assert '<a href="#id_screening_1_words">Shorten this to 300 characters.' in response.text
    assert not PatientRequest.objects.exists()


def test_a_switch_of_language_takes_them_along(client: Client, botox: Treatment) -> None:
    assert ESCAPED in client.post("/es" + BOTOX, post() | {"switch_language": "es"}).text


def test_words_about_a_question_that_is_no_longer_asked_stand_in_the_message(
    client: Client, botox: Treatment
) -> None:
    Treatment.objects.update(is_published=False)
    response = client.post(BOTOX, post(message="Mornings", screening_2_words="Tired"))
    assert response.status_code == 404
    assert f"Mornings\n{ESCAPED}\nTired</textarea>" in response.text


class TestWhoReadsThem:
    @pytest.fixture
    def row(self, client: Client, botox: Treatment) -> PatientRequest:
        client.post(BOTOX, post())
        return PatientRequest.objects.get()

    def seen_by(self, user: User, page: str, row: PatientRequest) -> str:
        browser = Client()
        browser.force_login(user)
        return browser.get(reverse(page, args=[row.pk])).text

    def test_the_dermatologist_and_the_desk(
        self, row: PatientRequest, dermatologist: User, front_desk: User
    ) -> None:
        for user, page in (
            (dermatologist, "admin:request-review"),
            (front_desk, "admin:appointments_patientrequest_change"),
        ):
            shown = self.seen_by(user, page, row)
            assert ESCAPED in shown
            assert "Which?" in shown

    def test_the_dermatologist_in_the_history_of_the_next_request(
        self, row: PatientRequest, dermatologist: User
    ) -> None:
        following = builders.appointment_request(person=row.person, date_of_birth=date(1990, 5, 17))
        following.move(Action.ASK_REVIEW, dermatologist)
        assert ESCAPED in self.seen_by(dermatologist, "admin:request-review", following)

    def test_nobody_without_the_right_to_see_answers(self, row: PatientRequest) -> None:
        user = builders.staff("Content editor")
        user.user_permissions.add(Permission.objects.get(codename="view_patientrequest"))
        shown = self.seen_by(user, "admin:appointments_patientrequest_change", row)
        assert row.shown_reference in shown
        for words in ("Gentamicin", "Medicines?", "Which?"):
            assert words not in shown

    def test_the_patients_link_does_not_show_them(self, client: Client, row: PatientRequest) -> None:
        assert "Gentamicin" not in client.get(row.get_absolute_url()).text

    def test_they_are_in_the_copy_and_go_with_the_person(
        self, row: PatientRequest, dermatologist: User
    ) -> None:
        copy = json.dumps(rights.copy_of(row, dermatologist))
        for words in ("Gentamicin, since Monday", "Medicines?", "Which?"):
            assert words in copy
        rights.erase(row, dermatologist, "Asked for it")
        assert not ScreeningAnswer.objects.exists()


def test_staff_take_them_down_when_a_call_becomes_a_request(desk_client: Client, botox: Treatment) -> None:
    callback = builders.callback_request(first_name="Ada", last_name="Example")
    entry = reverse("admin:request-book-again", args=[callback.pk])
    assert '<textarea name="screening_1_words"' in desk_client.get(f"{entry}?treatment=botox").text
    taken = {"kind": "appointment", "source": "phone", "language": "en", "treatment": "botox", "store": "1"}
    again = desk_client.post(entry, post(first_name="", **taken))
    assert (again.status_code, ESCAPED in again.text) == (422, True)
    response = desk_client.post(entry, post(settles=str(callback.pk), **taken))
    assert response.status_code == 302, response.text
    assert answer().request.kind == Kind.APPOINTMENT
    assert (answer().words, answer().hint, answer().is_flagged) == (TYPED, "Which?", True)
    assert answer().request.status == Status.CLINICAL_REVIEW
