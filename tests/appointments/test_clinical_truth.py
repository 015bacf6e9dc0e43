"""What a patient is told and asked is what a dermatologist stands for, also against forged posts and against
two at once: what no other room's tests try."""

import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import MoveRefused, Status
from appointments.messages import outbox
from appointments.models import AppointmentStatus, Decision, Message, PatientRequest
from appointments.requests import reviewing
from clinic.models import Clinic
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen
from clinic.time.hours import clinic_day
from tests import builders
from tests.appointments import posts
from tests.appointments.requests.test_interval import FLAGGED, ask, state, treated
from tests.threads import at_once
from treatments import content_loader, publishing
from treatments.alarm.signs import Level
from treatments.models import Release, State, Treatment

EYELID = "Since Sunday my left eyelid is drooping."
WORDS = "Your melanoma, the dermatologist's own words."


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db(transaction=True)
class TestTreatedTodayAndAskedAgain:
    @pytest.fixture
    def botox(self, clinic: Clinic) -> Treatment:
        return builders.treatment("botox", questions=1, min_interval_months=3, min_age=18, max_age=None)

    def test_two_requests_at_once_are_both_flagged(self, botox: Treatment) -> None:
        treated(botox, builders.practitioner())
        at_once(lambda _: ask(Client()), 4)
        rows = PatientRequest.objects.filter(status__in=(Status.NEW, Status.CLINICAL_REVIEW))
        assert [state(row) for row in rows] == [FLAGGED] * 4

    def test_the_visit_noted_at_the_moment_of_asking_counts(self, botox: Treatment) -> None:
        desk = builders.staff()
        visit = treated(botox, builders.practitioner())
        type(visit).objects.filter(pk=visit.pk).update(status=AppointmentStatus.ARRIVED)
        PatientRequest.objects.filter(pk=visit.request_id).update(status=Status.BOOKED, finished_at=None)

        def work(number: int) -> None:
            if number:
                ask(Client())
            else:
                visit.refresh_from_db()
                scheduling.fulfil(visit, desk, early=True)

        at_once(work, 2)
        row = PatientRequest.objects.exclude(pk=visit.request_id).get()
        assert state(row) == FLAGGED

    @pytest.mark.parametrize(
        "forged", [{"interval_flagged": ""}, {"returning_patient": "no", "decision_owed": ""}]
    )
    def test_no_forged_field_takes_the_flag_away(self, botox: Treatment, forged: dict[str, str]) -> None:
        treated(botox, builders.practitioner())
        assert state(ask(Client(), **forged)) == FLAGGED


@pytest.mark.django_db
class TestANewTreatmentWithoutRelease:
    @pytest.fixture
    def fillers(self, clinic: Clinic, editor: User) -> Treatment:
        page = builders.treatment("fillers", version=False)
        words = publishing.Words("Fillers", "s", "<p>b</p>", "first")
        draft = publishing.save_draft(page, "en", publishing.Content(words), editor)
        publishing.submit(draft, editor, timezone.now())
        return page

    @pytest.mark.parametrize("prefix", ["", "/es"])
    def test_a_forged_post_finds_no_form(self, client: Client, fillers: Treatment, prefix: str) -> None:
        for path in ("/appointments/request/fillers/", "/treatments/fillers/"):
            assert client.get(prefix + path).status_code == 404
        answer = client.post(f"{prefix}/appointments/request/fillers/", posts.appointment(screening_1="no"))
        assert answer.status_code == 404
        assert not PatientRequest.objects.exists()

    def test_staff_take_none_down_for_it_either(self, fillers: Treatment, front_desk: User) -> None:
        entry = {
            "kind": "appointment",
            "source": "phone",
            "language": "en",
            "treatment": "fillers",
            "store": "1",
        }
        answer = signed_in(front_desk).post(reverse("admin:entry"), posts.appointment() | entry)
        assert answer.status_code != 302
        assert not PatientRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_a_superuser_and_a_physician_who_sign_at_once_the_physician_signs(clinic: Clinic) -> None:
    page = builders.treatment("botox")
    root, doctor = builders.superuser(), builders.physician()
    version = builders.version(page, state=State.WAITING, min_age=12, max_age=99, effect_months=12)
    beside = Seen.of(version, signing.live_of(version))

    def attempt(number: int) -> bool:
        try:
            publishing.sign_off(
                version, beside, doctor if number == 3 else root, timezone.now(), asks_nothing=True
            )
        except PublishingRefused:
            return False
        return True

    assert at_once(attempt, 6) == [False, False, False, True, False, False]
    version.refresh_from_db()
    assert (version.state, version.signed_off_by, version.release) == (State.LIVE, doctor, Release.SIGNED)


@pytest.mark.django_db
def test_only_a_links_target_changed_is_shown_and_waits(
    clinic: Clinic, editor: User, physician: User
) -> None:
    page = builders.treatment("botox")
    link = '<p>See <a href="https://{}.example">this</a>.</p>'
    builders.version(page, body=link.format("a"))
    changed = builders.version(page, state=State.WAITING, body=link.format("b"))
    at = reverse("admin:treatments_treatment_version", args=[page.pk, changed.pk])
    shown = signed_in(physician).get(at)
    assert "https://a.example" in shown.text
    assert "<ins>[link to https://b.example]</ins>" in shown.text
    for step in ("pass", "sign-off"):
        signed_in(editor).post(at, {"step": step, "seen": shown.context["seen"]})
        assert "https://b.example" not in Client().get("/treatments/botox/").text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", [Decision.NOT_SUITABLE, Decision.NEEDS_INFORMATION])
def test_two_who_decide_at_once_mail_one_answer_without_their_words(
    clinic: Clinic, decision: Decision
) -> None:
    row = builders.appointment_request(
        status=Status.CLINICAL_REVIEW, email="ada@example.com", decision_owed=True
    )
    doctors = [builders.physician(), builders.physician()]

    def decide(number: int) -> bool:
        try:
            mine = PatientRequest.objects.get(pk=row.pk)
            reviewing.decide(mine, decision, doctors[number], WORDS, WORDS)
        except MoveRefused:
            return False
        return True

    assert at_once(decide, 2).count(True) == 1
    assert Message.objects.count() == 1
    outbox.deliver_due(uuid.uuid4(), timezone.now())
    (sent,) = mail.outbox
    assert "melanoma" not in str(sent.message())
    assert "melanoma" in Client().get(row.get_absolute_url()).text


@pytest.mark.django_db
def test_what_staff_type_when_they_decline_is_never_mailed(clinic: Clinic, front_desk: User) -> None:
    row = builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.com")
    at = reverse("admin:request-move", args=[row.pk, "decline"])
    forged = {"note": WORDS, "seen_version": row.version, "subject": WORDS, "text": WORDS, "words": WORDS}
    assert signed_in(front_desk).post(at, forged).status_code == 302
    outbox.deliver_due(uuid.uuid4(), timezone.now())
    (sent,) = mail.outbox
    assert "melanoma" not in str(sent.message())
    assert "melanoma" in Client().get(row.get_absolute_url()).text


@pytest.mark.django_db(transaction=True)
class TestADroopingEyelid:
    @pytest.mark.parametrize(
        ("said", "level", "heading", "spanish"),
        [
            (EYELID, Level.CALL_US, "(Call us|We are closed) now", "(Llámenos ahora|Ahora estamos cerrados)"),
            ("My eyelid droops and I can't swallow.", Level.CALL_911, "Call 911 now", "Llame al 911 ahora"),
        ],
    )
    @pytest.mark.parametrize("topic", ["after-treatment", "billing"])
    def test_sent_twice_at_once_it_is_one_request_at_its_level(
        self, clinic: Clinic, said: str, level: Level, heading: str, spanish: str, topic: str
    ) -> None:
        content_loader.load()
        post = posts.callback(topic=topic, message=said)
        at_once(lambda _: Client().post(posts.CALLBACK, post), 4)
        row: Any = PatientRequest.objects.get()
        assert (row.alarm, row.urgent) == (level, True)
        page = Client().get(row.get_absolute_url()).text
        assert re.search(f"<h1>{heading}", page)
        assert "We call you by" not in page
        assert re.search(f"<h1>{spanish}", Client().get("/es" + row.get_absolute_url()).text)
        assert clinic_day(row.respond_by) >= clinic_day(row.received_at)

    @pytest.mark.parametrize("forged", [{"alarm": ""}, {"urgent": "", "alarm_met_at": "2026-01-01"}])
    def test_no_forged_field_takes_the_alarm_away(self, clinic: Clinic, forged: dict[str, str]) -> None:
        Client().post(posts.CALLBACK, posts.callback(message=EYELID) | forged)
        row = PatientRequest.objects.get()
        assert (row.alarm, row.urgent, row.alarm_met_at) == (Level.CALL_US, True, None)
