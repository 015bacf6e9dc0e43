"""The way in: a checked form becomes a request, its answers, its first event and its acknowledgement, in one
transaction, before the patient gets an answer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from appointments import references
from appointments.messages import acknowledgement, notices
from appointments.messages.texts import consent
from appointments.messages.to_staff import at_once, hearers, urgent
from appointments.messages.to_staff.at_once import Notice
from appointments.models import (
    EarlierWish,
    EventKind,
    Happening,
    NoticeKind,
    PatientRequest,
    RequestEvent,
    ScreeningAnswer,
)
from appointments.models.request import promise_from
from appointments.requests import alarm, crowding, screening
from appointments.requests.known import persons
from clinic.operations import known
from clinic.operations.limits import Limit, count
from clinic.time.hours import clinic_day
from treatments.models import Answer, ScreeningQuestion

# 'The same person within a day' is marked for staff.
DUPLICATE_WITHIN = timedelta(days=1)
# Of those that share something, for what can be told from a few of them.
MOST_LOOKED_AT = 50


# How often a new random reference is tried where one is taken.
TRIES = 3


class DifferentContent(Exception):
    """The same submission_id came before with other content."""


@dataclass(frozen=True)
class GivenAnswer:
    """An answer to a screening question, with the wording and the hint that the patient saw, and what the
    patient wrote about it."""

    question: ScreeningQuestion
    wording: str
    answer: str
    hint: str = ""
    words: str = ""

    @property
    def is_flagged(self) -> bool:
        """Whether the dermatologist has to look first. What somebody writes about their health is hers to
        read, also beside a plain 'no'."""
        return self.question.raises_flag(self.answer) or bool(self.words)


def digest_of(content: Mapping[str, Any]) -> str:
    """A keyed digest of what a form holds, to tell a repeated submit from another one with the same id."""
    canonical = json.dumps(content, sort_keys=True, default=str)
    return salted_hmac("appointments.intake", canonical, algorithm="sha256").hexdigest()


def receive(
    patient_request: PatientRequest,
    answers: Iterable[GivenAnswer],
    now: datetime,
    by: User | None = None,
    *,
    counted: Iterable[tuple[Limit, str]] = (),
    answered: str = "",
    acknowledge: bool = True,
    wanted: date | None = None,
    wants_earlier: bool = False,
    wants_texts: bool = False,
) -> PatientRequest:
    """Stores an unsaved request and everything that belongs to it, or finds the one it repeats.

    It carries submission_id and submission_digest; the promise, the flags and the marks are set
    here. `by` is the member of staff who entered it, None for the patient. `counted` are the rate limits that
    it counts for; a repeated submit counts for none, and above one that refuses nobody the desk is told.
    `answered` is the level of alarm that the patient named when asked for signs. Without `acknowledge` the
    caller sees to it, in its own transaction, that the patient hears of the request. `wanted` is the day for
    which staff take it down, if they do; `wants_earlier` whether the patient wants to hear of earlier times,
    `wants_texts` whether they agree to text messages.
    Raises DifferentContent when the submission_id is known with another digest, and TooMany above a limit.
    """
    earlier, may_be_known = _look_back(patient_request, now)
    if earlier:
        return earlier
    given = list(answers)
    _set_up(patient_request, given, now, answered)
    step = screening.screen_new(patient_request, now, wanted, may_be_known=may_be_known)
    limits = tuple(counted)
    for tries_left in reversed(range(TRIES)):
        # All that is read, worked out and worded comes before: a lock is held for the writes alone.
        said = acknowledgement.words_for(patient_request) if acknowledge else None
        told = _staff_notices(patient_request, step, by)
        try:
            with transaction.atomic():
                _store(patient_request, given, now, by, limits, step, said, told)
                if wants_earlier:
                    EarlierWish.objects.create(request=patient_request, since=now, by=by)
                if wants_texts:
                    consent.give(patient_request, by, now)
            return patient_request
        except IntegrityError:
            # Twenty at once with one submission_id: all but the first end here.
            earlier = _repeated(patient_request)
            if earlier:
                return earlier
            if not tries_left:
                raise
            # Its random reference is another's already: one in thirty thousand at a million rows.
            patient_request.pk, patient_request.reference = None, references.new_reference()
            patient_request._state.adding = True
            if step:
                step.pk, step._state.adding = None, True
    return patient_request


def _set_up(patient_request: PatientRequest, given: list[GivenAnswer], now: datetime, answered: str) -> None:
    """The promise, the consent and what the answers and the words mean."""
    today, clinic = clinic_day(now), known.clinic()
    patient_request.received_at = patient_request.consented_at = now
    yes = [f"{each.wording} {each.words}" for each in given if each.answer == Answer.YES]
    alarm.mark(patient_request, answered, yes, now, clinic)
    # Somebody who may be unwell is called as soon as anybody is there.
    times = known.times(today)
    patient_request.respond_by = (
        times.next_opening(now) if patient_request.urgent else promise_from(now, times, clinic)
    )
    patient_request.screening_flagged = any(each.is_flagged for each in given)
    screening.set_age_flag(patient_request, today)


def _store(
    patient_request: PatientRequest,
    given: list[GivenAnswer],
    now: datetime,
    by: User | None,
    limits: Iterable[tuple[Limit, str]],
    step: RequestEvent | None,
    said: notices.Words | None,
    told: Iterable[Notice],
) -> None:
    """Writes everything that belongs to a request, within the caller's transaction: `step`, a move that it
    makes at once, `said`, what the patient is told, and `told`, what staff are."""
    patient_request.save(force_insert=True)
    # After the row, so that of twenty at once with one submission_id only the first is counted.
    over = count(limits, now)
    ScreeningAnswer.objects.bulk_create(
        ScreeningAnswer(
            request=patient_request,
            question=each.question,
            number=each.question.number,
            question_text=each.wording,
            hint=each.hint,
            answer=each.answer,
            words=each.words,
            is_flagged=each.is_flagged,
        )
        for each in given
    )
    received = RequestEvent(request=patient_request, kind=EventKind.RECEIVED, by=by, at=now)
    signs = alarm.event_of(patient_request, by, now) if patient_request.alarm else None
    crowd = crowding.mark(patient_request, over, now)
    events = [each for each in (received, signs, crowd, step) if each]
    for each in events:
        each.request = patient_request
    RequestEvent.objects.bulk_create(events)
    for notice in told:
        notice.send([patient_request.pk], now)
    if said and not crowding.floods_mailbox(over):
        notices.queue(patient_request, acknowledgement.KIND, received, prepared=said)


def _staff_notices(
    patient_request: PatientRequest, step: RequestEvent | None, by: User | None
) -> list[Notice]:
    """What staff hear at once: that it is urgent, that it waits for a decision. No query where it is neither,
    nor, most of the time, where nobody chose to hear the latter."""
    but = by.pk if by else None
    told = [urgent.notice(patient_request.alarm, known.clinic(), but)] if patient_request.alarm else []
    if step and hearers.is_heard(NoticeKind.REVIEW) and (people := hearers.of(NoticeKind.REVIEW, but=but)):
        told.append(at_once.notice(Happening.REVIEW, people))
    return told


def _repeated(patient_request: PatientRequest) -> PatientRequest | None:
    earlier = PatientRequest.objects.filter(submission_id=patient_request.submission_id).first()
    if earlier and earlier.submission_digest != patient_request.submission_digest:
        raise DifferentContent
    return earlier


def _look_back(patient_request: PatientRequest, now: datetime) -> tuple[PatientRequest | None, bool]:
    """The one that it repeats, if any; and whether anything may be known of the patient. Says on the row
    whether somebody of this name sent something from this phone within a day.

    One query; a second for a phone or an e-mail address with many requests. Raises DifferentContent as
    `_repeated` does.
    """
    patient_request.set_search_keys()
    alike = Q(submission_id=patient_request.submission_id) | persons.alike(patient_request)
    columns = ("submission_id", "phone_digits", "name_key", "received_at")
    found = list(PatientRequest.objects.filter(alike).values_list(*columns)[:MOST_LOOKED_AT])
    if any(submission_id == patient_request.submission_id for submission_id, *_rest in found):
        return _repeated(patient_request), True
    own, since = (patient_request.phone_digits, patient_request.name_key), now - DUPLICATE_WITHIN
    is_duplicate = any((phone, name) == own and at > since for _id, phone, name, at in found)
    if not is_duplicate and len(found) == MOST_LOOKED_AT:
        is_duplicate = PatientRequest.objects.like(patient_request).filter(received_at__gt=since).exists()
    patient_request.possible_duplicate = is_duplicate
    return None, bool(found)
