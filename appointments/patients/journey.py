"""A request as its patient sees it: the path with its named steps, what happens next, and the thread so far.

Pure reading of rows that are loaded already. Every word comes from what happened, never from what staff noted
for themselves; only words that staff wrote for the patient are quoted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import lifecycle
from appointments.lifecycle import Action, ClosedReason, Status
from appointments.models import (
    Appointment,
    AppointmentStatus,
    CallOutcome,
    ClinicalReview,
    ContactBy,
    Decision,
    EventKind,
    Kind,
    PatientRequest,
    RequestEvent,
)
from clinic.time import words
from clinic.time.hours import clinic_day

_NAMES: dict[str, Any] = {
    Status.NEW: gettext_lazy("We have your request"),
    Status.CLINICAL_REVIEW: gettext_lazy("Our dermatologist reads your answers"),
    Status.IN_PROGRESS: gettext_lazy("We look for times that suit you"),
    Status.OFFERED: gettext_lazy("You choose a time"),
    Status.BOOKED: gettext_lazy("Your appointment is booked"),
    Status.COMPLETED: gettext_lazy("Your visit"),
    Status.DECLINED: gettext_lazy("We can't offer this"),
    Status.CLOSED: gettext_lazy("Closed"),
    Status.WITHDRAWN: gettext_lazy("You withdrew the request"),
}
_TITLES: dict[str, Any] = {
    Status.NEW: gettext_lazy("We have your request"),
    Status.CLINICAL_REVIEW: gettext_lazy("Our dermatologist is reading your answers"),
    Status.IN_PROGRESS: gettext_lazy("We are looking for a time for you"),
    Status.OFFERED: gettext_lazy("Please choose a time"),
    Status.BOOKED: gettext_lazy("Your appointment is booked"),
    Status.COMPLETED: gettext_lazy("This request is complete"),
    Status.DECLINED: gettext_lazy("We have an answer for you"),
    Status.CLOSED: gettext_lazy("This request is closed"),
    Status.WITHDRAWN: gettext_lazy("You withdrew this request"),
}
_CALL_NAMES: dict[str, Any] = {
    Status.IN_PROGRESS: gettext_lazy("We call you"),
    Status.COMPLETED: gettext_lazy("Answered"),
}
_DECIDED: dict[str, Any] = {
    Decision.SUITABLE: gettext_lazy("Our dermatologist has read your answers: you can have an appointment."),
    Decision.CONSULTATION_FIRST: gettext_lazy(
        "The dermatologist would like to see you first: this visit is a consultation. "
        "Whether the treatment follows is decided there."
    ),
}
_TIMES_FALLEN = gettext_lazy(
    "We are sorry: our hours have changed, so we can no longer keep the times that we held for you."
)
# After any of these the decision or the cancelled time before it is no news.
_NEWS = (
    Action.ASK_REVIEW, Action.DECIDE, Action.BOOK, Action.TAKE_OFFER, Action.APPOINTMENT_CANCELLED,
    Action.HOLD_FALLEN,
)  # fmt: skip
# Slips of the desk that it took back are no news.
_UNDOES: dict[str, Action] = {Action.VISIT_UNDONE: Action.COMPLETE, Action.CONFIRM_UNDONE: Action.CONFIRM}
_ENDED_EARLY = (Status.DECLINED, Status.CLOSED, Status.WITHDRAWN)
_TO_A_VISIT = (Status.NEW, Status.IN_PROGRESS, Status.OFFERED, Status.BOOKED, Status.COMPLETED)
_TO_A_CALL = (Status.NEW, Status.IN_PROGRESS, Status.COMPLETED)


@dataclass(frozen=True)
class Step:
    """One step of the path. `at` is when it was reached; None when it is still ahead."""

    name: str
    at: datetime | None
    is_here: bool
    is_ahead: bool

    @property
    def day(self) -> str:
        """The day on which it was reached, in words."""
        return words.day(self.at) if self.at else ""


@dataclass(frozen=True)
class Turn:
    """Something that happened, in words for the patient, with the clinic's own words where there are any."""

    at: datetime
    words: str
    quote: str = ""

    @property
    def when(self) -> str:
        """Day and time in words."""
        return words.day_and_clock(self.at)


class Ending(StrEnum):
    """How a completed request ended, where there was an appointment."""

    NONE = ""
    VISITED = "visited"
    MISSED = "missed"


def ending(patient_request: PatientRequest, appointments: Iterable[Appointment]) -> Ending:
    """Whether the patient was here, or didn't come."""
    if patient_request.status != Status.COMPLETED:
        return Ending.NONE
    noted = {each.status for each in appointments}
    if AppointmentStatus.FULFILLED in noted:
        return Ending.VISITED
    return Ending.MISSED if AppointmentStatus.NOSHOW in noted else Ending.NONE


def title(patient_request: PatientRequest, how: Ending, *, asked: bool = False, offers: bool = False) -> str:
    """The first thing that the page says. `asked`: a question waits for the patient; `offers`: held times."""
    if how:
        return _("Thank you for your visit") if how == Ending.VISITED else _("We missed you")
    if asked:
        return _("We have a question for you")
    if patient_request.status == Status.OFFERED and not offers:
        return _("We are looking for other times")
    if patient_request.status == Status.IN_PROGRESS and patient_request.kind == Kind.CALLBACK:
        return _("We have your request")
    return str(_TITLES[patient_request.status])


def where_the_mail_went(patient_request: PatientRequest, events: Sequence[RequestEvent]) -> str:
    """The address to which a request that was just sent is confirmed; empty where nothing is mailed."""
    sent_by_patient = bool(events) and events[0].kind == EventKind.RECEIVED and events[0].by_id is None
    is_new = patient_request.status == Status.NEW and not patient_request.suspected_spam
    return patient_request.email if is_new and sent_by_patient else ""


def declined_because(
    patient_request: PatientRequest, events: Iterable[RequestEvent], reviews: Iterable[ClinicalReview]
) -> str:
    """What staff wrote for the patient when they declined; empty for a request that isn't declined."""
    said = {review.at: review.words_for_patient for review in reviews}
    told = [event for event in events if event.to_status == Status.DECLINED]
    is_declined = patient_request.status == Status.DECLINED and told
    return _quote(told[-1], said) if is_declined else ""


def news(
    patient_request: PatientRequest, events: Iterable[RequestEvent], reviews: Iterable[ClinicalReview]
) -> Turn | None:
    """What the patient should read first, until it has led on: the dermatologist's decision, or that the
    clinic cancelled and why. The e-mail about it says only that it is here."""
    turned = [event for event in without_undone(events) if event.action in _NEWS]
    if not turned or patient_request.status not in (Status.NEW, Status.IN_PROGRESS, Status.OFFERED):
        return None
    latest, by_time = turned[-1], {review.at: review for review in reviews}
    quote = _quote(latest, {at: review.words_for_patient for at, review in by_time.items()})
    if latest.action == Action.APPOINTMENT_CANCELLED and not latest.is_patients_wish:
        return Turn(latest.at, _("We are sorry: we had to cancel your appointment."), quote)
    if latest.action == Action.HOLD_FALLEN:
        return Turn(latest.at, str(_TIMES_FALLEN))
    review = by_time.get(latest.at) if latest.action == Action.DECIDE else None
    if review is None or review.decision not in _DECIDED:
        return None
    return Turn(latest.at, str(_DECIDED[review.decision]), quote)


def closed_because(patient_request: PatientRequest) -> str:
    """Why a request is closed, in words for its patient."""
    return _closed_words(patient_request)


def path(
    patient_request: PatientRequest,
    events: Sequence[RequestEvent],
    how: Ending = Ending.NONE,
    *,
    is_asked: bool = False,
) -> list[Step]:
    """The steps of a request, the present one marked; those to come only while something can still come.
    `is_asked` while the patient owes the dermatologist an answer."""
    reached: dict[str, datetime] = {Status.NEW: patient_request.received_at}
    reached |= {
        event.to_status: event.at
        for event in without_undone(events)
        if event.to_status and event.to_status != event.from_status
    }
    seen = {*reached, patient_request.status}
    is_call = patient_request.kind == Kind.CALLBACK and not {Status.OFFERED, Status.BOOKED} & seen
    names = _NAMES | _CALL_NAMES if is_call else _NAMES
    if how == Ending.MISSED:
        names = names | {Status.COMPLETED: _("The visit did not take place")}
    if is_asked:
        names = names | {patient_request.status: _("We wait for your answer")}
    order: list[str] = list(_TO_A_CALL if is_call else _TO_A_VISIT)
    if Status.CLINICAL_REVIEW in seen:
        order.insert(1, Status.CLINICAL_REVIEW)
    if patient_request.status in _ENDED_EARLY:
        order = [status for status in order if status in reached and status != Status.COMPLETED]
        order.append(patient_request.status)
    here = order.index(patient_request.status)
    # What was passed by is no step: nobody chose a time that was booked on the phone.
    passed = [status for status in order[:here] if status in reached]
    return [
        *(Step(str(names[status]), reached[status], is_here=False, is_ahead=False) for status in passed),
        Step(str(names[order[here]]), reached.get(order[here]), is_here=True, is_ahead=False),
        *(Step(str(names[status]), None, is_here=False, is_ahead=True) for status in order[here + 1 :]),
    ]


def promise(
    patient_request: PatientRequest,
    events: Sequence[RequestEvent],
    now: datetime,
    new_time: datetime | None = None,
) -> str:
    """What the clinic owes the patient and by when, in a sentence or two; empty when it owes nothing.

    `new_time` is the one that the patient was told when the promise broke.
    """
    if not patient_request.is_waiting:
        return ""
    if patient_request.urgent and patient_request.promise_broken_at is None:
        return _urgent(patient_request, now)
    if patient_request.respond_by > now:
        return _by(patient_request, patient_request.respond_by)
    moved = [event.action for event in events if event.action]
    if patient_request.promise_broken_at is None and moved and moved[-1] in lifecycle.DUE_NOW:
        return _("We look for other times now.")
    late = _("Our answer is late. We are sorry.")
    return f"{late} {_by(patient_request, new_time)}" if new_time and new_time > now else late


def _urgent(patient_request: PatientRequest, now: datetime) -> str:
    """Due is the moment from which somebody is there."""
    if patient_request.respond_by <= now:
        return _("We get in touch with you today, within our opening hours, as soon as we can.")
    if clinic_day(patient_request.respond_by) == clinic_day(now):
        return _(
            "We are closed now. We get in touch with you today, within our opening hours, as soon as we can."
        )
    return _("We are closed now. We get in touch with you as soon as we are open again.")


def _by(patient_request: PatientRequest, moment: datetime) -> str:
    when = words.day_and_clock(moment)
    if patient_request.kind == Kind.CALLBACK:
        return _("We call you by %(when)s.") % {"when": when}
    return _("We answer by %(when)s.") % {"when": when}


def how_we_answer(patient_request: PatientRequest) -> str:
    """In which way the clinic gets in touch."""
    # About a sign of alarm somebody speaks with the patient.
    if patient_request.contact_by == ContactBy.EMAIL and not patient_request.urgent:
        return _("We write to the e-mail address that you gave us. This page shows our answer too.")
    if patient_request.kind == Kind.CALLBACK:
        return _("We call the number that you gave us.")
    return _("We call the number that you gave us. This page shows our answer too.")


def wishes(patient_request: PatientRequest) -> str:
    """When the patient would like to come or to be called; empty without a wish."""
    parts = [
        patient_request.shown_days,
        patient_request.shown_times,
    ]
    if patient_request.earliest_date:
        parts.append(_("from %(day)s") % {"day": formats.date_format(patient_request.earliest_date)})
    return "; ".join(part for part in parts if part)


def thread(
    patient_request: PatientRequest,
    events: Iterable[RequestEvent],
    reviews: Iterable[ClinicalReview],
    how: Ending = Ending.NONE,
    above: Turn | None = None,
) -> list[Turn]:
    """What happened, in order. What stands on top of the page, as `above` does, is not quoted again."""
    said = {review.at: review.words_for_patient for review in reviews}
    on_top = Status.DECLINED if patient_request.status == Status.DECLINED else None
    turns = []
    for event in without_undone(events):
        words = _words(patient_request, event)
        if event.action == Action.COMPLETE and how:
            words = _("You were here.") if how == Ending.VISITED else _("Your visit did not take place.")
        if words:
            is_above = (on_top and event.to_status == on_top) or (above is not None and above.at == event.at)
            quote = "" if is_above else _quote(event, said)
            turns.append(Turn(event.at, words, quote))
    return turns


def without_undone(events: Iterable[RequestEvent]) -> list[RequestEvent]:
    """The events without those that staff undid, and without the undoing: slips of the desk are no news."""
    told: list[RequestEvent] = []
    for event in events:
        if undone := _UNDOES.get(event.action):
            slip = next((each for each in reversed(told) if each.action == undone), None)
            told = [each for each in told if each is not slip]
        else:
            told.append(event)
    return told


def _quote(event: RequestEvent, said: dict[datetime, str]) -> str:
    """The words that staff wrote for the patient with this turn."""
    if event.action == Action.DECIDE:
        return said.get(event.at, "")
    ours = event.action == Action.DECLINE or (
        event.action == Action.APPOINTMENT_CANCELLED and not event.is_patients_wish
    )
    if event.by_id and ours:
        return event.note
    return ""


def _words(patient_request: PatientRequest, event: RequestEvent) -> str:
    if event.kind == EventKind.RECEIVED:
        return _("You sent your request.") if event.by_id is None else _("We took your request down.")
    if event.kind == EventKind.ANSWER:
        return _("You answered the question.")
    if event.kind == EventKind.TEXT:
        return _("You sent us a text message.")
    if event.kind == EventKind.CORRECTION:
        return (
            _("You changed what you had sent.")
            if event.by_id is None
            else _("We corrected something that we had noted about you.")
        )
    if event.kind == EventKind.APPOINTMENT:
        if event.by_id is None:
            return _(
                "Some of the times that we held for you are not possible any more: our hours have changed."
            )
        return _("We changed something about your appointment.")
    if event.kind == EventKind.CALL:
        return _call_words(event.outcome)
    return _move_words(patient_request, event) if event.kind == EventKind.MOVED else ""


def _call_words(outcome: str) -> str:
    words = {
        CallOutcome.REACHED: _("We spoke with you on the phone."),
        CallOutcome.NO_ANSWER: _("We called and could not reach you."),
        CallOutcome.VOICEMAIL: _("We called and left a voicemail."),
        CallOutcome.WRONG_NUMBER: _("We called, but the number seems to be wrong. Please call us."),
    }
    return words.get(CallOutcome(outcome), "")


def _move_words(patient_request: PatientRequest, event: RequestEvent) -> str:
    by_patient = event.by_id is None
    if event.to_status == Status.DECLINED:
        return _("We can't offer what you asked for.")
    words = {
        Action.ASK_REVIEW: _("Our dermatologist reads your answers before we go on."),
        Action.DECIDE: _("Our dermatologist has read your answers."),
        Action.OFFER: _("We offered you times."),
        Action.TAKE_OFFER: _("You chose a time.") if by_patient else _("We booked the time that you chose."),
        Action.NONE_SUITS: _("You asked for other times."),
        Action.HOLD_ENDED: _("The times that we held for you have ended."),
        Action.HOLD_FALLEN: str(_TIMES_FALLEN),
        Action.BOOK: _("We booked your appointment."),
        Action.APPOINTMENT_CANCELLED: _("You cancelled your appointment.")
        if event.is_patients_wish
        else _("We cancelled your appointment."),
        Action.ASK_OTHER: _("You asked for another time, and keep yours until then."),
        Action.OFFER_OTHER: _("We offered you another time, beside the one that you have."),
        Action.TAKE_OTHER: _("You took the other time.") if by_patient else _("We gave you the other time."),
        Action.KEEP_TIME: _("You kept your time."),
        Action.CONFIRM: _("You told us that you are coming.")
        if by_patient
        else _("We noted that you are coming."),
        Action.OTHER_ENDED: _("The other time is not held for you any more. You keep yours."),
        Action.COMPLETE: _("We finished what you asked us for."),
        Action.CLOSE: _closed_words(patient_request),
        Action.WITHDRAW: _("You withdrew your request."),
        Action.REOPEN: _("We opened your request again."),
    }
    return words.get(Action(event.action), "")


def _closed_words(patient_request: PatientRequest) -> str:
    if patient_request.closed_reason == ClosedReason.UNREACHABLE:
        return _("We could not reach you, so we closed your request.")
    if patient_request.closed_reason == ClosedReason.DUPLICATE:
        return _("We closed this request, because you sent us another one about the same.")
    if patient_request.closed_reason in (ClosedReason.NOT_WANTED, ClosedReason.ELSEWHERE):
        return _("We closed your request, because you told us that you no longer need it.")
    return _("We closed your request.")
