"""A visit at which nothing is treated is called a consultation, wherever it is told about."""

from datetime import datetime, time, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import icalendar
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.follow_up import aftercare
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, Decision, Message, PatientRequest
from appointments.requests import reviewing
from appointments.scheduling import SchedulingError
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments.follow_up.test_aftercare import sign_off
from treatments.models import ArticleVersion, Treatment

pytestmark = pytest.mark.django_db
SAYS = "This visit is a consultation."
ON_THE_PHONE = "This visit is a consultation: the dermatologist talks with you before any treatment."


@pytest.fixture
def doctor(db: None) -> Practitioner:
    builders.clinic(consultation_minutes=20)
    return builders.practitioner(name="Dr. Example")


def asked(**values: Any) -> PatientRequest:
    treatment = (
        values.pop("treatment") if "treatment" in values else builders.treatment("botox", visit_minutes=45)
    )
    return builders.appointment_request(status=Status.IN_PROGRESS, treatment=treatment, **values)


@pytest.fixture
def consultation_first(doctor: Practitioner, front_desk: User, dermatologist: User) -> PatientRequest:
    row = asked()
    row.move(Action.ASK_REVIEW, front_desk)
    reviewing.decide(row, Decision.CONSULTATION_FIRST, dermatologist)
    return row


def later(hour: int = 10) -> datetime:
    today = clinic_day(timezone.now())
    return at(today + timedelta(days=9 - today.weekday()), time(hour))


def test_what_is_offered_and_booked_knows_it(
    consultation_first: PatientRequest, doctor: Practitioner, front_desk: User
) -> None:
    held = scheduling.offer(consultation_first, doctor, [later(), later(11)], front_desk)
    assert [(each.is_consultation, each.minutes) for each in held] == [(True, 20), (True, 20)]
    assert scheduling.accept(held[0]).is_consultation


def test_without_a_treatment_it_is_one_and_with_one_it_isnt(doctor: Practitioner, front_desk: User) -> None:
    assert scheduling.book(asked(treatment=None), doctor, later(), front_desk).is_consultation
    assert not scheduling.book(asked(), doctor, later(11), front_desk).is_consultation


def test_the_patient_reads_it_with_the_offer_and_the_booking(
    client: Client, consultation_first: PatientRequest, doctor: Practitioner, front_desk: User
) -> None:
    held = scheduling.offer(consultation_first, doctor, [later(), later(11)], front_desk)
    page = consultation_first.get_absolute_url()
    accept = reverse("request-accept", args=[consultation_first.token, held[0].pk])
    for address in (page, accept):
        text = client.get(address).text
        assert SAYS in text
        assert "It takes about 20 minutes." in text
        assert "Esta visita es una consulta." in client.get(f"/es{address}").text
    client.post(accept)
    assert SAYS in client.get(page).text
    assert SAYS in client.get(f"{page}cancel/").text
    file = icalendar.Calendar.from_ical(client.get(f"{page}appointment.ics").content)
    # Calendars are shared: the entry doesn't say what kind of visit it is.
    assert file.walk("VEVENT")[0]["SUMMARY"] == "Appointment at FineTouch Dermatology"


def test_of_a_treatment_nothing_of_it_is_said(client: Client, doctor: Practitioner, front_desk: User) -> None:
    row = asked()
    scheduling.book(row, doctor, later(), front_desk)
    assert SAYS not in client.get(row.get_absolute_url()).text


def test_the_desk_sees_it_wherever_the_visit_stands(
    desk_client: Client, consultation_first: PatientRequest, doctor: Practitioner, front_desk: User
) -> None:
    text = desk_client.get(reverse("admin:request-book", args=[consultation_first.pk])).text
    assert "A consultation: the dermatologist talks with the patient before any treatment." in text
    scheduling.book(consultation_first, doctor, later(), front_desk)
    for name in ("schedule", "day-sheet"):
        text = desk_client.get(reverse(f"admin:{name}"), {"day": f"{clinic_day(later())}"}).text
        assert "Consultation first: Botox" in text
    assert (
        ", a consultation:"
        in desk_client.get(
            reverse("admin:appointments_patientrequest_change", args=[consultation_first.pk])
        ).text
    )


def test_it_is_said_on_the_phone_and_written_in_no_mail(
    consultation_first: PatientRequest, doctor: Practitioner, front_desk: User
) -> None:
    scheduling.offer(consultation_first, doctor, [later()], front_desk)
    assert ON_THE_PHONE in Message.objects.get(kind="offers").text
    PatientRequest.objects.filter(pk=consultation_first.pk).update(email="ada@example.org")
    scheduling.none_suits(consultation_first)
    scheduling.book(consultation_first, doctor, later(), front_desk)
    booked = Message.objects.get(kind="booked")
    assert ON_THE_PHONE in booked.spoken
    assert "consultation" not in f"{booked.subject}{booked.text}{booked.html}".lower()


def test_after_a_consultation_there_is_no_aftercare(doctor: Practitioner, dermatologist: User) -> None:
    article, long_ago = builders.article("aftercare"), timezone.now() - timedelta(days=2)
    ArticleVersion.objects.update(signed_off_at=timezone.now(), signed_off_by=dermatologist)
    treatment = builders.treatment("botox", aftercare=article)
    for is_consultation in (True, False):
        row = builders.appointment_request(
            treatment=treatment, status=Status.COMPLETED, finished_at=long_ago, received_at=long_ago
        )
        start = long_ago - timedelta(hours=is_consultation)
        builders.appointment(
            row, doctor, start, status=AppointmentStatus.FULFILLED, is_consultation=is_consultation
        )
        assert aftercare.give(timezone.now()) == (0 if is_consultation else 1)


def test_stored_consultations_are_marked(
    consultation_first: PatientRequest, doctor: Practitioner, front_desk: User
) -> None:
    rows = [consultation_first, asked(treatment=None), asked(treatment=builders.treatment("peel"))]
    for number, row in enumerate(rows):
        builders.appointment(row, doctor, later(10 + number))
    migration = import_module("appointments.migrations.0019_mark_consultations")
    migration.mark(apps, SimpleNamespace(connection=connection))
    marked = Appointment.objects.order_by("start").values_list("is_consultation", flat=True)
    assert list(marked) == [True, True, False]


class TestTheTreatmentFollowedAtOnce:
    @pytest.fixture
    def visit(self, consultation_first: PatientRequest, doctor: Practitioner) -> Appointment:
        """The consultation that is on right now."""
        PatientRequest.objects.filter(pk=consultation_first.pk).update(status=Status.BOOKED)
        began = at(clinic_day(timezone.now()), time())
        return builders.appointment(consultation_first, doctor, began, is_consultation=True)

    def next_request(self, visit: Appointment) -> PatientRequest:
        return builders.appointment_request(treatment=visit.request.treatment, person=visit.request.person)

    def test_then_the_shortest_interval_counts_from_it_until_it_is_undone(
        self, desk_client: Client, visit: Appointment
    ) -> None:
        builders.retold(visit.request.treatment, min_interval_months=3)
        following = self.next_request(visit)
        url = reverse("admin:request-visit", args=[visit.request_id])
        for step, flagged in (("fulfilled", False), ("undo", False), ("treated", True), ("undo", False)):
            assert desk_client.post(url, {"step": step}).status_code == 302
            following.refresh_from_db()
            assert following.interval_flagged is flagged, step
        visit.refresh_from_db()
        assert (visit.status, visit.is_consultation, visit.treatment_followed) == ("booked", True, False)

    def test_then_aftercare_follows(self, visit: Appointment, front_desk: User, dermatologist: User) -> None:
        article = builders.article("after")
        sign_off(article, dermatologist, timezone.now())
        Treatment.objects.update(aftercare=article)
        scheduling.fulfil(visit, front_desk, treated=True)
        assert aftercare.give(timezone.now() + timedelta(days=1)) == 1

    def test_only_at_a_consultation_about_a_treatment(
        self, doctor: Practitioner, front_desk: User, desk_client: Client
    ) -> None:
        began = at(clinic_day(timezone.now()), time())
        for treatment, is_consultation in ((None, True), (builders.treatment(), False)):
            row = builders.appointment_request(treatment=treatment, status=Status.BOOKED)
            visit = builders.appointment(row, builders.practitioner(), began, is_consultation=is_consultation)
            assert 'value="treated"' not in desk_client.get("/admin/").text
            with pytest.raises(SchedulingError):
                scheduling.fulfil(visit, front_desk, treated=True)
            with pytest.raises(IntegrityError), transaction.atomic():
                Appointment.objects.filter(pk=visit.pk).update(treatment_followed=True)

    def test_today_and_the_page_of_the_visit_offer_it(self, desk_client: Client, visit: Appointment) -> None:
        for page in ("/admin/", reverse("admin:request-visit", args=[visit.request_id])):
            assert 'value="treated"' in desk_client.get(page).text
