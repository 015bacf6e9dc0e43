"""The page on which one chooses what one hears at once, and what a page that is open asks for."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.messages.to_staff import hearers
from appointments.models import Happening, NoticeChoice, NoticeKind, StaffNotice
from appointments.staff import hear
from clinic.models import AuditEntry
from clinic.staff.sessions import SEEN_AT
from tests import builders

pytestmark = pytest.mark.django_db
PAGE, NEW = "/admin/hear/", "/admin/hear/new/"


def notice(user: User, **values: Any) -> StaffNotice:
    given = {"happening": Happening.URGENT, "at": timezone.now(), "in_browser": True} | values
    if "number" not in given:
        given["request"] = builders.callback_request(first_name="Kanarion")
    return StaffNotice.objects.create(user=user, **given)


@pytest.mark.usefixtures("clinic")
def test_one_chooses_for_oneself_without_javascript(desk_client: Client, front_desk: User) -> None:
    other = builders.staff()
    shown = desk_client.get(PAGE).text
    assert 'name="urgent_by_email"' in shown
    assert "review_by_email" not in shown, "hers alone"
    posted = {
        "urgent_by_email": "on", "mine_in_browser": "on", "review_by_email": "on",
        "quiet_from": "21:00", "quiet_until": "07:30", "user": other.pk,
    }  # fmt: skip
    answer = desk_client.post(PAGE, posted)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    choice = NoticeChoice.objects.get()
    assert choice.user == front_desk
    assert (choice.urgent_by_email, choice.mine_in_browser, choice.review_by_email) == (True, True, False)
    assert (choice.quiet_from, choice.quiet_until, choice.urgent_when_quiet) == (time(21), time(7, 30), False)
    assert AuditEntry.objects.filter(page="admin:hear", action="changed", user=front_desk).exists()
    desk_client.post(PAGE, {})
    choice.refresh_from_db()
    assert (choice.urgent_by_email, choice.quiet_from) == (False, None)


@pytest.mark.usefixtures("clinic")
def test_a_physician_finds_what_holds_until_it_is_chosen(client: Client) -> None:
    physician = builders.physician(email="doctor@clinic.example")
    client.force_login(physician)
    page = client.get(PAGE).text
    assert page.count(" checked") == 2, "urgent by e-mail, and that it may come in quiet hours"
    assert 'id="id_urgent_by_email" aria-labelledby="kind-urgent by-email" checked' in page
    client.post(PAGE, {})
    assert hearers.of(NoticeKind.URGENT) == []


@pytest.mark.parametrize(
    ("begins", "until", "field"),
    [("21:00", "", "quiet_until"), ("", "7:00", "quiet_from"), ("8:00", "8:00", "quiet_until"),
     ("late", "7:00", "quiet_from")],
)  # fmt: skip
@pytest.mark.usefixtures("clinic")
def test_quiet_hours_are_whole(desk_client: Client, begins: str, until: str, field: str) -> None:
    answer = desk_client.post(PAGE, {"quiet_from": begins, "quiet_until": until, "mine_by_email": "on"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "<title>Error: " in answer.text
    assert not NoticeChoice.objects.exists()


@pytest.mark.usefixtures("clinic")
def test_an_editor_hears_nothing(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert "checkbox" not in client.get(PAGE).text
    page = client.get("/admin/").text
    assert "Log out" in page
    assert PAGE not in page, "no link to what has nothing in it, and nothing that asks every half a minute"
    notice(editor)
    assert client.get(NEW).status_code == 204


@pytest.fixture
def listening(desk_client: Client, front_desk: User) -> Client:
    builders.clinic()
    NoticeChoice.objects.create(user=front_desk, urgent_in_browser=True, mine_in_browser=True)
    return desk_client


def test_an_open_page_hears_what_is_new_and_its_own(listening: Client, front_desk: User) -> None:
    assert listening.get(NEW).status_code == 204
    mine, several = notice(front_desk), notice(front_desk, happening=Happening.ASSIGNED, number=2)
    notice(builders.staff())
    notice(front_desk, in_browser=False)
    notice(front_desk, at=timezone.now() - timedelta(hours=1))
    notice(front_desk, happening=Happening.FAILED)
    answer = listening.get(NEW)
    assert answer.json()["notices"] == [
        {
            "id": mine.pk,
            "words": "An urgent request came in.",
            "url": f"/admin/appointments/patientrequest/{mine.request_id}/change/",
        },
        {"id": several.pk, "words": "2 requests are yours now.", "url": "/admin/"},
    ]
    assert "no-store" in answer["Cache-Control"]
    assert "Kanarion" not in answer.text


def test_it_says_nothing_in_quiet_hours_nor_what_one_may_not_see(listening: Client, front_desk: User) -> None:
    notice(front_desk)
    assert listening.get(NEW).status_code == 200
    now = timezone.localtime()
    around = {
        "quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=1)).time(),
    }  # fmt: skip
    NoticeChoice.objects.update(**around, urgent_when_quiet=False)
    assert listening.get(NEW).status_code == 204
    NoticeChoice.objects.update(urgent_when_quiet=True)
    assert listening.get(NEW).status_code == 200
    front_desk.groups.clear()
    assert listening.get(NEW).status_code == 204


def test_it_is_no_click_writes_nothing_and_reads_little(listening: Client, front_desk: User) -> None:
    StaffNotice.objects.bulk_create(
        StaffNotice(user=front_desk, happening="urgent", in_browser=True, number=2,
                    at=timezone.now() - timedelta(seconds=each))
        for each in range(1, 60)
    )  # fmt: skip
    session = listening.session
    session[SEEN_AT] -= 600
    session["signed_in_at"] -= 600
    session.save()
    entries = AuditEntry.objects.count()
    with CaptureQueriesContext(connection) as captured:
        answer = listening.get(NEW, headers={"Sec-Fetch-Mode": "cors"})
    assert len(answer.json()["notices"]) == hear.MOST
    assert AuditEntry.objects.count() == entries
    assert listening.session[SEEN_AT] == session[SEEN_AT]
    asked = [each["sql"] for each in captured.captured_queries]
    assert [each for each in asked if not each.lstrip("(").startswith("SELECT")] == []
    assert len([each for each in asked if "appointments_" in each.partition("FROM")[2][:40]]) == 2


def test_before_the_sign_in_nothing_is_told_again(listening: Client, front_desk: User) -> None:
    notice(front_desk)
    assert listening.get(NEW).status_code == 200
    listening.logout()
    assert listening.get(NEW).status_code == 302
    listening.force_login(front_desk)
    assert listening.get(NEW).status_code == 204


def test_today_leads_to_it(listening: Client) -> None:
    page = listening.get("/admin/").text
    assert 'href="/admin/hear/"' in page
    assert 'data-from="/admin/hear/new/"' in page
