"""A time that falls free finds the patient who wants it; nobody loses an appointment by it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from appointments import scheduling
from appointments.follow_up import reminders
from appointments.lifecycle import Action, Status
from appointments.messages import staleness
from appointments.models import (
    Appointment,
    AppointmentStatus,
    FreedTime,
    Message,
    OtherTime,
    OtherTimeState,
    PatientRequest,
)
from appointments.models.erasure import Erasure
from appointments.requests import rights
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import answering, by_itself, keeping, offering, wishes
from appointments.scheduling.earlier.proposals import proposals
from clinic.models import Clinic, Closure, Practitioner
from tests import builders
from tests.builders import WEDNESDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The Friday after, 10:00 in Los Angeles.
FREED = WEDNESDAY + 2 * DAY
TAKEN = OtherTimeState.TAKEN


@pytest.fixture
def who(clinic: object) -> Practitioner:
    return builders.practitioner(name="Dr. Umar")


def waits(who: Practitioner, start: datetime, **values: object) -> PatientRequest:
    """A patient with an appointment at `start` who wants an earlier one."""
    values.setdefault("email", f"patient-{PatientRequest.objects.count()}@example.org")
    row = builders.appointment_request(status=Status.BOOKED, received_at=WEDNESDAY - DAY, **values)
    builders.appointment(row, who, start)
    builders.earlier_wish(row)
    return row


def falls_free(who: Practitioner, start: datetime = FREED, minutes: int = 30) -> FreedTime:
    """A booked time whose patient cancels."""
    row = builders.appointment_request(status=Status.BOOKED)
    booked = builders.appointment(row, who, start, end=start + timedelta(minutes=minutes))
    scheduling.cancel(booked, None, now=WEDNESDAY)
    return FreedTime.objects.get(start=start)


def booked_start(row: PatientRequest) -> datetime:
    return row.appointments.get(status=AppointmentStatus.BOOKED).start


@pytest.mark.django_db
def test_a_cancelled_time_finds_the_patient_who_takes_it_and_frees_the_own(
    who: Practitioner, front_desk: User
) -> None:
    row = waits(who, FREED + 7 * DAY)
    freed = falls_free(who)
    [proposed] = proposals(WEDNESDAY)
    assert [each.patient_request for each in proposed.candidates] == [row]
    [one] = offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY)
    assert proposals(WEDNESDAY) == [], "it is held, so it is proposed to nobody else"
    other = builders.appointment_request(status=Status.IN_PROGRESS)
    with pytest.raises(SchedulingError):
        scheduling.book(other, who, FREED, front_desk, now=WEDNESDAY)
    assert booked_start(row) == FREED + 7 * DAY, "the present time stays until the earlier one is taken"
    before = row.appointments.get(status=AppointmentStatus.BOOKED)
    answering.take(one, now=WEDNESDAY + HOUR)
    after = row.appointments.get(status=AppointmentStatus.BOOKED)
    assert (after.pk, after.uid, after.start) == (before.pk, before.uid, FREED)
    assert after.sequence == before.sequence + 1, "the calendar's entry is brought up to date"
    told = Message.objects.get(request=row, kind="moved")
    assert told.appointment == after
    assert FreedTime.objects.filter(start=FREED + 7 * DAY, was_of=row).exists()
    assert not Appointment.objects.held().exists()
    steps = list(row.events.exclude(action="").order_by("pk").values_list("action", flat=True))
    assert steps == [Action.OFFER_OTHER, Action.TAKE_OTHER]
    assert row.events.get(action=Action.TAKE_OTHER).is_patients_wish


@pytest.mark.django_db
def test_the_time_that_falls_free_by_it_is_proposed_to_the_next(who: Practitioner, front_desk: User) -> None:
    first, second = waits(who, FREED + 7 * DAY), waits(who, FREED + 14 * DAY)
    freed = falls_free(who)
    [one] = offering.offer(freed, [first.pk], front_desk, now=WEDNESDAY)
    answering.take(one, now=WEDNESDAY)
    [proposed] = proposals(WEDNESDAY)
    assert proposed.freed.start == FREED + 7 * DAY
    assert [each.patient_request for each in proposed.candidates] == [second]


@pytest.mark.django_db
def test_of_three_who_are_asked_the_first_gets_it(who: Practitioner, front_desk: User) -> None:
    rows = [waits(who, FREED + number * 7 * DAY) for number in (1, 2, 3)]
    freed = falls_free(who)
    asked = offering.offer(freed, [row.pk for row in rows], front_desk, now=WEDNESDAY)
    assert Appointment.objects.held().count() == 1, "one hold for all of them"
    by_request = {one.request_id: one for one in asked}
    answering.take(by_request[rows[1].pk], now=WEDNESDAY)
    for late in (rows[0], rows[2]):
        with pytest.raises(SchedulingError, match="somebody else"):
            answering.take(by_request[late.pk], now=WEDNESDAY)
    assert [booked_start(row) for row in rows] == [FREED + 7 * DAY, FREED, FREED + 21 * DAY]
    assert not Appointment.objects.held().exists()
    for message in Message.objects.filter(kind="earlier_time"):
        assert staleness.is_stale(message, WEDNESDAY), "nobody is written to about what is gone"


@pytest.mark.django_db
def test_the_database_lets_one_of_a_wave_be_taken(who: Practitioner, front_desk: User) -> None:
    rows = [waits(who, FREED + number * 7 * DAY) for number in (1, 2)]
    offering.offer(falls_free(who), [row.pk for row in rows], front_desk, now=WEDNESDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        OtherTime.objects.update(state=TAKEN)


@pytest.mark.django_db
def test_who_keeps_the_time_passes_it_on_and_is_not_asked_again(who: Practitioner, front_desk: User) -> None:
    rows = [waits(who, FREED + number * 7 * DAY) for number in (1, 2)]
    freed = falls_free(who)
    asked = offering.offer(freed, [row.pk for row in rows], front_desk, now=WEDNESDAY)
    first = next(one for one in asked if one.hold_id)
    answering.keep(first, now=WEDNESDAY)
    [held] = Appointment.objects.held()
    assert held.request_id != first.request_id, "it stays held for the other one"
    answering.keep(next(one for one in asked if one != first), now=WEDNESDAY)
    assert not Appointment.objects.held().exists()
    assert proposals(WEDNESDAY) == []
    assert {booked_start(row) for row in rows} == {FREED + 7 * DAY, FREED + 14 * DAY}


@pytest.mark.django_db
def test_nobody_is_offered_what_they_had_refused_or_let_pass(who: Practitioner, front_desk: User) -> None:
    had, refused, left = (waits(who, FREED + number * 7 * DAY) for number in (1, 2, 3))
    Appointment.objects.create(
        request=had, practitioner=who, start=FREED, end=FREED + HOUR / 2, status=AppointmentStatus.CANCELLED
    )
    freed = falls_free(who)
    [one] = offering.offer(freed, [refused.pk], front_desk, now=WEDNESDAY)
    answering.keep(one, now=WEDNESDAY)
    offering.offer(freed, [left.pk], front_desk, now=WEDNESDAY)
    later = WEDNESDAY + 5 * HOUR
    scheduling.release_expired(later)
    keeping.keep_up(later)
    assert set(OtherTime.objects.values_list("state", flat=True)) == {"kept", "lapsed"}
    assert left.events.filter(action=Action.OTHER_ENDED).count() == 1
    assert proposals(later) == []


@pytest.mark.django_db
def test_the_hold_passes_on_when_its_patient_withdraws(who: Practitioner, front_desk: User) -> None:
    rows = [waits(who, FREED + number * 7 * DAY) for number in (1, 2)]
    asked = offering.offer(falls_free(who), [row.pk for row in rows], front_desk, now=WEDNESDAY)
    first = next(one for one in asked if one.hold_id)
    first.request.move(Action.WITHDRAW, now=WEDNESDAY)
    assert not Appointment.objects.held().exists()
    assert keeping.keep_up(WEDNESDAY) == 1
    [held] = Appointment.objects.held()
    other = next(one for one in asked if one != first)
    assert held.request_id == other.request_id
    assert keeping.keep_up(WEDNESDAY) == 0
    answering.take(other, now=WEDNESDAY)
    assert booked_start(other.request) == FREED


@pytest.mark.django_db
def test_a_hold_that_was_lost_to_somebody_else_is_over_for_all(who: Practitioner, front_desk: User) -> None:
    rows = [waits(who, FREED + number * 7 * DAY) for number in (1, 2)]
    asked = offering.offer(falls_free(who), [row.pk for row in rows], front_desk, now=WEDNESDAY)
    Appointment.objects.held().cancel(WEDNESDAY)
    other = builders.appointment_request(status=Status.IN_PROGRESS)
    scheduling.book(other, who, FREED, front_desk, now=WEDNESDAY)
    keeping.keep_up(WEDNESDAY)
    assert set(OtherTime.objects.values_list("state", flat=True)) == {"missed"}
    with pytest.raises(SchedulingError, match="you keep your time"):
        answering.take(asked[0], now=WEDNESDAY)


@pytest.mark.django_db
def test_a_time_at_which_nobody_is_there_any_more_is_over_once_and_for_all(
    who: Practitioner, front_desk: User
) -> None:
    row = waits(who, FREED + 7 * DAY)
    [one] = offering.offer(falls_free(who), [row.pk], front_desk, now=WEDNESDAY)
    Closure.objects.create(first_day=FREED.date(), last_day=FREED.date())
    with pytest.raises(SchedulingError, match="isn't possible any more"):
        answering.take(one, now=WEDNESDAY)
    one.refresh_from_db()
    assert one.state == "taken_back"
    assert booked_start(row) == FREED + 7 * DAY
    Closure.objects.all().delete()
    other = waits(who, FREED + 8 * DAY)
    [one] = offering.offer(FreedTime.objects.get(start=FREED), [other.pk], front_desk, now=WEDNESDAY)
    Closure.objects.create(first_day=FREED.date(), last_day=FREED.date())
    scheduling.end_fallen_holds(WEDNESDAY)
    assert (keeping.keep_up(WEDNESDAY), keeping.keep_up(WEDNESDAY)) == (1, 0)
    one.refresh_from_db()
    assert one.state == "taken_back"
    assert not Appointment.objects.held().exists()


@pytest.mark.django_db
def test_taken_back_it_is_free_again_and_everybody_keeps_theirs(who: Practitioner, front_desk: User) -> None:
    row = waits(who, FREED + 7 * DAY)
    [one] = offering.offer(falls_free(who), [row.pk], front_desk, now=WEDNESDAY)
    assert offering.take_back(one.wave, front_desk, now=WEDNESDAY) == 1
    assert not Appointment.objects.held().exists()
    with pytest.raises(SchedulingError):
        answering.take(one, now=WEDNESDAY)
    assert booked_start(row) == FREED + 7 * DAY


@pytest.mark.django_db
def test_what_was_taken_back_by_mistake_staff_can_offer_again_and_nothing_does_by_itself(
    who: Practitioner, front_desk: User
) -> None:
    row, freed = waits(who, FREED + 7 * DAY), falls_free(who)
    [one] = offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY)
    offering.take_back(one.wave, front_desk, now=WEDNESDAY)
    Clinic.objects.update(earlier_by_itself=True)
    assert proposals(WEDNESDAY, by_itself=True) == []
    assert by_itself.offer_by_itself(WEDNESDAY) == 0
    [proposed] = proposals(WEDNESDAY)
    assert [each.patient_request for each in proposed.candidates] == [row]
    [again] = offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY)
    answering.keep(again, now=WEDNESDAY)
    assert proposals(WEDNESDAY) == [], "the patient has refused it"


@pytest.mark.django_db
def test_a_time_kept_for_who_was_asked_is_nobodys_whoever_ends_it(
    who: Practitioner, front_desk: User
) -> None:
    row, freed = waits(who, FREED + 7 * DAY), falls_free(who)
    gave_it_up = freed.was_of_id
    [one] = offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY)
    booked = row.appointments.get(status=AppointmentStatus.BOOKED)
    scheduling.confirm(booked, None, sequence=booked.sequence, now=WEDNESDAY)
    keeping.keep_up(WEDNESDAY)
    offering.take_back(one.wave, front_desk, now=WEDNESDAY)
    assert set(FreedTime.objects.values_list("was_of", flat=True)) == {gave_it_up}
    [proposed] = proposals(WEDNESDAY)
    assert [each.patient_request for each in proposed.candidates] == [row]


@pytest.mark.django_db
def test_at_night_the_message_waits_and_the_hold_counts_from_the_morning(
    who: Practitioner, front_desk: User
) -> None:
    row = waits(who, FREED + 7 * DAY)
    night = datetime(2026, 12, 3, 6, 0, tzinfo=UTC)  # 10pm in Los Angeles
    [one] = offering.offer(falls_free(who), [row.pk], front_desk, now=night)
    morning = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)
    assert Message.objects.get(kind="earlier_time").next_attempt_at == morning
    assert one.until == morning + 3 * HOUR


@pytest.mark.django_db
def test_a_hold_never_reaches_into_the_time_itself(who: Practitioner, front_desk: User) -> None:
    row = waits(who, FREED + 7 * DAY)
    freed = falls_free(who, FREED + 5 * HOUR)
    [one] = offering.offer(freed, [row.pk], front_desk, now=FREED)
    assert one.until == FREED + 3 * HOUR
    other = waits(who, FREED + 8 * DAY)
    offering.take_back(one.wave, front_desk, now=FREED + HOUR)
    with pytest.raises(SchedulingError, match="too near"):
        offering.offer(freed, [other.pk], front_desk, now=FREED + 3 * HOUR)


@pytest.mark.django_db
def test_urgent_then_suiting_then_fitting_then_waiting_longest(who: Practitioner) -> None:
    plain = waits(who, FREED + 7 * DAY)
    longer = waits(who, FREED + 8 * DAY + 2 * HOUR)
    type(longer.earlier_wish).objects.filter(request=longer).update(since=WEDNESDAY - 9 * DAY)
    other_days = waits(who, FREED + 9 * DAY, preferred_days=["mon"])
    urgent = waits(who, FREED + 10 * DAY, urgent=True, preferred_days=["mon"])
    falls_free(who)
    [proposed] = proposals(WEDNESDAY)
    assert [each.patient_request for each in proposed.candidates] == [urgent, longer, plain, other_days]
    assert [each.suits for each in proposed.candidates] == [False, True, True, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"earliest_date": (FREED + DAY).date()},
        {"decision_owed": True, "status": Status.IN_PROGRESS},
        {"suspected_spam": True},
    ],
)
def test_whom_it_can_not_be_offered_to(who: Practitioner, values: dict[str, object]) -> None:
    falls_free(who)
    row = waits(who, FREED + 7 * DAY)
    if values.get("decision_owed"):
        row.appointments.all().delete()
    PatientRequest.objects.filter(pk=row.pk).update(**values)
    assert proposals(WEDNESDAY) == []


@pytest.mark.django_db
def test_a_longer_visit_fits_only_where_what_follows_is_free_too(who: Practitioner) -> None:
    row = waits(who, FREED + 7 * DAY)
    row.appointments.update(end=FREED + 7 * DAY + HOUR)
    falls_free(who)
    assert len(proposals(WEDNESDAY)) == 1
    builders.appointment(builders.appointment_request(status=Status.BOOKED), who, FREED + HOUR / 2)
    assert proposals(WEDNESDAY) == []


@pytest.mark.django_db
def test_another_doctors_time_only_to_who_wants_any(who: Practitioner, front_desk: User) -> None:
    row = waits(who, FREED + 7 * DAY)
    freed = falls_free(builders.practitioner(name="Dr. Other"))
    assert proposals(WEDNESDAY) == []
    assert wishes.ask(row, None, WEDNESDAY, any_doctor=True)
    [one] = offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY)
    assert "Dr. Other" in Message.objects.get(kind="earlier_time").text
    answering.take(one, now=WEDNESDAY)
    assert row.appointments.get(status=AppointmentStatus.BOOKED).practitioner.name == "Dr. Other"


@pytest.mark.django_db
def test_without_an_appointment_it_is_an_ordinary_offer(who: Practitioner, front_desk: User) -> None:
    row = builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.org")
    builders.earlier_wish(row)
    freed = falls_free(who)
    assert offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY) == []
    row.refresh_from_db()
    assert row.status == Status.OFFERED
    [held] = row.appointments.held()
    scheduling.accept(held, now=WEDNESDAY)
    assert booked_start(row) == FREED


@pytest.mark.django_db
def test_who_holds_an_offer_chooses_first(who: Practitioner, front_desk: User) -> None:
    row = builders.appointment_request(status=Status.IN_PROGRESS, received_at=WEDNESDAY - DAY)
    builders.earlier_wish(row)
    freed = falls_free(who)
    assert [each.patient_request for each in proposals(WEDNESDAY)[0].candidates] == [row]
    [held] = scheduling.offer(row, who, [FREED + 7 * DAY], front_desk, now=WEDNESDAY)
    assert proposals(WEDNESDAY) == []
    with pytest.raises(SchedulingError):
        offering.offer(freed, [row.pk], front_desk, now=WEDNESDAY)
    scheduling.accept(held, now=WEDNESDAY + HOUR)
    [proposed] = proposals(WEDNESDAY + HOUR)
    assert proposed.candidates[0].booked == held, "booked, they hear of the time that is still free"


@pytest.mark.django_db
@pytest.mark.parametrize("is_restored", [False, True])
def test_the_time_of_who_is_erased_falls_free(who: Practitioner, is_restored: bool) -> None:
    row = waits(who, FREED + 7 * DAY)
    gone = builders.appointment_request(status=Status.BOOKED)
    start = timezone.now() + 30 * DAY
    builders.appointment(gone, who, start)
    Erasure.objects.create(digest=rights.digest_of(gone), reason="asked")
    if is_restored:
        rights.reapply_erasures()
    else:
        rights.erase(gone, None, "asked")
    assert FreedTime.objects.get().start == start
    assert PatientRequest.objects.get() == row


@pytest.mark.django_db
def test_a_time_that_others_were_asked_too_stays_theirs_when_one_is_erased(
    who: Practitioner, front_desk: User
) -> None:
    rows = [waits(who, FREED + number * 7 * DAY) for number in (1, 2)]
    freed = falls_free(who)
    offering.offer(freed, [row.pk for row in rows], front_desk, now=WEDNESDAY)
    FreedTime.objects.all().delete()
    holder = Appointment.objects.held().get().request
    rights.erase(holder, None, "asked")
    assert not FreedTime.objects.filter(start=FREED).exists()
    keeping.keep_up(WEDNESDAY)
    [left] = [row for row in rows if row != holder]
    assert Appointment.objects.held().get().request == left
    answering.take(left.other_times.get(), now=WEDNESDAY)
    assert booked_start(left) == FREED


@pytest.mark.django_db
def test_a_moved_visit_and_a_hold_that_ended_fall_free_too(who: Practitioner, front_desk: User) -> None:
    row = builders.appointment_request(status=Status.BOOKED)
    booked = builders.appointment(row, who, FREED)
    scheduling.move_appointment(booked, FREED + HOUR, front_desk, now=WEDNESDAY)
    held = builders.appointment_request(status=Status.IN_PROGRESS)
    scheduling.offer(held, who, [FREED + 2 * HOUR], front_desk, now=WEDNESDAY)
    scheduling.release_expired(WEDNESDAY + 2 * DAY - HOUR)
    assert list(FreedTime.objects.order_by("start").values_list("start", flat=True)) == [
        FREED, FREED + 2 * HOUR,
    ]  # fmt: skip
    assert keeping.forget(FREED + 3 * DAY) == 2


@pytest.mark.django_db
def test_an_offer_beside_the_visit_takes_no_reminder_away(who: Practitioner, front_desk: User) -> None:
    row = waits(who, FREED + 7 * DAY)
    before = FREED + 5 * DAY
    freed = falls_free(who, FREED + 6 * DAY)
    offering.offer(freed, [row.pk], front_desk, now=before - HOUR)
    assert reminders.remind(before + HOUR) == 1


@pytest.mark.django_db
def test_by_itself_only_where_the_clinic_lets_it_and_by_day(who: Practitioner) -> None:
    second, first = waits(who, FREED + 14 * DAY), waits(who, FREED + 21 * DAY)
    falls_free(who, FREED + 7 * DAY)
    assert by_itself.offer_by_itself(WEDNESDAY) == 0
    Clinic.objects.update(earlier_by_itself=True)
    night = datetime(2026, 12, 3, 6, 0, tzinfo=UTC)  # 10pm in Los Angeles
    assert by_itself.offer_by_itself(night) == 0
    assert by_itself.offer_by_itself(WEDNESDAY) == 1
    assert [one.request for one in OtherTime.objects.all()] == [first]
    assert by_itself.offer_by_itself(WEDNESDAY) == 0
    later = WEDNESDAY + 4 * HOUR
    scheduling.release_expired(later)
    keeping.keep_up(later)
    assert by_itself.offer_by_itself(later) == 1, "it passes on to the next"
    assert [one.request for one in OtherTime.objects.open(later)] == [second]


@pytest.mark.django_db
def test_by_itself_a_near_time_is_asked_of_three_and_one_that_suits_nobody_of_nobody(
    who: Practitioner,
) -> None:
    Clinic.objects.update(earlier_by_itself=True)
    rows = [waits(who, FREED + number * 7 * DAY) for number in (4, 3, 2, 1)]
    falls_free(who, FREED - DAY)
    assert by_itself.offer_by_itself(WEDNESDAY) == 1
    assert [one.request for one in OtherTime.objects.order_by("pk")] == rows[:3]
    offering.take_back(OtherTime.objects.all()[0].wave, None, now=WEDNESDAY)
    PatientRequest.objects.update(preferred_days=["mon"])
    assert by_itself.offer_by_itself(WEDNESDAY) == 0


@pytest.mark.django_db
def test_by_itself_it_is_an_ordinary_offer_to_who_has_no_appointment(who: Practitioner) -> None:
    Clinic.objects.update(earlier_by_itself=True)
    row = builders.appointment_request(status=Status.IN_PROGRESS)
    builders.earlier_wish(row)
    falls_free(who)
    assert by_itself.offer_by_itself(WEDNESDAY) == 1
    row.refresh_from_db()
    assert row.status == Status.OFFERED


@pytest.mark.django_db
def test_within_a_longer_stretch_each_gets_a_time_that_suits(who: Practitioner, front_desk: User) -> None:
    morning, afternoon = waits(who, FREED + 7 * DAY), waits(who, FREED + 14 * DAY)
    PatientRequest.objects.filter(pk=afternoon.pk).update(preferred_times=["afternoon"])
    FreedTime.objects.note([(who.pk, FREED, FREED + 5 * HOUR, None)], WEDNESDAY)
    [proposed] = proposals(WEDNESDAY)
    starts = {each.patient_request: each.start for each in proposed.candidates}
    assert starts == {morning: FREED, afternoon: FREED + 2 * HOUR}
    offering.offer(proposed.freed, [morning.pk], front_desk, now=WEDNESDAY)
    offering.offer(proposed.freed, [afternoon.pk], front_desk, now=WEDNESDAY)
    assert Appointment.objects.held().count() == 2
