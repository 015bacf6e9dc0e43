"""A change of the calendar as staff make it: shown before it is saved, and on Today until it is mended."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest
from clinic.models import Clinic, Closure, HolidayDecision, OpeningHours, Practitioner, SpecialOpening
from clinic.time.hours import at, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/clinic/closure/add/"
MEND = reverse("admin:clashes")


def day() -> date:
    """A Wednesday in two to three weeks, on which nobody has a holiday."""
    today = clinic_day(timezone.now())
    found = today + timedelta(days=14 + (2 - today.weekday()) % 7)
    HolidayDecision.objects.get_or_create(day=found, defaults={"is_closed": False})
    return found


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def visit(doctor: Practitioner, hour: int = 10, **values: Any) -> Appointment:
    values = {"email": "ada@example.org", "status": Status.BOOKED} | values
    return builders.appointment(builders.appointment_request(**values), doctor, at(day(), time(hour)))


def offer(doctor: Practitioner, hour: int) -> Appointment:
    row = builders.appointment_request(email="ada@example.org", status=Status.OFFERED)
    until = timezone.now() + timedelta(days=2)
    start = at(day(), time(hour))
    return builders.appointment(row, doctor, start, status=AppointmentStatus.PENDING, hold_until=until)


def closure(**values: str) -> dict[str, str]:
    shown = day().isoformat()
    return {"practitioner": "", "first_day": shown, "last_day": shown, "starts": "", "ends": ""} | values


def test_a_closure_over_given_times_is_shown_before_it_is_saved(
    desk_client: Client, doctor: Practitioner
) -> None:
    booked, held = visit(doctor), offer(doctor, 11)
    shown = desk_client.post(ADD, closure())
    assert shown.status_code == 409
    assert "2 times no longer fit" in shown.text
    assert booked.request.full_name in shown.text
    assert not Closure.objects.exists()
    saved = desk_client.post(ADD, closure(_confirmed="Save"))
    assert saved.status_code == 302
    assert saved.headers["Location"] == MEND
    assert Closure.objects.count() == 1
    held.refresh_from_db()
    assert held.status == AppointmentStatus.CANCELLED
    row = PatientRequest.objects.get(pk=held.request_id)
    assert row.status == Status.IN_PROGRESS
    assert "1</strong> <span>booked while closed" in desk_client.get(reverse("admin:index")).text


def test_a_closure_that_breaks_nothing_is_saved_at_once(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor, 15)
    assert desk_client.post(ADD, closure(starts="9am", ends="12")).status_code == 302
    stored = Closure.objects.get()
    assert (stored.starts, stored.ends) == (time(9), time(12))


@pytest.mark.parametrize(
    "values",
    [{"last_day": "2072-12-01"}, {"first_day": "2020-01-01", "last_day": "2020-01-02"}],
    ids=["too long", "passed"],
)
def test_a_likely_slip_of_the_year_is_questioned(
    desk_client: Client, doctor: Practitioner, values: dict[str, str]
) -> None:
    shown = desk_client.post(ADD, closure(**values))
    assert shown.status_code == 409
    assert "right?" in shown.text
    assert not Closure.objects.exists()
    assert desk_client.post(ADD, closure(_confirmed="Yes", **values)).status_code == 302


def test_shortened_hours_and_a_doctor_who_leaves_are_shown_too(
    client: Client, dermatologist: User, doctor: Practitioner
) -> None:
    client.force_login(dermatologist)
    visit(doctor, 16)
    hours = {"practitioner": "", "weekday": "2", "opens": "9:00 AM", "closes": "1 p.m."}
    assert client.post("/admin/clinic/openinghours/add/", hours).status_code == 409
    assert not OpeningHours.objects.exists()
    fields = {"slug": doctor.slug, "name": doctor.name, "position": "0"}
    forms = {
        f"{name}-{part}": "0"
        for name in ("openinghours_set", "closure_set")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    shown = client.post(f"/admin/clinic/practitioner/{doctor.pk}/change/", fields | forms)
    assert shown.status_code == 409
    assert Practitioner.objects.get(pk=doctor.pk).is_active


def test_who_does_a_treatment_is_shown_too(client: Client, dermatologist: User, doctor: Practitioner) -> None:
    client.force_login(dermatologist)
    treatment = builders.treatment("botox")
    visit(doctor, 16, treatment=treatment)
    other = builders.practitioner()
    fields = {
        "slug": "botox", "is_published": "on", "position": "0", "min_age": "18", "visit_minutes": "30",
        "review_every_months": "12", "practitioners": [str(other.pk)],
        "screening_questions-TOTAL_FORMS": "0", "screening_questions-INITIAL_FORMS": "0",
    }  # fmt: skip
    url = f"/admin/treatments/treatment/{treatment.pk}/change/"
    assert client.post(url, fields).status_code == 409
    assert not treatment.practitioners.exists()
    assert client.post(url, fields | {"_confirmed": "1"}).status_code == 302
    assert treatment.practitioners.get() == other


def test_taking_a_single_opening_away_is_shown_too(desk_client: Client, doctor: Practitioner) -> None:
    saturday = day() + timedelta(days=3)
    opening = SpecialOpening.objects.create(day=saturday, opens=time(9), closes=time(12))
    builders.appointment(builders.appointment_request(status=Status.BOOKED), doctor, at(saturday, time(10)))
    url = f"/admin/clinic/specialopening/{opening.pk}/delete/"
    assert desk_client.post(url, {"post": "yes"}).status_code == 409
    assert SpecialOpening.objects.exists()
    assert desk_client.post(url, {"post": "yes", "_confirmed": "1"}).status_code == 302
    assert not SpecialOpening.objects.exists()


def test_holidays_are_decided_on_one_page(desk_client: Client, doctor: Practitioner) -> None:
    url = "/admin/clinic/holidaydecision/"
    assert "Day" in desk_client.get(url).text
    assert desk_client.post(url, {"closed": ["2026-12-25"]}).status_code == 302
    decided = dict(HolidayDecision.objects.values_list("day", "is_closed"))
    assert decided[date(2026, 12, 25)]
    assert not decided[date(2027, 1, 1)]
    assert "Is the clinic closed on" not in desk_client.get(reverse("admin:index")).text


class TestMending:
    def test_all_are_offered_other_times_at_once(self, desk_client: Client, doctor: Practitioner) -> None:
        visits = [visit(doctor, hour) for hour in (9, 10, 11)] + [visit(doctor, 13, email="", language="es")]
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        page = desk_client.get(MEND)
        assert page.text.count("choice_") == 4
        words = {"for_all": "offer", "words_en": "Our doctor is ill.", "words_es": "El doctor está enfermo."}
        preview = desk_client.post(MEND, words | {"preview": "1"})
        assert "Our doctor is ill." in preview.text
        assert "El doctor está enfermo." in preview.text
        assert not Message.objects.exists()
        done = desk_client.post(MEND, words | {"send": "1"})
        assert done.headers["Location"] == reverse("admin:index")
        for each in visits:
            assert PatientRequest.objects.get(pk=each.request_id).status == Status.OFFERED
        assert Message.objects.filter(kind="other_times", channel="email").count() == 3
        assert Message.objects.filter(kind="other_times", channel="phone", language="es").count() == 1

    def test_each_may_have_its_own_choice(self, desk_client: Client, doctor: Practitioner) -> None:
        other = builders.practitioner()
        gone, moved, left = visit(doctor, 9), visit(doctor, 10), visit(doctor, 11)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        desk_client.post(
            MEND,
            {
                "for_all": "leave", "words_en": "Ill.", "words_es": "Enfermo.", "send": "1",
                f"choice_{gone.pk}": "cancel", f"choice_{moved.pk}": f"to-{other.pk}",
            },
        )  # fmt: skip
        for each in (gone, moved, left):
            each.refresh_from_db()
        assert gone.status == AppointmentStatus.CANCELLED
        assert (moved.status, moved.practitioner) == (AppointmentStatus.BOOKED, other)
        assert left.status == AppointmentStatus.BOOKED
        assert {each.kind for each in Message.objects.all()} == {"cancelled", "moved"}

    def test_it_is_for_the_desk(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        assert client.get(MEND).status_code == 403
