"""The patient's link: renewed, counted, closed, and alive in no copy."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.follow_up import recall
from appointments.lifecycle import Status
from appointments.models import EventKind, Message, PageViews, PatientRequest, RequestEvent
from appointments.requests import correction, links, rights
from tests import builders

pytestmark = pytest.mark.usefixtures("clinic")


class TestStaff:
    @pytest.mark.parametrize(("name", "value"), [("email", "new@example.com"), ("phone", "+13105550199")])
    def test_correcting_an_address_renews_the_link(self, front_desk: User, name: str, value: str) -> None:
        row = builders.appointment_request(email="old@example.com")
        old = row.token
        setattr(row, name, value)
        row.full_clean(exclude={"treatment", "assignee", "duplicate_of", "opened_by"})
        correction.correct(row, [name], front_desk, "Told us.", row.version, timezone.now())
        row.refresh_from_db()
        assert row.token != old
        assert Message.objects.get(kind="new_link").recipient == row.email
        assert row.events.get(kind=EventKind.CORRECTION).by == front_desk

    def test_another_correction_keeps_it(self, front_desk: User) -> None:
        row = builders.appointment_request(email="old@example.com")
        old, row.first_name = row.token, "Grace"
        correction.correct(row, ["first_name"], front_desk, "Told us.", row.version, timezone.now())
        row.refresh_from_db()
        assert (row.token, Message.objects.count()) == (old, 0)

    def test_the_button_ends_the_old_one_now(self, desk_client: Client) -> None:
        row = builders.appointment_request(email="ada@example.com")
        page = reverse("admin:appointments_patientrequest_change", args=[row.pk])
        assert "Old link ends now" in desk_client.get(page).content.decode()
        url = reverse("admin:request-end-link", args=[row.pk])
        assert desk_client.get(url).status_code == 405
        assert desk_client.post(url)["Location"] == page
        assert Client().get(row.get_absolute_url()).status_code == 404
        row.refresh_from_db()
        assert Client().get(row.get_absolute_url()).status_code == 200
        assert row.token in Message.objects.get(kind="new_link").text

    def test_they_see_how_often_the_page_was_opened(self, desk_client: Client) -> None:
        row = builders.appointment_request()
        page = reverse("admin:appointments_patientrequest_change", args=[row.pk])
        assert "Nobody has opened" in desk_client.get(page).content.decode()
        for _ in range(2):
            Client().get(row.get_absolute_url())
        Client().head(row.get_absolute_url())
        assert PageViews.objects.get(request=row).views == 2
        assert "was opened 2 times, last on" in desk_client.get(page).content.decode()


class TestClosing:
    def finished(self, age: timedelta) -> PatientRequest:
        return builders.appointment_request(
            status=Status.COMPLETED, finished_at=timezone.now() - age, first_name="Secretname"
        )

    def test_until_then_it_shows_the_page(self, client: Client) -> None:
        row = self.finished(links.CLOSES_AFTER - timedelta(minutes=1))
        assert "Secretname" in client.get(row.get_absolute_url()).content.decode()

    def test_then_only_how_to_ask_again(self, client: Client) -> None:
        row = self.finished(links.CLOSES_AFTER + timedelta(minutes=1))
        page = client.get(row.get_absolute_url()).content.decode()
        assert "we are glad to hear from you again" in page
        assert "(310) 318-1500" in page
        for hidden in ("Secretname", row.shown_reference, row.shown_phone, "withdraw"):
            assert hidden not in page
        for below in ("withdraw/", "change/", "cancel/", "none-suit/", "appointment.ics"):
            assert client.get(row.get_absolute_url() + below)["Location"] == row.get_absolute_url()
        assert client.post(row.get_absolute_url() + "answer/", {"answer": "x"}).status_code == 302
        assert row.events.count() == 0

    def test_a_closed_one_is_ended_without_a_mail_to_nowhere(self, front_desk: User) -> None:
        row = self.finished(links.CLOSES_AFTER + timedelta(minutes=1))
        PatientRequest.objects.update(email="ada@example.com")
        row.refresh_from_db()
        links.end_now(row, front_desk, timezone.now())
        assert not Message.objects.exists()

    def silent(self, **values: Any) -> PatientRequest:
        """An open one of which nothing was heard for so long."""
        old = timezone.now() - links.CLOSES_AFTER - timedelta(minutes=1)
        return builders.appointment_request(
            received_at=old, email="ada@example.com", first_name="Secretname", **values
        )

    def test_an_open_one_of_which_nothing_is_heard_closes_too(self, client: Client) -> None:
        page = client.get(self.silent().get_absolute_url()).content.decode()
        assert "Your request is still with us." in page
        assert reverse("request-find") in page
        assert "Secretname" not in page

    def test_not_while_something_happens(self, client: Client) -> None:
        row = self.silent()
        RequestEvent.objects.create(request=row, kind=EventKind.NOTE, at=timezone.now(), note="Called.")
        assert row.shown_reference in client.get(row.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("days", [-50, 90])
    def test_nor_while_a_visit_is_near_or_to_come(self, client: Client, days: int) -> None:
        row = self.silent(status=Status.BOOKED)
        builders.appointment(row, builders.practitioner(), timezone.now() + timedelta(days=days))
        assert row.shown_reference in client.get(row.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("prefix", ["", "/es"])
    def test_whoever_asks_again_gets_another_link(self, client: Client, prefix: str) -> None:
        row = self.silent()
        old = row.get_absolute_url()
        client.post(f"{prefix}/appointments/find/", {"email": "ada@example.com"})
        row.refresh_from_db()
        assert Message.objects.get().kind == "new_link"
        assert row.shown_reference in client.get(row.get_absolute_url()).content.decode()
        assert client.get(old).status_code == 404
        assert row.events.get().note == "The patient asked for the link again; the old one had closed."


def test_a_copy_of_a_persons_data_has_no_live_link() -> None:
    row, root = builders.appointment_request(email="ada@example.com"), builders.superuser()
    links.end_now(row, root, timezone.now())
    token = recall.token_for(row)
    Message.objects.update(unsubscribe_url=f"https://x.example/appointments/recall/{token}/stop/")
    copy = json.dumps(rights.copy_of(row, root))
    assert "The new link to your page" in copy
    assert row.token not in copy
    assert token not in copy


def test_the_link_of_a_recall_fills_nothing_in_once_the_address_was_corrected(
    client: Client, front_desk: User
) -> None:
    row = builders.appointment_request(email="old@example.com", first_name="Secretname")
    path = f"/appointments/recall/{recall.token_for(row)}/"
    assert "Secretname" in client.get(path).content.decode()
    links.end_now(row, front_desk, timezone.now())
    assert "Secretname" not in client.get(path, follow=True).content.decode()
    assert client.post(f"{path}stop/").status_code == 200
    row.refresh_from_db()
    assert row.recall_opted_out_at
