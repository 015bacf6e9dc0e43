"""The site as somebody reads it who knows no English."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from pytest_django import Settings

from appointments import scheduling
from appointments.follow_up import recall
from appointments.lifecycle import Action, ClosedReason
from appointments.models import CallOutcome, Decision, EventKind, PatientRequest, RequestEvent, Topic
from appointments.requests import reviewing
from clinic.http.refusals import refuse
from clinic.http.views import server_error
from clinic.time.hours import clinic_day
from clinic.time.words import day, day_and_clock
from tests import builders
from tests.appointments import posts
from tests.builders import WEDNESDAY
from tests.spanish.reading import english_in

pytestmark = pytest.mark.django_db

PUBLIC = [
    "", "treatments/", "treatments/botox/", "articles/", "articles/botox-aftercare/", "doctors/dr-umar/",
    "contact/", "privacy/", "appointments/request/", "appointments/request/botox/",
    "appointments/request/consultation/", "appointments/callback/",
]  # fmt: skip
FORMS = ["appointments/request/botox/", "appointments/callback/"]


@pytest.fixture
def content(db: None) -> None:
    """The real pages, and a clinic that has given its place in Spanish."""
    call_command("load_content", verbosity=0)
    builders.clinic(area="Los Ángeles")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def switch_of(response: Any, language: str = "en") -> str:
    """Where the switch leads: a link, or on a page with a form the button that takes along what was typed."""
    link = f'<a href="([^"]*)" lang="{language}" hreflang'
    button = f'<button type="submit" form="form" formaction="([^"]*)"[^>]* lang="{language}"'
    found = re.search(f"{link}|{button}", text_of(response))
    assert found
    return found[1] or found[2]


def is_spanish(response: Any) -> None:
    page = text_of(response)
    assert '<html lang="es">' in page
    assert english_in(page) == []


@pytest.mark.usefixtures("content")
class TestPublicPages:
    @pytest.mark.parametrize("path", PUBLIC)
    def test_no_english_is_left_and_the_switch_stays_on_the_page(self, client: Client, path: str) -> None:
        response = client.get(f"/es/{path}")
        assert response.status_code == 200
        is_spanish(response)
        assert switch_of(response) == f"/{path}"
        assert switch_of(client.get(f"/{path}"), "es") == f"/es/{path}"

    def test_the_reading_finds_what_is_left_in_english(self, client: Client) -> None:
        page = text_of(client.get("/privacy/")).replace('<html lang="en">', '<html lang="es">')
        assert len(english_in(page)) > 30

    @pytest.mark.parametrize("path", FORMS)
    def test_a_form_says_in_spanish_what_is_missing(self, client: Client, path: str) -> None:
        response = client.post(f"/es/{path}", {"submission_id": "x"})
        assert response.status_code == 422
        is_spanish(response)
        assert "Hay un problema" in text_of(response)
        assert switch_of(response) == f"/{path}"

    @pytest.mark.parametrize("path", FORMS)
    def test_what_is_refused_comes_back_in_spanish(
        self, client: Client, path: str, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = True
        post_of = posts.callback if "callback" in path else posts.appointment
        answers = {f"screening_{number}": "no" for number in range(1, 12)}
        first = post_of(**answers)
        client.post(f"/es/{path}", first)
        posts.use_up_the_address()
        too_many = client.post(f"/es/{path}", post_of(**answers))
        other_words = client.post(f"/es/{path}", first | {"first_name": "Grace"})
        blocked = Client(enforce_csrf_checks=True).post(f"/es/{path}", first)
        for response, status in ((too_many, 429), (other_words, 409), (blocked, 403)):
            assert response.status_code == status
            is_spanish(response)
        gone = client.post("/es/appointments/request/nothing/", first)
        assert gone.status_code == 404
        is_spanish(gone)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"first_name": "A\tb", "phone": "911", "email": "a@b", "date_of_birth_day": "31"},
            {"first_name": "\u202ea", "phone": "+999 1", "email": "a b@c.org", "date_of_birth_year": "2090"},
            {"first_name": "x" * 121, "phone": "abc!", "email": "", "contact_by": "email"},
            {"phone": "3" * 30, "email": f"{'x' * 65}@example.org", "date_of_birth_year": "1850"},
            {"phone": "900-555-0123", "message": "x" * 2001, "preferred_days": ["sun"], "earliest_date": "x"},
            {"phone": "310", "preferred_times": ["night"], "earliest_date": "2020-01-01"},
            {"date_of_birth_day": "", "voicemail_ok": "x", "returning_patient": "x", "consent": "no"},
            {"phone": "3\n1", "email": "a\n@b.org", "earliest_date": "9999-01-01", "contact_by": "pigeon"},
            {"date_of_birth_month": "x", "earliest_date": "SUNDAY", "first_name": "a" + "\u0301" * 9},
        ],
    )  # fmt: skip
    def test_every_error_is_said_in_spanish(self, client: Client, wrong: dict[str, Any]) -> None:
        if wrong.get("earliest_date") == "SUNDAY":
            today = clinic_day(timezone.now())
            wrong = wrong | {"earliest_date": str(today + timedelta(days=6 - today.weekday() + 7))}
        response = client.post("/es/appointments/request/consultation/", posts.appointment(**wrong))
        assert response.status_code == 422
        is_spanish(response)

    def test_somebody_under_18_is_asked_to_have_a_parent_call(self, client: Client) -> None:
        year = str(timezone.now().year - 10)
        response = client.post("/es" + posts.CONSULTATION, posts.appointment(date_of_birth_year=year))
        is_spanish(response)
        assert switch_of(response) == posts.CONSULTATION
        assert not PatientRequest.objects.exists()


@pytest.mark.usefixtures("content")
class TestAsking:
    def test_the_patient_ends_on_the_spanish_page(self, client: Client) -> None:
        response = client.post("/es" + posts.CONSULTATION, posts.appointment())
        request = PatientRequest.objects.get()
        assert request.language == "es"
        assert response["Location"] == f"/es/appointments/status/{request.token}/"
        is_spanish(client.get(response["Location"]))
        text = request.messages.get().text
        assert f"http://testserver/es/appointments/status/{request.token}/" in text

    def test_a_warning_sign_says_911_to_the_patient_and_english_to_staff(self, client: Client) -> None:
        post = posts.callback(topic="after-treatment", warning_signs="yes")
        page = client.post("/es" + posts.CALLBACK, post, follow=True)
        is_spanish(page)
        assert "Llame al 911 ahora" in text_of(page)
        note = RequestEvent.objects.get(kind=EventKind.MARK).note
        assert note == "A sign of alarm. On the page: told to call 911."


@pytest.mark.usefixtures("content")
def test_what_stands_in_english_only_says_so(client: Client) -> None:
    """The sources are English texts; a reader who opens one knows before."""
    said = text_of(client.get("/es/treatments/botox/"))
    assert (
        '<span lang="en">Our clinic&#x27;s article on Botox, FineTouch Dermatology</span> (en inglés)' in said
    )
    assert "in English)" not in text_of(client.get("/treatments/botox/"))


@pytest.mark.usefixtures("content")
def test_each_level_of_alarm_is_one_sentence(client: Client) -> None:
    said = re.sub(r"<[^>]+>", "", text_of(client.get("/es/contact/")))
    assert "Llame al 911 ahora si tiene dificultad para tragar, hablar o respirar." in said
    english = re.sub(r"<[^>]+>", "", text_of(client.get("/contact/")))
    assert "Call 911 now if you have trouble swallowing, speaking or breathing." in english


@pytest.mark.usefixtures("clinic")
class TestStatusPage:
    @pytest.fixture(autouse=True)
    def _clinic_in_spanish(self, clinic: object) -> None:
        builders.clinic(area="Los Ángeles")

    def asked(self, **values: Any) -> PatientRequest:
        return builders.appointment_request(
            **{
                "language": "es",
                "email": "ada@example.org",
                "preferred_days": ["mon", "tue"],
                "preferred_times": ["morning"],
                "earliest_date": clinic_day(timezone.now()) + timedelta(days=3),
            }
            | values
        )

    def page(self, client: Client, request: PatientRequest, below: str = "", switch: str = "") -> str:
        response = client.get(f"/es/appointments/status/{request.token}/{below}")
        assert response.status_code == 200, below
        is_spanish(response)
        assert switch_of(response) == f"/appointments/status/{request.token}/{below}{switch}"
        return text_of(response)

    def test_waiting_late_and_withdrawn(self, client: Client) -> None:
        request = self.asked()
        with translation.override("es"):
            assert f"a más tardar el {day_and_clock(request.respond_by)}</p>" in self.page(client, request)
        self.page(client, request, "withdraw/")
        self.page(client, self.asked(respond_by=timezone.now() - timedelta(hours=1)))
        client.post(f"/es/appointments/status/{request.token}/withdraw/")
        assert "Usted retiró esta solicitud</h1>" in self.page(client, request)

    def test_a_call(self, client: Client, front_desk: User) -> None:
        for topic in Topic:
            request = builders.callback_request(topic=topic)
            for outcome in CallOutcome:
                RequestEvent.objects.create(
                    request=request, kind=EventKind.CALL, outcome=outcome, at=timezone.now()
                )
            self.page(client, request)

    def test_offers_the_appointment_and_its_end(self, client: Client, front_desk: User) -> None:
        doctor = builders.practitioner()
        request = self.asked(received_at=WEDNESDAY - timedelta(hours=1))
        request.move(Action.TAKE, front_desk)
        starts = [WEDNESDAY + timedelta(days=90, hours=hour) for hour in range(2)]
        held = scheduling.offer(request, doctor, starts, front_desk)
        page = self.page(client, request)
        with translation.override("es"):
            assert day_and_clock(starts[0]) in page
        self.page(client, request, "none-suit/")
        self.page(client, request, f"accept/{held[0].pk}/")
        too_long = client.post(f"/es/appointments/status/{request.token}/none-suit/", {"words": "x" * 501})
        is_spanish(too_long)
        scheduling.accept(held[0])
        self.page(client, request)
        self.page(client, request, "cancel/")
        self.page(client, request, "withdraw/")
        file = text_of(client.get(f"/es/appointments/status/{request.token}/appointment.ics"))
        assert "SUMMARY:Cita en FineTouch Dermatology" in file
        assert "Para cambiar la hora" in file.replace("\r\n ", "")
        lost = client.post(f"/es/appointments/status/{request.token}/accept/{held[1].pk}/")
        assert lost.status_code == 409
        is_spanish(lost)
        builders.clinic(area="Los Ángeles", cancel_notice_hours=336)
        request.appointments.filter(pk=held[0].pk).update(
            start=timezone.now() + timedelta(hours=5), end=timezone.now() + timedelta(hours=6)
        )
        self.page(client, request, "cancel/")
        self.page(client, request, "withdraw/")

    def test_a_question_and_its_answer(self, client: Client, dermatologist: User) -> None:
        request = self.asked(screening_flagged=True)
        request.move(Action.ASK_REVIEW, None)
        self.page(client, request)
        reviewing.decide(request, Decision.NEEDS_INFORMATION, dermatologist, words="¿Qué medicina toma?")
        self.page(client, request, switch="answer/")
        unanswered = client.post(f"/es/appointments/status/{request.token}/answer/", {"answer": ""})
        assert unanswered.status_code == 422
        is_spanish(unanswered)
        forged = Client(enforce_csrf_checks=True).post(f"/es/appointments/status/{request.token}/answer/")
        assert forged.status_code == 403
        # What was typed goes along, so the switch is posted to the address of the answer.
        for response in (unanswered, forged):
            assert switch_of(response) == f"/appointments/status/{request.token}/answer/"
        client.post(f"/es/appointments/status/{request.token}/answer/", {"answer": "Ninguna."})
        self.page(client, request)

    @pytest.mark.parametrize("reason", ClosedReason.values)
    def test_closed(self, client: Client, front_desk: User, reason: str) -> None:
        request = self.asked()
        request.move(Action.CLOSE, front_desk, "A note", reason=reason)
        self.page(client, request)

    def test_declined_and_opened_again(self, client: Client, front_desk: User) -> None:
        request = self.asked()
        request.move(Action.DECLINE, front_desk, "No es para usted.")
        self.page(client, request)
        request.move(Action.REOPEN, front_desk, "Asked again")
        self.page(client, request)

    def test_the_links_of_a_recall(self, client: Client) -> None:
        token = recall.token_for(self.asked())
        for way in (client.get, client.post):
            response = way(f"/es/appointments/recall/{token}/stop/")
            is_spanish(response)
            assert switch_of(response) == f"/appointments/recall/{token}/stop/"
        is_spanish(client.get(f"/es/appointments/recall/{token}/"))


@pytest.mark.usefixtures("clinic")
class TestRefusals:
    @pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 429, 500, 503])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_in_the_language_of_the_address_whoever_came_before(self, status: int, method: str) -> None:
        builders.clinic(area="Los Ángeles")
        make = getattr(RequestFactory(), method)

        def refusal(path: str) -> HttpResponse:
            request = make(path)
            request.resolver_match = None
            if status == 500:
                return server_error(request)
            return refuse(request, status, retry_after=90 if status == 429 else None)

        with translation.override("en"):
            is_spanish(refusal("/es/contact/"))
        with translation.override("es"):
            english = text_of(refusal("/contact/"))
            assert '<html lang="en">' in english
            assert "Siempre puede" not in english
            assert translation.get_language() == "es"

    def test_what_the_site_refuses_by_itself(self, client: Client) -> None:
        builders.clinic(area="Los Ángeles")
        form = "/es" + posts.CALLBACK
        strict = Client(enforce_csrf_checks=True)
        refused = {
            404: client.get("/es/appointments/status/nobody/"),
            403: strict.post(form, posts.callback()),
            405: client.delete("/es/contact/"),
            413: client.post(form, "x" * 70_000, content_type="application/x-www-form-urlencoded"),
            415: client.post(form, "{}", content_type="application/json"),
            400: client.post(form, b"first_name=%ff", content_type="application/x-www-form-urlencoded"),
        }
        for status, response in refused.items():
            assert response.status_code == status
            is_spanish(response)
            assert switch_of(response).startswith("/appointments/") or status == 405

    def test_a_host_that_is_not_ours(self, client: Client) -> None:
        builders.clinic(area="Los Ángeles")
        response = client.get("/es/contact/", headers={"host": "elsewhere.example"})
        assert response.status_code == 400
        is_spanish(response)


class TestTimes:
    @pytest.mark.parametrize(
        ("hour", "minute", "words"),
        [
            (0, 0, "4:00 p. m."),
            (1, 0, "5:00 p. m."),
            (1, 30, "5:30 p. m."),
            (17, 5, "9:05 a. m."),
            (20, 0, "12:00 p. m."),
        ],
    )
    def test_a_moment(self, clinic: object, hour: int, minute: int, words: str) -> None:
        moment = datetime(2026, 12, 9, hour, minute, tzinfo=UTC)
        with translation.override("es"):
            said = day_and_clock(moment)
            assert said.replace("\N{NO-BREAK SPACE}", " ").endswith(f" de diciembre, {words}")
            # 'p. m.' never breaks over two lines.
            assert said.count("\N{NO-BREAK SPACE}") == 2
            assert day(moment) == ("martes 8 de diciembre" if hour < 8 else "miércoles 9 de diciembre")


@pytest.mark.parametrize(
    ("name", "said"), [("Dr. Umar", "el Dr. Umar"), ("Dra. Vega", "la Dra. Vega"), ("A. Ruiz", "A. Ruiz")]
)
def test_a_doctor_has_an_article_in_a_spanish_sentence(
    client: Client, clinic: object, name: str, said: str
) -> None:
    builders.practitioner(slug="doctor", name=name)
    kept = f'<span translate="no">{name}</span>'
    assert f"Más sobre {said.replace(name, kept)}<" in client.get("/es/").text
    assert f"More about {kept}<" in client.get("/").text
