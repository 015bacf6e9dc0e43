"""The way in: a checked form becomes a request, its answers, its first event and its acknowledgement, in one
transaction, before the patient gets an answer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from appointments import references
from appointments.messages import notices
from appointments.models import EventKind, PatientRequest, RequestEvent, ScreeningAnswer
from appointments.models.request import promise_from
from appointments.requests import alarm, crowding, screening
from clinic.models import opening_times
from clinic.operations.limits import Limit, count
from clinic.time.hours import clinic_day
from treatments.models import Answer, ScreeningQuestion

# 'The same person within a day' is marked for staff.
DUPLICATE_WITHIN = timedelta(days=1)


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
) -> PatientRequest:
    """Stores an unsaved request and everything that belongs to it, or finds the one it repeats.

    It carries submission_id and submission_digest; the promise, the flags and the marks are set
    here. `by` is the member of staff who entered it, None for the patient. `counted` are the rate limits that
    it counts for; a repeated submit counts for none, and above one that refuses nobody the desk is told.
    `answered` is the level of alarm that the patient named when asked for signs. Without `acknowledge` the
    caller sees to it, in its own transaction, that the patient hears of the request. `wanted` is the day for
    which staff take it down, if they do.
    Raises DifferentContent when the submission_id is known with another digest, and TooMany above a limit.
    """
    earlier = _repeated(patient_request)
    if earlier:
        return earlier
    given = list(answers)
    patient_request.received_at = now
    yes = [f"{each.wording} {each.words}" for each in given if each.answer == Answer.YES]
    alarm.mark(patient_request, answered, yes, now)
    # Somebody who may be unwell is called as soon as anybody is there.
    patient_request.respond_by = (
        opening_times().next_opening(now) if patient_request.urgent else promise_from(now)
    )
    patient_request.consented_at = now
    patient_request.screening_flagged = any(each.is_flagged for each in given)
    screening.set_age_flag(patient_request, clinic_day(now))
    limits = tuple(counted)
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                _store(patient_request, given, now, by, limits, acknowledge, wanted)
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
    return patient_request


def _store(
    patient_request: PatientRequest,
    given: list[GivenAnswer],
    now: datetime,
    by: User | None,
    limits: Iterable[tuple[Limit, str]],
    acknowledge: bool,
    wanted: date | None,
) -> None:
    """Writes everything that belongs to a request, within the caller's transaction."""
    patient_request.possible_duplicate = _same_sender_lately(patient_request, now)
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
    event = RequestEvent.objects.create(request=patient_request, kind=EventKind.RECEIVED, by=by, at=now)
    if patient_request.alarm:
        alarm.tell(patient_request, by, now)
    crowding.tell(patient_request, over, now)
    if acknowledge and not crowding.floods_mailbox(over):
        notices.after_receipt(patient_request, event)
    screening.screen(patient_request, now, wanted)


def _repeated(patient_request: PatientRequest) -> PatientRequest | None:
    earlier = PatientRequest.objects.filter(submission_id=patient_request.submission_id).first()
    if earlier and earlier.submission_digest != patient_request.submission_digest:
        raise DifferentContent
    return earlier


def _same_sender_lately(patient_request: PatientRequest, now: datetime) -> bool:
    """Whether somebody of this name sent something from this phone within a day."""
    patient_request.set_search_keys()
    return (
        PatientRequest.objects.like(patient_request).filter(received_at__gt=now - DUPLICATE_WITHIN).exists()
    )
