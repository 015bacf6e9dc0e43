"""Today: what each role sees on the staff's front page, and that every number leads to what it counts."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, Message
from clinic.models import Clinic, Heartbeat, HolidayDecision, OpeningHours
from clinic.time.holidays import next_holidays
from clinic.time.hours import at, clinic_day
from tests import builders


def page(client: Client, name: str = "index") -> str:
    response = client.get(reverse(f"admin:{name}"))
    assert response.status_code == 200
    return response.content.decode()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_front_desk_sees_what_waits(clinic: Clinic, desk_client: Client) -> None:
    now = timezone.now()
    builders.callback_request(respond_by=now - timedelta(days=1))
    builders.appointment_request(
        respond_by=now + timedelta(days=5), status=Status.CLINICAL_REVIEW, decision_owed=True
    )
    shown = page(desk_client)
    numbers = dict(re.findall(r'id="count-([a-z-]+)"[^>]*><strong>(\d+)</strong>', shown))
    assert (numbers["new"], numbers["overdue"], numbers["review"], numbers["calls"]) == ("1", "1", "1", "1")
    assert "For your decision" not in shown
    assert "Medical review of the pages" not in shown
    assert shown.count("<h1") == 1


def test_every_number_leads_to_as_many_rows(clinic: Clinic, desk_client: Client) -> None:
    now = timezone.now()
    later = now + timedelta(days=30)
    builders.callback_request(respond_by=now - timedelta(days=1))
    builders.callback_request(respond_by=later, suspected_spam=True)
    for status in (Status.NEW, Status.NEW, Status.OFFERED):
        row = builders.appointment_request(respond_by=later, status=status)
    held = {"status": AppointmentStatus.PENDING, "hold_until": now + timedelta(seconds=30)}
    builders.appointment(row, builders.practitioner(), later, **held)
    builders.appointment_request(respond_by=later, status=Status.CLINICAL_REVIEW, decision_owed=True)
    for number, values in enumerate(({"status": "failed"}, {"channel": "phone"}, {})):
        Message.objects.create(
            key=f"k{number}", kind="booked", recipient="a@example.org", language="en", subject="s", text="t",
            message_id=f"<{number}@x>", created_at=now, next_attempt_at=now, request=row, **values,
        )  # fmt: skip
    links = re.findall(r'id="count-([a-z-]+)" href="([^"]+)"><strong>(\d+)</strong>', page(desk_client))
    checked = set()
    for name, url, number in links:
        response = desk_client.get(url.replace("&amp;", "&"))
        assert response.status_code == 200, name
        listed = response.context["cl"].result_list if "cl" in response.context else response.context["tasks"]
        assert len(listed) == int(number), name
        checked.add(name)
    assert checked >= {
        "new",
        "overdue",
        "due-today",
        "review",
        "offered",
        "calls",
        "spam",
        "failed",
        "phone-tasks",
    }


def test_the_dermatologist_sees_her_reviews_and_the_pages_due(clinic: Clinic, dermatologist: User) -> None:
    builders.treatment("botox")
    row = builders.appointment_request(
        first_name="<i>Zoe</i>", status=Status.CLINICAL_REVIEW, decision_owed=True, age_flagged=True
    )
    shown = page(signed_in(dermatologist))
    assert reverse("admin:request-review", args=[row.pk]) in shown
    assert "&lt;i&gt;Zoe&lt;/i&gt;" in shown
    assert "<i>Zoe" not in shown
    assert "Never signed off" in shown


def test_a_content_editor_sees_content_alone(clinic: Clinic, editor: User) -> None:
    builders.treatment("botox")
    builders.appointment_request(first_name="Zoe", last_name="Zucker")
    for name in ("index", "today"):
        shown = page(signed_in(editor), name)
        assert "Medical review of the pages" in shown
        for hidden in ("Zucker", "count-new", "Appointments today", "For your decision", "EMAIL_URL"):
            assert hidden not in shown


def test_what_the_clinic_has_still_to_set(
    clinic: Clinic, desk_client: Client, dermatologist: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "clinic.operations.mail.NotSetUp"
    shown = page(desk_client)
    assert all(words in shown for words in ("opening hours", "EMAIL_URL", "has not been seen"))
    # Each reads only what they may change.
    assert "Set the clinic's e-mail address" not in unescape(shown)
    assert "Set the clinic's e-mail address" in unescape(page(signed_in(dermatologist)))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    builders.clinic(email="desk@example.org")
    OpeningHours.objects.create(weekday=0, opens="09:00", closes="17:00")
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(minutes=4))
    assert "Is the clinic closed on" in page(desk_client)
    HolidayDecision.objects.bulk_create(
        HolidayDecision(day=each.day, is_closed=True)
        for each in next_holidays(clinic_day(timezone.now()), "")
    )
    assert "Still to set" not in page(desk_client)
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=6))
    assert "has not been seen" in page(desk_client)


def test_the_part_that_refreshes_is_for_staff_alone(
    clinic: Clinic, client: Client, desk_client: Client
) -> None:
    assert Client().get(reverse("admin:today")).status_code == 302
    fragment = page(desk_client, "today")
    assert "count-new" in fragment
    assert "<html" not in fragment
    assert desk_client.post(reverse("admin:today")).status_code == 405


# Who isn't here yet is asked for more than who is gone: whose times lie where nobody is in.
@pytest.mark.parametrize(("hour", "most"), [(18, 35), (8, 40)])
def test_today_costs_the_same_with_many_rows(
    clinic: Clinic,
    dermatologist: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
    hour: int,
    most: int,
) -> None:
    now = at(clinic_day(timezone.now()), time(hour))
    monkeypatch.setattr(timezone, "now", lambda: now)
    client = signed_in(dermatologist)
    who = builders.practitioner()
    builders.treatment("botox")
    page(client)
    for number in range(15):
        row = builders.appointment_request(status=Status.BOOKED)
        start = at(clinic_day(now), time(12, number))
        builders.appointment(row, who, start, end=start + timedelta(minutes=1))
        builders.appointment_request(status=Status.CLINICAL_REVIEW, decision_owed=True)
        builders.treatment()
    with django_assert_max_num_queries(
        most
    ):  # among them: is she a physician here; do alarm words, texts, answers wait; who hasn't confirmed
        page(client, "today")
