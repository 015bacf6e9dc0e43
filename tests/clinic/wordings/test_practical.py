"""What is good to know, and answers to common questions: left out until the clinic has said it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments.models import AppointmentStatus
from clinic.models import CommonQuestion
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
    return CommonQuestion.objects.create(**({"question": "Where do I park?", "answer": "Behind."} | values))


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

    def test_what_is_said_stands_on_home_and_contact(self, client: Client, editor: User) -> None:
        say("contact.parking", "In the yard of {clinic_name}.", editor)
        say("contact.map", "https://maps.example/?q=a&b", editor)
        for path in ("/", "/contact/"):
            said = page(client, path)
            assert "In the yard of FineTouch Dermatology." in said
            assert 'href="https://maps.example/?q=a&amp;b"' in said
        spanish = page(client, "/es/contact/")
        assert '<div lang="en"><p>In the yard' in spanish
        assert "Estacionamiento" in spanish

    def test_the_visit_is_told_on_every_treatment_and_once_booked(
        self, client: Client, dermatologist: User
    ) -> None:
        say("visit.what-happens", "<p>We talk first.</p>", dermatologist)
        say("visit.prepare", "<ul><li>Come without make-up.</li></ul>", dermatologist)
        said = page(client, "/treatments/botox/")
        assert "We talk first." in said
        assert "<li><p>Come without make-up.</p></li>" in said or "<li>Come without make-up.</li>" in said
        request = builders.appointment_request(status="booked")
        start = timezone.now() + timedelta(days=3)
        builders.appointment(request, builders.practitioner(), start, status=AppointmentStatus.BOOKED)
        assert "Come without make-up." in page(client, request.get_absolute_url())

    def test_beside_signed_words_only_who_may_edit_the_clinic_writes(self, editor: User) -> None:
        with pytest.raises(Exception, match="can't change"):
            say("visit.prepare", "<p>Safe in pregnancy.</p>", editor)

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

    def test_a_change_is_seen_with_the_next_page(self, client: Client) -> None:
        row = asked()
        page(client, "/")
        row.answer = "In front."
        row.save()
        assert "In front." in page(client, "/")


class TestQuestionsInTheAdmin:
    def data(self, **values: Any) -> dict[str, Any]:
        return {
            "question": "Where do I park?", "answer": "Behind.", "question_es": "", "answer_es": "",
            "place": "", "position": "0", "is_shown": "on", "seen": "",
        } | values  # fmt: skip

    def test_an_editor_writes_one(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        assert client.post(f"{ADMIN}add/", self.data(answer="Be\u202ehind.")).status_code == 302
        assert CommonQuestion.objects.get().answer == "Behind."

    def test_the_second_of_two_is_refused_and_keeps_what_was_typed(
        self, client: Client, editor: User
    ) -> None:
        client.force_login(editor)
        row = asked()
        seen = row.changed_at.isoformat()
        row.answer = "From a colleague."
        row.save()
        answer = client.post(f"{ADMIN}{row.pk}/change/", self.data(answer="Mine.", seen=seen))
        said = answer.content.decode()
        assert "From a colleague." in said
        assert "Mine." in said
        row.refresh_from_db()
        assert row.answer == "From a colleague."
        seen = row.changed_at.isoformat()
        client.post(f"{ADMIN}{row.pk}/change/", self.data(answer="Mine.", seen=seen))
        row.refresh_from_db()
        assert row.answer == "Mine."

    def test_an_editor_can_put_none_on_a_page_that_is_signed(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        place = place_of(Treatment.objects.get(slug="botox"))
        client.post(f"{ADMIN}add/", self.data(place=place))
        assert not CommonQuestion.objects.exclude(place="").exists()
        row = asked(place=place)
        answer = client.post(f"{ADMIN}{row.pk}/change/", self.data(answer="Safe in pregnancy."))
        assert answer.status_code == 403

    def test_the_owner_can(self, client: Client, dermatologist: User) -> None:
        client.force_login(dermatologist)
        place = place_of(Treatment.objects.get(slug="botox"))
        client.post(f"{ADMIN}add/", self.data(place=place))
        assert CommonQuestion.objects.get().place == place
        client.post(f"{ADMIN}add/", self.data(place="treatment:999999", question="Odd?"))
        assert CommonQuestion.objects.count() == 1

    def test_half_in_spanish_is_asked_about(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        client.post(f"{ADMIN}add/", self.data(question_es="¿Dónde?"))
        assert not CommonQuestion.objects.exists()
