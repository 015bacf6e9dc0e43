"""The patient's page: what it says, what it never shows, and what may be done from it."""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import (
    AppointmentStatus,
    CallOutcome,
    Decision,
    EventKind,
    PatientRequest,
    RequestEvent,
    Topic,
)
from appointments.patients import journey
from appointments.requests import reviewing
from clinic.models import Closure, HolidayDecision
from clinic.time import words
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments import posts

pytestmark = pytest.mark.usefixtures("clinic")


def page_of(client: Client, request: PatientRequest) -> str:
    """The patient's page as text."""
    response = client.get(request.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def event(request: PatientRequest, kind: EventKind, **values: object) -> RequestEvent:
    return RequestEvent.objects.create(request=request, kind=kind, at=timezone.now(), **values)


class TestWhatItSays:
    def test_the_promise_the_reference_and_that_it_is_no_appointment(self, client: Client) -> None:
        request = builders.appointment_request()
        page = page_of(client, request)
        assert f"We answer by {words.day_and_clock(request.respond_by)}." in page
        assert "This is a request, not yet an appointment." in page
        assert request.shown_reference in page
        assert "You are here" in page
        assert page.count("<h1") == 1
        assert "(310) 318-1500" in page

    def test_a_callback_says_when_we_call(self, client: Client) -> None:
        request = builders.callback_request()
        assert f"We call you by {words.day_and_clock(request.respond_by)}." in page_of(client, request)

    @pytest.mark.parametrize("hour", [10, 23])
    def test_about_a_sign_of_alarm_nobody_writes(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, hour: int
    ) -> None:
        now = builders.WEDNESDAY + timedelta(hours=hour - 10)
        monkeypatch.setattr(timezone, "now", lambda: now)
        request = builders.callback_request(
            contact_by="email", email="ana@example.com", alarm="call_us", alarm_at=now, urgent=True,
            respond_by=now + timedelta(hours=12 if hour == 23 else 0),
        )  # fmt: skip
        page = page_of(client, request)
        assert "We call the number that you gave us." in page
        assert "We write to the e-mail" not in page

    @pytest.mark.parametrize(
        ("prefix", "sorry", "some"),
        [
            (
                "",
                "We are sorry: our hours have changed, so we can no longer keep the times",
                "Some of the times that we held for you are not possible any more",
            ),
            (
                "/es",
                "Lo sentimos: nuestro horario de atención cambió y ya no podemos mantener los horarios",
                "Algunos de los horarios que le apartamos ya no son posibles",
            ),
        ],
    )
    def test_held_times_that_fell_are_our_doing(
        self, client: Client, front_desk: User, prefix: str, sorry: str, some: str
    ) -> None:
        request = builders.appointment_request(status=Status.IN_PROGRESS)
        now, doctor = timezone.now(), builders.practitioner()
        today = clinic_day(now)
        day = today + timedelta(days=14 - today.weekday())
        HolidayDecision.objects.bulk_create(
            HolidayDecision(day=day + timedelta(days=n), is_closed=False) for n in range(2)
        )
        starts = [at(day + timedelta(days=n), time(10)) for n in range(2)]
        scheduling.offer(request, doctor, starts, front_desk)
        url = prefix + request.get_absolute_url()
        for closed, said, unsaid in ((day, some, sorry), (day + timedelta(days=1), sorry, "no such words")):
            Closure.objects.create(first_day=closed, last_day=closed)
            scheduling.end_fallen_holds(now)
            page = client.get(url).text
            assert said in page
            assert unsaid not in page
        assert page.index(sorry) < page.index("<ol")  # on top

    def test_a_late_answer_is_owned_up_to(self, client: Client) -> None:
        request = builders.appointment_request(respond_by=timezone.now() - timedelta(minutes=1))
        assert "Our answer is late. We are sorry." in page_of(client, request)

    @pytest.mark.parametrize(
        ("decision", "said"),
        [
            (Decision.SUITABLE, "Our dermatologist has read your answers: you can have an appointment."),
            (Decision.CONSULTATION_FIRST, "would like to see you first: this visit is a consultation."),
            (Decision.NEEDS_INFORMATION, "Before we can go on, we need to know a little more."),
            (Decision.NOT_SUITABLE, "We can&#x27;t offer what you asked for."),
        ],
    )
    def test_each_decision_stands_on_top_with_its_words_said_once(
        self, client: Client, dermatologist: User, decision: Decision, said: str
    ) -> None:
        request = builders.appointment_request(status=Status.CLINICAL_REVIEW)
        reviewing.decide(request, decision, dermatologist, "Her own words.", "Her note")
        page = page_of(client, request)
        top = page[: page.index("Where your request is")]
        assert said in top.replace("can't", "can&#x27;t")
        assert "Her own words." in top
        assert page.count("Her own words.") == (2 if decision == Decision.NEEDS_INFORMATION else 1)
        assert "Her note" not in page

    def test_a_decision_that_led_on_is_no_news(self, client: Client, dermatologist: User) -> None:
        request = builders.appointment_request(status=Status.CLINICAL_REVIEW)
        reviewing.decide(request, Decision.SUITABLE, dermatologist, "Her own words.")
        request.move(Action.ASK_REVIEW, builders.staff())
        page = page_of(client, request)
        assert "you can have an appointment" not in page
        assert "Her own words." in page[page.index("What has happened so far") :]

    def test_why_the_clinic_cancelled_stands_on_top(self, client: Client, front_desk: User) -> None:
        request = builders.appointment_request(status=Status.BOOKED)
        visit = builders.appointment(request, builders.practitioner(), timezone.now() + timedelta(days=3))
        scheduling.cancel(visit, front_desk, "Our doctor is ill.")
        page = page_of(client, request)
        assert "we had to cancel your appointment" in page
        assert "Our doctor is ill." in page[: page.index("Where your request is")]
        assert page.count("Our doctor is ill.") == 1

    def test_what_was_sent_without_what_is_private(self, client: Client) -> None:
        treatment = builders.treatment("botox", questions=1)
        request = builders.appointment_request(
            treatment=treatment, message="A private message", email="ada@example.com"
        )
        page = page_of(client, request)
        assert f'<bdi translate="no">{request.full_name}</bdi>' in page
        assert "Botox" in page
        # Where a narrow column may break it.
        assert "ada@<wbr>example<wbr>.com" in page
        for hidden in ("A private message", "1990", "Question 1?", "May 17"):
            assert hidden not in page

    def test_staff_notes_never_show(self, client: Client, front_desk: User) -> None:
        request = builders.appointment_request()
        request.move(Action.TAKE, front_desk, note="secret note one")
        event(request, EventKind.NOTE, note="secret note two", by=front_desk)
        event(request, EventKind.CALL, outcome=CallOutcome.NO_ANSWER, note="secret note three", by=front_desk)
        event(request, EventKind.CORRECTION, note="secret note four", by=front_desk)
        event(request, EventKind.MARK, note="secret note five", by=front_desk)
        page = page_of(client, request)
        assert "secret" not in page
        assert front_desk.username not in page
        assert "We called and could not reach you." in page

    def test_the_clinical_note_never_shows_and_the_words_for_the_patient_do(
        self, client: Client, front_desk: User, dermatologist: User
    ) -> None:
        request = builders.appointment_request()
        request.move(Action.ASK_REVIEW, front_desk)
        reviewing.decide(
            request, Decision.NOT_SUITABLE, dermatologist, "Please see your own doctor.", "clinical secret"
        )
        page = page_of(client, request)
        assert "Please see your own doctor." in page
        assert "clinical secret" not in page
        assert "We can&#x27;t offer" in page

    def test_words_of_the_front_desk_when_it_declines(self, client: Client, front_desk: User) -> None:
        request = builders.appointment_request()
        request.move(Action.DECLINE, front_desk, note="We <b>don't</b> treat this.")
        assert "We &lt;b&gt;don&#x27;t&lt;/b&gt; treat this." in page_of(client, request)

    @pytest.mark.parametrize("status", list(Status))
    def test_every_status_has_its_page(self, client: Client, status: Status) -> None:
        values = {"closed_reason": "spam"} if status == Status.CLOSED else {}
        finished = timezone.now() if status in ("completed", "declined", "closed", "withdrawn") else None
        for build in (builders.appointment_request, builders.callback_request):
            page = page_of(client, build(status=status, finished_at=finished, **values))
            assert page.count("You are here") == 1
            assert page.count('class="promise"') == 1

    def test_a_red_flag_leads_until_it_is_dealt_with(self, client: Client) -> None:
        answer = client.post(posts.CALLBACK, posts.callback(topic=Topic.AFTER_TREATMENT, warning_signs="yes"))
        assert "<h1>Call 911 now</h1>" in client.get(answer["Location"]).content.decode()
        PatientRequest.objects.get().move(Action.WITHDRAW)
        assert "<h1>Call 911 now" not in client.get(answer["Location"]).content.decode()

    def test_staff_calling_it_urgent_alarms_nobody(self, client: Client) -> None:
        request = builders.callback_request(urgent=True, topic=Topic.AFTER_TREATMENT)
        assert "<h1>Call 911 now" not in page_of(client, request)

    def test_it_is_private(self, client: Client) -> None:
        for path in ("", "withdraw/"):
            response = client.get(builders.appointment_request().get_absolute_url() + path)
            assert "no-store" in response["Cache-Control"]
            assert "noindex" in response["X-Robots-Tag"]
            assert response["Referrer-Policy"] == "same-origin"

    def test_it_costs_the_same_however_long_the_thread(
        self, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        request = builders.appointment_request(treatment=builders.treatment())
        for _ in range(30):
            event(request, EventKind.ANSWER, note="x")
        with django_assert_max_num_queries(9):
            page_of(client, request)


class TestTheLink:
    @pytest.mark.parametrize(
        "wrong", ["", "x", "A" * 22, "A" * 43, "..%2f..", "%00", "\u00e9" * 22, "A" * 300]
    )
    def test_every_wrong_one_gets_the_same_404(self, client: Client, wrong: str) -> None:
        builders.appointment_request()
        for below in ("", "withdraw/", "accept/1/", "none-suit/", "cancel/", "appointment.ics"):
            response = client.get(f"/appointments/status/{wrong}/{below}")
            assert response.status_code == 404
            assert "We can't find that page" in response.content.decode()

    def test_an_altered_token_and_the_reference_open_nothing(self, client: Client) -> None:
        request = builders.appointment_request()
        altered = ("B" if request.token[0] == "A" else "A") + request.token[1:]
        for token in (
            altered,
            request.token[:-1],
            request.token + "A",
            request.token.swapcase(),
            request.reference,
        ):
            assert client.get(f"/appointments/status/{token}/").status_code == 404

    def test_both_404s_are_the_same(self, client: Client) -> None:
        one = client.get("/appointments/status/" + "A" * 22 + "/")
        other = client.get("/appointments/status/no!/")
        assert one.headers.keys() == other.headers.keys()
        assert one["Cache-Control"] == other["Cache-Control"]

    def test_nobody_elses_offer_can_be_taken(self, client: Client) -> None:
        mine, theirs = builders.appointment_request(), builders.appointment_request(status=Status.OFFERED)
        held = builders.appointment(
            theirs,
            builders.practitioner(),
            timezone.now() + timedelta(days=3),
            status=AppointmentStatus.PENDING,
            hold_until=timezone.now() + timedelta(days=1),
        )
        for number in (held.pk, 10**30):
            assert client.post(f"{mine.get_absolute_url()}accept/{number}/").status_code == 404

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_looking_changes_nothing(self, client: Client, method: str) -> None:
        request = builders.appointment_request()
        before = PatientRequest.objects.filter(pk=request.pk).values().get()
        for below in ("", "withdraw/", "none-suit/", "cancel/"):
            assert getattr(client, method)(request.get_absolute_url() + below).status_code in {200, 302}
        assert getattr(client, method)(request.get_absolute_url() + "answer/").status_code == 405
        assert PatientRequest.objects.filter(pk=request.pk).values().get() == before
        assert request.events.count() == 0

    def test_the_page_itself_takes_no_post(self, client: Client) -> None:
        response = client.post(builders.appointment_request().get_absolute_url())
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"


class TestWithdrawing:
    def test_get_asks_and_post_withdraws_once(self, client: Client) -> None:
        request = builders.appointment_request()
        address = request.get_absolute_url() + "withdraw/"
        assert "Withdraw your request?" in client.get(address).content.decode()
        for _ in range(2):
            assert client.post(address)["Location"] == request.get_absolute_url()
        request.refresh_from_db()
        assert request.status == Status.WITHDRAWN
        assert request.events.filter(action=Action.WITHDRAW).count() == 1
        page = page_of(client, request)
        assert "<h1>You withdrew this request</h1>" in page
        assert "can see and withdraw" not in page
        assert client.get(address).status_code == 302

    def test_a_finished_request_says_kindly_how_it_stands(self, client: Client, front_desk: User) -> None:
        request = builders.appointment_request()
        request.move(Action.DECLINE, front_desk, note="Sorry")
        response = client.post(request.get_absolute_url() + "withdraw/")
        assert response.status_code == 409
        assert "we did not withdraw it" in response.content.decode()

    @pytest.mark.parametrize(("hours", "late"), [(1, True), (23, True), (25, False)])
    def test_a_booked_time_at_any_hour(self, client: Client, hours: int, late: bool) -> None:
        request = builders.appointment_request(status=Status.BOOKED)
        start = timezone.now() + timedelta(hours=hours)
        booked = builders.appointment(request, builders.practitioner(), start)
        address = request.get_absolute_url() + "withdraw/"
        assert ("This is late." in client.get(address).content.decode()) is late
        assert client.post(address).status_code == 302
        booked.refresh_from_db()
        assert booked.status == AppointmentStatus.CANCELLED
        assert request.events.get(action=Action.WITHDRAW).note == ("Late cancellation." if late else "")

    def test_a_visit_that_has_begun(self, client: Client) -> None:
        request = builders.appointment_request(status=Status.BOOKED)
        booked = builders.appointment(request, builders.practitioner(), timezone.now())
        address = request.get_absolute_url() + "withdraw/"
        assert "Please call us to cancel" in client.get(address).content.decode()
        response = client.post(address)
        assert response.status_code == 409
        assert "Your appointment has begun. Please call us." in response.content.decode()
        booked.refresh_from_db()
        assert booked.status == AppointmentStatus.BOOKED


class TestTheQuestion:
    @pytest.fixture
    def asked(self, front_desk: User, dermatologist: User) -> PatientRequest:
        request = builders.appointment_request()
        request.move(Action.ASK_REVIEW, front_desk)
        reviewing.decide(request, Decision.NEEDS_INFORMATION, dermatologist, "Which medicine is it?")
        return request

    @pytest.mark.parametrize(
        ("prefix", "owes", "looks"),
        [
            ("", "We wait for your answer", "We look for times"),
            ("/es", "Esperamos su respuesta", "Buscamos horas"),
        ],
    )
    def test_nothing_is_said_to_go_on_meanwhile(
        self, client: Client, asked: PatientRequest, prefix: str, owes: str, looks: str
    ) -> None:
        page = client.get(prefix + asked.get_absolute_url()).content.decode()
        assert owes in page
        assert looks not in page
        reviewing.answer(asked, "Aspirin", timezone.now())
        assert owes not in client.get(prefix + asked.get_absolute_url()).content.decode()

    def test_it_is_shown_and_answered(self, client: Client, asked: PatientRequest) -> None:
        page = page_of(client, asked)
        assert "Which medicine is it?" in page
        assert 'name="answer"' in page

        response = client.post(asked.get_absolute_url() + "answer/", {"answer": "Aspirin"})

        assert response["Location"] == asked.get_absolute_url()
        assert asked.events.get(kind=EventKind.ANSWER).note == "Aspirin"
        asked.refresh_from_db()
        assert asked.status == Status.CLINICAL_REVIEW
        page = page_of(client, asked)
        assert "You answered the question." in page
        assert 'name="answer"' not in page
        assert "Aspirin" not in page

    @pytest.mark.parametrize("words", ["", "  ", "x" * 2001])
    def test_what_can_not_be_taken_is_kept_and_said(
        self, client: Client, asked: PatientRequest, words: str
    ) -> None:
        response = client.post(asked.get_absolute_url() + "answer/", {"answer": words})
        page = response.content.decode()
        assert response.status_code == 422
        assert 'href="#id_answer"' in page
        assert "<title>Error: " in page
        assert words.strip() in page
        assert not asked.events.filter(kind=EventKind.ANSWER).exists()

    def test_a_second_answer_comes_too_late(self, client: Client, asked: PatientRequest) -> None:
        address = asked.get_absolute_url() + "answer/"
        client.post(address, {"answer": "Aspirin"})
        response = client.post(address, {"answer": "Ibuprofen"})
        assert response.status_code == 409
        assert 'role="alert"' in response.content.decode()
        assert asked.events.filter(kind=EventKind.ANSWER).count() == 1


class TestThePath:
    def _steps(self, request: PatientRequest) -> list[tuple[str, str]]:
        request.refresh_from_db()
        steps = journey.path(request, list(request.events.all()))
        return [
            (step.name, "here" if step.is_here else "ahead" if step.is_ahead else "done") for step in steps
        ]

    def test_an_appointment(self, front_desk: User) -> None:
        request = builders.appointment_request()
        assert [state for _, state in self._steps(request)] == ["here", "ahead", "ahead", "ahead", "ahead"]
        request.move(Action.TAKE, front_desk)
        assert self._steps(request)[1] == ("We look for times that suit you", "here")
        request.move(Action.BOOK, front_desk)
        passed = [name for name, state in self._steps(request) if state == "done"]
        assert passed == ["We have your request", "We look for times that suit you"], "nobody chose a time"

    def test_a_review_stands_between(self, front_desk: User) -> None:
        request = builders.appointment_request()
        request.move(Action.ASK_REVIEW, front_desk)
        assert self._steps(request)[1] == ("Our dermatologist reads your answers", "here")

    def test_a_callback(self, front_desk: User) -> None:
        request = builders.callback_request()
        request.move(Action.TAKE, front_desk)
        request.move(Action.COMPLETE, front_desk)
        names = ["We have your request", "We call you", "Answered"]
        assert self._steps(request) == list(zip(names, ["done", "done", "here"], strict=True))

    def test_what_ended_early_has_nothing_ahead(self) -> None:
        request = builders.appointment_request()
        request.move(Action.WITHDRAW)
        assert self._steps(request) == [
            ("We have your request", "done"),
            ("You withdrew the request", "here"),
        ]
