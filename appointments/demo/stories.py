"""The stories of the made-up requests, told through the functions that the site itself uses: nothing here
writes a status."""

from collections.abc import Callable
from datetime import datetime, timedelta

from appointments import scheduling
from appointments.demo.people import person
from appointments.demo.scene import FIRST_OF_FULL_DAY, Scene, ask, call_me, scene_at, submission
from appointments.lifecycle import Action, ClosedReason
from appointments.models import Appointment, CallOutcome, Decision, PatientRequest, RequestSource, Topic
from appointments.requests import calls, reviewing
from appointments.scheduling.earlier import wishes
from appointments.scheduling.free_times import Wishes
from clinic.time.hours import clinic_day


def _booked(scene: Scene, asked_days_ago: int, start: datetime) -> Appointment:
    """A request that was offered `start`, among others, and whose patient took it."""
    at = scene.moment(asked_days_ago + scene.round, 0.2)
    asked = ask(scene, at, gets=start)
    held = scheduling.offer(asked, scene.doctor, [start], scene.desk, take=True, now=at + timedelta(hours=2))
    return scheduling.accept(held[0], now=at + timedelta(hours=3))


def just_asked(scene: Scene) -> None:
    ask(scene, scene.ago(20), message="I would like to come before the holidays if you have a time.")


def just_asked_for_a_call(scene: Scene) -> None:
    call_me(scene, scene.ago(50), Topic.TREATMENT, message="How long does a visit take?")


def overdue(scene: Scene) -> None:
    ask(scene, scene.moment(3, 0.4))


def worried_after_treatment(scene: Scene) -> None:
    call_me(scene, scene.ago(10), Topic.AFTER_TREATMENT, urgent=True, message="One eyelid feels heavy today.")


def asked_twice(scene: Scene) -> None:
    ask(scene, scene.ago(5), who=person(scene.number - 4))


def spam(scene: Scene) -> None:
    words = "Best prices for your website, write to us now"
    ask(scene, scene.moment(1, 0.3), suspected_spam=True, message=words)


def taken(scene: Scene) -> None:
    asked = ask(scene, scene.moment(1, 0.5))
    asked.move(Action.TAKE, scene.desk, now=asked.received_at + timedelta(minutes=40))


def called_in_vain(scene: Scene) -> None:
    asked = call_me(scene, scene.moment(1, 0.3), Topic.APPOINTMENT)
    at = asked.received_at + timedelta(minutes=15)
    asked.move(Action.TAKE, scene.desk_2, now=at)
    calls.log_attempt(asked, CallOutcome.NO_ANSWER, scene.desk_2, now=at)


def left_lying(scene: Scene) -> None:
    asked = ask(scene, scene.moment(2, 0.6))
    asked.move(Action.TAKE, scene.desk_2, "Wants a Friday.", now=asked.received_at + timedelta(hours=1))


def with_the_dermatologist(scene: Scene) -> None:
    ask(scene, scene.moment(1, 0.6), flagged=True)


def outside_the_age_range(scene: Scene) -> None:
    years = (scene.botox.max_age or 65) + 3
    born = clinic_day(scene.now) - timedelta(days=years * 366)
    ask(scene, scene.moment(1, 0.7), date_of_birth=born)


def found_suitable(scene: Scene) -> None:
    asked = ask(scene, scene.moment(2, 0.3), flagged=True)
    at = scene.moment(1, 0.4)
    reviewing.decide(asked, Decision.SUITABLE, scene.dermatologist, note="Mild, no concern.", now=at)


def found_not_suitable(scene: Scene) -> None:
    asked = ask(scene, scene.moment(3 + scene.round, 0.3), flagged=True)
    words = "Please wait until you no longer breastfeed, then ask us again. Call us with any question."
    at = asked.received_at + timedelta(hours=3)
    reviewing.decide(asked, Decision.NOT_SUITABLE, scene.dermatologist, words=words, now=at)


def asked_back(scene: Scene) -> None:
    asked = ask(scene, scene.moment(1, 0.2), flagged=True)
    words = "Which medicine do you take, and since when?"
    at = asked.received_at + timedelta(hours=2)
    reviewing.decide(asked, Decision.NEEDS_INFORMATION, scene.dermatologist, words=words, now=at)


def offered_yesterday(scene: Scene) -> None:
    asked = ask(scene, scene.moment(2, 0.7))
    starts = scene.free(scene.next_day, scene.now, 3, Wishes.of(asked))
    scheduling.offer(asked, scene.doctor, starts, scene.desk, take=True, now=scene.moment(1, 0.6))


def offered_today(scene: Scene) -> None:
    asked = ask(scene, scene.moment(1, 0.8))
    starts = scene.free(scene.next_day + timedelta(days=2), scene.now, 2, Wishes.of(asked))
    scheduling.offer(asked, scene.doctor, starts, scene.desk, take=True, now=scene.ago(3))


def booked_soon(scene: Scene) -> None:
    _booked(scene, 2, scene.free(scene.next_day, scene.now)[0])


def booked_today(scene: Scene) -> None:
    visit = _booked(scene, 3, scene.free(clinic_day(scene.now), scene.now)[0])
    scheduling.confirm(visit, sequence=visit.sequence, now=scene.moment(1, 0.9))


def none_suited(scene: Scene) -> None:
    at = scene.moment(2, 0.2)
    asked = ask(scene, at)
    starts = scene.free(scene.next_day, scene.now, 2, Wishes.of(asked))
    scheduling.offer(asked, scene.doctor, starts, scene.desk, take=True, now=at + timedelta(hours=2))
    scheduling.none_suits(asked, "I can only come after 3pm.", now=scene.moment(1, 0.5))
    for start in starts:
        del scene.taken[start]


def visited(scene: Scene) -> None:
    day = scene.day(5 + scene.round)
    visit = _booked(scene, 8, scene.free(day, scene.moment(6 + scene.round, 1.0))[0])
    scheduling.arrive(visit, scene.desk, now=visit.start - timedelta(minutes=5))
    scheduling.fulfil(visit, scene.desk, now=visit.end)


def time_to_come_again(scene: Scene) -> None:
    """So long ago that the patient, who agreed to it, is reminded now."""
    due = scene.botox.effect_months or 4
    then = scene.now - timedelta(days=30 * due - 10 + 7 * scene.round)
    [start] = scene.free(clinic_day(then), then)
    asked = ask(scene, start - timedelta(days=6), gets=start, recall_consent=True)
    offered = start - timedelta(days=5)
    held = scheduling.offer(asked, scene.doctor, [start], scene.desk, take=True, now=offered)
    visit = scheduling.accept(held[0], now=offered + timedelta(hours=3))
    scheduling.fulfil(visit, scene.desk, now=visit.end)


def wants_an_earlier_time(scene: Scene) -> None:
    """A time that somebody refused is proposed to this patient on Today."""
    [start] = scene.free(scene.next_day + timedelta(days=9), scene.now)
    wishes.ask(_booked(scene, 2, start).request, None, scene.ago(90))


def called_and_answered(scene: Scene) -> None:
    asked = call_me(scene, scene.moment(2 + scene.round, 0.4), Topic.BILLING)
    at = asked.received_at + timedelta(minutes=30)
    asked.move(Action.TAKE, scene.desk, now=at)
    calls.log_attempt(asked, CallOutcome.REACHED, scene.desk, now=at + timedelta(minutes=1))
    asked.move(Action.COMPLETE, scene.desk, "Answered on the phone.", now=at + timedelta(minutes=9))


def did_not_come(scene: Scene) -> None:
    day = scene.day(4 + scene.round)
    visit = _booked(scene, 7, scene.free(day, scene.moment(5 + scene.round, 1.0))[0])
    scheduling.no_show(visit, scene.desk, now=visit.end)


def withdrawn(scene: Scene) -> None:
    asked = ask(scene, scene.moment(2 + scene.round, 0.5))
    asked.move(Action.WITHDRAW, None, now=asked.received_at + timedelta(hours=1))


def never_reached(scene: Scene) -> None:
    asked = call_me(scene, scene.moment(4 + scene.round, 0.1), Topic.OTHER)
    asked.move(Action.TAKE, scene.desk_2, now=asked.received_at + timedelta(minutes=5))
    for attempt in range(1, 4):
        at = asked.received_at + timedelta(hours=2 * attempt)
        calls.log_attempt(asked, CallOutcome.NO_ANSWER, scene.desk_2, now=at)
    asked.move(Action.CLOSE, scene.desk_2, reason=ClosedReason.UNREACHABLE, now=at + timedelta(minutes=5))


def declined_by_the_desk(scene: Scene) -> None:
    asked = ask(scene, scene.moment(3 + scene.round, 0.8))
    asked.move(
        Action.DECLINE, scene.desk, "Lives too far away to come.", now=asked.received_at + timedelta(hours=1)
    )


def closed_as_spam(scene: Scene) -> None:
    asked = call_me(scene, scene.moment(2 + scene.round, 0.9), Topic.OTHER, message="Buy followers today")
    asked.move(Action.CLOSE, scene.desk, reason=ClosedReason.SPAM, now=asked.received_at + timedelta(hours=1))


def cancelled_by_the_patient(scene: Scene) -> None:
    start = scene.free(scene.next_day + timedelta(days=5), scene.now)[0]
    visit = _booked(scene, 3, start)
    scheduling.cancel(visit, None, "I have to travel.", now=scene.ago(70))
    del scene.taken[start]


def by_phone(scene: Scene) -> None:
    asked = ask(scene, scene.moment(1, 0.5), source=RequestSource.PHONE)
    [start] = scene.free(scene.next_day + timedelta(days=1), scene.now)
    at = asked.received_at + timedelta(minutes=4)
    scheduling.book(asked, scene.doctor, start, scene.desk, take=True, now=at)


# Told in this order; the first 25, the default, have every status among them.
STORIES: tuple[Callable[[Scene], None], ...] = (
    just_asked, just_asked_for_a_call, overdue, worried_after_treatment, asked_twice, spam,
    taken, called_in_vain, left_lying, with_the_dermatologist, outside_the_age_range, found_suitable,
    found_not_suitable, asked_back, offered_yesterday, offered_today, booked_soon, booked_today,
    none_suited, visited, time_to_come_again, wants_an_earlier_time, did_not_come, withdrawn, never_reached,
    called_and_answered, declined_by_the_desk, closed_as_spam, cancelled_by_the_patient, by_phone,
)  # fmt: skip


def tell(requests: int, now: datetime, *, full_day: bool = False) -> None:
    """Adds the requests with the numbers 1 to `requests` that are not there yet; `full_day` then books every
    time that is left today, or on the next open day."""
    numbers = {submission(number): number for number in range(1, requests + 1)}
    there = set(PatientRequest.objects.values_list("submission_id", flat=True)) & numbers.keys()
    missing = sorted(number for submission, number in numbers.items() if submission not in there)
    if not missing and not full_day:
        return
    scene = scene_at(now, len(STORIES))
    for number in missing:
        scene.number = number
        STORIES[(number - 1) % len(STORIES)](scene)
    if full_day:
        _fill_day(scene)


def _fill_day(scene: Scene) -> None:
    """Books what is left of today, or of the next open day; visits that are over by now took place."""
    day = clinic_day(scene.now)
    if not scene.times.is_open_on(day):
        day = scene.next_day
    scene.number = FIRST_OF_FULL_DAY
    while True:
        while PatientRequest.objects.filter(submission_id=submission(scene.number)).exists():
            scene.number += 1
        [start] = scene.free(day, scene.moment(1, 1.0))
        if clinic_day(start) != day:
            return
        visit = _booked(scene, 2, start)
        if scene.number % 3 and start > scene.now:
            scheduling.confirm(visit, sequence=visit.sequence, now=scene.moment(1, 0.9))
        if start < scene.now - timedelta(hours=1):
            scheduling.fulfil(visit, scene.desk, now=visit.end)
        elif start < scene.now + timedelta(minutes=10):
            scheduling.arrive(visit, scene.desk, now=scene.now - timedelta(minutes=5))
