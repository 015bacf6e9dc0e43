"""The demonstration: every status, made up throughout, and the same again."""

from datetime import UTC, datetime, time

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from appointments import demo
from appointments.follow_up import aftercare, recall
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest, RequestEvent
from appointments.scheduling.free_times import Wishes
from clinic.models import Clinic, Practitioner, privacy_version
from clinic.time.hours import at, clinic_day
from tests import builders

# A Wednesday, 11:20 in Los Angeles.
NOW = datetime(2026, 11, 18, 19, 20, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="class")
def default(class_rows: None) -> demo.Made:
    """The demonstration as it comes, made once for the class."""
    return demo.make(demo.DEFAULT_REQUESTS, NOW)


@pytest.mark.django_db
@pytest.mark.usefixtures("default")
class TestDefault:
    def test_every_consent_names_a_privacy_notice_that_can_be_read(self, client: Client) -> None:
        versions = set(PatientRequest.objects.values_list("privacy_version", flat=True))
        assert versions == {privacy_version(NOW)}
        for version in versions:
            assert client.get(reverse("privacy-version", args=[version])).status_code == 200

    def test_the_default_has_every_status_and_every_kind_of_work(self, default: demo.Made) -> None:
        assert default.requests == demo.DEFAULT_REQUESTS == PatientRequest.objects.count()
        assert set(PatientRequest.objects.values_list("status", flat=True)) == set(Status.values)
        assert PatientRequest.objects.overdue(NOW).exists()
        assert PatientRequest.objects.filter(suspected_spam=True).exists()
        assert PatientRequest.objects.filter(possible_duplicate=True).exists()
        assert PatientRequest.objects.filter(urgent=True).exists()
        assert Appointment.objects.held().exists()
        booked = Appointment.objects.filter(status=AppointmentStatus.BOOKED)
        assert clinic_day(NOW) in {clinic_day(start) for start in booked.values_list("start", flat=True)}
        assert Clinic.current().demo_note.startswith("Demonstration: ")

    def test_times_on_offer_suit_the_wishes(self) -> None:
        held = Appointment.objects.held().select_related("request")
        assert held
        assert all(Wishes.of(each.request).suit(each.start) for each in held)

    def test_the_story_goes_on_to_the_aftercare_and_the_recall(self) -> None:
        assert aftercare.blocked(NOW) == []
        assert aftercare.give(NOW)
        assert recall.ask_back(NOW)

    def test_everybody_is_made_up(self) -> None:
        for request in PatientRequest.objects.all():
            assert request.email == "" or request.email.endswith("@example.org")
            assert str(request.phone.national_number)[3:8] == "55501"

    def test_only_the_last_hours_mail_waits_to_be_sent(self) -> None:
        assert Message.objects.unsent().exists()
        assert all((NOW - message.created_at).total_seconds() < 3600 for message in Message.objects.unsent())

    def test_nothing_lies_in_the_future_that_has_happened(self) -> None:
        assert demo.make(demo.DEFAULT_REQUESTS + 10, NOW).requests == 10
        assert not RequestEvent.objects.filter(at__gt=NOW).exists()
        assert not PatientRequest.objects.filter(received_at__gt=NOW).exists()


@pytest.mark.django_db
def test_again_adds_nothing_and_more_adds_the_rest() -> None:
    demo.make(10, NOW)
    again = demo.make(10, NOW)
    assert (again.requests, again.staff, again.password) == (0, [], "")
    assert demo.make(14, NOW).requests == 4


@pytest.mark.django_db
def test_the_same_people_each_time() -> None:
    def told() -> list[tuple[str, str, str]]:
        return list(PatientRequest.objects.order_by("pk").values_list("reference", "last_name", "status"))

    demo.make(12, NOW)
    first = told()
    PatientRequest.objects.all().delete()
    demo.make(12, NOW)
    assert told() == first


@pytest.mark.django_db
def test_a_closed_day_can_be_told_too() -> None:
    demo.make(30, SUNDAY_NIGHT)
    assert set(PatientRequest.objects.values_list("status", flat=True)) == set(Status.values)


@pytest.mark.django_db
def test_a_full_day_leaves_no_time_free() -> None:
    demo.make(4, NOW, full_day=True)
    today = [visit for visit in Appointment.objects.active() if clinic_day(visit.start) == clinic_day(NOW)]
    minutes = sum((visit.end - visit.start).total_seconds() / 60 for visit in today)
    assert minutes == 9 * 60  # Wednesday, 9am to 6pm
    assert {visit.status for visit in today} >= {AppointmentStatus.FULFILLED, AppointmentStatus.BOOKED}


@pytest.mark.django_db
def test_a_day_on_which_somebody_has_booked_meanwhile_is_filled_around_it() -> None:
    """At another time than the stories would choose."""
    demo.make(0, NOW)
    who, start = Practitioner.objects.get(), at(clinic_day(NOW), time(16, 15))
    other = builders.appointment(builders.appointment_request(status=Status.BOOKED), who, start)
    demo.make(0, NOW, full_day=True)
    assert Appointment.objects.active().filter(start__lt=other.end, end__gt=start).get() == other
    assert Appointment.objects.active().count() > 10


@pytest.mark.django_db
def test_staff_of_each_role_can_sign_in_with_what_was_printed(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("demo", "--requests", "0")
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if " password " in line]
    assert [line[0] for line in lines] == ["front-desk", "front-desk-2", "dermatologist", "editor", "admin"]
    for username, _, password in lines:
        assert client.login(username=username, password=password)
    call_command("demo", "--requests", "0")
    assert "password" not in capsys.readouterr().out


@pytest.mark.django_db
def test_a_password_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "a-given-password")
    demo.make(0, NOW)
    assert User.objects.get(username="front-desk").check_password("a-given-password")
    assert User.objects.get(username="dermatologist").practitioner.slug == "dr-umar"
