"""Where the stories happen, and how a request comes in there: through the same function as the
site's, with the time passed in."""

import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User

from appointments import references
from appointments.demo.people import SEED, Person, person
from appointments.models import (
    Appointment,
    Kind,
    PartOfDay,
    PatientRequest,
    RequestSource,
    Topic,
    WeekdayCode,
)
from appointments.requests import intake
from appointments.scheduling.free_times import Wishes
from clinic.models import Practitioner, opening_times
from clinic.time.hours import OpeningTimes, clinic_day, clinic_zone
from treatments.models import Answer, Treatment

FIRST_OF_FULL_DAY = 900_001  # numbers of the full day's requests, far above those of the stories
ANY_WISH = Wishes()
_NAMESPACE = uuid.UUID("6f3a3c0e-7a3f-4d0b-9a43-7d1f0c1f2b11")


@dataclass
class Scene:
    """Where the stories happen: the present, the people who work there, what is taken."""

    now: datetime
    times: OpeningTimes
    doctor: Practitioner
    desk: User
    desk_2: User
    dermatologist: User
    botox: Treatment
    # When each visit of the doctor begins and ends.
    taken: dict[datetime, datetime]
    stories: int
    number: int = 0

    @property
    def round(self) -> int:
        """How often the stories have been told before: older ones go further back with each round."""
        return 0 if self.number >= FIRST_OF_FULL_DAY else (self.number - 1) // self.stories

    def day(self, open_days_ago: int) -> date:
        """The open day that many open days before today; today itself for 0."""
        day = clinic_day(self.now)
        while open_days_ago > 0:
            day -= timedelta(days=1)
            open_days_ago -= self.times.is_open_on(day)
        return day

    def moment(self, open_days_ago: int, part: float) -> datetime:
        """A moment on such a day, `part` of the way from opening to closing; never later than the present."""
        spans = self.times.spans(self.day(open_days_ago))
        if not spans:
            return self.now - timedelta(minutes=90)
        opens, closes = spans[0][0], spans[-1][1]
        return min(opens + (closes - opens) * part, self.now - timedelta(minutes=2))

    def ago(self, minutes: int) -> datetime:
        """So many minutes before the present, and a few more with each round."""
        return self.now - timedelta(minutes=minutes + 7 * self.round)

    def free(
        self, day: date, after: datetime, count: int = 1, wishes: Wishes = ANY_WISH, minutes: int = 0
    ) -> list[datetime]:
        """The next free starts of visits from `day` on that suit the `wishes`, none before `after`, two hours
        apart or on other days; they count as taken from now on. Of `minutes`, if not as long as Botox."""
        found: list[datetime] = []
        length = timedelta(minutes=minutes or self.botox.visit_minutes)
        day -= timedelta(days=1)
        while len(found) < count:
            day = next(self.times.open_days_after(day))
            for opens, closes in self.times.spans(day):
                start = opens
                while start + length <= closes and len(found) < count:
                    apart = not found or start - found[-1] >= timedelta(hours=2)
                    free = apart and not self._is_taken(start, start + length)
                    if start > after and free and wishes.suit(start):
                        found.append(start)
                    start += length
        self.taken |= {start: start + length for start in found}
        return found

    def _is_taken(self, start: datetime, end: datetime) -> bool:
        return any(begins < end and start < ends for begins, ends in self.taken.items())

    @property
    def next_day(self) -> date:
        """The next clinic day."""
        return next(self.times.open_days_after(clinic_day(self.now)))


def scene_at(now: datetime, stories: int) -> Scene:
    """The scene before the first of so many different stories."""
    staff = User.objects.in_bulk(["front-desk", "front-desk-2", "dermatologist"], field_name="username")
    doctor = Practitioner.objects.filter(is_active=True)[0]
    return Scene(
        now=now,
        times=opening_times(doctor),
        doctor=doctor,
        desk=staff["front-desk"],
        desk_2=staff["front-desk-2"],
        dermatologist=staff["dermatologist"],
        botox=Treatment.objects.get(slug="botox"),
        taken=dict(Appointment.objects.active().filter(practitioner=doctor).values_list("start", "end")),
        stories=stories,
    )


def submission(number: int) -> uuid.UUID:
    """The submission_id by which the request of that number is known again."""
    return uuid.uuid5(_NAMESPACE, str(number))


def reference(number: int) -> str:
    """The reference of the request of that number."""
    body = "".join(random.Random(SEED * number).choices(references.ALPHABET, k=7))  # noqa: S311 - not a secret
    return body + references.check_character(body)


def _wish_for(patient_request: PatientRequest, number: int, start: datetime | None) -> None:
    """Days and a part of the day, of which `start` is among them if the patient gets that time."""
    days = ["mon", "wed"] if number % 2 else ["tue", "thu", "fri"]
    part = PartOfDay.MORNING if number % 3 else PartOfDay.AFTERNOON
    if start is not None:
        local = start.astimezone(clinic_zone())
        given = WeekdayCode.values[local.weekday()]
        days = [day for day in WeekdayCode.values if day in {*days, given}]
        part = PartOfDay.MORNING if local.hour < 12 else PartOfDay.AFTERNOON
    patient_request.preferred_days, patient_request.preferred_times = days, [part]


def ask(
    scene: Scene,
    at: datetime,
    *,
    flagged: bool = False,
    who: Person | None = None,
    gets: datetime | None = None,
    **values: object,
) -> PatientRequest:
    """An appointment request that came in at `at`; `flagged` answers the first question with yes, and `gets`
    is a time that suits."""
    who = who or person(scene.number)
    patient_request = _new(scene, who, Kind.APPOINTMENT, values)
    patient_request.date_of_birth = patient_request.date_of_birth or who.born
    patient_request.treatment = scene.botox
    _wish_for(patient_request, scene.number, gets)
    patient_request.returning_patient = scene.number % 4 == 0
    patient_request.recall_consent = bool(values.get("recall_consent", scene.number % 2 == 0))
    answers = []
    for place, question in enumerate(scene.botox.screening_questions.filter(is_asked=True)):
        plain = Answer.NO if question.flagged_answer == Answer.YES else Answer.YES
        answer = question.flagged_answer if flagged and place == 0 else plain
        words = "Red skin after a treatment years ago" if flagged and place == 0 else ""
        answers.append(intake.GivenAnswer(question, question.shown_text, answer, question.shown_hint, words))
    return intake.receive(patient_request, answers, at)


def call_me(scene: Scene, at: datetime, topic: Topic, **values: object) -> PatientRequest:
    """A callback request that came in at `at`."""
    patient_request = _new(scene, person(scene.number), Kind.CALLBACK, {"topic": topic, **values})
    patient_request.preferred_times = [PartOfDay.MORNING, PartOfDay.AFTERNOON]
    return intake.receive(patient_request, [], at)


def _new(scene: Scene, who: Person, kind: Kind, values: dict[str, object]) -> PatientRequest:
    defaults: dict[str, object] = {
        "kind": kind,
        "source": RequestSource.WEB,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "phone": who.phone,
        "email": who.email,
        "language": who.language,
        "voicemail_ok": scene.number % 2 == 0 if kind == Kind.CALLBACK else None,
        "reference": reference(scene.number),
        "submission_id": submission(scene.number),
    }
    return PatientRequest(**(defaults | values))
