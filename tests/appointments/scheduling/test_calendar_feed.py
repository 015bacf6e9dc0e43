"""A doctor's calendar as programs read it: two of them, by different code, see the same times, and those are
the clinic's own, also where the clocks change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from dateutil.rrule import rrulestr
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from hypothesis import example, given
from hypothesis import strategies as st

from appointments.messages.calendar_files import calendar_file
from appointments.models import Appointment, AppointmentStatus
from appointments.requests import rights
from appointments.scheduling import calendar_feed
from clinic.feed import closures as of_closures
from clinic.feed import secret
from clinic.feed.busy import calendar_of
from clinic.feed.writing import tag_of, written
from clinic.models import (
    CalendarFeed,
    Clinic,
    Closure,
    HolidayDecision,
    SpecialOpening,
    opening_times,
)
from clinic.time.hours import Block, at, clinic_day, clinic_zone
from tests import builders
from tests.appointments.anything import whole

pytestmark = pytest.mark.django_db
NOW = builders.WEDNESDAY
# The clocks go forward on March 14, 2027 and back on November 7.
FORWARD, BACK = date(2027, 3, 14), date(2027, 11, 7)
# What an entry is, from when to when: moments, or days.
Read = tuple[str, Any, Any]


def moment(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def events_of(file: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(file).walk("VEVENT"))


def by_icalendar(file: bytes, first: date, last: date) -> list[Read]:
    """Every entry of these days, a repeated one as often as it comes, by Python's own database of zones."""
    found: list[Read] = []
    for event in events_of(file):
        start, end, words = event["DTSTART"].dt, event["DTEND"].dt, str(event["SUMMARY"])
        if "RRULE" not in event:
            found.append((words, moment(start), moment(end)))
            continue
        rule = event["RRULE"].to_ical().decode()
        length = moment(end) - moment(start)
        left_out = {each.dt for each in event["EXDATE"].dts} if "EXDATE" in event else set()
        found += [
            (words, moment(each), moment(each) + length)
            for each in _starts(rule, start, last)
            if each not in left_out and (each.date() if isinstance(each, datetime) else each) >= first
        ]
    return sorted(found, key=repr)


def _starts(rule: str, start: Any, last: date) -> Iterator[Any]:
    """By the clock on the wall: dateutil knows the rules, the zone is none of its business."""
    is_day = not isinstance(start, datetime)
    wall = datetime.combine(start, time()) if is_day else start.replace(tzinfo=None)
    parts = dict(part.split("=") for part in rule.split(";"))
    until = parts.pop("UNTIL", None)
    ends = datetime.combine(last, time.max)
    if until:
        read = icalendar.vDDDTypes.from_ical(until)  # type: ignore[no-untyped-call]
        local = read.astimezone(clinic_zone()).replace(tzinfo=None) if isinstance(read, datetime) else read
        ends = min(ends, local if isinstance(local, datetime) else datetime.combine(local, time.max))
    for each in rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=wall):
        if each > ends:
            return
        yield each.date() if is_day else each.replace(tzinfo=start.tzinfo)


def by_vobject(file: bytes, first: date, last: date) -> list[Read]:
    """The same by other code, in the zone that the file itself brings."""
    found: list[Read] = []
    for event in vobject.readOne(file.decode()).contents.get("vevent", []):
        start, end, words = event.dtstart.value, event.dtend.value, event.summary.value
        if "rrule" not in event.contents:
            found.append((words, moment(start), moment(end)))
            continue
        length = moment(end) - moment(start)
        for each in event.getrruleset(addRDate=True):
            day = each.date()
            if day > last:
                break
            if day >= first:
                begins = each if isinstance(start, datetime) else day
                found.append((words, moment(begins), moment(begins) + length))
    return sorted(found, key=repr)


def by_the_clinic(feed: CalendarFeed, first: date, last: date, now: datetime) -> list[Read]:
    """The same as the clinic reckons: what its rows say, day by day."""
    found: list[Read] = []
    for row in Closure.objects.filter(Q(practitioner=None) | Q(practitioner=feed.practitioner)):
        is_part = row.starts is not None
        words = "Clinic closed" if row.practitioner_id is None else "Blocked" if is_part else "Away"
        if not is_part and not row.weekly:
            assert row.last_day
            if row.first_day <= last and row.last_day >= first:
                found.append((words, row.first_day, row.last_day + timedelta(days=1)))
            continue
        block = Block(row.first_day, row.last_day, row.starts or time(), row.ends or time(), row.weekly)
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            if block.falls_on(day) and is_part:
                found.append((words, at(day, block.starts), at(day, block.ends)))
            elif block.falls_on(day):
                found.append((words, day, day + timedelta(days=1)))
    times = opening_times(feed.practitioner)
    found += [
        ("Clinic closed", day, day + timedelta(days=1))
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
        if day in times.holidays and day.weekday() < 5 and not times.on(day)
    ]
    for visit in Appointment.objects.active().filter(practitioner=feed.practitioner):
        if visit.hold_until is None or visit.hold_until > now:
            held = "Held: " if visit.hold_until else ""
            found.append((f"{held}{visit.request.shown_reference} A. E.", visit.start, visit.end))
    return sorted(found, key=repr)


@pytest.fixture
def feed(dermatologist: User) -> CalendarFeed:
    doctor = builders.practitioner(user=dermatologist, name="Dr. Umar")
    secret.make(doctor, dermatologist, NOW)
    return CalendarFeed.objects.select_related("practitioner").get()


def file_of(feed: CalendarFeed, now: datetime = NOW) -> bytes:
    return written(calendar_of(feed, now))


def all_entries(feed: CalendarFeed, now: datetime = NOW) -> list[Any]:
    return events_of(file_of(feed, now))


def entries(feed: CalendarFeed, now: datetime = NOW) -> list[Any]:
    """Without the public holidays."""
    return [each for each in all_entries(feed, now) if not each["UID"].startswith("holiday-")]


def closed_days(feed: CalendarFeed) -> list[date]:
    """The public holidays among them."""
    return [each["DTSTART"].dt for each in all_entries(feed) if each["UID"].startswith("holiday-")]


minutes = st.integers(0, 24 * 60 - 2)
days = st.integers(-40, 420).map(lambda number: date(2026, 12, 2) + timedelta(days=number))
# Around the clock changes more often than elsewhere.
near = st.sampled_from([FORWARD, BACK]).flatmap(
    lambda day: st.integers(-8, 3).map(lambda number: day + timedelta(days=number))
)


def clock_of(minute: int) -> time:
    return time(minute // 60, minute % 60)


@st.composite
def closures(draw: st.DrawFn) -> dict[str, Any]:
    """Any closure that the database takes."""
    first = draw(st.one_of(days, near))
    weekly, is_part = draw(st.booleans()), draw(st.booleans())
    goes_on = draw(st.booleans()) and (weekly or is_part)
    last = None if goes_on else first + timedelta(days=draw(st.integers(0, 60)))
    values: dict[str, Any] = {
        "first_day": first,
        "last_day": last,
        "weekly": weekly,
        "reason": "Chemotherapy",
    }
    if is_part:
        starts = draw(st.one_of(minutes, st.integers(0, 240)))
        values |= {"starts": clock_of(starts), "ends": clock_of(draw(st.integers(starts + 1, 24 * 60 - 1)))}
    return values | {"is_clinics": draw(st.booleans())}


@st.composite
def appointments(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Visits one after the other, over the clock changes too: booked, held, ended."""
    begins = datetime.combine(draw(st.one_of(days, near)), time(), tzinfo=UTC)
    found = []
    for _number in range(draw(st.integers(0, 4))):
        begins += timedelta(minutes=5 * draw(st.integers(1, 300)))
        status = draw(st.sampled_from(list(AppointmentStatus)))
        ends = begins + timedelta(minutes=5 * draw(st.integers(1, 24)))
        values: dict[str, Any] = {"start": begins, "end": ends, "status": status}
        if status == AppointmentStatus.PENDING:
            values["hold_until"] = NOW + timedelta(hours=draw(st.integers(-3, 3)) or 1)
        found.append(values)
        begins = ends
    return found


LUNCH = {"first_day": date(2026, 1, 1), "last_day": None, "weekly": False, "reason": "", "is_clinics": False,
         "starts": time(12), "ends": time(13)}  # fmt: skip
NIGHT = LUNCH | {"starts": time(1, 30), "ends": time(3, 30)}
SKIPPED = LUNCH | {"first_day": FORWARD, "last_day": FORWARD, "starts": time(2, 15), "ends": time(2, 45)}
TWICE = LUNCH | {"first_day": BACK, "weekly": True, "starts": time(1, 10), "ends": time(1, 50)}


@whole
@example(closed=[LUNCH, NIGHT, SKIPPED, TWICE], seen=[])
@given(closed=st.lists(closures(), max_size=5), seen=appointments())
def test_two_programs_and_the_clinic_agree_on_every_moment(
    closed: list[dict[str, Any]], seen: list[dict[str, Any]], feed: CalendarFeed
) -> None:
    with transaction.atomic():
        for values in closed:
            whose = None if values["is_clinics"] else feed.practitioner
            rest = {name: value for name, value in values.items() if name != "is_clinics"}
            Closure.objects.create(practitioner=whose, **rest)
        for values in seen:
            row = builders.appointment_request()
            start, rest = values["start"], {name: values[name] for name in values.keys() - {"start"}}
            builders.appointment(row, feed.practitioner, start, **rest)
        first, last = clinic_day(NOW) - timedelta(weeks=4), clinic_day(NOW) + timedelta(days=366)
        file, expected = file_of(feed), within(by_the_clinic(feed, first, last, NOW), first, last)
        transaction.set_rollback(True)
    read = by_icalendar(file, first, last)
    assert read == by_vobject(file, first, last)
    assert within(read, first, last) == expected


def within(read: list[Read], first: date, last: date) -> list[Read]:
    """Those that lie on these days, in part at least."""
    starts, ends = at(first, time()), at(last + timedelta(days=1), time())
    return [
        each
        for each in read
        if (each[1] < ends and each[2] > starts if isinstance(each[1], datetime) else True)
    ]


TEN = NOW + timedelta(days=1)


def booked(feed: CalendarFeed, start: datetime = TEN, **values: Any) -> Appointment:
    names = {"first_name": "Ada", "last_name": "Example"}
    named = {name: values.pop(name) for name in names if name in values}
    treatment = builders.treatment("botox")
    row = builders.appointment_request(**names | named, treatment=treatment, message="Gentamicin")
    return builders.appointment(row, feed.practitioner, start, **values)


def test_a_visit_says_whose_and_nothing_else(feed: CalendarFeed) -> None:
    visit = booked(feed)
    [entry] = entries(feed)
    assert entry["SUMMARY"] == f"{visit.request.shown_reference} A. E."
    assert (entry["STATUS"], entry["TRANSP"], entry["CLASS"]) == ("CONFIRMED", "OPAQUE", "PRIVATE")
    assert set(entry) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP", "CLASS"
    }  # fmt: skip
    file = file_of(feed).decode().casefold()
    for word in ("botox", "gentamicin", "example\r", "ada", visit.request.token.casefold()):
        assert word not in file


def test_a_closure_is_busy_without_its_reason(feed: CalendarFeed) -> None:
    day = clinic_day(TEN)
    other = builders.practitioner()
    for whose in (feed.practitioner, None, other):
        Closure.objects.create(practitioner=whose, first_day=day, last_day=day, reason="Chemotherapy")
    noon = {"first_day": day, "starts": time(12), "ends": time(13), "reason": "Gentamicin"}
    Closure.objects.create(practitioner=feed.practitioner, **noon)
    assert sorted({str(each["SUMMARY"]) for each in entries(feed)}) == ["Away", "Blocked", "Clinic closed"]
    file = file_of(feed).decode()
    assert "Chemotherapy" not in file
    assert "Gentamicin" not in file
    assert "DTSTART;VALUE=DATE:20261203" in file


def test_a_holiday_is_closed_as_the_schedule_says(feed: CalendarFeed) -> None:
    thanksgiving, juneteenth = date(2026, 11, 26), date(2027, 6, 18)
    # Cesar Chavez Day is the state's, and the clinic's own to decide; the Fourth of July is a Sunday.
    chavez, fourth, observed = date(2027, 3, 31), date(2027, 7, 4), date(2027, 7, 5)
    assert {thanksgiving, juneteenth, observed} <= set(closed_days(feed))
    assert not {chavez, fourth} & set(closed_days(feed))
    [entry] = [each for each in all_entries(feed) if each["DTSTART"].dt == thanksgiving]
    assert (str(entry["SUMMARY"]), entry["DTEND"].dt) == ("Clinic closed", thanksgiving + timedelta(days=1))
    for day, is_closed in ((juneteenth, False), (chavez, True)):
        HolidayDecision.objects.create(day=day, is_closed=is_closed)
    SpecialOpening.objects.create(day=observed, opens=time(9), closes=time(12))
    assert chavez in closed_days(feed)
    assert not {juneteenth, observed} & set(closed_days(feed))


def test_a_held_time_is_tentative_until_it_is_taken_or_ends(feed: CalendarFeed) -> None:
    visit = booked(feed, status=AppointmentStatus.PENDING, hold_until=NOW + timedelta(hours=1))
    [held] = entries(feed)
    assert held["STATUS"] == "TENTATIVE"
    assert str(held["SUMMARY"]).startswith("Held: ")
    assert entries(feed, NOW + timedelta(hours=1)) == []
    assert Appointment.objects.filter(pk=visit.pk).take(NOW) == 1
    [taken] = entries(feed)
    assert taken["STATUS"] == "CONFIRMED"
    assert taken["UID"] == held["UID"]
    assert taken["SEQUENCE"] > held["SEQUENCE"]


def test_a_move_is_the_same_entry_and_what_is_cancelled_is_gone(feed: CalendarFeed) -> None:
    visit = booked(feed)
    [before] = entries(feed)
    visit.start, visit.end, visit.sequence = TEN + timedelta(days=1), TEN + timedelta(days=1, hours=1), 1
    visit.save()
    [after] = entries(feed)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert Appointment.objects.filter(pk=visit.pk).cancel(NOW) == 1
    assert entries(feed) == []


def test_it_overwrites_no_entry_of_the_patients(feed: CalendarFeed, clinic: Clinic) -> None:
    """A doctor can be somebody's patient, and an invitation can be passed on to her."""
    visit = booked(feed)
    _method, file = calendar_file(visit, clinic, "clinic@example.org", NOW)
    [theirs] = events_of(file)
    [ours] = entries(feed)
    assert ours["UID"] != theirs["UID"]


def test_a_changed_closure_is_another_entry(feed: CalendarFeed) -> None:
    """Closures don't count their changes."""
    day = clinic_day(TEN)
    row = Closure.objects.create(first_day=day, last_day=day)
    [before] = entries(feed)
    Closure.objects.filter(pk=row.pk).update(reason="Another reason")
    assert [each["UID"] for each in entries(feed)] == [before["UID"]]
    Closure.objects.filter(pk=row.pk).update(last_day=day + timedelta(days=1))
    assert [each["UID"] for each in entries(feed)] != [before["UID"]]


def test_an_erased_patient_is_gone(feed: CalendarFeed, front_desk: User) -> None:
    rights.erase(booked(feed).request, front_desk, "Asked for")
    assert entries(feed) == []


def test_a_colleagues_times_and_far_ones_are_not_in_it(feed: CalendarFeed) -> None:
    other = builders.practitioner()
    builders.appointment(builders.appointment_request(), other, TEN)
    for away in (timedelta(weeks=-5), timedelta(days=368)):
        builders.appointment(builders.appointment_request(), feed.practitioner, NOW + away)
    assert entries(feed) == []


def test_the_same_is_the_same_to_the_byte(feed: CalendarFeed) -> None:
    booked(feed)
    Closure.objects.create(first_day=date(2026, 1, 5), weekly=True, starts=time(12), ends=time(13))
    later = NOW + timedelta(minutes=5)
    assert file_of(feed) == file_of(feed, later)
    assert tag_of(calendar_of(feed, NOW)) == tag_of(calendar_of(feed, later))
    before = tag_of(calendar_of(feed, NOW))
    feed.practitioner.name = "Dr. Other"
    assert tag_of(calendar_of(feed, NOW)) != before


def test_it_is_bounded(feed: CalendarFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (calendar_feed, of_closures):
        monkeypatch.setattr(module, "MOST", 2)
    for number in range(3):
        row = builders.appointment_request()
        builders.appointment(row, feed.practitioner, TEN + timedelta(hours=number))
        day = clinic_day(TEN) + timedelta(days=number)
        Closure.objects.create(first_day=day, last_day=day)
    found = entries(feed)
    assert len(found) == 4
    assert TEN + timedelta(hours=2) not in [moment(each["DTSTART"].dt) for each in found]


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("Ada", "Example", "A. E."),
        ("Bj\u00f6rn", "\u00c5kesson", "B. \u00c5."),
        ("\u5c0f\u660e", "\u738b", "\u5c0f. \u738b."),
        ("\u0915\u0943\u0937\u094d\u0923", "", "\u0915\u0943."),
        ("\u0639\u0644\u064a", "\u062d\u0633\u0646", "\u0639. \u062d."),
        ("\u02bbAkamu", "o'Brien", "A. O."),
        ("e\u0301mile", "", "\u00c9."),
        ("\u200d\U0001f600", "-;,\\", "\U0001f600. -."),
    ],
)
def test_names_in_any_script_are_read_the_same_by_both(
    feed: CalendarFeed, first: str, last: str, shown: str
) -> None:
    visit = booked(feed, first_name=first, last_name=last)
    file = file_of(feed)
    words = f"{visit.request.shown_reference} {shown}"
    assert [str(each["SUMMARY"]) for each in entries(feed)] == [words]
    assert words in [each.summary.value for each in vobject.readOne(file.decode()).vevent_list]


def test_long_names_are_folded_and_special_signs_kept(feed: CalendarFeed) -> None:
    feed.practitioner.name = (
        "Dr. \u738b, \u5c0f\u660e; " + "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f" * 12
    )
    file = file_of(feed)
    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    named = f"{feed.practitioner.name}, clinic"
    ours, theirs = icalendar.Calendar.from_ical(file), vobject.readOne(file.decode()).contents
    for name in ("NAME", "X-WR-CALNAME"):
        # icalendar takes neither property for text when it reads.
        assert str(ours[name]).replace("\\,", ",").replace("\\;", ";") == named
        assert theirs[name.lower()][0].value == named


def test_it_brings_the_zone_that_it_names(feed: CalendarFeed) -> None:
    booked(feed)
    assert b"VTIMEZONE" not in file_of(feed)
    Closure.objects.create(first_day=date(2020, 7, 1), starts=time(12), ends=time(13))
    file = icalendar.Calendar.from_ical(file_of(feed))
    [zone] = file.walk("VTIMEZONE")
    assert zone["TZID"] == "America/Los_Angeles"
    assert "METHOD" not in file
