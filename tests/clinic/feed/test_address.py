"""The secret address of a doctor's calendar: who makes and ends it, what ends it, that it stays secret."""

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from appointments import roles
from clinic.feed import secret, serving
from clinic.models import AuditEntry, CalendarFeed, Closure, Practitioner
from tests import builders

pytestmark = pytest.mark.django_db
MAKE, END = "admin:clinic_practitioner_calendar_make", "admin:clinic_practitioner_calendar_end"
PAGE = "admin:clinic_practitioner_calendar"


@pytest.fixture
def doctor(dermatologist: User) -> Practitioner:
    return builders.practitioner(user=dermatologist, name="Dr. Umar")


@pytest.fixture
def path(doctor: Practitioner, front_desk: User) -> str:
    """The path of an address that was just made."""
    return path_of(secret.make(doctor, front_desk, timezone.now()))


def path_of(made: str) -> str:
    return made.removeprefix("http://testserver")


def shown_on(answer: Any) -> str:
    """The path of the address that a page shows."""
    return path_of(str(answer.context["made"]))


def test_the_desk_makes_renews_and_ends_it_and_each_is_written_down(
    desk_client: Client, doctor: Practitioner, front_desk: User
) -> None:
    page = desk_client.get(reverse(PAGE, args=[doctor.pk]))
    assert "Make an address" in page.text
    first = shown_on(desk_client.post(reverse(MAKE, args=[doctor.pk])))
    assert Client().get(first).status_code == 200
    again = desk_client.get(reverse(PAGE, args=[doctor.pk])).text
    assert first not in again
    second = shown_on(desk_client.post(reverse(MAKE, args=[doctor.pk])))
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    assert "A calendar app last asked" in desk_client.get(reverse(PAGE, args=[doctor.pk])).text
    assert desk_client.post(reverse(END, args=[doctor.pk])).status_code == 302
    assert Client().get(second).status_code == 404
    written = AuditEntry.objects.filter(user=front_desk, action="changed", object_id=str(doctor.pk))
    assert list(written.order_by("pk").values_list("page", "model")) == [
        (MAKE, "clinic.practitioner"), (MAKE, "clinic.practitioner"), (END, "clinic.practitioner"),
    ]  # fmt: skip


def test_a_doctor_handles_the_own_one_and_no_other(client: Client, doctor: Practitioner) -> None:
    assert doctor.user
    client.force_login(doctor.user)
    form = reverse("admin:clinic_practitioner_change", args=[doctor.pk])
    assert reverse(PAGE, args=[doctor.pk]) in client.get(form).text
    assert Client().get(shown_on(client.post(reverse(MAKE, args=[doctor.pk])))).status_code == 200
    other = builders.practitioner(user=builders.staff(roles.DERMATOLOGIST))
    for page in (PAGE, MAKE, END):
        asked = client.get if page == PAGE else client.post
        assert asked(reverse(page, args=[other.pk])).status_code == 403
    form = reverse("admin:clinic_practitioner_change", args=[other.pk])
    assert reverse(PAGE, args=[other.pk]) not in client.get(form).text
    assert not CalendarFeed.objects.filter(practitioner=other).exists()


def test_the_page_says_what_it_gives_away(desk_client: Client, doctor: Practitioner) -> None:
    text = " ".join(desk_client.get(reverse(PAGE, args=[doctor.pk])).text.split())
    for said in ("Nobody has to sign in", "initials", "business associate agreement", "ends by itself"):
        assert said in text


def test_nobody_can_have_one_without_an_open_account(desk_client: Client, doctor: Practitioner) -> None:
    without = builders.practitioner()
    assert desk_client.post(reverse(MAKE, args=[without.pk])).status_code == 409
    User.objects.filter(practitioner=doctor).update(is_active=False)
    assert desk_client.post(reverse(MAKE, args=[doctor.pk])).status_code == 409
    assert not CalendarFeed.objects.exists()


def test_only_a_digest_is_kept(path: str) -> None:
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) == 43
    assert token not in str(CalendarFeed.objects.values().get())


def test_another_secret_key_ends_no_address(path: str, client: Client, settings: SettingsWrapper) -> None:
    settings.SECRET_KEY = "another-0123456789-0123456789-0123456789-0123456789"
    assert client.get(path).status_code == 200


ACCOUNT, DOCTOR = User.objects, Practitioner.objects


@pytest.mark.parametrize(
    ("rows", "column"), [(ACCOUNT, "is_active"), (ACCOUNT, "is_staff"), (DOCTOR, "is_active")]
)
def test_it_ends_with_its_owner_and_does_not_come_back(
    rows: Any, column: str, path: str, client: Client, doctor: Practitioner
) -> None:
    row = rows.filter(pk=doctor.pk if rows is DOCTOR else doctor.user_id)
    row.update(**{column: False})
    assert client.get(path).status_code == 404
    row.update(**{column: True})
    assert client.get(path).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_it_ends_when_the_doctor_gets_another_account(
    path: str, client: Client, doctor: Practitioner
) -> None:
    doctor.user = builders.staff(roles.DERMATOLOGIST)
    doctor.save()
    assert client.get(path).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_it_ends_even_where_the_database_guards_nothing(
    path: str, client: Client, doctor: Practitioner
) -> None:
    """As with a trigger that was lost."""
    feed = CalendarFeed.objects.values().get()
    User.objects.filter(practitioner=doctor).update(is_active=False)
    CalendarFeed.objects.create(**feed)
    assert client.get(path).status_code == 404


def test_other_changes_end_nothing(path: str, client: Client, doctor: Practitioner) -> None:
    doctor.position = 7
    doctor.save()
    assert doctor.user
    doctor.user.last_name = "Other"
    doctor.user.save()
    assert client.get(path).status_code == 200


def test_every_wrong_address_is_answered_the_same(path: str, client: Client, doctor: Practitioner) -> None:
    secret.end(doctor)
    answers = {wrong: client.get(wrong) for wrong in (path, "/calendar/x.ics", f"/calendar/{'A' * 43}.ics")}
    assert {answer.status_code for answer in answers.values()} == {404}
    # The language's link names the page that was asked for.
    assert len({answer.text.replace(wrong, "") for wrong, answer in answers.items()}) == 1


def test_a_program_that_has_it_gets_nothing_twice(path: str, client: Client, doctor: Practitioner) -> None:
    answer = client.get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies
    tag = answer["ETag"]
    for asked in (client.get, client.head):
        again = asked(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert again["Cache-Control"] == "private, no-cache"
    head = client.head(path)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", tag)
    Closure.objects.create(practitioner=doctor, first_day="2100-01-01", last_day="2100-01-02")
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    today = timezone.localdate()
    Closure.objects.create(practitioner=doctor, first_day=today, last_day=today)
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_it_is_only_read(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


def test_robots_are_not_kept_from_it_since_calendars_ask_them(client: Client) -> None:
    assert "/calendar/" not in client.get("/robots.txt").text


def test_it_is_in_no_log(path: str, client: Client, written_log: io.StringIO, doctor: Practitioner) -> None:
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    client.get(path)
    logging.getLogger("gunicorn.error").warning("broken off: %s", path)
    logging.getLogger("gunicorn.error").warning("broken off: /es%s", path)
    secret.end(doctor)
    client.get(path)
    said = written_log.getvalue()
    assert '"calendar-feed"' in said
    assert "broken off" in said
    assert token not in said


def test_wrong_ones_and_loops_are_limited(
    path: str, client: Client, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = True
    for name in ("ASKED", "WRONG"):
        limit = getattr(serving, name)
        monkeypatch.setattr(serving, name, type(limit)(limit.name, 3, limit.seconds))
    wrong = [client.get(f"/calendar/{number}.ics") for number in range(4)]
    assert [answer.status_code for answer in wrong] == [404, 404, 404, 429]
    assert wrong[3]["Retry-After"]
    # Who guesses from the same line keeps nobody from their own.
    assert [client.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_as_many_queries_whatever_there_is(path: str, client: Client, doctor: Practitioner) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    client.get(path)
    before = asked()
    for number in range(3):
        start = timezone.now() + timedelta(days=3, hours=number)
        builders.appointment(builders.appointment_request(), doctor, start)
        Closure.objects.create(practitioner=doctor, first_day="2026-01-01", starts="12:00", ends="13:00")
    assert asked() == before <= 5
