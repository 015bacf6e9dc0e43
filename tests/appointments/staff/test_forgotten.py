"""Nothing is forgotten: what stays on Today until it is done, and the page for the end of the day."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, EventKind, PatientRequest, RequestEvent
from appointments.staff import forgotten
from clinic.models import Clinic
from tests import builders
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def visit_at(start: datetime, **values: Any) -> Appointment:
    row = builders.appointment_request(status=Status.BOOKED, **values)
    return builders.appointment(row, builders.practitioner(), start)


def test_a_visit_of_yesterday_stays_on_today_until_it_is_finished(
    clinic: Clinic, desk_client: Client
) -> None:
    visit = visit_at(timezone.now() - DAY, first_name="Yesterly")
    url = reverse("admin:request-visit", args=[visit.request_id])
    today = desk_client.get("/admin/").text
    assert "Yesterly" in today
    assert f'action="{url}"' in today
    desk_client.post(url, {"step": "fulfilled", "next": reverse("admin:index")})
    assert 'id="forgotten"' not in desk_client.get("/admin/").text
    assert forgotten.unfinished(timezone.now()) == []


def test_todays_visit_is_not_forgotten_yet(clinic: Clinic) -> None:
    visit_at(WEDNESDAY)
    assert forgotten.unfinished(WEDNESDAY + timedelta(hours=9)) == []
    assert len(forgotten.unfinished(WEDNESDAY + DAY)) == 1


def test_untouched_in_progress_counts_clinic_days(clinic: Clinic, front_desk: User) -> None:
    row = builders.callback_request(received_at=WEDNESDAY)
    row.move(Action.TAKE, front_desk, now=WEDNESDAY)
    saturday, monday = WEDNESDAY + 3 * DAY + timedelta(minutes=1), WEDNESDAY + 5 * DAY
    assert list(forgotten.untouched(saturday)) == [row]
    assert forgotten.untouched_for_clinic_days(saturday) == [], "Thursday and Friday are two days"
    assert forgotten.untouched_for_clinic_days(monday) == [row]
    RequestEvent.objects.create(request=row, kind=EventKind.MESSAGE, at=monday, note="sent by itself")
    assert forgotten.untouched_for_clinic_days(monday) == [row]
    RequestEvent.objects.create(request=row, kind=EventKind.NOTE, at=monday, by=front_desk, note="Called.")
    assert forgotten.untouched_for_clinic_days(monday + timedelta(hours=1)) == []


def test_a_hold_that_ended_unanswered_stays_until_the_next_step(clinic: Clinic, front_desk: User) -> None:
    row = builders.appointment_request(status=Status.IN_PROGRESS)
    scheduling.offer(row, builders.practitioner(), [WEDNESDAY + 2 * DAY], front_desk, now=WEDNESDAY)
    assert not forgotten.hold_ended().exists()
    scheduling.release_expired(WEDNESDAY + 3 * DAY)
    assert list(forgotten.hold_ended()) == [row]
    row.refresh_from_db()
    row.move(Action.ASK_REVIEW, front_desk)
    assert not forgotten.hold_ended().exists()


def test_the_end_of_the_day_lists_what_is_left(clinic: Clinic, desk_client: Client) -> None:
    now = timezone.now()
    visit_at(now - timedelta(hours=30), first_name="Openvisit")
    builders.callback_request(first_name="Tocall", respond_by=now)
    builders.appointment_request(first_name="Lateone", respond_by=now - timedelta(days=3))
    page = desk_client.get(reverse("admin:end-of-day"))
    assert page.status_code == 200
    for left in ("Openvisit", "Tocall"):
        assert left in page.text
    assert page.text.count("<h1") == 1
    of_today = page.text.partition('id="promises"')[2].partition("</section>")[0]
    assert "Tocall" in of_today
    assert "Lateone" not in of_today
    earlier = page.text.partition('id="overdue"')[2].partition("</section>")[0]
    assert "Lateone" in earlier
    PatientRequest.objects.get(first_name="Tocall").move(Action.CLOSE, builders.staff(), reason="answered")
    assert "Tocall" not in desk_client.get(reverse("admin:end-of-day")).text
