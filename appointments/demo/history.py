"""The weeks before: what the clinic's figures are of. Some hundreds of requests that have all ended before
today, so that the inbox, Today and the days to come are those of the stories alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from django.contrib.auth.models import User

from appointments.demo.past import Past, store
from appointments.demo.people import SEED, person
from appointments.demo.scene import Scene, reference, scene_at, submission
from appointments.follow_up import aftercare, recall
from appointments.lifecycle import Action, ClosedReason
from appointments.models import (
    Appointment,
    CallOutcome,
    Kind,
    PartOfDay,
    PatientRequest,
    RequestSource,
    ScreeningAnswer,
    Topic,
)
from appointments.models.request import promise_from
from appointments.scheduling.rules import hold_ends
from clinic.models import Clinic, privacy_version
from clinic.time.hours import at, clinic_day
from treatments.models import Answer, ScreeningQuestion, Treatment

WEEKS = 13
# Who came once in the weeks before these, and was reminded; most came back.
EARLIER_WEEKS, EARLIER_VISITS = 11, 34
# Of people and of submissions: numbers that no story has.
FIRST_PERSON, FIRST_NUMBER = 201, 500_001
# So many weeks ago the desk was short of people, and answers came late.
SHORT_WEEK = 5
A_WEEKDAY, A_WEEKEND_DAY = 5.6, 1.7
NO_TREATMENT = ""
TREATMENTS = {"botox": 50, NO_TREATMENT: 14, "sample-a": 17, "sample-b": 11, "sample-c": 8}
SOURCES = {RequestSource.WEB: 76, RequestSource.PHONE: 18, RequestSource.WALK_IN: 6}
TOPICS = {Topic.APPOINTMENT: 35, Topic.TREATMENT: 35, Topic.BILLING: 15, Topic.OTHER: 15}
REASONS = ("I have to travel.", "I am ill.", "Something came up at work.")
DAY = timedelta(days=1)
Choice = TypeVar("Choice")


class TooLate(Exception):
    """The story would not have ended before today."""


@dataclass
class History:
    """What every one of these requests meets: the clinic, its people, chance."""

    scene: Scene
    chance: Random
    clinic: Clinic
    treatments: Mapping[str, Treatment]
    questions: Mapping[int | None, Sequence[ScreeningQuestion]]
    privacy: str
    number: int = 0

    def likely(self, share: float) -> bool:
        """True in that share of the cases."""
        return self.chance.random() < share

    def one_of(self, choices: Mapping[Choice, int]) -> Choice:
        """One of them, as often as its weight says."""
        return self.chance.choices(list(choices), list(choices.values()))[0]

    def worked(self, moment: datetime, minutes: float) -> datetime:
        """The moment by which the desk has worked for so long."""
        times = self.scene.times
        left, moment = timedelta(minutes=round(minutes)), times.next_opening(moment)
        while True:
            for opens, closes in times.spans(clinic_day(moment)):
                begins = max(opens, moment)
                if closes - begins > left:
                    return begins + left
                left -= max(closes - begins, timedelta())
            moment = times.next_opening(at(clinic_day(moment) + DAY, time()))

    def starts(self, past: Past, after: datetime, days: tuple[int, int], count: int = 1) -> list[datetime]:
        """Free times, so many days after that moment. Raises TooLate."""
        day = clinic_day(after) + DAY * self.chance.randint(*days)
        wanted = at(day, time(self.chance.choice((8, 9, 10, 11, 13, 14))))
        after = max(wanted, after + timedelta(hours=2))
        found = self.scene.free(day, after, count, minutes=past.minutes)
        if clinic_day(found[-1]) >= clinic_day(self.scene.now):
            raise TooLate
        return found

    def answer_at(self, past: Past) -> datetime:
        """When somebody answers: within the promise, but for one in twelve, and two in five while the desk
        was short."""
        weeks_ago = (clinic_day(self.scene.now) - clinic_day(past.row.received_at)).days // 7
        if self.likely(0.4 if weeks_ago == SHORT_WEEK else 0.08):
            return self.worked(past.row.respond_by, self.chance.uniform(20, 500))
        answered = self.worked(past.row.received_at, self.chance.lognormvariate(4.6, 0.8))
        return min(answered, past.row.respond_by - timedelta(minutes=self.chance.randint(4, 90)))

    def by(self) -> User:
        """Who of the desk has this one."""
        return self.scene.desk if self.likely(0.6) else self.scene.desk_2


def tell(now: datetime) -> None:
    """Adds them, once."""
    if PatientRequest.objects.filter(submission_id=submission(FIRST_NUMBER)).exists():
        return
    scene = scene_at(now, 1)
    treatments = Treatment.objects.select_related("aftercare").prefetch_related("aftercare__versions")
    history = History(
        scene=scene,
        chance=Random(SEED),  # noqa: S311 - not a secret
        clinic=Clinic.current(),
        treatments={each.slug: each for each in treatments},
        questions={each.pk: list(each.screening_questions.filter(is_asked=True)) for each in treatments},
        privacy=privacy_version(now),
    )
    before = list(_earlier_visits(history))
    pasts = [*before, *_weeks(history), *_asked_back(history, before)]
    _give_aftercare(history, pasts)
    store(pasts, history.clinic)


def _earlier_visits(history: History) -> Iterator[Past]:
    """Of those who are asked back in the weeks that follow."""
    before = clinic_day(history.scene.now) - WEEKS * 7 * DAY
    for _number in range(EARLIER_VISITS):
        day = before - DAY * history.chance.randint(10, EARLIER_WEEKS * 7)
        past = _asked(history, _moment(history, day, RequestSource.WEB), RequestSource.WEB, "botox")
        past.row.recall_consent = True
        past.row.email = past.row.email or f"patient.{history.number}@example.org"
        past.receive(None)
        _offered(history, past, is_taken=True)
        past.visit(history.by())
        yield past


def _asked_back(history: History, before: Sequence[Past]) -> Iterator[Past]:
    """Most of those who came in the weeks before, reminded when it was time; and the others, reminded too."""
    for visited in before:
        visit, treatment = visited.took_place, history.treatments["botox"]
        due = recall.due_at(visit.start, treatment) if visit else None
        if due is None or due > history.scene.now:
            continue
        visited.recalled_at = due
        moment = due + timedelta(hours=history.chance.randint(1, 240))
        if not history.likely(0.8) or clinic_day(moment) >= clinic_day(history.scene.now):
            continue
        past = _asked(history, moment, RequestSource.RECALL, "botox", visited.row)
        past.receive(None)
        try:
            if _offered(history, past, is_taken=True):
                _came(history, past)
        except TooLate:
            continue
        if _ended(history, past):
            yield past


def _weeks(history: History) -> Iterator[Past]:
    """One after the other, as they came in."""
    today = clinic_day(history.scene.now)
    first = today - WEEKS * 7 * DAY
    for back in range((today - first).days):
        day = first + back * DAY
        usual = A_WEEKDAY if history.scene.times.is_open_on(day) else A_WEEKEND_DAY
        # A few more each week, as of a site that becomes known.
        share = (0.85 + 0.3 * back / (WEEKS * 7)) * history.chance.uniform(0.6, 1.4)
        for _number in range(round(usual * share)):
            past = _one(history, day)
            if past is not None:
                yield past


def _one(history: History, day: date) -> Past | None:
    """What somebody asked on that day, and what came of it; None where it would not have ended yet."""
    source = history.one_of(SOURCES)
    if source != RequestSource.WEB and not history.scene.times.is_open_on(day):
        source = RequestSource.WEB
    moment = _moment(history, day, source)
    if source == RequestSource.WEB and history.likely(0.24):
        return _ended(history, _called(history, moment))
    past = _asked(history, moment, source, history.one_of(TREATMENTS))
    try:
        if source == RequestSource.WEB:
            past.receive(None)
            _answered(history, past)
        else:
            by = history.by()
            past.receive(by)
            at_desk = moment + timedelta(minutes=history.chance.randint(2, 6))
            past.book(at_desk, by, history.starts(past, moment, (1, 9))[0])
            _came(history, past)
    except TooLate:
        past = _asked(history, moment, source, history.one_of(TREATMENTS))
        past.receive(None if source == RequestSource.WEB else history.by())
        _turned_away(history, past)
    return _ended(history, past)


def _ended(history: History, past: Past) -> Past | None:
    return past if past.events[-1].at < at(clinic_day(history.scene.now), time()) else None


def _moment(history: History, day: date, source: RequestSource) -> datetime:
    """When on that day: at any hour at which people are awake, or while the desk is there."""
    if source == RequestSource.WEB:
        return at(day, time(7)) + timedelta(minutes=history.chance.randint(0, 16 * 60))
    opens, closes = history.scene.times.spans(day)[0]
    return opens + (closes - opens) * history.chance.uniform(0.02, 0.95)


def _new(history: History, moment: datetime, kind: Kind, source: RequestSource, **values: object) -> Past:
    history.number += 1
    number, who = FIRST_NUMBER + history.number - 1, person(FIRST_PERSON + history.number - 1)
    row = PatientRequest(
        kind=kind, source=source, reference=reference(number), submission_id=submission(number),
        first_name=who.first_name, last_name=who.last_name, phone=who.phone, email=who.email,
        language="es" if history.likely(0.25) else "en", received_at=moment, consented_at=moment,
        respond_by=promise_from(moment, history.scene.times, history.clinic), privacy_version=history.privacy,
        returning_patient=history.likely(0.3) if kind == Kind.APPOINTMENT else None, **values,
    )  # fmt: skip
    minutes = row.treatment.visit_minutes if row.treatment else history.clinic.consultation_minutes
    return Past(row, history.scene.doctor, minutes)


def _asked(
    history: History, moment: datetime, source: RequestSource, slug: str, again: PatientRequest | None = None
) -> Past:
    """A request for an appointment, of somebody new or of the patient of `again`."""
    born = person(FIRST_PERSON + history.number).born
    past = _new(
        history, moment, Kind.APPOINTMENT, source, date_of_birth=born, treatment=history.treatments.get(slug),
        preferred_times=[history.chance.choice(PartOfDay.values)], recall_consent=history.likely(0.5),
    )  # fmt: skip
    if again is not None:
        for name in ("first_name", "last_name", "phone", "email", "language", "date_of_birth"):
            setattr(past.row, name, getattr(again, name))
        past.row.returning_patient = True
    past.agrees_to_texts, past.texts_fail = history.likely(0.3), history.likely(0.1)
    past.answers = [
        ScreeningAnswer(
            request=past.row, question=each, number=each.number, question_text=each.shown_text,
            hint=each.shown_hint, is_flagged=False,
            answer=Answer.NO if each.flagged_answer == Answer.YES else Answer.YES,
        )
        for each in history.questions.get(past.row.treatment_id, ())
    ]  # fmt: skip
    return past


def _called(history: History, moment: datetime) -> Past:
    """A callback, and what came of the calls."""
    past = _new(history, moment, Kind.CALLBACK, RequestSource.WEB, topic=history.one_of(TOPICS))
    past.row.voicemail_ok = history.likely(0.5)
    past.receive(None)
    by, moment = history.by(), history.answer_at(past)
    past.take(moment, by)
    if history.likely(0.14):
        for _attempt in range(3):
            past.call(moment, by, CallOutcome.NO_ANSWER)
            moment = history.worked(moment, 130)
        past.close(moment, by, ClosedReason.UNREACHABLE)
        return past
    moment += timedelta(minutes=1)
    past.call(moment, by, CallOutcome.REACHED)
    moment += timedelta(minutes=history.chance.randint(3, 14))
    if history.likely(0.5):
        past.move(Action.COMPLETE, moment, by, "Answered on the phone.")
    else:
        reasons = {ClosedReason.ANSWERED: 6, ClosedReason.NOT_WANTED: 2, ClosedReason.ELSEWHERE: 1}
        past.close(moment, by, history.one_of(reasons))
    return past


def _answered(history: History, past: Past) -> None:
    """What became of a request of the website."""
    if history.likely(0.12):
        _turned_away(history, past)
    elif _offered(history, past, is_taken=history.likely(0.74)):
        _came(history, past)


def _turned_away(history: History, past: Past) -> None:
    """It ended without any time."""
    by, moment = history.by(), history.answer_at(past)
    ending = history.chance.randrange(10)
    if ending < 3:
        past.move(Action.WITHDRAW, min(moment, past.row.received_at + timedelta(hours=3)))
    elif ending < 5:
        past.tell("declined", past.move(Action.DECLINE, moment, by, "Lives too far away to come."))
    elif ending < 6:
        past.close(moment, by, ClosedReason.DUPLICATE)
    elif ending < 8:
        past.close(moment, by, ClosedReason.ELSEWHERE)
    else:
        past.close(moment, by, ClosedReason.NOT_WANTED)


def _offered(history: History, past: Past, *, is_taken: bool) -> bool:
    """One to three times, and, if the patient took none, others; whether one is booked."""
    moment, by = history.answer_at(past), history.by()
    for is_last in (False, True):
        starts = history.starts(past, moment, (2, 9), history.chance.choice((1, 2, 3)))
        until = min(starts[0], hold_ends(moment, history.clinic, history.scene.times))
        held = past.offer(moment, by, starts, until)
        if is_taken:
            chosen = history.chance.choice(held)
            answered = moment + (until - moment) * history.chance.uniform(0.05, 0.9)
            past.take_offer(held, chosen, answered)
            _free(history, [each for each in held if each is not chosen])
            return True
        _free(history, held)
        if history.likely(0.5):
            moment = until
            past.let_go(held, until)
            past.tell("hold_ended", past.move(Action.HOLD_ENDED, until))
        else:
            moment += (until - moment) * 0.6
            past.let_go(held, moment)
            past.move(Action.NONE_SUITS, moment, None, "I can only come after work.")
        moment = history.worked(moment, history.chance.uniform(15, 200))
        is_taken = history.likely(0.6)
        if is_last or (not is_taken and history.likely(0.6)):
            break
    reasons = {ClosedReason.NOT_WANTED: 4, ClosedReason.ELSEWHERE: 4, ClosedReason.UNREACHABLE: 2}
    past.close(moment, by, history.one_of(reasons))
    return False


def _free(history: History, held: Iterable[Appointment]) -> None:
    for each in held:
        del history.scene.taken[each.start]


def _came(history: History, past: Past) -> None:
    """From the booked time to its end."""
    by, chance = history.by(), history.chance.random()
    visit, written = past.booked, past.events[-1].at
    length = visit.start - written
    if chance < 0.18 and length > timedelta(days=4):
        moment = history.worked(written, 200)
        [start] = history.starts(past, moment, (1, 2))
        if start < visit.start - DAY:
            _free(history, [visit])
            past.earlier(moment, by, start)
    visit = past.booked
    if chance > 0.95:
        past.visit(by, came=False)
    elif chance > 0.86:
        is_late = chance > 0.91
        moment = history.worked(visit.start - (timedelta(hours=20) if is_late else length / 2), 10)
        _free(history, [visit])
        moment = min(moment, visit.start - timedelta(hours=1))
        past.cancel(moment, by, history.chance.choice(REASONS), history.clinic)
    else:
        past.visit(by)


def _give_aftercare(history: History, pasts: Iterable[Past]) -> None:
    """On the night after each treatment that has an article; the worker would give it to all of them now."""
    given = {each.pk: each.aftercare for each in history.treatments.values() if each.aftercare}
    for past in pasts:
        article, visit = given.get(past.row.treatment_id or 0), past.took_place
        version = article and aftercare.signed_version(article.versions.all(), past.row.language)
        night = at(clinic_day(visit.start) + DAY, time(0, 1)) if visit else history.scene.now
        if version and night < history.scene.now:
            past.care(night, version)
