"""When the calendar changes: what no longer stands is found, ended or mended, and never taken."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from time import sleep
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appointments import scheduling
from appointments.availability import Availability, availability_of
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, Message, MessageStatus, PatientRequest
from appointments.scheduling import SchedulingError, mending
from clinic.admin import availability
from clinic.models import Clinic, Closure, HolidayDecision, OpeningHours, Practitioner, SpecialOpening
from clinic.time.hours import at
from clinic.time.words import day_and_clock
from tests import builders
from tests.builders import WEDNESDAY
from tests.threads import at_once

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 9)
TEN = at(DAY, time(10))


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def booked(who: Practitioner, start: datetime = TEN, **values: object) -> Appointment:
    end = values.pop("end", start + timedelta(minutes=30))
    values = {"email": "ada@example.org", "status": Status.BOOKED} | values
    return builders.appointment(builders.appointment_request(**values), who, start, end=end)


def held(who: Practitioner, start: datetime = TEN, **values: object) -> Appointment:
    row = builders.appointment_request(email="ada@example.org", status=Status.OFFERED, **values)
    return builders.appointment(
        row, who, start, status=AppointmentStatus.PENDING, hold_until=WEDNESDAY + timedelta(days=3)
    )


def closed(who: Practitioner | None, **values: object) -> Closure:
    return Closure.objects.create(**({"practitioner": who, "first_day": DAY, "last_day": DAY} | values))


BREAKING = {
    "the clinic closed": lambda who: closed(None),
    "the doctor away": lambda who: closed(who),
    "a part of the day": lambda who: closed(who, starts=time(9), ends=time(10, 15)),
    "every week": lambda who: closed(
        None, first_day=DAY - timedelta(weeks=1), last_day=None, starts=time(10), ends=time(11), weekly=True
    ),
    "hours shortened": lambda who: OpeningHours.objects.create(weekday=2, opens="12:00", closes="17:00"),
    "sees no patients": lambda who: Practitioner.objects.filter(pk=who.pk).update(is_active=False),
    "a holiday": lambda who: HolidayDecision.objects.create(day=DAY, is_closed=True),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
class TestEveryChange:
    def test_it_is_found_and_can_not_be_taken(
        self, change: Callable[[Practitioner], object], doctor: Practitioner
    ) -> None:
        visit, offer = booked(doctor), held(doctor, at(DAY, time(10, 30)))
        assert scheduling.clashes(WEDNESDAY) == []
        change(doctor)
        assert visit in scheduling.clashes(WEDNESDAY)
        if offer not in scheduling.clashes(WEDNESDAY):
            return  # only a part of the day is gone
        with pytest.raises(SchedulingError, match="isn't possible any more"):
            scheduling.accept(offer, now=WEDNESDAY)
        offer.refresh_from_db()
        assert offer.status == AppointmentStatus.CANCELLED
        row = PatientRequest.objects.get(pk=offer.request_id)
        assert (row.status, row.respond_by) == (Status.IN_PROGRESS, WEDNESDAY)
        assert Message.objects.get(request=row).kind == "times_fallen"

    def test_nothing_new_is_given_there(
        self, change: Callable[[Practitioner], object], doctor: Practitioner, front_desk: User
    ) -> None:
        change(doctor)
        row = builders.appointment_request(status=Status.IN_PROGRESS)
        with pytest.raises(SchedulingError):
            scheduling.book(row, doctor, TEN, front_desk, now=WEDNESDAY)
        with pytest.raises(SchedulingError):
            scheduling.offer(row, doctor, [TEN], front_desk, now=WEDNESDAY)


def test_a_single_opening_on_a_saturday_can_be_booked(doctor: Practitioner, front_desk: User) -> None:
    saturday = date(2026, 12, 12)
    SpecialOpening.objects.create(day=saturday, opens=time(10), closes=time(12))
    row = builders.appointment_request(status=Status.IN_PROGRESS)
    assert scheduling.book(row, doctor, at(saturday, time(11)), front_desk, now=WEDNESDAY)
    assert scheduling.clashes(WEDNESDAY) == []
    SpecialOpening.objects.all().delete()
    assert len(scheduling.clashes(WEDNESDAY)) == 1


def test_a_treatment_that_the_doctor_no_longer_does(doctor: Practitioner, front_desk: User) -> None:
    treatment = builders.treatment()
    visit = booked(doctor, treatment=treatment)
    treatment.practitioners.add(builders.practitioner())
    assert scheduling.clashes(WEDNESDAY) == [visit]
    row = builders.appointment_request(status=Status.IN_PROGRESS, treatment=treatment)
    with pytest.raises(SchedulingError, match="doesn't do this treatment"):
        scheduling.book(row, doctor, at(DAY, time(14)), front_desk, now=WEDNESDAY)


def test_what_is_over_or_ended_is_no_clash(doctor: Practitioner) -> None:
    booked(doctor, WEDNESDAY - timedelta(days=7))
    gone = held(doctor)
    Appointment.objects.filter(pk=gone.pk).update(hold_until=WEDNESDAY - timedelta(hours=1))
    closed(None, first_day=date(2026, 11, 1), last_day=date(2026, 12, 31))
    assert scheduling.clashes(WEDNESDAY) == []


def test_held_times_end_and_the_others_of_the_request_stay(doctor: Practitioner) -> None:
    first, second = held(doctor), None
    second = builders.appointment(
        first.request,
        doctor,
        TEN + timedelta(days=1),
        status=AppointmentStatus.PENDING,
        hold_until=first.hold_until,
    )
    closed(doctor)
    assert scheduling.end_fallen_holds(WEDNESDAY) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.PENDING)
    assert PatientRequest.objects.get(pk=first.request_id).status == Status.OFFERED
    closed(doctor, first_day=DAY + timedelta(days=1), last_day=DAY + timedelta(days=1))
    assert scheduling.end_fallen_holds(WEDNESDAY) == 1
    assert PatientRequest.objects.get(pk=first.request_id).status == Status.IN_PROGRESS
    assert scheduling.end_fallen_holds(WEDNESDAY) == 0


def test_an_offer_that_waits_in_the_outbox_names_the_times_that_are_left(
    doctor: Practitioner, front_desk: User
) -> None:
    row = builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.org")
    fallen, left = TEN, TEN + timedelta(days=1)
    scheduling.offer(row, doctor, [fallen, left], front_desk, now=WEDNESDAY)
    closed(doctor)
    scheduling.end_fallen_holds(WEDNESDAY)
    said = dict(Message.objects.values_list("status", "text"))
    assert day_and_clock(fallen) in said[MessageStatus.VOID]
    assert day_and_clock(fallen) not in said[MessageStatus.QUEUED]
    assert day_and_clock(left) in said[MessageStatus.QUEUED]


@pytest.mark.parametrize("email", ["ada@example.org", ""])
def test_a_word_of_other_times_that_waits_names_those_that_are_left_or_that_the_visit_is_off(
    doctor: Practitioner, front_desk: User, email: str
) -> None:
    visit = booked(doctor, email=email)
    first, second = TEN + timedelta(days=1), TEN + timedelta(days=2)
    closed(doctor)
    mending.offer_instead(visit, doctor, [first, second], front_desk, "Our doctor is ill.", WEDNESDAY)
    closed(doctor, first_day=first.date(), last_day=first.date())
    scheduling.end_fallen_holds(WEDNESDAY)
    [waits] = Message.objects.filter(status=MessageStatus.QUEUED)
    assert waits.kind == "other_times"
    said = waits.spoken or waits.text
    assert all(day_and_clock(start) in said for start in (visit.start, second))
    assert day_and_clock(first) not in said
    assert "Our doctor is ill." in said
    closed(doctor, first_day=second.date(), last_day=second.date())
    scheduling.end_fallen_holds(WEDNESDAY)
    [off] = Message.objects.filter(status=MessageStatus.QUEUED, kind="cancelled")
    assert day_and_clock(visit.start) in off.text
    assert "Our doctor is ill." in (off.spoken or off.text)
    assert not Message.objects.filter(kind="other_times", status=MessageStatus.QUEUED).exists()


def test_whose_held_times_fell_waits_for_others_until_some_are_held(
    doctor: Practitioner, front_desk: User
) -> None:
    offer = held(doctor)
    later = builders.appointment(
        offer.request, doctor, TEN + timedelta(hours=1), status=AppointmentStatus.PENDING,
        hold_until=offer.hold_until,
    )  # fmt: skip
    closed(doctor)
    scheduling.end_fallen_holds(WEDNESDAY)
    assert scheduling.fallen_offers() == [[offer, later]]
    [proposal] = mending.propose_for([offer], WEDNESDAY)
    mending.offer_again(offer, doctor, proposal.starts, front_desk, WEDNESDAY)
    assert scheduling.fallen_offers() == []
    told = Message.objects.get(kind="offers")
    sorry = "We are sorry: our hours have changed, so we can no longer keep the times that we held for you."
    assert sorry in told.text
    assert sorry in told.spoken
    assert PatientRequest.objects.get(pk=offer.request_id).status == Status.OFFERED


def test_some_time_is_kept_free_after_a_visit(doctor: Practitioner, front_desk: User) -> None:
    treatment = builders.treatment(buffer_minutes=20)
    booked(doctor, treatment=treatment)
    row = builders.appointment_request(status=Status.IN_PROGRESS)
    with pytest.raises(SchedulingError, match="too close"):
        scheduling.book(row, doctor, TEN + timedelta(minutes=30), front_desk, now=WEDNESDAY)
    mine = builders.appointment_request(status=Status.IN_PROGRESS, treatment=treatment)
    with pytest.raises(SchedulingError, match="too close"):
        scheduling.book(mine, doctor, TEN - timedelta(minutes=45), front_desk, now=WEDNESDAY)
    assert scheduling.book(row, doctor, TEN + timedelta(minutes=50), front_desk, now=WEDNESDAY)


class TestMending:
    def test_a_sick_doctors_eighteen_patients(self, doctor: Practitioner, front_desk: User) -> None:
        """Each is told once, no two proposals overlap, and each request keeps its history."""
        length = timedelta(minutes=25)
        visits = [booked(doctor, start, end=start + length) for start in _starts(18, length)]
        closed(doctor)
        broken = scheduling.clashes(WEDNESDAY)
        assert len(broken) == 18
        proposals = mending.propose_for(broken, WEDNESDAY)
        spans = sorted(start for proposal in proposals for start in proposal.starts)
        assert all(later - sooner >= length for sooner, later in pairwise(spans))
        for each in proposals:
            mending.offer_instead(
                each.appointment, each.practitioner, each.starts, front_desk, "Our doctor is ill.", WEDNESDAY
            )
        assert scheduling.clashes(WEDNESDAY) == []
        assert Message.objects.count() == 18
        assert {message.kind for message in Message.objects.all()} == {"other_times"}
        assert "Our doctor is ill." in Message.objects.all()[0].spoken
        for visit in visits:
            row = PatientRequest.objects.get(pk=visit.request_id)
            assert row.status == Status.OFFERED
            actions = list(row.events.exclude(action="").values_list("action", flat=True))
            assert actions == ["appointment_cancelled", "offer"]

    def test_wishes_are_met_where_they_can_be(self, doctor: Practitioner) -> None:
        booked(doctor, preferred_days=["fri"], preferred_times=["afternoon"])
        closed(doctor)
        [proposal] = mending.propose_for(scheduling.clashes(WEDNESDAY), WEDNESDAY)
        assert len(proposal.starts) == 3
        assert all(start.weekday() == 4 for start in proposal.starts)

    def test_what_is_kept_free_after_a_visit_is_kept_free_here_too(
        self, doctor: Practitioner, front_desk: User
    ) -> None:
        treatment = builders.treatment(buffer_minutes=20)
        for hour in (9, 11, 13):
            booked(doctor, at(DAY, time(hour)), treatment=treatment)
        closed(doctor)
        for each in mending.propose_for(scheduling.clashes(WEDNESDAY), WEDNESDAY):
            mending.offer_instead(
                each.appointment, each.practitioner, each.starts, front_desk, "Ill.", WEDNESDAY
            )
        assert scheduling.clashes(WEDNESDAY) == []

    def test_somebody_else_is_proposed_where_the_doctor_is_gone(self, doctor: Practitioner) -> None:
        booked(doctor)
        other = builders.practitioner()
        Practitioner.objects.filter(pk=doctor.pk).update(is_active=False)
        [proposal] = mending.propose_for(scheduling.clashes(WEDNESDAY), WEDNESDAY)
        assert proposal.practitioner == other

    def test_a_patient_without_e_mail_is_called(self, doctor: Practitioner, front_desk: User) -> None:
        visit = booked(doctor, email="")
        closed(doctor)
        [proposal] = mending.propose_for([visit], WEDNESDAY)
        mending.offer_instead(visit, doctor, proposal.starts, front_desk, "Our doctor is ill.", WEDNESDAY)
        task = Message.objects.get()
        assert (task.channel, task.kind) == ("phone", "other_times")
        assert "Our doctor is ill." in task.text

    def test_other_times_are_as_long_as_the_one_that_was_booked(
        self, doctor: Practitioner, front_desk: User
    ) -> None:
        visit = booked(doctor, end=TEN + timedelta(minutes=75))
        closed(doctor)
        [proposal] = mending.propose_for([visit], WEDNESDAY)
        held = mending.offer_instead(visit, doctor, proposal.starts, front_desk, "Ill.", WEDNESDAY)
        assert {each.end - each.start for each in held} == {timedelta(minutes=75)}

    def test_another_doctor_at_the_same_time_is_named(self, doctor: Practitioner, front_desk: User) -> None:
        visit, other = booked(doctor), builders.practitioner(name="Dr. Rossi")
        closed(doctor)
        scheduling.move_appointment(visit, visit.start, front_desk, other, now=WEDNESDAY)
        [message] = Message.objects.all()
        assert "this is how it stands now:" in message.text
        assert "With Dr. Rossi" in message.text
        assert "The time itself is the same as before." in message.text

    def test_two_colleagues_at_once(self, doctor: Practitioner, front_desk: User) -> None:
        visit = booked(doctor)
        closed(doctor)
        mending.cancel_fallen(visit, front_desk, "Ill.", WEDNESDAY)
        with pytest.raises(SchedulingError, match="colleague was faster"):
            mending.cancel_fallen(visit, front_desk, "Ill.", WEDNESDAY)
        assert Message.objects.count() == 1


def test_an_outside_program_need_not_say_when(doctor: Practitioner, front_desk: User) -> None:
    visit = booked(doctor, timezone.now() + timedelta(days=3))
    Practitioner.objects.filter(pk=doctor.pk).update(is_active=False)
    assert scheduling.clashes() == [visit]
    scheduling.cancel(visit, front_desk, "Ill.")
    assert visit.status == AppointmentStatus.CANCELLED
    assert scheduling.clashes() == []


def test_a_patient_who_takes_a_time_at_which_she_is_elsewhere(doctor: Practitioner) -> None:
    """Her wish stands, since names and phones may mislead; the desk sees both until one has gone."""
    other = builders.practitioner()
    who: dict[str, Any] = {"first_name": "Ada", "last_name": "Twice", "phone": "+13105550177"}
    offered, visit = held(doctor, **who), booked(other, TEN + timedelta(minutes=15), **who)
    booked(builders.practitioner(), TEN, last_name="Else", phone="+13105550177")
    booked(other, TEN + timedelta(minutes=45), **who)
    assert scheduling.twice_at_once(WEDNESDAY) == []
    taken = scheduling.accept(offered, now=WEDNESDAY)
    assert offered.status == AppointmentStatus.BOOKED
    assert scheduling.twice_at_once(WEDNESDAY) == [(taken, visit)]
    assert scheduling.twice_at_once(TEN + timedelta(minutes=10)) == []


def _starts(count: int, length: timedelta) -> list[datetime]:
    return [at(DAY, time(9)) + number * length for number in range(count)]


def test_somebody_is_there_only_for_the_whole_time(doctor: Practitioner) -> None:
    closed(doctor, starts=time(12), ends=time(13))
    who = availability_of([doctor.pk], WEDNESDAY)[doctor.pk]
    assert who.is_there(at(DAY, time(11, 30)), at(DAY, time(12)))
    assert not who.is_there(at(DAY, time(11, 45)), at(DAY, time(12, 15)))
    assert not who.is_there(at(DAY, time(11)), at(DAY, time(14)))


CHANGES = st.lists(
    st.sampled_from(["close", "away", "block", "weekly", "inactive", "open", "hours"]), min_size=1, max_size=4
)
MINUTES = st.lists(st.integers(0, 27), min_size=1, max_size=5, unique=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, slots=MINUTES, holds=MINUTES)
def test_nobody_is_left_untold(changes: list[str], slots: list[int], holds: list[int]) -> None:
    """Random changes against random times: what no longer fits is found, and none of it can be accepted."""
    with transaction.atomic():
        builders.clinic()
        who = builders.practitioner()
        given_times = [booked(who, _slot(n)) for n in slots]
        given_times += [held(who, _slot(n)) for n in holds if n not in slots]
        for change in changes:
            _apply(change, who)
        broken = scheduling.clashes(WEDNESDAY)
        hours_now = Availability.of(who, WEDNESDAY)
        for each in given_times:
            stands = not hours_now.refusal(each.start, each.end)
            assert (each in broken) is not stands
            if each.is_held and not stands:
                with pytest.raises(SchedulingError):
                    scheduling.accept(each, now=WEDNESDAY)
        scheduling.end_fallen_holds(WEDNESDAY)
        assert all(not each.is_held for each in scheduling.clashes(WEDNESDAY))
        transaction.set_rollback(True)


def _slot(number: int) -> datetime:
    """One of twenty-eight half hours on two days."""
    return at(DAY + timedelta(days=number // 14), time(9)) + timedelta(minutes=30 * (number % 14))


def _apply(change: str, who: Practitioner) -> None:
    if change == "close":
        closed(None)
    elif change == "away":
        closed(who, last_day=DAY + timedelta(days=1))
    elif change == "block":
        closed(who, starts=time(12), ends=time(14))
    elif change == "weekly":
        closed(None, last_day=None, starts=time(9), ends=time(10, 15), weekly=True)
    elif change == "inactive":
        Practitioner.objects.filter(pk=who.pk).update(is_active=False)
    elif change == "open":
        SpecialOpening.objects.create(practitioner=who, day=DAY, opens=time(8), closes=time(18))
    else:
        OpeningHours.objects.get_or_create(weekday=2, opens="11:00", closes="15:00")


ROUNDS = 12


def _step(steps: list[Callable[[], None]], which: int) -> None:
    steps[which]()


def _closing_and_booking(front_desk: User) -> int:
    """Closes a day and books a time on it at once, over and over; how often the closing hadn't seen it."""
    unseen = 0
    for number in range(ROUNDS):
        who = builders.practitioner()
        row = builders.appointment_request(status=Status.IN_PROGRESS)
        seen: list[int] = []

        def close(who: Practitioner = who, seen: list[int] = seen) -> None:
            with transaction.atomic():
                availability.lock_availability()
                closed(who)
                seen += [each.pk for each in scheduling.clashes(WEDNESDAY)]
                sleep(0.02)  # what a page takes that tells of it

        def book(who: Practitioner = who, row: PatientRequest = row) -> None:
            with suppress(SchedulingError):
                scheduling.book(row, who, TEN, front_desk, now=WEDNESDAY)

        at_once(partial(_step, [close, book] if number % 2 else [book, close]), 2, threads=2)
        given_now = Appointment.objects.filter(practitioner=who).active().values_list("pk", flat=True)
        unseen += sum(pk not in seen for pk in given_now)
    return unseen


@pytest.mark.django_db(transaction=True)
def test_no_booking_slips_past_a_closing(clinic: Clinic, front_desk: User) -> None:
    assert _closing_and_booking(front_desk) == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_does(clinic: Clinic, front_desk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: on SQLite a transaction is alone anyway."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    monkeypatch.setattr(availability, "lock_availability", lambda: None)
    read = availability_of

    def slow(*args: Any) -> Any:
        found = read(*args)
        sleep(0.01)  # between the look at the hours and the booking
        return found

    monkeypatch.setattr("appointments.availability.availability_of", slow)
    assert _closing_and_booking(front_desk) > 0
