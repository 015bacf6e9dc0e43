"""The schedule and the day sheet: what a day is made of, the clock changes, the cost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, EventKind, PatientRequest, RequestEvent
from appointments.scheduling.day_plan import Stretch, parts, place, window
from appointments.staff.kit import way_back
from appointments.staff.schedule.picking import posted_as
from clinic.models import Clinic, Closure, OpeningHours, Practitioner, SpecialOpening
from clinic.time.hours import Block, OpeningTimes, at, clinic_day, clinic_zone
from tests import builders

HALF_HOUR = timedelta(minutes=30)
HOURS = OpeningTimes({day: [(time(9), time(12)), (time(13), time(17))] for day in range(5)})
WEDNESDAY, MONDAY = date(2026, 12, 2), date(2026, 12, 7)


def placed(day: date, clock: time, length: timedelta = HALF_HOUR) -> Appointment:
    return Appointment(start=at(day, clock), end=at(day, clock) + length)


def clock_of(moment: datetime) -> time:
    return moment.astimezone(clinic_zone()).time()


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
    assert window([(HOURS, WEDNESDAY)], []) == (time(9), time(17))
    assert window([(HOURS, WEDNESDAY)], [late]) == (time(9), time(19))
    assert window([(HOURS, date(2026, 12, 5))], []) == (time(9), time(17))


def test_the_window_is_of_full_hours_and_holds_the_openings_of_everybody() -> None:
    early = OpeningTimes({2: [(time(7, 30), time(11, 15))]})
    midnight = placed(WEDNESDAY, time(23, 15))
    assert window([(HOURS, WEDNESDAY), (early, WEDNESDAY)], []) == (time(7), time(17))
    assert window([(early, WEDNESDAY)], []) == (time(7), time(12))
    assert window([(early, WEDNESDAY)], [midnight]) == (time(7), time(23, 59))


def test_what_would_be_open_and_is_not_is_blocked() -> None:
    lunch = Block(WEDNESDAY, None, time(11), time(14))
    found = parts(WEDNESDAY, (time(8), time(18)), replace(HOURS, blocks=[lunch]), [])
    assert [(part.what, clock_of(part.start)) for part in found] == [
        (Stretch.OUTSIDE, time(8)),
        (Stretch.FREE, time(9)),
        (Stretch.BLOCKED, time(11)),
        (Stretch.OUTSIDE, time(12)),
        (Stretch.BLOCKED, time(13)),
        (Stretch.FREE, time(14)),
        (Stretch.OUTSIDE, time(17)),
    ]
    [closed] = parts(WEDNESDAY, (time(8), time(18)), replace(HOURS, closed=[(WEDNESDAY, WEDNESDAY)]), [])
    assert closed.what == Stretch.BLOCKED


def test_the_place_in_the_grid() -> None:
    nine = at(WEDNESDAY, time(9))
    assert place(nine, nine, nine + HALF_HOUR) == "a0 s0 h0 f6"
    assert place(nine, nine + timedelta(minutes=95), nine + timedelta(minutes=160)) == "a1 s7 h1 f1"
    assert place(nine, nine, nine) == "a0 s0 h0 f1"


@pytest.mark.parametrize(("sunday", "hours"), [(date(2026, 11, 1), 9), (date(2027, 3, 14), 7)])
def test_a_day_on_which_the_clocks_change(sunday: date, hours: int) -> None:
    nights = OpeningTimes({6: [(time(0), time(8))]})
    [part] = parts(sunday, (time(0), time(8)), nights, [])
    assert part.end - part.start == timedelta(hours=hours)
    assert place(part.start, part.start, part.end) == f"a0 s0 h{hours} f0"


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
    barred = in_progress(decision_owed=True)
    assert f"patientrequest/{barred.pk}/book/" not in schedule(
        desk_client, view="day", day=clinic_day(start), request=barred.pk
    )


@pytest.mark.django_db
def test_past_time_is_a_gap_and_leads_nowhere(desk_client: Client, doctor: Practitioner) -> None:
    html = schedule(desk_client, day=clinic_day(timezone.now()) - timedelta(days=14))
    assert "Not booked" in html
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
def test_the_same_number_of_queries_however_full(desk_client: Client, doctor: Practitioner) -> None:
    like = in_progress(treatment=builders.treatment())
    nine, minute = at(MONDAY, time(9)), timedelta(minutes=1)

    def fill(first: int, last: int) -> None:
        starts = [nine + number * minute for number in range(first, last)]
        Appointment.objects.bulk_create(
            Appointment(
                request=row, practitioner=doctor, start=start, end=start + minute, status="booked"
            )
            for row, start in zip(builders.copies(like, len(starts)), starts, strict=True)
        )  # fmt: skip

    def cost() -> list[int]:
        counts = []
        for page, query in (("schedule", "week"), ("schedule", "day"), ("day-sheet", "")):
            with CaptureQueriesContext(connection) as captured:
                desk_client.get(reverse(f"admin:{page}"), {"day": str(MONDAY), "view": query})
            counts.append(len(captured))
        return counts

    fill(0, 1)
    cost()
    few = cost()
    fill(1, 30)
    assert cost() == few
    fill(30, 200)
    assert cost() == few


# What the page says of each stretch, with the clock stopped on a Wednesday at twenty to eleven.
NOW = at(WEDNESDAY, time(10, 40))


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def visit(
    who: Practitioner, clock: time, status: str = AppointmentStatus.BOOKED, **values: object
) -> Appointment:
    start = at(WEDNESDAY, clock)
    open_requests: dict[str, dict[str, Any]] = {
        AppointmentStatus.PENDING: {"status": Status.OFFERED},
        AppointmentStatus.BOOKED: {"status": Status.BOOKED},
        AppointmentStatus.ARRIVED: {"status": Status.BOOKED},
    }
    of_request = open_requests.get(status, {"status": Status.COMPLETED, "finished_at": NOW})
    request = builders.appointment_request(received_at=NOW - timedelta(days=2), **of_request, **values)
    hold = {"hold_until": NOW + timedelta(hours=3)} if status == AppointmentStatus.PENDING else {}
    return builders.appointment(request, who, start, status=status, **hold)


def items(html: str) -> Iterator[tuple[str, str]]:
    """The classes and the words of each stretch on the page."""
    for chunk in html.split('<li class="part ')[1:]:
        classes, _quote, rest = chunk.partition('"')
        words = re.sub(
            r"<ul.*?</ul>|<[^>]*>", " ", rest.partition(">")[2].partition("</section>")[0], flags=re.S
        )
        yield classes, " ".join(unescape(words).split())


def item(html: str, words: str) -> tuple[str, str]:
    """The one stretch that says `words`."""
    [found] = [(classes, text) for classes, text in items(html) if words in text]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "clock", "word", "steps"),
    [
        ("pending", time(14), "Held", []),
        ("booked", time(14), "Booked", ["arrived"]),
        ("booked", time(10), "Booked", ["arrived", "fulfilled", "noshow"]),
        ("arrived", time(11), "Arrived", ["fulfilled", "noshow", "undo"]),
        ("fulfilled", time(9), "Completed", ["undo"]),
        ("noshow", time(9), "No-show", ["undo"]),
    ],
)
@pytest.mark.usefixtures("stopped")
def test_each_state_has_its_word_its_class_and_its_steps(
    desk_client: Client, doctor: Practitioner, status: str, clock: time, word: str, steps: list[str]
) -> None:
    row = visit(doctor, clock, status, first_name="Zoila")
    for view in ("day", "week"):
        html = schedule(desk_client, view=view, day=WEDNESDAY)
        classes, text = item(html, "Zoila")
        assert f"part--{status} " in classes
        assert word in text
        posted = re.findall(rf'name="step" value="(\w+)" id="[\w-]+-{row.pk}"', html)
        assert posted == steps
        move = reverse("admin:request-appointment-move", args=[row.request_id])
        cancel = reverse("admin:request-appointment-cancel", args=[row.request_id])
        assert (f'data-move="{move}"' in html) is (status == "booked")
        assert (f'<a href="{move}">Move</a>' in html) is (status == "booked")
        assert (f'<a href="{cancel}">' in html) is (status in ("booked", "arrived"))


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_a_visit_that_is_to_come_has_no_steps_yet(desk_client: Client, doctor: Practitioner) -> None:
    row = visit(doctor, time(14))
    Appointment.objects.filter(pk=row.pk).update(
        start=row.start + timedelta(days=1), end=row.end + timedelta(days=1)
    )
    html = schedule(desk_client, view="day", day=WEDNESDAY + timedelta(days=1))
    assert row.request.full_name in html
    assert 'name="step"' not in html


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_free_time_is_a_link_at_its_place(desk_client: Client, doctor: Practitioner) -> None:
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    start = posted_as(at(WEDNESDAY, time(11)))
    assert f'data-start="{start}" data-practitioner="{doctor.pk}"' in html
    assert f"{reverse('admin:entry')}?practitioner={doctor.pk}&amp;start={start}" in html
    assert posted_as(at(WEDNESDAY, time(10, 30))) not in html
    assert "part--free" in item(html, "Free 9am to 5pm")[0]


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_a_time_that_can_not_be_given_yet_is_no_link(desk_client: Client, doctor: Practitioner) -> None:
    last, beyond = WEDNESDAY + timedelta(weeks=52), WEDNESDAY + timedelta(weeks=53)
    assert "data-start=" in schedule(desk_client, view="day", day=last)
    html = schedule(desk_client, view="day", day=beyond)
    assert "data-start=" not in html
    assert "Over 12 months ahead" in html


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_what_a_visit_keeps_free_after_it_is_not_offered(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor, time(11), treatment=builders.treatment(buffer_minutes=20))
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    assert posted_as(at(WEDNESDAY, time(11, 30))) not in html
    assert posted_as(at(WEDNESDAY, time(12))) in html


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_the_time_of_a_no_show_is_free_beside_it(desk_client: Client, doctor: Practitioner) -> None:
    row = visit(doctor, time(10), AppointmentStatus.NOSHOW, first_name="Zoila")
    Appointment.objects.filter(pk=row.pk).update(end=row.start + timedelta(hours=2))
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    assert "beside" in item(html, "Zoila")[0]
    assert posted_as(at(WEDNESDAY, time(11))) in html
    other = visit(doctor, time(11), first_name="Nando")
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    assert "beside" in item(html, "Zoila")[0]
    assert "narrow" in item(html, "Nando")[0]
    assert other.request.full_name in html


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_the_day_shows_all_practitioners_beside_each_other_and_the_week_one(
    desk_client: Client, doctor: Practitioner
) -> None:
    other = builders.practitioner()
    visit(doctor, time(9, 30), first_name="Zoila")
    visit(other, time(9, 30), first_name="Nando")
    html = schedule(desk_client)
    assert "Zoila" in html
    assert "Nando" in html
    assert html.count('class="plan-day ') == 2
    assert " c2" in html
    week = schedule(desk_client, view="week", day=WEDNESDAY, practitioner=other.pk)
    assert "Zoila" not in week
    assert "Nando" in week
    assert week.count('class="plan-day ') == 5


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_the_now_line_stands_on_today_alone(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor, time(10, 30), first_name="Zoila")
    html = schedule(desk_client, view="day")
    assert item(html, "Now 10:40am")[0] == f"part--now {place(at(WEDNESDAY, time(9)), NOW, NOW)}"
    order = [text for _classes, text in items(html)]
    assert [text.split()[0] for text in order] == ["Not", "10:30am", "Now", "Free"]
    assert "part--now" in schedule(desk_client, view="week", day=WEDNESDAY)
    assert "part--now" not in schedule(desk_client, view="day", day=WEDNESDAY + timedelta(days=1))


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_a_blocked_stretch_says_why_and_leads_to_where_it_is_changed(
    desk_client: Client, doctor: Practitioner
) -> None:
    lunch = Closure.objects.create(
        practitioner=doctor, first_day=WEDNESDAY, starts=time(12), ends=time(13), reason="Lunch"
    )
    Closure.objects.create(
        practitioner=builders.practitioner(is_active=False),
        first_day=WEDNESDAY,
        starts=time(12),
        ends=time(13),
        reason="Golf",
    )
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    classes, text = item(html, "Blocked")
    assert text == "Blocked noon to 1pm Lunch"
    assert "part--blocked" in classes
    assert f'href="{reverse("admin:clinic_closure_change", args=[lunch.pk])}?next=' in html
    assert posted_as(at(WEDNESDAY, time(12))) not in html
    thanksgiving = schedule(desk_client, view="day", day=date(2026, 11, 26))
    assert item(thanksgiving, "Closed")[1].endswith("Thanksgiving Day")


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_a_part_of_the_day_is_blocked_in_two_clicks(desk_client: Client, doctor: Practitioner) -> None:
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    for page, model in (("closure", Closure), ("specialopening", SpecialOpening)):
        [query] = re.findall(rf'href="{reverse(f"admin:clinic_{page}_add")}\?([^"]*)"', html)
        form = (
            desk_client.get(f"{reverse(f'admin:clinic_{page}_add')}?{unescape(query)}")
            .context["adminform"]
            .form
        )
        posted = {name: form[name].value() or "" for name in form.fields}
        posted |= {"opens": "5pm", "closes": "7pm"} if page == "specialopening" else {}
        assert posted["practitioner"] == str(doctor.pk)
        assert desk_client.post(reverse(f"admin:clinic_{page}_add"), posted).status_code == 302
        assert model.objects.get().practitioner == doctor
    closure = Closure.objects.get()
    assert (closure.first_day, closure.last_day) == (WEDNESDAY, WEDNESDAY)
    assert (closure.starts, closure.ends) == (time(9), time(17))
    assert SpecialOpening.objects.get().day == WEDNESDAY


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_who_sees_no_patients_any_more_but_has_visits_stays_visible(
    desk_client: Client, doctor: Practitioner
) -> None:
    gone = builders.practitioner(name="Dr. Harold Feld", is_active=False)
    assert "Feld" not in schedule(desk_client, view="day", day=WEDNESDAY)
    visit(gone, time(15), first_name="Zoila")
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    assert "Dr. Harold Feld <small>sees no patients</small>" in html
    assert "Sees no patients" in item(html, "Zoila")[1]
    assert f'data-practitioner="{gone.pk}"' not in html
    assert f"practitioner={gone.pk}&amp;first_day" not in html
    week = schedule(desk_client, view="week", day=WEDNESDAY - timedelta(days=7), practitioner=gone.pk)
    assert "Dr. Harold Feld <small>(sees no patients)</small>" in week
    sheet = desk_client.get(reverse("admin:day-sheet"), {"day": str(WEDNESDAY), "practitioner": str(gone.pk)})
    assert "Zoila" in sheet.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_a_promised_time_that_can_not_be_kept_is_marked(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor, time(9), AppointmentStatus.FULFILLED, first_name="Nando")
    visit(doctor, time(14), first_name="Zoila")
    visit(doctor, time(15), AppointmentStatus.PENDING, first_name="Holda")
    assert "part--alarm" not in schedule(desk_client, view="day", day=WEDNESDAY)
    OpeningHours.objects.create(weekday=2, opens=time(9), closes=time(12))
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    for name, alarm in (("Zoila", "Outside hours"), ("Holda", "Outside hours"), ("Nando", "")):
        classes, text = item(html, name)
        assert ("part--alarm" in classes) is bool(alarm)
        assert alarm in text
    assert reverse("admin:clashes") in html
    Closure.objects.create(first_day=WEDNESDAY, last_day=WEDNESDAY)
    assert "Clinic closed" in item(schedule(desk_client, view="day", day=WEDNESDAY), "Zoila")[1]
    Closure.objects.all().delete()
    OpeningHours.objects.all().delete()
    treatment = builders.treatment()
    treatment.practitioners.add(builders.practitioner())
    PatientRequest.objects.filter(first_name="Zoila").update(treatment=treatment)
    assert "doesn't do this treatment" in item(schedule(desk_client, day=WEDNESDAY, view="day"), "Zoila")[1]


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_who_is_new_who_is_flagged_and_what_was_said(desk_client: Client, doctor: Practitioner) -> None:
    row = visit(
        doctor,
        time(14),
        first_name="Zoila",
        returning_patient=False,
        screening_flagged=True,
        message="I come with my <b>daughter</b>. " + "And so on. " * 20,
    )
    visit(doctor, time(15), first_name="Nando", returning_patient=True)
    RequestEvent.objects.create(request=row.request, kind=EventKind.NOTE, at=NOW, note="Needs room 2.")
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    text = item(html, "Zoila")[1]
    for words in ("New", "Screening answer", "Note: Needs room 2."):
        assert words in text
    assert "I come with my &lt;b&gt;daughter&lt;/b&gt;. And so on." in html
    assert "\N{HORIZONTAL ELLIPSIS}" in text
    assert "New" not in item(html, "Nando")[1]


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_a_step_returns_to_the_schedule_and_to_no_other_site(
    desk_client: Client, doctor: Practitioner
) -> None:
    row = visit(doctor, time(10), first_name="Zoila")
    html = schedule(desk_client, view="day", day=WEDNESDAY)
    back = unescape(re.findall(r'name="next" value="([^"]*)"', html)[0])
    assert back.startswith(f"{reverse('admin:schedule')}?view=day&day=2026-12-02")
    address = reverse("admin:request-visit", args=[row.request_id])
    assert desk_client.post(address, {"step": "arrived", "next": back})["Location"] == back
    row.refresh_from_db()
    assert row.status == AppointmentStatus.ARRIVED
    page = reverse("admin:appointments_patientrequest_change", args=[row.request_id])
    assert (
        desk_client.post(address, {"step": "fulfilled", "next": "https://evil.example/"})["Location"] == page
    )


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", ""],
)
def test_the_way_back_is_on_this_site(rf: RequestFactory, elsewhere: str) -> None:
    assert way_back(rf.post("/", {"next": elsewhere})) == ""
    assert way_back(rf.post("/", {"next": "/admin/?a=b#c"})) == "/admin/?a=b#c"


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_date_field_today_and_the_days_around(desk_client: Client, doctor: Practitioner) -> None:
    html = unescape(schedule(desk_client, view="day", day=date(2026, 12, 31)))
    assert '<input type="date" id="day" name="day" value="2026-12-31">' in html
    for day in ("2026-12-30", "2027-01-01"):
        assert f'href="?view=day&day={day}&practitioner={doctor.pk}"' in html
    assert f'href="?view=day&practitioner={doctor.pk}"' in html
    assert "Wednesday, December 2, 2026" in schedule(desk_client, view="day")
    assert "Now" in schedule(desk_client, view="day", day="")


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_the_part_that_refreshes_is_the_plan_alone(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor, time(14), first_name="Zoila")
    [src] = re.findall(r'<live-part src="([^"]*)"', schedule(desk_client, view="day", day=WEDNESDAY))
    part = desk_client.get(reverse("admin:schedule") + unescape(src)).content.decode()
    assert "Zoila" in part
    assert "<html" not in part


@pytest.mark.django_db
@pytest.mark.usefixtures("stopped")
def test_the_move_page_takes_the_time_of_the_drop(desk_client: Client, doctor: Practitioner) -> None:
    """What drag-plan.js opens, and what the link 'Move' leads to without it."""
    row = visit(doctor, time(14))
    move = reverse("admin:request-appointment-move", args=[row.request_id])
    start = posted_as(at(WEDNESDAY, time(15)))
    html = desk_client.get(move, {"start": start, "practitioner": str(doctor.pk)}).content.decode()
    assert re.search(rf'value="{start}" checked', html)
