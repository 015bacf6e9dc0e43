"""What is open is said before a page leaves the site; it can come back, and patients keep their own pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.lifecycle import Status
from clinic.signed.signing import PublishingRefused
from tests import builders
from tests.treatments.test_admin_content import signed_in
from treatments import due, on_the_site
from treatments.models import Treatment

PLACE = "treatments_{}_on_the_site"


@pytest.fixture
def page(clinic: object) -> Treatment:
    return builders.treatment("botox")


def address(page: Any) -> str:
    return reverse(f"admin:{PLACE.format(page._meta.model_name)}", args=[page.pk])


def off(client: Client, page: Any, step: str = "take-off", **values: str) -> str:
    return client.post(address(page), {"step": step, **values}, follow=True).text


def test_what_is_open_is_said_first(page: Treatment, editor: User, front_desk: User) -> None:
    page.slug = "wrinkles"
    page.save()
    builders.appointment_request(treatment=page)
    doctor, now = builders.practitioner(), timezone.now()
    for status, of_request, finished in (
        ("pending", Status.OFFERED, None), ("booked", Status.BOOKED, None),
        ("fulfilled", Status.COMPLETED, now),
    ):  # fmt: skip
        row = builders.appointment_request(
            treatment=page,
            status=of_request,
            recall_consent=True,
            email="ada@example.com",
            finished_at=finished,
        )
        start = now + timedelta(days={"pending": 3, "booked": 4, "fulfilled": -5}[status])
        hold = {"hold_until": now + timedelta(days=1)} if status == "pending" else {}
        builders.appointment(row, doctor, start, status=status, **hold)
    builders.version(builders.article("care"), body='<p><a href="/appointments/request/botox/">x</a></p>')
    words = '<p><a href="/treatments/botox/">x</a></p>'
    builders.wording("visit.prepare", words, is_clinical=True)
    shown = signed_in(editor).get(address(page)).text
    for words in (
        "3 open requests", "1 time held", "1 booked visit", "1 patient agreed to be reminded",
        "“Care 2” (English) has a link", "The text “How to prepare” (en) has a link",
    ):  # fmt: skip
        assert words in shown
    assert "Ada" not in re.sub(r'value="\w{64}"', "", shown)  # a token may hold any letters
    assert "patientrequest" not in shown
    assert signed_in(front_desk).get(address(page)).status_code == 403


def main_of(page: str) -> str:
    """What the page is about, without the token of its forms, which is another each time."""
    return re.sub(
        r'(?<=name="csrfmiddlewaretoken" value=")\w+', "", page.split("<main", 1)[1].split("</main>")[0]
    )


def test_it_leaves_and_comes_back_and_patients_keep_what_is_theirs(
    client: Client, page: Treatment, editor: User
) -> None:
    article = builders.article("care")
    Treatment.objects.update(aftercare=article)
    request = builders.appointment_request(treatment=page)
    desk = signed_in(editor)
    before = client.get(request.get_absolute_url()).text
    assert "Botox" in before
    for each in (page, article):
        assert "off the site" in off(desk, each)
        assert client.get(each.get_absolute_url()).status_code == 404
        assert "colleague was faster" in off(desk, each)
    after = client.get(request.get_absolute_url()).text
    assert main_of(after) == main_of(before)
    for each in (page, article):
        off(desk, each, "put-on")
        assert client.get(each.get_absolute_url()).status_code == 200


def test_a_page_leaves_at_its_moment_unless_that_was_cancelled(page: Treatment, editor: User) -> None:
    desk = signed_in(editor)
    moment = timezone.now().replace(microsecond=0) + timedelta(days=20)
    assert "Choose a day" in off(desk, page, "plan")
    assert "leaves the site on" in off(desk, page, "plan", day="2027-03-14", clock="2:30am")
    assert "leaves the site on" in desk.get("/admin/").text
    off(desk, page, "keep-on")
    assert due.take(moment + timedelta(days=400)) == 0
    on_the_site.take_off(page, editor, moment)
    assert (due.take(moment - timedelta(seconds=1)), due.take(moment), due.take(moment)) == (0, 1, 0)
    page.refresh_from_db()
    assert (page.is_published, page.leaves_at) == (False, None)
    on_the_site.put_on(page, editor)
    assert due.take(moment + timedelta(days=1)) == 0


def test_the_form_of_the_page_takes_nothing_off(page: Treatment, editor: User, front_desk: User) -> None:
    form = {"slug": "botox", "position": "0", "visit_minutes": "30", "aftercare": ""}
    change = reverse("admin:treatments_treatment_change", args=[page.pk])
    assert signed_in(editor).post(change, form).status_code == 302
    page.refresh_from_db()
    assert page.is_published
    for user, step in ((front_desk, on_the_site.take_off), (front_desk, on_the_site.keep_on)):
        with pytest.raises(PublishingRefused):
            step(page, user)


@pytest.mark.parametrize(
    ("day", "clock", "field"),
    [
        ("", "", "day"),
        ("2999-01-07", "9am", "day"),
        ("2026-12-07", "", "clock"),
        ("2026-12-07", "x", "clock"),
    ],
)
def test_a_moment_that_is_none_keeps_what_was_typed(
    page: Treatment, editor: User, day: str, clock: str, field: str
) -> None:
    answer = signed_in(editor).post(address(page), {"step": "plan", "day": day, "clock": clock})
    assert answer.status_code == 422
    moment = answer.context["moment"]
    assert list(moment.errors) == [field]
    assert (moment["day"].value(), moment["clock"].value()) == (day, clock)
    page.refresh_from_db()
    assert (page.is_published, page.leaves_at) == (True, None)
