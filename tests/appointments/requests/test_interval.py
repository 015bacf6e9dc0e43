"""The shortest interval from what the clinic itself knows: its days, whose visits count, what is flagged."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, Decision, PatientRequest, ScreeningAnswer
from appointments.requests import correction, reviewing, same_person
from appointments.requests.known.interval import Interval, earliest, interval_of, keeps
from appointments.requests.known.visits import KnownVisit
from appointments.scheduling import mending
from clinic.models import Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments import posts
from tests.appointments.anything import pure
from treatments.models import Treatment
from treatments.shown import add_months

NOW = timezone.now()
TODAY = clinic_day(NOW)
SAME: dict[str, Any] = {"first_name": "Grace", "last_name": "Known", "phone": "+13105550177"}
BORN = date(1985, 3, 27)

some_days = st.dates(date(2024, 1, 1), date(2029, 12, 31))


@pure
@given(since=some_days, days=st.lists(some_days, max_size=6), months=st.integers(0, 14))
def test_the_earliest_day_is_the_first_that_keeps_it(since: date, days: list[date], months: int) -> None:
    found = earliest(since, days, months)
    assert found >= since
    assert all(keeps(found, day, months) for day in days)
    before = (since + timedelta(days=number) for number in range((found - since).days))
    assert not any(all(keeps(each, day, months) for day in days) for each in before)


@pure
@given(one=some_days, other=some_days, months=st.integers(0, 14), more=st.integers(0, 400))
def test_what_is_far_enough_stays_so_when_it_is_further(
    one: date, other: date, months: int, more: int
) -> None:
    assert keeps(one, other, months) == keeps(other, one, months)
    if keeps(one, other, months):
        assert keeps(min(one, other), max(one, other) + timedelta(days=more), months)


@pytest.mark.parametrize(
    ("treated", "months", "first"),
    [
        (date(2026, 8, 31), 3, date(2026, 11, 30)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 11, 29), 3, date(2027, 2, 28)),
        (date(2026, 12, 2), 12, date(2027, 12, 2)),
    ],
)
def test_months_end_where_their_months_end(treated: date, months: int, first: date) -> None:
    assert earliest(treated, [treated], months) == first
    assert not keeps(treated, first - timedelta(days=1), months)


@pytest.mark.parametrize("hour", [0, 1, 23])
@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2026, 11, 1), date(2027, 3, 14)])
def test_the_day_is_the_clinics_also_when_clocks_change(day: date, hour: int) -> None:
    visit = KnownVisit(Appointment(start=at(day, time(hour, 30))), is_certain=True)
    interval = Interval(3, (visit,))
    first = add_months(day, 3)
    assert (interval.keeps(first), interval.keeps(first - timedelta(days=1))) == (True, False)


def test_before_a_visit_ahead_there_is_room_too() -> None:
    ahead = date(2027, 6, 10)
    assert earliest(date(2027, 3, 10), [ahead], 3) == date(2027, 3, 10)
    assert earliest(date(2027, 3, 11), [ahead], 3) == date(2027, 9, 10)


@pytest.fixture
def botox(clinic: object) -> Treatment:
    return builders.treatment("botox", questions=1, min_interval_months=3, min_age=18, max_age=None)


@pytest.fixture
def doctor(clinic: object) -> Practitioner:
    return builders.practitioner()


def treated(treatment: Treatment, doctor: Practitioner, day: date = TODAY, **values: Any) -> Appointment:
    """A visit on `day` that took place, or will if it lies ahead."""
    ahead = day > TODAY
    row = builders.appointment_request(
        treatment=treatment,
        status=Status.BOOKED if ahead else Status.COMPLETED,
        finished_at=None if ahead else NOW,
        **({"date_of_birth": BORN} | SAME | values),
    )
    status = AppointmentStatus.BOOKED if ahead else AppointmentStatus.FULFILLED
    return builders.appointment(row, doctor, at(day, time(10)), status=status)


def ask(client: Client, **changes: Any) -> PatientRequest:
    """What the form of the treatment makes of it, sent by the same person unless told otherwise."""
    typed = {
        "first_name": "Grace", "last_name": "Known", "phone": "(310) 555-0177", "email": "",
        "date_of_birth_month": "3", "date_of_birth_day": "27", "date_of_birth_year": "1985",
        "screening_1": "no",
    }  # fmt: skip
    response = client.post("/appointments/request/botox/", posts.appointment(**(typed | changes)))
    assert response.status_code == 302, response.text
    return PatientRequest.objects.latest("pk")


def state(row: PatientRequest) -> tuple[str, bool, bool]:
    row = PatientRequest.objects.get(pk=row.pk)
    return row.status, row.decision_owed, row.interval_flagged


FLAGGED = (Status.CLINICAL_REVIEW, True, True)
FREE = (Status.NEW, False, False)


@pytest.mark.django_db
class TestAtIntake:
    def test_treated_today_and_asked_again_goes_to_the_dermatologist_whatever_was_answered(
        self, client: Client, botox: Treatment, doctor: Practitioner
    ) -> None:
        visit = treated(botox, doctor)
        row = ask(client)
        assert state(row) == FLAGGED
        assert not ScreeningAnswer.objects.filter(is_flagged=True).exists()
        assert interval_of(row, NOW).earliest(TODAY) == add_months(TODAY, 3)
        assert [each.appointment for each in interval_of(row, NOW).visits] == [visit]

    @pytest.mark.parametrize(
        ("days", "flagged"),
        [(-1, True), (-80, True), (-100, False), (20, True), (60, True), (130, False)],
    )
    def test_visits_before_and_ahead_count_as_far_as_the_interval_reaches(
        self, client: Client, botox: Treatment, doctor: Practitioner, days: int, flagged: bool
    ) -> None:
        treated(botox, doctor, TODAY + timedelta(days=days))
        assert state(ask(client)) == (FLAGGED if flagged else FREE)

    def test_who_asks_for_a_day_after_it_waits_in_the_inbox(
        self, client: Client, botox: Treatment, doctor: Practitioner
    ) -> None:
        treated(botox, doctor)
        first = add_months(TODAY, 3)
        assert state(ask(client, earliest_date=first.isoformat())) == FREE
        sooner = (first - timedelta(days=1)).isoformat()
        assert state(ask(client, earliest_date=sooner)) == FLAGGED

    @pytest.mark.parametrize(
        "differently",
        [
            {"first_name": "Alan"},
            {"date_of_birth_year": "2001", "phone": "(310) 555-0188"},
            {"phone": "(310) 555-0188", "last_name": "Other"},
        ],
    )
    def test_somebody_else_is_free(
        self, client: Client, botox: Treatment, doctor: Practitioner, differently: dict[str, str]
    ) -> None:
        treated(botox, doctor)
        assert state(ask(client, **differently)) == FREE

    def test_a_misheard_birthday_hides_nothing(
        self, client: Client, botox: Treatment, doctor: Practitioner
    ) -> None:
        treated(botox, doctor)
        row = ask(client, date_of_birth_year="1986")
        assert state(row) == FLAGGED
        assert not interval_of(row, NOW).visits[0].is_certain

    @pytest.mark.parametrize("status", ["noshow", "cancelled", "pending"])
    def test_what_did_not_take_place_does_not_count(
        self, client: Client, botox: Treatment, doctor: Practitioner, status: str
    ) -> None:
        visit = treated(botox, doctor)
        until = NOW + timedelta(days=1) if status == "pending" else None
        Appointment.objects.filter(pk=visit.pk).update(status=status, hold_until=until)
        assert state(ask(client)) == FREE

    def test_a_consultation_and_another_treatment_do_not_count(
        self, client: Client, botox: Treatment, doctor: Practitioner
    ) -> None:
        visit = treated(botox, doctor)
        Appointment.objects.filter(pk=visit.pk).update(is_consultation=True)
        treated(builders.treatment("peel", min_interval_months=9), doctor, TODAY - timedelta(days=1))
        assert state(ask(client)) == FREE

    def test_a_treatment_without_an_interval_asks_nothing(
        self, client: Client, clinic: object, doctor: Practitioner
    ) -> None:
        treated(builders.treatment("botox", questions=1), doctor)
        row = ask(client)
        assert state(row) == FREE
        assert not interval_of(row, NOW).visits

    def test_suspected_spam_is_held_and_flagged(
        self, client: Client, botox: Treatment, doctor: Practitioner
    ) -> None:
        treated(botox, doctor)
        assert state(ask(client, website="x")) == (Status.NEW, True, True)


def waiting(treatment: Treatment, **values: Any) -> PatientRequest:
    return builders.appointment_request(treatment=treatment, **({"date_of_birth": BORN} | SAME | values))


def corrected(row: PatientRequest, by: User | None, **values: Any) -> None:
    fresh = PatientRequest.objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    correction.correct(fresh, list(values), by, "Misheard.", fresh.version, timezone.now())


@pytest.mark.django_db
class TestOneRuleThatLiftsWhatItSet:
    def test_another_name_or_birthday_on_the_new_request(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        treated(botox, doctor)
        row = waiting(botox, first_name="Alan")
        corrected(row, front_desk, first_name="Grace")
        assert state(row) == FLAGGED
        corrected(row, front_desk, first_name="Alan")
        assert state(row) == FREE
        corrected(row, front_desk, first_name="Grace", date_of_birth=date(1999, 1, 1), phone="+13105550188")
        assert state(row) == FREE

    def test_another_name_on_the_treated_one(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        visit, row = treated(botox, doctor, first_name="Alan"), waiting(botox)
        corrected(visit.request, front_desk, first_name="Grace")
        assert state(row) == FLAGGED
        corrected(visit.request, front_desk, first_name="Alan")
        assert state(row) == FREE

    def test_the_patient_moves_the_wish(self, client: Client, botox: Treatment, doctor: Practitioner) -> None:
        treated(botox, doctor)
        row = ask(client)
        corrected(row, None, earliest_date=add_months(TODAY, 4))
        assert state(row) == FREE

    def test_staff_say_who_it_is(self, botox: Treatment, doctor: Practitioner, front_desk: User) -> None:
        visit = treated(botox, doctor)
        row = waiting(botox, first_name="G.", last_name="K.", phone="+13105550199")
        same_person.confirm(row, visit.request, front_desk)
        assert state(row) == FLAGGED
        assert interval_of(PatientRequest.objects.get(pk=row.pk), NOW).visits[0].is_certain
        same_person.separate(row, front_desk)
        assert state(row) == FREE

    def test_staff_deny_it(
        self, client: Client, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        visit = treated(botox, doctor)
        row = ask(client)
        assert state(row) == FLAGGED
        same_person.refuse(row, visit.request, front_desk)
        assert state(row) == FREE
        assert state(ask(client)) == FLAGGED, "a third request may be either's"

    def test_joined_through_a_third_request(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        """The visit's own row has nothing in common with the new one; what staff joined to it has."""
        visit = treated(botox, doctor, phone="+13105550188", last_name="Maiden")
        bridge, row = waiting(botox), waiting(botox)
        assert state(row) == FREE
        same_person.confirm(bridge, visit.request, front_desk)
        assert state(row) == state(bridge) == FLAGGED

    def test_a_visit_is_booked_moved_cancelled(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        first, row = waiting(botox), waiting(botox)
        first.move(Action.TAKE, front_desk)
        booked = scheduling.book(first, doctor, tuesday(2), front_desk)
        assert state(row) == FLAGGED
        scheduling.move_appointment(booked, tuesday(30), front_desk)
        assert state(row) == FREE
        scheduling.move_appointment(booked, tuesday(3), front_desk)
        assert state(row) == FLAGGED
        scheduling.cancel(booked, front_desk, "Ill.")
        assert state(row) == FREE

    def test_a_visit_is_noted_undone_and_missed(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        now = at(TODAY, time(12))
        coming = treated(botox, doctor, TODAY + timedelta(days=2))
        Appointment.objects.update(start=at(TODAY, time(10)), end=at(TODAY, time(11)))
        row = waiting(botox)
        scheduling.fulfil(coming, front_desk, now=now)
        assert state(row) == FLAGGED
        scheduling.undo_visit(coming, front_desk, now=now)
        assert state(row) == FLAGGED, "it is booked again"
        scheduling.no_show(coming, front_desk, now=now)
        assert state(row) == FREE

    def test_what_comes_back_is_looked_at_again(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        row = waiting(botox, status=Status.IN_PROGRESS)
        scheduling.offer(row, doctor, [tuesday(2)], front_desk)
        treated(botox, doctor)
        assert state(row) == (Status.OFFERED, False, False), "a hold that was offered stands"
        scheduling.none_suits(row)
        assert state(row) == FLAGGED

    def test_a_time_after_the_interval_that_is_given_back_goes_to_the_desk(
        self, botox: Treatment, doctor: Practitioner, front_desk: User
    ) -> None:
        treated(botox, doctor)
        row = waiting(botox, status=Status.IN_PROGRESS)
        scheduling.cancel(scheduling.book(row, doctor, tuesday(16), front_desk), None, "Another day.")
        assert state(row) == (Status.IN_PROGRESS, False, False)

    def test_what_she_decided_is_not_asked_again(
        self, client: Client, botox: Treatment, doctor: Practitioner, dermatologist: User
    ) -> None:
        treated(botox, doctor)
        row = ask(client)
        reviewing.decide(row, Decision.SUITABLE, dermatologist)
        corrected(row, None, email="grace@example.org")
        assert state(row) == (Status.IN_PROGRESS, False, True)


def tuesday(weeks: int) -> datetime:
    """Ten o'clock on the Tuesday so many weeks from this one: most public holidays are Mondays."""
    return at(date.fromisoformat(posts.open_day(weeks)) + timedelta(days=1), time(10))


@pytest.mark.django_db
def test_the_list_of_flags_and_today_name_it(
    client: Client, botox: Treatment, doctor: Practitioner, dermatologist: User
) -> None:
    treated(botox, doctor)
    row = ask(client)
    client.force_login(dermatologist)
    inbox = reverse("admin:appointments_patientrequest_changelist")
    assert row.shown_reference in client.get(inbox, {"flag": "interval"}).text
    assert '<span class="sign sign--flag">Interval</span>' in client.get(reverse("admin:index")).text


@pytest.mark.django_db
def test_it_costs_few_questions_however_much_is_known(
    botox: Treatment, doctor: Practitioner, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        person = {"person": uuid.uuid4()} if number % 2 else {"email": f"g{number}@example.org"}
        treated(botox, doctor, TODAY - timedelta(days=number), **person)
    row = PatientRequest.objects.select_related("treatment").get(pk=waiting(botox).pk)
    with django_assert_max_num_queries(4):
        assert len(interval_of(row, NOW).visits) == 12


def test_a_day_that_falls_out_within_the_interval_is_not_said_to_be_with_the_dermatologist(
    botox: Treatment, doctor: Practitioner, front_desk: User
) -> None:
    """Other times would need her decision; nothing is asked of her until the visit is cancelled."""
    treated(botox, doctor)
    visit = treated(botox, doctor, TODAY + timedelta(days=7))
    with pytest.raises(scheduling.SchedulingError, match=r"^Nothing was changed: the patient comes sooner"):
        mending.offer_instead(visit, doctor, [visit.start + timedelta(days=1)], front_desk, "Ill.", NOW)
    visit.request.refresh_from_db()
    assert (visit.request.status, visit.request.decision_owed) == (Status.BOOKED, False)
    mending.cancel_fallen(visit, front_desk, "Ill.", NOW)
    visit.request.refresh_from_db()
    assert (visit.request.status, visit.request.decision_owed) == (Status.CLINICAL_REVIEW, True)
