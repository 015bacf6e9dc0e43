"""Requests that have ended, written many at once: the site's own functions, which look at each for itself,
would take a minute for some hundreds. Every step is one of the table's all the same and raises MoveRefused
where that has none, and every message is worded by its own template."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from appointments.follow_up import aftercare, promises, recall
from appointments.lifecycle import DUE_NOW, Action, ClosedReason, Status
from appointments.messages import notices
from appointments.messages.texts import consent
from appointments.models import (
    AftercareSent,
    Appointment,
    AppointmentStatus,
    CallOutcome,
    EventKind,
    Message,
    MessageChannel,
    MessageStatus,
    OtherTime,
    OtherTimeState,
    PatientRequest,
    RequestEvent,
    ScreeningAnswer,
)
from appointments.requests.moves import begin_with, late_words
from appointments.scheduling.visits import DID_NOT_COME, HAS_ARRIVED
from clinic.models import Clinic, Practitioner
from treatments.models import ArticleVersion

# What a carrier says of a text for a phone that isn't there any more.
CAME_BACK = "came back UNDELIV"
TAKES = timedelta(minutes=1)
# A worker finds a broken promise within a minute.
OWNS_UP = timedelta(minutes=1)


@dataclass(frozen=True)
class _Said:
    """A message whose words are made once its request is stored."""

    kind: str
    event: RequestEvent
    visit: Appointment | None
    about: dict[str, Any]


@dataclass
class Past:
    """One request from its receipt to its end, with all that belongs to it; nothing of it is stored yet."""

    row: PatientRequest
    doctor: Practitioner
    minutes: int
    answers: Sequence[ScreeningAnswer] = ()
    events: list[RequestEvent] = field(default_factory=list)
    visits: list[Appointment] = field(default_factory=list)
    other_times: list[OtherTime] = field(default_factory=list)
    said: list[_Said] = field(default_factory=list)
    version: ArticleVersion | None = None  # of the aftercare that was given
    recalled_at: datetime | None = None
    agrees_to_texts: bool = False
    texts_fail: bool = False

    @property
    def booked(self) -> Appointment:
        """The booked time."""
        return next(each for each in self.visits if each.status == AppointmentStatus.BOOKED)

    @property
    def took_place(self) -> Appointment | None:
        """The visit, if the patient came."""
        return next((each for each in self.visits if each.status == AppointmentStatus.FULFILLED), None)

    def note(self, kind: EventKind, at: datetime, by: User | None = None, **values: Any) -> RequestEvent:
        """An event of the timeline that is no move."""
        event = RequestEvent(request=self.row, kind=kind, at=at, by=by, **values)
        self.events.append(event)
        return event

    def move(
        self, action: Action, at: datetime, by: User | None = None, note: str = "", *, reason: str = ""
    ) -> RequestEvent:
        """A move of the table; one that comes late owns up to the broken promise first."""
        self._own_up(at)
        event = begin_with(self.row, action, at, by, note, reason=reason)
        event.request = self.row
        event.wish_of_patient = by is None or action == Action.WITHDRAW
        self.events.append(event)
        return event

    def _own_up(self, at: datetime) -> None:
        broken = self.row.respond_by + OWNS_UP
        # After these the promise is a clinic day again, which the desk has always kept.
        is_kept = self.events[-1].action in DUE_NOW or self.row.promise_broken_at is not None
        if self.row.is_waiting and not is_kept and broken < at:
            self.row.promise_broken_at = broken
            self.note(EventKind.MARK, broken, note=str(promises.PASSED))

    def tell(self, kind: str, event: RequestEvent, visit: Appointment | None = None, **about: Any) -> None:
        """Words to the patient about `event`."""
        self.said.append(_Said(kind, event, visit, about))

    def receive(self, by: User | None) -> None:
        """It came in, through the form or by the hand of `by`."""
        received = self.note(EventKind.RECEIVED, self.row.received_at, by)
        if by is None:
            self.tell("acknowledgement", received)

    def take(self, at: datetime, by: User) -> None:
        """Somebody has taken it, if nobody had."""
        if self.row.status == Status.NEW:
            self.move(Action.TAKE, at, by)

    def offer(self, at: datetime, by: User, starts: Sequence[datetime], until: datetime) -> list[Appointment]:
        """Times held for the patient."""
        self.take(at - timedelta(minutes=2), by)
        held = [self._visit(start, AppointmentStatus.PENDING, by, at) for start in starts]
        self.tell("offers", self.move(Action.OFFER, at, by), starts=list(starts), until=until)
        return held

    def take_offer(self, held: Sequence[Appointment], chosen: Appointment, at: datetime) -> None:
        """The patient takes one of them."""
        self.let_go([each for each in held if each is not chosen], at)
        chosen.status = AppointmentStatus.BOOKED
        self.tell("booked", self.move(Action.TAKE_OFFER, at), chosen)

    def book(self, at: datetime, by: User, start: datetime) -> None:
        """Booked at once, with the patient on the phone or at the desk."""
        self.take(at, by)
        visit = self._visit(start, AppointmentStatus.BOOKED, by, at)
        self.tell("booked", self.move(Action.BOOK, at, by), visit)

    def let_go(self, visits: Sequence[Appointment], at: datetime, reason: str = "") -> None:
        """Held or booked times that ended without a visit."""
        for each in visits:
            each.status, each.cancelled_at = AppointmentStatus.CANCELLED, at
            each.cancellation_reason, each.sequence = reason, each.sequence + 1

    def earlier(self, at: datetime, by: User, start: datetime) -> None:
        """A time that fell free was offered, and the patient took it in place of the later one."""
        booked, taken = self.booked, at + timedelta(minutes=40)
        before, length = booked.start, booked.end - booked.start
        self.move(Action.OFFER_OTHER, at, by)
        one = OtherTime(
            request=self.row, practitioner=self.doctor, start=start, end=start + length,
            until=at + timedelta(hours=3), state=OtherTimeState.TAKEN, offered_at=at, offered_by=by,
            ended_at=taken,
        )  # fmt: skip
        self.other_times.append(one)
        booked.start, booked.end, booked.sequence = start, start + length, booked.sequence + 1
        self.tell("moved", self.move(Action.TAKE_OTHER, taken), booked, old_start=before)

    def visit(self, by: User, *, came: bool = True) -> None:
        """The visit took place, or the patient did not come."""
        visit = self.booked
        if came:
            self.note(EventKind.MARK, visit.start - timedelta(minutes=4), by, note=str(HAS_ARRIVED))
            visit.status = AppointmentStatus.FULFILLED
        else:
            visit.status, visit.sequence = AppointmentStatus.NOSHOW, visit.sequence + 1
        self.move(Action.COMPLETE, visit.end, by, "" if came else str(DID_NOT_COME))

    def care(self, at: datetime, version: ArticleVersion) -> None:
        """The article for after the visit was given."""
        self.version = version
        event = self.note(EventKind.MESSAGE, at, note=aftercare.given_words(version))
        self.tell("aftercare", event)

    def cancel(self, at: datetime, by: User, words: str, clinic: Clinic) -> None:
        """The patient has called and gives the booked time up for good."""
        visit = self.booked
        late = visit.is_late(clinic, at)
        self.let_go([visit], at, words)
        self.move(Action.WITHDRAW, at, by, late_words(words) if late else words)

    def call(self, at: datetime, by: User, outcome: CallOutcome) -> None:
        """An attempt to call the patient."""
        self._own_up(at)
        self.note(EventKind.CALL, at, by, outcome=outcome)
        self.row.call_attempts += 1
        if outcome == CallOutcome.REACHED:
            self.row.calling_ended_at = at

    def close(self, at: datetime, by: User, reason: ClosedReason, note: str = "") -> None:
        """Closed without a visit."""
        event = self.move(Action.CLOSE, at, by, note, reason=reason)
        if reason == ClosedReason.UNREACHABLE:
            self.tell("could_not_reach", event)

    def _visit(self, start: datetime, status: AppointmentStatus, by: User, at: datetime) -> Appointment:
        visit = Appointment(
            request=self.row, practitioner=self.doctor, start=start, status=status, created_at=at,
            end=start + timedelta(minutes=self.minutes), is_consultation=self.row.treatment_id is None,
            created_by=by,
        )  # fmt: skip
        self.visits.append(visit)
        return visit


def store(pasts: Sequence[Past], clinic: Clinic) -> None:
    """Writes all of them, and what was said as sent, within the caller's transaction."""
    PatientRequest.objects.bulk_create([each.row for each in pasts])
    ScreeningAnswer.objects.bulk_create([answer for each in pasts for answer in each.answers])
    RequestEvent.objects.bulk_create([event for each in pasts for event in each.events])
    visits = [visit for each in pasts for visit in each.visits]
    written = [visit.created_at for visit in visits]
    Appointment.objects.bulk_create(visits)
    for visit, at in zip(visits, written, strict=True):
        visit.created_at = at
    Appointment.objects.bulk_update(visits, ["created_at"], batch_size=100)
    OtherTime.objects.bulk_create([one for each in pasts for one in each.other_times])
    for each in pasts:
        _say(each, clinic)
    _texts_went_out([each.row.pk for each in pasts if each.texts_fail])


def _say(past: Past, clinic: Clinic) -> None:
    """Nobody without e-mail is told in writing; the desk has called them, as the timeline says."""
    row = past.row
    if past.agrees_to_texts:
        consent.give(row, None, row.received_at)
    given = None
    for each in past.said if row.email else ():
        about = {"clinic": clinic} | each.about
        if each.visit is not None:
            about |= {"start": each.visit.start, "who": past.doctor.name, "minutes": past.minutes}
        words = notices.Words(*notices.render(row, each.kind, **about), spoken="")
        message = notices.queue(row, each.kind, each.event, each.visit, prepared=words, **about)
        if each.kind == "aftercare":
            given = message
    if past.version:
        [at] = [each.event.at for each in past.said if each.kind == "aftercare"]
        AftercareSent.objects.create(request=row, version=past.version, message=given, at=at)
    if past.recalled_at:
        recall.remind(row, past.recalled_at)


def _texts_went_out(failing: Sequence[int]) -> None:
    """The worker sends no text of weeks ago."""
    for text in Message.objects.unsent(MessageChannel.TEXT).filter(request__is_record=False):
        fails = text.request_id in failing
        sent = None if fails else text.created_at + TAKES
        Message.objects.filter(pk=text.pk).update(
            status=MessageStatus.FAILED if fails else MessageStatus.SENT,
            attempts=1, sent_at=sent, delivered_at=sent, last_error=CAME_BACK if fails else "",
        )  # fmt: skip
