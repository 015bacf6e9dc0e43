"""What is good to know, and answers to common questions: left out until the clinic has said it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments.models import AppointmentStatus
from clinic.models import CommonQuestion, QuestionVersion, State
from clinic.signed import signing
from clinic.wordings.questions import all_places
from tests import builders
from tests.clinic.wordings.test_words import queries_of, say
from treatments import content_loader
from treatments.admin.texts import place_of
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

ADMIN = "/admin/clinic/commonquestion/"


@pytest.fixture(autouse=True)
def content(db: None) -> None:
    content_loader.load()


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def asked(**values: Any) -> CommonQuestion:
    return builders.question(**values)


class TestGoodToKnow:
    def test_nothing_of_it_stands_on_the_pages_until_it_is_said(self, client: Client) -> None:
        for path in ("/", "/contact/", "/treatments/botox/"):
            said = page(client, path)
            for word in (
                "Good to know",
                "Parking",
                "Insurance",
                "Directions",
                "How to prepare",
                "Common questions",
            ):
                assert word not in said

    def test_what_is_said_stands_on_home_and_contact(self, client: Client, dermatologist: User) -> None:
        say("contact.parking", "In the yard of {clinic_name}.", dermatologist)
        say("contact.map", "https://maps.example/?q=a&b", dermatologist)
        for path in ("/", "/contact/"):
            said = page(client, path)
            assert "In the yard of FineTouch Dermatology." in said
            assert 'href="https://maps.example/?q=a&amp;b"' in said
        spanish = page(client, "/es/contact/")
        assert '<div lang="en"><p>In the yard' in spanish
        assert "Estacionamiento" in spanish

    def test_the_visit_is_told_on_every_treatment_and_once_booked(self, client: Client) -> None:
        builders.wording("visit.what-happens", "<p>We talk first.</p>", is_clinical=True)
        builders.wording("visit.prepare", "<ul><li>Come without make-up.</li></ul>", is_clinical=True)
        said = page(client, "/treatments/botox/")
        assert "We talk first." in said
        assert "<li><p>Come without make-up.</p></li>" in said or "<li>Come without make-up.</li>" in said
        request = builders.appointment_request(status="booked")
        start = timezone.now() + timedelta(days=3)
        builders.appointment(request, builders.practitioner(), start, status=AppointmentStatus.BOOKED)
        assert "Come without make-up." in page(client, request.get_absolute_url())

    def test_the_whole_page_of_a_treatment_is_shown_before_saving(
        self, client: Client, dermatologist: User
    ) -> None:
        client.force_login(dermatologist)
        data = {"words_en": "<p>We talk first.</p>", "words_es": "", "seen_en": 0, "seen_es": 0}
        answer = client.post("/admin/clinic/wording/visit.what-happens/whole/en/", data)
        assert "We talk first." in answer.content.decode()
        assert "<h1>" in answer.content.decode()
        assert "We talk first." not in page(client, "/treatments/botox/")
        Treatment.objects.update(is_published=False)
        gone = client.post("/admin/clinic/wording/visit.what-happens/whole/en/", data)
        assert gone.status_code == 404


class TestQuestions:
    def test_shown_ones_stand_in_order_on_home_and_contact(self, client: Client) -> None:
        asked(question="Second?", position=2)
        asked(question="First?", position=1)
        asked(question="Hidden?", is_shown=False)
        for path in ("/", "/contact/"):
            said = page(client, path)
            assert 0 < said.index("First?") < said.index("Second?")
            assert "Hidden?" not in said
        assert "First?" not in page(client, "/treatments/botox/")

    def test_one_about_a_treatment_stands_on_its_page_alone(self, client: Client) -> None:
        botox = Treatment.objects.get(slug="botox")
        asked(question="About Botox?", place=place_of(botox))
        assert "About Botox?" in page(client, "/treatments/botox/")
        assert "About Botox?" not in page(client, "/")
        assert place_of(botox) in dict(all_places())

    def test_without_spanish_it_is_marked_as_english(self, client: Client) -> None:
        asked()
        asked(question="Why?", answer="So.", question_es="¿Por qué?", answer_es="Así.")
        said = page(client, "/es/")
        assert '<details lang="en"><summary>Where do I park?' in said
        assert "<details><summary>¿Por qué?" in said

    def test_markup_is_inert(self, client: Client) -> None:
        asked(question="<script>x</script>", answer="<img src=x onerror=y>{clinic_name}{{ x }}")
        said = page(client, "/")
        assert "<script>x" not in said
        assert "<img src=x" not in said
        assert "{clinic_name}{{ x }}" in said

    def test_they_cost_no_query_once_read(self, client: Client) -> None:
        before = queries_of(client, "/")
        for number in range(5):
            asked(question=f"Question {number}?")
        assert queries_of(client, "/") == before + 1
        assert queries_of(client, "/") == before

    def test_a_change_is_seen_with_the_next_page(self, client: Client, dermatologist: User) -> None:
        row = asked()
        page(client, "/")
        signing.write(
            QuestionVersion(common=row, number=2, question="Where?", answer="In front."),
            dermatologist,
            timezone.now(),
        )
        assert "In front." in page(client, "/")


class TestQuestionsInTheAdmin:
    def data(self, **values: Any) -> dict[str, Any]:
        return {
            "question": "Where do I park?", "answer": "Behind.", "question_es": "", "answer_es": "",
            "place": "", "position": "0", "is_shown": "on", "note": "", "seen": "0",
        } | values  # fmt: skip

    def test_the_owner_writes_one_and_it_is_on_the_site(self, client: Client, dermatologist: User) -> None:
        client.force_login(dermatologist)
        assert client.post(f"{ADMIN}add/", self.data(answer="Be\u202ehind.")).status_code == 302
        version = QuestionVersion.objects.get()
        assert (version.answer, version.state, version.released_by) == ("Behind.", State.LIVE, dermatologist)
        assert "Behind." in page(client, "/")

    def test_an_editors_waits_for_the_owner(self, client: Client, editor: User, dermatologist: User) -> None:
        client.force_login(editor)
        client.post(f"{ADMIN}add/", self.data(answer="Safe in pregnancy."))
        version = QuestionVersion.objects.get()
        assert version.state == State.WAITING
        assert "Safe in pregnancy." not in page(Client(), "/")
        address = f"{ADMIN}{version.common_id}/change/"
        seen = f"{version.pk}-1-waiting-0"
        client.post(address, {"step": "let-go", "seen": seen})
        assert "Safe in pregnancy." not in page(Client(), "/")
        client.force_login(dermatologist)
        assert "Where do I park?" in client.get("/admin/").content.decode()
        assert "Safe in pregnancy." in client.get(address).content.decode()
        client.post(address, {"step": "let-go", "seen": seen})
        assert "Safe in pregnancy." in page(Client(), "/")

    def test_on_a_treatments_page_it_takes_a_physician_who_practises_here(
        self, client: Client, editor: User, dermatologist: User, physician: User
    ) -> None:
        place = place_of(Treatment.objects.get(slug="botox"))
        client.force_login(editor)
        client.post(f"{ADMIN}add/", self.data(place=place, answer="Up to four months."))
        version = QuestionVersion.objects.get()
        step = {"step": "let-go", "seen": f"{version.pk}-1-waiting-0"}
        for user in (editor, dermatologist, builders.superuser()):
            client.force_login(user)
            client.post(f"{ADMIN}{version.common_id}/change/", step)
            assert "Up to four months." not in page(Client(), "/treatments/botox/")
        client.force_login(physician)
        client.post(f"{ADMIN}{version.common_id}/change/", step)
        version.refresh_from_db()
        assert (version.state, version.signed_off_by) == (State.LIVE, physician)
        assert "Up to four months." in page(Client(), "/treatments/botox/")

    def test_a_move_to_a_treatments_page_takes_a_physician_too(
        self, client: Client, dermatologist: User
    ) -> None:
        row = asked()
        place = place_of(Treatment.objects.get(slug="botox"))
        client.force_login(dermatologist)
        client.post(f"{ADMIN}{row.pk}/change/", self.data(place=place, seen="1"))
        assert "Where do I park?" not in page(Client(), "/treatments/botox/")
        assert "Where do I park?" in page(Client(), "/")
        assert row.versions.get(state=State.WAITING).place == place

    def test_one_that_is_no_longer_asked_is_off_at_once(self, client: Client, editor: User) -> None:
        row = asked()
        client.force_login(editor)
        data = self.data(seen="1")
        del data["is_shown"]
        client.post(f"{ADMIN}{row.pk}/change/", data)
        assert "Where do I park?" not in page(Client(), "/")
        assert row.versions.count() == 1

    def test_the_second_of_two_is_refused_and_keeps_what_was_typed(
        self, client: Client, dermatologist: User
    ) -> None:
        client.force_login(dermatologist)
        row = asked()
        client.post(f"{ADMIN}{row.pk}/change/", self.data(answer="From a colleague.", seen="1"))
        said = client.post(f"{ADMIN}{row.pk}/change/", self.data(answer="Mine.", seen="1")).content.decode()
        assert "From a colleague." in said
        assert "Mine." in said
        assert row.versions.get(state=State.LIVE).answer == "From a colleague."
        client.post(f"{ADMIN}{row.pk}/change/", self.data(answer="Mine.", seen="2"))
        assert row.versions.get(state=State.LIVE).answer == "Mine."

    def test_a_place_that_there_isnt_is_refused(self, client: Client, dermatologist: User) -> None:
        client.force_login(dermatologist)
        client.post(f"{ADMIN}add/", self.data(place="treatment:999999", question="Odd?"))
        assert not CommonQuestion.objects.exists()

    def test_half_in_spanish_is_asked_about(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        client.post(f"{ADMIN}add/", self.data(question_es="¿Dónde?"))
        assert not CommonQuestion.objects.exists()
