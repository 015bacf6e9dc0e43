"""The desk's page of times that fell free, and its part of Today: one click offers, one takes it back."""

from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, EarlierWish, FreedTime, OtherTime, PatientRequest
from appointments.scheduling.earlier import own_move
from appointments.scheduling.earlier.proposals import proposals
from appointments.staff.schedule.earlier import panel
from clinic.models import Closure, Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders

TODAY = "/admin/"
WEEK = timedelta(weeks=1)


def ten_on_a_weekday() -> datetime:
    """Some Wednesday from a week on."""
    today = clinic_day(timezone.now())
    return at(today + timedelta(days=9 - today.weekday() + 7), time(10))


@pytest.fixture
def freed(clinic: object) -> FreedTime:
    who = builders.practitioner(name="Dr. Umar")
    other = builders.appointment_request(status=Status.BOOKED)
    scheduling.cancel(builders.appointment(other, who, ten_on_a_weekday()), None)
    return FreedTime.objects.select_related("practitioner").get()


def waits(who: Practitioner, weeks: int = 1, **values: object) -> PatientRequest:
    row = builders.appointment_request(status=Status.BOOKED, email="ada@example.org", **values)
    builders.appointment(row, who, ten_on_a_weekday() + weeks * WEEK)
    builders.earlier_wish(row)
    return row


@pytest.mark.django_db
def test_today_proposes_and_one_click_offers(desk_client: Client, freed: FreedTime) -> None:
    row = waits(freed.practitioner, first_name="Grace", last_name="Hopper")
    for page in (TODAY, reverse("admin:earlier")):
        shown = desk_client.get(page).content.decode()
        assert "Times that fell free" in shown
        assert "Offer to Grace Hopper" in shown
    offer = reverse("admin:earlier-offer", args=[freed.pk])
    answer = desk_client.post(offer, {"request": row.pk, "next": TODAY}, follow=True)
    assert answer.redirect_chain[-1][0] == TODAY
    shown = answer.content.decode()
    assert "Offered to Grace Hopper, until" in shown
    assert "Take the offer back" in shown
    assert "Offer to Grace Hopper" not in shown
    again = desk_client.post(offer, {"request": row.pk}, follow=True).content.decode()
    assert "no longer fits" in again


@pytest.mark.django_db
def test_a_time_that_fell_free_twice_is_proposed_once_and_left_free_once(
    desk_client: Client, freed: FreedTime
) -> None:
    """A hold of another length had begun with it."""
    waits(freed.practitioner)
    span = (freed.practitioner_id, freed.start, freed.end + timedelta(minutes=15), None)
    FreedTime.objects.note([span], timezone.now())
    [proposal] = proposals(timezone.now())
    assert proposal.freed.end == freed.end + timedelta(minutes=15)
    desk_client.post(reverse("admin:earlier-leave", args=[proposal.freed.pk]))
    assert proposals(timezone.now()) == []


@pytest.mark.django_db
def test_three_are_asked_at_once_and_it_is_taken_back(desk_client: Client, freed: FreedTime) -> None:
    rows = [waits(freed.practitioner, weeks) for weeks in (1, 2, 3, 4)]
    page = reverse("admin:earlier")
    together = ",".join(str(row.pk) for row in rows[:3])
    assert f'value="{together}"' in desk_client.get(page).content.decode()
    desk_client.post(reverse("admin:earlier-offer", args=[freed.pk]), {"request": together})
    asked = list(OtherTime.objects.all())
    assert {one.request_id for one in asked} == {row.pk for row in rows[:3]}
    back = reverse("admin:earlier-back", args=[asked[0].wave])
    assert "taken back" in desk_client.post(back, follow=True).content.decode()
    assert "Nobody is asked any more" in desk_client.post(back, follow=True).content.decode()
    assert "Offer to" in desk_client.get(page).content.decode(), "the fourth can still be asked"


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["take", "keep"])
def test_the_desk_records_what_was_said_on_the_phone(
    desk_client: Client, freed: FreedTime, answer: str
) -> None:
    row = waits(freed.practitioner)
    desk_client.post(reverse("admin:earlier-offer", args=[freed.pk]), {"request": row.pk})
    one = OtherTime.objects.get()
    desk_client.post(reverse("admin:earlier-said", args=[one.pk]), {"answer": answer})
    start = row.appointments.get(status=AppointmentStatus.BOOKED).start
    assert (start == freed.start) == (answer == "take")


@pytest.mark.django_db
def test_left_free_it_is_proposed_no_more(desk_client: Client, freed: FreedTime) -> None:
    waits(freed.practitioner)
    desk_client.post(reverse("admin:earlier-leave", args=[freed.pk]))
    assert proposals(timezone.now()) == []


@pytest.mark.django_db
def test_the_desk_notes_the_wish(desk_client: Client, clinic: object) -> None:
    row = builders.appointment_request(status=Status.BOOKED)
    wish = reverse("admin:request-earlier-wish", args=[row.pk])
    page = reverse("admin:appointments_patientrequest_change", args=[row.pk])
    assert "Tell of earlier times" in desk_client.get(page).content.decode()
    desk_client.post(wish, {"wish": "yes"})
    assert EarlierWish.objects.get().by is not None
    assert "Wants an earlier time since" in desk_client.get(page).content.decode()
    desk_client.post(wish, {"wish": "no"})
    assert not EarlierWish.objects.exists()


@pytest.mark.django_db
def test_nothing_fell_free_costs_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries, front_desk: User
) -> None:
    request = RequestFactory().get(TODAY)
    request.user = front_desk
    with django_assert_num_queries(3):
        assert panel(request, timezone.now()) == {"times": [], "waves": [], "movers": []}


@pytest.mark.django_db
def test_a_block_that_is_removed_is_proposed(desk_client: Client, clinic: object) -> None:
    who = builders.practitioner(name="Dr. Umar")
    start = ten_on_a_weekday()
    day = clinic_day(start)
    block = Closure.objects.create(
        practitioner=who, first_day=day, last_day=day, starts=time(10), ends=time(12)
    )
    row = waits(who)
    desk_client.post(reverse("admin:clinic_closure_delete", args=[block.pk]), {"post": "yes"})
    assert not Closure.objects.exists()
    [proposed] = proposals(timezone.now())
    assert (proposed.freed.start, proposed.freed.end) == (start, start + timedelta(hours=2))
    assert [each.patient_request for each in proposed.candidates] == [row]


@pytest.mark.django_db
def test_who_wants_another_time_is_in_the_inbox_and_their_words_where_times_are_chosen(
    desk_client: Client, freed: FreedTime
) -> None:
    row, now = waits(freed.practitioner, first_name="Grace", last_name="Hopper"), timezone.now()
    other = waits(freed.practitioner, 2)
    own_move.ask(row, "Any morning, please.", now=now)
    own_move.ask(other, "", now=now - WEEK)
    inbox, tab = reverse("admin:appointments_patientrequest_changelist"), {"state": "another-time"}
    shown = desk_client.get(inbox, tab)
    assert [each.pk for each in shown.context["cl"].result_list] == [other.pk, row.pk]
    assert 'Another time <small class="tab-count">2</small>' in shown.text
    assert "<q>Any morning, please.</q>" in desk_client.get(TODAY).text
    page = reverse("admin:request-offer-beside", args=[row.pk])
    assert "Any morning, please." in desk_client.get(page).text
    booked, start = row.appointments.get(status=AppointmentStatus.BOOKED), ten_on_a_weekday()
    own_move.offer_beside(booked, freed.practitioner, [start + timedelta(hours=2)], builders.superuser())
    assert [each.pk for each in desk_client.get(inbox, tab).context["cl"].result_list] == [other.pk]
    assert "Any morning, please." not in desk_client.get(page).text, "it is answered"
