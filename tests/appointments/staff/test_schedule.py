"""The schedule and the day sheet: what a day is made of, the clock changes, the cost."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, PatientRequest
from appointments.scheduling.day_plan import Stretch, parts, window
from appointments.staff.schedule.picking import posted_as
from clinic.models import Clinic, Closure, OpeningHours, Practitioner
from clinic.time.hours import OpeningTimes, at, clinic_day
from tests import builders

HALF_HOUR = timedelta(minutes=30)
HOURS = OpeningTimes({day: [(time(9), time(12)), (time(13), time(17))] for day in range(5)})
WEDNESDAY, MONDAY = date(2026, 12, 2), date(2026, 12, 7)


def placed(day: date, clock: time, length: timedelta = HALF_HOUR) -> Appointment:
    return Appointment(start=at(day, clock), end=at(day, clock) + length)


def test_a_day_is_told_without_gaps() -> None:
    taken = [placed(WEDNESDAY, time(9)), placed(WEDNESDAY, time(10)), placed(WEDNESDAY, time(11, 45))]
    found = parts(WEDNESDAY, (time(8), time(18)), HOURS, taken)
    assert [part.what for part in found] == [
        Stretch.OUTSIDE,
        Stretch.TAKEN,
        Stretch.FREE,
        Stretch.TAKEN,
        Stretch.FREE,
        Stretch.TAKEN,
        Stretch.OUTSIDE,
        Stretch.FREE,
        Stretch.OUTSIDE,
    ]
    assert found[0].start == at(WEDNESDAY, time(8))
    assert found[-1].end == at(WEDNESDAY, time(18))
    assert all(first.end == second.start for first, second in pairwise(found))


def test_the_window_holds_every_opening_and_every_appointment() -> None:
    late = placed(WEDNESDAY, time(18), timedelta(hours=1))
    assert window([WEDNESDAY], HOURS, []) == (time(9), time(17))
    assert window([WEDNESDAY], HOURS, [late]) == (time(9), time(19))
    assert window([date(2026, 12, 5)], HOURS, []) == (time(9), time(17))


@pytest.mark.parametrize(("sunday", "hours"), [(date(2026, 11, 1), 9), (date(2027, 3, 14), 7)])
def test_a_day_on_which_the_clocks_change(sunday: date, hours: int) -> None:
    nights = OpeningTimes({6: [(time(0), time(8))]})
    [part] = parts(sunday, (time(0), time(8)), nights, [])
    assert part.end - part.start == timedelta(hours=hours)
    assert part.size == f"h{hours} f0"


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def in_progress(**values: object) -> PatientRequest:
    return builders.appointment_request(status=Status.IN_PROGRESS, **values)


def next_wednesday(clock: time) -> datetime:
    """On the Wednesday of next week."""
    today = clinic_day(timezone.now())
    return at(today + timedelta(days=9 - today.weekday()), clock)


def schedule(client: Client, **query: object) -> str:
    answer = client.get(reverse("admin:schedule"), {name: str(value) for name, value in query.items()})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_held_booked_free_and_closed_are_told_apart_in_words(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    first, third = next_wednesday(time(10)), next_wednesday(time(11))
    scheduling.offer(in_progress(first_name="Holda"), doctor, [first], front_desk)
    scheduling.book(in_progress(first_name="Booker"), doctor, third, front_desk)
    monday = clinic_day(third) - timedelta(days=clinic_day(third).weekday())
    busy = {clinic_day(first), clinic_day(third)}
    closed = next(day for day in (monday + timedelta(days=number) for number in range(5)) if day not in busy)
    Closure.objects.create(first_day=closed, last_day=closed)
    html = schedule(desk_client, day=clinic_day(first))
    for word in ("Held", "Booked", "Holda", "Booker", "Free", "Closed"):
        assert word in html


@pytest.mark.django_db
def test_a_free_time_starts_booking_for_the_chosen_request(desk_client: Client, doctor: Practitioner) -> None:
    request = in_progress()
    start = next_wednesday(time(10))
    html = schedule(desk_client, view="day", day=clinic_day(start), request=request.pk)
    book = reverse("admin:request-book", args=[request.pk])
    assert f"{book}?practitioner={doctor.pk}&amp;start={posted_as(start)}" in html
    assert f"{reverse('admin:entry')}?practitioner={doctor.pk}" in schedule(
        desk_client, view="day", day=clinic_day(start)
    )
    barred = in_progress(clinical_hold=True)
    assert f"patientrequest/{barred.pk}/book/" not in schedule(
        desk_client, view="day", day=clinic_day(start), request=barred.pk
    )


@pytest.mark.django_db
def test_past_time_is_a_gap_and_leads_nowhere(desk_client: Client, doctor: Practitioner) -> None:
    html = schedule(desk_client, day=clinic_day(timezone.now()) - timedelta(days=14))
    assert "Gap" in html
    assert reverse("admin:entry") not in html


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-11-01", "2027-03-14", "nonsense", "9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("view", ["week", "day"])
def test_clock_changes_and_odd_days(desk_client: Client, doctor: Practitioner, day: str, view: str) -> None:
    OpeningHours.objects.create(weekday=6, opens=time(0), closes=time(8))
    html = schedule(desk_client, day=day, view=view)
    if day.startswith("20"):
        assert ("h9 f0" if day == "2026-11-01" else "h7 f0") in html
    assert desk_client.get(reverse("admin:day-sheet"), {"day": day}).status_code == 200


@pytest.mark.django_db
def test_the_day_sheet_lists_the_day(desk_client: Client, front_desk: User, doctor: Practitioner) -> None:
    start = next_wednesday(time(10))
    request = in_progress(first_name="Booker")
    scheduling.book(request, doctor, start, front_desk)
    html = desk_client.get(reverse("admin:day-sheet"), {"day": str(clinic_day(start))}).content.decode()
    assert "Booker" in html
    assert request.phone.as_national in html
    other = builders.practitioner()
    html = desk_client.get(
        reverse("admin:day-sheet"), {"day": str(clinic_day(start)), "practitioner": str(other.pk)}
    ).content.decode()
    assert "Booker" not in html


@pytest.mark.django_db
def test_without_anybody_who_sees_patients(desk_client: Client, clinic: Clinic) -> None:
    assert "Nobody sees patients yet" in schedule(desk_client)
    assert desk_client.get(reverse("admin:day-sheet")).status_code == 200
    assert desk_client.get(reverse("admin:entry")).status_code == 200
    request = in_progress()
    assert desk_client.get(reverse("admin:request-offer", args=[request.pk])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["week", "day"])
def test_the_same_number_of_queries_however_full(
    desk_client: Client, doctor: Practitioner, view: str
) -> None:
    treatment = builders.treatment()
    nine = at(MONDAY, time(9))

    def fill(first: int, last: int) -> None:
        for minute in range(first, last):
            start = nine + timedelta(minutes=minute)
            request = in_progress(treatment=treatment)
            builders.appointment(request, doctor, start, end=start + timedelta(minutes=1))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            schedule(desk_client, day=MONDAY, view=view)
            desk_client.get(reverse("admin:day-sheet"), {"day": str(MONDAY)})
        return len(captured)

    fill(0, 3)
    few = cost()
    fill(3, 200)
    assert cost() == few
