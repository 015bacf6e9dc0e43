"""A patient's rights: a copy of everything, erasure of everything but the fact, neither for just anybody."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import Action
from appointments.models import (
    Appointment,
    ClinicalReview,
    Decision,
    Message,
    PatientRequest,
    RequestEvent,
    ScreeningAnswer,
)
from appointments.models.erasure import Erasure
from appointments.requests import rights
from clinic.models import AuditAction, AuditEntry
from tests import builders
from tests.prepared import fetched, text_of, work

SECRET_NOTE = "clinical-note-for-dermatologists"
PAGES = ("request-person", "request-person-copy", "request-person-erase")


@pytest.fixture
def person(clinic: object, front_desk: User, dermatologist: User) -> PatientRequest:
    """Somebody of whom every table knows something, with two requests."""
    treatment = builders.treatment(questions=1)
    first = builders.appointment_request(
        first_name="Zebedee",
        last_name="Quux",
        email="zeb@example.org",
        message="my words",
        treatment=treatment,
    )
    question = treatment.screening_questions.get()
    ScreeningAnswer.objects.create(
        request=first, question=question, number=1, question_text="Question 1?", answer="yes", is_flagged=True
    )
    first.move(Action.TAKE, front_desk)
    event = RequestEvent.objects.filter(request=first).latest("pk")
    builders.appointment(first, builders.practitioner(), timezone.now())
    ClinicalReview.objects.create(
        request=first,
        decision=Decision.NOT_SUITABLE,
        words_for_patient="Not now.",
        note=SECRET_NOTE,
        by=dermatologist,
        at=timezone.now(),
    )
    Message.objects.create(
        request=first,
        event=event,
        key="k",
        kind="acknowledgement",
        recipient="zeb@example.org",
        language="en",
        subject="We have your request",
        text="Dear you",
        message_id="<1@x>",
        created_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )
    builders.callback_request(first_name="Zebedee", last_name="Quux", person=first.person)
    return first


def superuser_client() -> Client:
    client = Client()
    client.force_login(builders.superuser())
    return client


@pytest.mark.django_db
class TestCopy:
    def test_it_holds_everything(self, person: PatientRequest, dermatologist: User) -> None:
        copy = json.dumps(rights.copy_of(person, dermatologist))
        told = ("Zebedee", "Quux", "zeb@example.org", "my words", "1990-05-17", "Question 1?")
        for words in (*told, "Not now.", SECRET_NOTE, "We have your request", "Dear you"):
            assert words in copy, words
        assert len(rights.copy_of(person, dermatologist)["requests"]) == 2

    def test_clinical_notes_are_for_those_who_may_read_them(
        self, person: PatientRequest, front_desk: User
    ) -> None:
        copy = json.dumps(rights.copy_of(person, front_desk))
        assert SECRET_NOTE not in copy
        assert "Not now." in copy

    def test_it_opens_no_door(self, person: PatientRequest, dermatologist: User) -> None:
        copy = json.dumps(rights.copy_of(person, dermatologist))
        assert person.token not in copy
        assert str(person.submission_id) not in copy

    def test_another_person_is_not_in_it(self, person: PatientRequest, dermatologist: User) -> None:
        builders.callback_request(first_name="Florence", phone=person.phone)
        assert "Florence" not in json.dumps(rights.copy_of(person, dermatologist))

    def test_every_table_about_a_request_is_in_it(self) -> None:
        """A table that is added later with a link of another name would be missed by the copy."""
        known = {"IdentityDecision", "FreedTime"}  # of the latter the appointment is in the copy
        for relation in PatientRequest._meta.get_fields(include_hidden=True):
            if isinstance(relation, models.ManyToOneRel) and relation.related_model is not PatientRequest:
                name = relation.related_model.__name__
                assert relation.field.name == "request" or name in known, name

    def test_as_json_and_to_read(self, person: PatientRequest) -> None:
        client = superuser_client()
        url = reverse("admin:request-person-copy", args=[person.pk])
        answer = fetched(client, client.post(url, {"as": "json"}))
        assert answer["Content-Disposition"] == f'attachment; filename="patient-{person.reference}.json"'
        assert "no-store" in answer["Cache-Control"]
        assert len(json.loads(text_of(answer))["requests"]) == 2
        answer = fetched(client, client.post(url, {"as": "html"}))
        assert answer["Content-Disposition"] == f'attachment; filename="patient-{person.reference}.html"'
        assert "my words" in text_of(answer)
        assert AuditEntry.objects.filter(action=AuditAction.EXPORTED, object_id=str(person.pk)).count() == 4

    def test_none_is_made_of_who_was_erased_meanwhile(self, person: PatientRequest) -> None:
        client = superuser_client()
        asked = client.post(reverse("admin:request-person-copy", args=[person.pk]), {"as": "json"})
        rights.erase(person, None, "Asked for it")
        work()
        assert "could not be done" in client.get(asked["Location"]).text
        assert client.get(f"{asked['Location']}file/").status_code == 410

    def test_notes_are_for_those_who_ask_and_may_read_them(
        self, person: PatientRequest, desk_client: Client, front_desk: User
    ) -> None:
        front_desk.user_permissions.add(Permission.objects.get(codename="export_person"))
        asked = desk_client.post(reverse("admin:request-person-copy", args=[person.pk]), {"as": "json"})
        assert SECRET_NOTE not in text_of(fetched(desk_client, asked))

    def test_who_has_looked(self, person: PatientRequest, desk_client: Client, front_desk: User) -> None:
        desk_client.get(reverse("admin:appointments_patientrequest_change", args=[person.pk]))
        page = superuser_client().get(reverse("admin:request-person", args=[person.pk])).content.decode()
        assert front_desk.username in page
        copy = rights.copy_of(person, front_desk)
        assert {"who": front_desk.username, "what": "Saw"}.items() <= copy["who_looked"][-1].items()


@pytest.mark.django_db
class TestErasure:
    def erase(self, person: PatientRequest, **data: Any) -> Any:
        url = reverse("admin:request-person-erase", args=[person.pk])
        return superuser_client().post(
            url, {"reference": person.shown_reference, "reason": "Asked for it", **data}
        )

    def test_everything_goes_but_the_fact(self, person: PatientRequest) -> None:
        kept = builders.callback_request()
        assert self.erase(person).status_code == 302
        assert list(PatientRequest.objects.all()) == [kept]
        for model in (RequestEvent, Message, Appointment, ClinicalReview, ScreeningAnswer):
            assert not model.objects.exists(), model
        assert list(Erasure.objects.values_list("reason", flat=True)) == ["Asked for it"] * 2
        everything = str(list(Erasure.objects.values())) + str(list(AuditEntry.objects.values()))
        for words in ("Zebedee", "Quux", "zeb@", person.reference, person.token):
            assert words not in everything, words

    def test_every_link_to_a_request_lets_it_go(self) -> None:
        for relation in PatientRequest._meta.get_fields(include_hidden=True):
            if isinstance(relation, models.ManyToOneRel):
                assert relation.on_delete in (models.CASCADE, models.SET_NULL), relation.related_model

    @pytest.mark.parametrize("data", [{"reference": "0000-0000"}, {"reference": ""}, {"reason": ""}])
    def test_not_by_a_slip(self, person: PatientRequest, data: dict[str, str]) -> None:
        assert self.erase(person, **data).status_code == 422
        assert PatientRequest.objects.count() == 2

    def test_looking_at_the_page_erases_nothing(self, person: PatientRequest) -> None:
        superuser_client().get(reverse("admin:request-person-erase", args=[person.pk]))
        assert PatientRequest.objects.count() == 2

    def test_a_restored_backup_is_erased_again(self, person: PatientRequest) -> None:
        submission = person.submission_id
        rights.erase(person, None, "Asked for it")
        carried = rights.erasures()
        # The backup is older than the erasure: it has the request back, and no erasure.
        Erasure.objects.all().delete()
        builders.callback_request(submission_id=submission)
        other = builders.callback_request()
        assert rights.reapply_erasures(carried) == 1
        assert list(PatientRequest.objects.all()) == [other]
        assert Erasure.objects.count() == 2
        assert rights.reapply_erasures(carried) == 0

    def test_by_command(
        self, person: PatientRequest, tmp_path: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("erase_person", person.shown_reference, "--reason", "Asked for it", "--yes")
        call_command("erase_person", "--list")
        printed = capsys.readouterr().out
        assert "2 erased" in printed
        assert "Zebedee" not in printed
        (tmp_path / "erasures.json").write_text(printed.split("\n", 1)[1])
        call_command("erase_person", "--again", "--from-file", str(tmp_path / "erasures.json"))
        assert "0 erased again" in capsys.readouterr().out


@pytest.mark.django_db
class TestWhoMay:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.parametrize("role", ["front_desk", "dermatologist", "editor"])
    def test_nobody_without_the_permission(
        self, name: str, role: str, client: Client, request: pytest.FixtureRequest
    ) -> None:
        client.force_login(request.getfixturevalue(role))
        row = builders.callback_request()
        assert client.get(reverse(f"admin:{name}", args=[row.pk])).status_code in (403, 405)
        assert client.post(reverse(f"admin:{name}", args=[row.pk])).status_code in (403, 405)
        assert PatientRequest.objects.filter(pk=row.pk).exists()

    def test_copying_is_not_erasing(self, desk_client: Client, front_desk: User) -> None:
        front_desk.user_permissions.add(Permission.objects.get(codename="export_person"))
        row = builders.callback_request()
        assert desk_client.get(reverse("admin:request-person", args=[row.pk])).status_code == 200
        assert desk_client.post(reverse("admin:request-person-copy", args=[row.pk])).status_code == 302
        assert desk_client.post(reverse("admin:request-person-erase", args=[row.pk])).status_code == 403
