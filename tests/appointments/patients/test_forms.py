"""Asking: the pages, the forms, and what is stored."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.models import EventKind, Message, PatientRequest, RequestSource
from appointments.patients.forms import CallbackForm, submissions
from clinic.models import Clinic, OpeningHours
from clinic.signed import signing
from clinic.time.hours import clinic_day
from tests import builders
from tests.appointments import posts
from treatments.models import State

pytestmark = pytest.mark.usefixtures("clinic")


def test_choosing_links_to_each_treatment_and_to_a_consultation(client: Client) -> None:
    builders.treatment("botox")
    builders.treatment("secret", is_published=False)

    page = client.get("/appointments/request/").content.decode()

    assert 'href="/appointments/request/botox/"' in page
    assert 'href="/appointments/request/consultation/"' in page
    assert "secret" not in page
    assert "call 911" in page


@pytest.mark.parametrize("slug", ["nothing", "secret"])
def test_no_form_for_what_is_not_published(client: Client, slug: str) -> None:
    builders.treatment("secret", is_published=False)
    assert client.get(f"/appointments/request/{slug}/").status_code == 404
    assert client.post(f"/appointments/request/{slug}/", posts.appointment()).status_code == 404


def test_the_empty_form_preselects_nothing_and_says_911_first(client: Client) -> None:
    builders.treatment("botox", questions=2)

    page = client.get("/appointments/request/botox/").content.decode()

    assert "checked" not in page
    assert page.count("<h1") == 1
    assert page.index("911") < page.index("<form method")
    for name in (
        "screening_1",
        "screening_2",
        "date_of_birth_month",
        "contact_by",
        "submission_id",
        "website",
    ):
        assert f'name="{name}"' in page
    assert 'autocomplete="bday-month"' in page
    assert "maxlength" not in page


def test_a_get_with_values_shows_the_empty_form(client: Client) -> None:
    page = client.get(posts.CONSULTATION, {"first_name": "Mallory", "consent": "on"})
    assert b"Mallory" not in page.content
    assert b"checked" not in page.content
    assert PatientRequest.objects.count() == 0


@pytest.mark.parametrize("language", ["", "/es"])
def test_a_form_costs_at_most_five_queries(
    client: Client, language: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    builders.treatment("botox", questions=6)
    for path in (f"{language}/appointments/request/botox/", f"{language}/appointments/callback/"):
        with django_assert_max_num_queries(5):
            assert client.get(path).status_code == 200
        with django_assert_max_num_queries(5):
            assert client.post(path, {"first_name": "Ada"}).status_code == 422


def test_an_appointment_request_is_stored_whole(client: Client) -> None:
    treatment = builders.treatment("botox", questions=2)
    post = posts.appointment(
        screening_1="no",
        screening_2="no",
        phone="310-555-0123 ext. 45",
        email="Ada+clinic@EXAMPLE.com",
        contact_by="email",
        earliest_date=posts.open_day(),
        message="Only mornings, please.\r\nThank you.",
        recall_consent="on",
        returning_patient="yes",
    )

    response = client.post("/appointments/request/botox/", post)

    request = PatientRequest.objects.get()
    assert response.status_code == 302
    assert response["Location"] == request.get_absolute_url()
    assert (request.kind, request.source, request.treatment) == ("appointment", "web", treatment)
    assert request.full_name == "Ada Example"
    assert str(request.date_of_birth) == "1990-05-17"
    assert request.phone.as_rfc3966 == "tel:+1-310-555-0123;ext=45"
    assert request.email == "Ada+clinic@example.com"
    assert request.contact_by == "email"
    assert (request.preferred_days, request.preferred_times) == (["mon", "wed"], ["morning"])
    assert request.earliest_date is not None
    assert request.earliest_date.isoformat() == posts.open_day()
    assert request.message == "Only mornings, please.\nThank you."
    assert request.recall_consent
    assert request.returning_patient
    assert request.privacy_version
    assert [answer.answer for answer in request.screening_answers.all()] == ["no", "no"]
    assert request.status == "new"
    assert Message.objects.filter(request=request, kind="acknowledgement").count() == 1


def test_a_flagged_answer_goes_to_the_dermatologist(client: Client) -> None:
    builders.treatment("botox", questions=1)
    client.post("/appointments/request/botox/", posts.appointment(screening_1="unsure"))
    request = PatientRequest.objects.get()
    assert (request.status, request.screening_flagged, request.decision_owed) == (
        "clinical_review",
        True,
        True,
    )


def test_a_question_that_is_no_longer_asked_is_not_in_the_form(client: Client) -> None:
    treatment = builders.treatment("botox", questions=2)
    draft = builders.version(treatment, state=State.DRAFT)
    draft.questions.filter(number=1).update(is_asked=False)
    signing.submit(draft, timezone.now())
    page = client.get("/appointments/request/botox/").content.decode()
    assert 'name="screening_1"' in page, "not before a dermatologist has released it"
    by = builders.physician()
    signing.sign_off(draft, signing.Seen.of(draft, signing.live_of(draft)), by, timezone.now())
    page = client.get("/appointments/request/botox/").content.decode()
    assert 'name="screening_1"' not in page
    assert client.post("/appointments/request/botox/", posts.appointment(screening_2="no")).status_code == 302


def test_a_consultation_has_no_treatment(client: Client) -> None:
    client.post(posts.CONSULTATION, posts.appointment())
    assert PatientRequest.objects.get().treatment is None


def test_a_callback_is_stored_whole(client: Client) -> None:
    response = client.post(posts.CALLBACK, posts.callback(voicemail_ok="no", message="After four, please."))
    request = PatientRequest.objects.get()
    assert response["Location"] == request.get_absolute_url()
    assert (request.kind, request.topic, request.voicemail_ok) == ("callback", "treatment", False)
    assert (request.message, request.preferred_times) == ("After four, please.", ["afternoon"])
    assert request.date_of_birth is None
    assert not request.urgent


def test_a_request_keeps_the_language_of_its_form(client: Client) -> None:
    response = client.post("/es/appointments/callback/", posts.callback())
    request = PatientRequest.objects.get()
    assert request.language == "es"
    assert response["Location"].startswith("/es/appointments/status/")


class TestRedFlags:
    @pytest.mark.parametrize(
        ("topic", "signs", "expected"),
        [
            ("after-treatment", "yes", "Call 911 now"),
            ("after-treatment", "call_us", "Call us now;"),
            ("after-treatment", "unsure", "Call us now;"),
            ("after-treatment", "no", ""),
            ("after-treatment", None, ""),
            ("treatment", "yes", "Call 911 now"),
            ("treatment", "call_us", "Call us now;"),
            ("treatment", "unsure", "Call us now;"),
            ("treatment", None, ""),
            ("billing", "yes", "Call 911 now"),
            ("billing", "call_us", "Call us now;"),
            ("billing", "unsure", ""),
        ],
    )
    def test_a_warning_sign_is_stored_as_urgent_and_leads_to_what_to_do(
        self,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
        topic: str,
        signs: str | None,
        expected: str,
    ) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: builders.WEDNESDAY)
        response = client.post(posts.CALLBACK, posts.callback(topic=topic, warning_signs=signs))

        assert response.status_code == 302
        assert PatientRequest.objects.get().urgent is bool(expected)
        page = client.get(response["Location"]).content.decode()
        assert (f"<h1>{expected or 'Call'}" in page) is bool(expected)
        assert ('href="tel:911"' in page) is bool(expected)

    def test_it_stands_on_the_timeline(self, client: Client) -> None:
        client.post(posts.CALLBACK, posts.callback(topic="after-treatment", warning_signs="yes"))
        note = PatientRequest.objects.get().events.get(kind=EventKind.MARK).note
        assert note == "A sign of alarm. On the page: told to call 911."


class TestErrors:
    def test_no_two_lines_of_the_summary_read_alike(self, client: Client) -> None:
        builders.treatment("botox", questions=2)
        page = client.post("/appointments/request/botox/", {}).content.decode()
        summary = page[
            page.index("There is a problem") : page.index("</ul>", page.index("There is a problem"))
        ]
        lines = re.findall(r"<li><a[^>]*>([^<]+)</a>", summary)
        assert "Answer this question: Question 1?" in lines
        assert len(lines) == len(set(lines)) > 6

    def test_the_summary_links_to_each_field_and_everything_is_kept(self, client: Client) -> None:
        builders.treatment("botox", questions=1)
        post = posts.appointment(
            first_name=" ",
            last_name="Kept-Name",
            phone="123",
            contact_by=None,
            preferred_days=["wed"],
            message="Kept words & <b>bold</b>",
            consent=None,
            date_of_birth_year="985",
        )

        response = client.post("/appointments/request/botox/", post)

        page = response.content.decode()
        assert response.status_code == 422
        assert "<title>Error: " in page
        assert page.index("There is a problem") < page.index("<h1")
        summary = page[page.index('role="alert"') : page.index("<h1")]
        links = re.findall(r'href="#(\w+)"', summary)
        assert links == [
            "id_first_name",
            "id_date_of_birth_month",
            "id_phone",
            "id_contact_by_0",
            "id_screening_1_0",
            "id_consent",
        ]
        for link in links:
            assert f'id="{link}"' in page
        assert 'tabindex="-1"' in summary
        for kept in ('value="Kept-Name"', 'value="123"', 'value="985"', "Kept words &amp; &lt;b&gt;bold"):
            assert kept in page
        assert re.search(r'name="preferred_days" value="wed"[^>]* checked', page)
        assert PatientRequest.objects.count() == 0

    def test_the_id_stays_with_the_form_through_an_error(self, client: Client) -> None:
        post = posts.appointment(first_name="")
        assert post["submission_id"] in client.post(posts.CONSULTATION, post).content.decode()

    def test_each_error_is_tied_to_its_input(self, client: Client) -> None:
        page = client.post(posts.CALLBACK, posts.callback(phone="1")).content.decode()
        described = re.search(r'<input[^>]*name="phone"[^>]*aria-describedby="([^"]+)"', page)
        assert described
        for each in described[1].split():
            assert f'id="{each}"' in page
        assert re.search(r'<input[^>]*name="phone"[^>]*aria-invalid="true"', page)

    def test_an_email_address_is_needed_to_be_answered_by_email(self, client: Client) -> None:
        page = client.post(posts.CONSULTATION, posts.appointment(email="", contact_by="email"))
        assert page.status_code == 422
        assert b'href="#id_email"' in page.content

    @pytest.mark.parametrize("field", ["first_name", "phone", "contact_by", "returning_patient", "consent"])
    def test_what_is_needed(self, client: Client, field: str) -> None:
        assert client.post(posts.CONSULTATION, posts.appointment(**{field: None})).status_code == 422

    @pytest.mark.parametrize("field", ["first_name", "phone", "topic", "voicemail_ok", "consent"])
    def test_what_is_needed_for_a_call(self, client: Client, field: str) -> None:
        assert client.post(posts.CALLBACK, posts.callback(**{field: None})).status_code == 422

    @pytest.mark.parametrize("field", ["last_name", "email", "earliest_date", "message", "website"])
    def test_what_may_stay_empty(self, client: Client, field: str) -> None:
        assert client.post(posts.CONSULTATION, posts.appointment(**{field: None})).status_code == 302

    @pytest.mark.parametrize(
        "changes",
        [
            {"preferred_days": ["sun"]},
            {"preferred_days": ["noday"]},
            {"preferred_times": ["night"]},
            {"contact_by": "pigeon"},
            {"returning_patient": "perhaps"},
            {"consent": "no"},
            {"message": "x" * 2001},
        ],
    )
    def test_answers_outside_the_offered_ones(self, client: Client, changes: posts.Post) -> None:
        response = client.post(posts.CONSULTATION, posts.appointment(**changes))
        assert response.status_code == 422
        assert PatientRequest.objects.count() == 0

    def test_a_day_without_opening_hours_of_the_clinic_is_not_offered(self, client: Client) -> None:
        OpeningHours.objects.create(weekday=5, opens="09:00", closes="13:00")
        page = client.get(posts.CONSULTATION).content.decode()
        assert 'value="sat"' in page
        assert 'value="mon"' not in page
        assert client.post(posts.CONSULTATION, posts.appointment(preferred_days=["mon"])).status_code == 422
        assert client.post(posts.CONSULTATION, posts.appointment(preferred_days=["sat"])).status_code == 302


class TestUnder18:
    def test_a_parent_or_guardian_is_asked_to_call_and_nothing_is_stored(
        self, client: Client, clinic: Clinic
    ) -> None:
        year = str(timezone.now().year - 15)
        response = client.post(posts.CONSULTATION, posts.appointment(date_of_birth_year=year, phone="wrong"))
        page = response.content.decode()
        assert response.status_code == 200
        assert "parent or guardian" in page
        assert clinic.phone.as_national in page
        assert PatientRequest.objects.count() == 0
        assert Message.objects.count() == 0

    def test_the_eighteenth_birthday_counts(self, client: Client) -> None:
        today = timezone.localdate()
        post = posts.appointment(
            date_of_birth_month=str(today.month),
            date_of_birth_day=str(min(today.day, 28)),
            date_of_birth_year=str(today.year - 18),
        )
        assert client.post(posts.CONSULTATION, post).status_code == 302


class TestSubmissionId:
    def test_the_same_form_twice_is_one_request(self, client: Client) -> None:
        post = posts.appointment()
        first, second = (client.post(posts.CONSULTATION, post) for _ in range(2))
        assert first["Location"] == second["Location"]
        assert PatientRequest.objects.count() == 1
        assert Message.objects.count() == 1

    @pytest.mark.parametrize(
        "changes", [{"first_name": "Grace"}, {"message": "More"}, {"phone": "310-555-0199"}]
    )
    def test_the_same_id_with_other_content_is_refused(self, client: Client, changes: posts.Post) -> None:
        post = posts.appointment()
        client.post(posts.CONSULTATION, post)
        response = client.post(posts.CONSULTATION, post | changes)
        assert response.status_code == 409
        assert PatientRequest.objects.get().first_name == "Ada"

    def test_the_same_id_for_another_kind_is_refused(self, client: Client) -> None:
        same = {"submission_id": posts.appointment()["submission_id"]}
        client.post(posts.CONSULTATION, posts.appointment(**same))
        assert client.post(posts.CALLBACK, posts.callback(**same)).status_code == 409

    @pytest.mark.parametrize("wrong", ["", "x", "1234", "00000000-0000-0000-0000-00000000000g", None])
    def test_a_malformed_id_gets_a_fresh_form(self, client: Client, wrong: str | None) -> None:
        response = client.post(posts.CONSULTATION, posts.appointment(submission_id=wrong))
        page = response.content.decode()
        fresh = re.search(r'name="submission_id" value="([0-9a-f-]{36})"', page)
        assert response.status_code == 422
        assert fresh
        assert 'value="Ada"' in page
        assert client.post(posts.CONSULTATION, posts.appointment(submission_id=fresh[1])).status_code == 302

    def test_the_same_person_again_within_a_day_is_marked(self, client: Client) -> None:
        for _ in range(2):
            client.post(posts.CONSULTATION, posts.appointment())
        assert [each.possible_duplicate for each in PatientRequest.objects.order_by("pk")] == [False, True]


class TestSuspectedSpam:
    def _sent_after(self, client: Client, seconds: float) -> PatientRequest:
        loaded = submissions.new_id(timezone.now() - timedelta(seconds=seconds))
        response = client.post(posts.CONSULTATION, posts.appointment(submission_id=str(loaded)))
        assert response.status_code == 302
        return PatientRequest.objects.get(submission_id=loaded)

    def test_a_filled_honeypot_is_kept_apart_without_an_acknowledgement(self, client: Client) -> None:
        response = client.post(posts.CALLBACK, posts.callback(website="http://spam.example"))
        assert response.status_code == 302
        assert client.get(response["Location"]).status_code == 200
        assert PatientRequest.objects.get().suspected_spam
        assert Message.objects.count() == 0

    def test_a_form_sent_at_once_is_suspected(self, client: Client) -> None:
        assert self._sent_after(client, 1).suspected_spam
        assert Message.objects.count() == 0

    @pytest.mark.parametrize("seconds", [3, 12 * 3600])
    def test_a_form_that_took_its_time_is_not(self, client: Client, seconds: float) -> None:
        assert not self._sent_after(client, seconds).suspected_spam

    def test_the_page_itself_carries_the_time(self, client: Client) -> None:
        page = client.get(posts.CONSULTATION).content.decode()
        found = re.search(r'name="submission_id" value="([0-9a-f-]{36})"', page)
        assert found
        client.post(posts.CONSULTATION, posts.appointment(submission_id=found[1]))
        assert PatientRequest.objects.get().suspected_spam

    @pytest.mark.parametrize(("source", "suspected"), [("web", True), ("phone", False), ("walk-in", False)])
    def test_what_staff_enter_is_above_suspicion(self, source: RequestSource, suspected: bool) -> None:
        now = timezone.now()
        post = posts.callback(submission_id=str(submissions.new_id(now)), website="x")
        form = CallbackForm(post, now=now, today=clinic_day(now), source=source)
        assert form.is_valid()
        request = form.build()
        assert (request.source, request.suspected_spam) == (source, suspected)

    def test_an_id_from_elsewhere_says_nothing_about_time(self, client: Client) -> None:
        client.post(posts.CONSULTATION, posts.appointment())
        assert not PatientRequest.objects.get().suspected_spam


def test_fields_that_are_not_the_forms_are_ignored(client: Client) -> None:
    extra = {
        "status": "booked",
        "id": "7",
        "is_staff": "on",
        "assigned_to": "1",
        "urgent": "on",
        "next": "//evil",
    }
    response = client.post(posts.CONSULTATION, posts.appointment() | extra)
    request = PatientRequest.objects.get()
    assert response["Location"] == request.get_absolute_url()
    assert (request.status, request.urgent, request.assignee) == ("new", False, None)
