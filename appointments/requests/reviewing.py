"""The clinical review: the dermatologist's decision, her question to the patient, and the answer to it.

While a request waits for her, `decision_owed` bars offering and booking in the model
and in the database. Her note is written to the review alone, never to the timeline or to a message.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.lifecycle import Action, MoveRefused, Status
from appointments.models import ClinicalReview, Decision, EventKind, PatientRequest, RequestEvent
from appointments.models.request import promise_from
from appointments.requests import alarm
from appointments.requests.moves import news_for_assignee
from appointments.roles import REVIEW
from clinic.models import opening_times

NEEDS_WORDS = (Decision.NEEDS_INFORMATION, Decision.NOT_SUITABLE)
LETS_IT_GO_ON = (Decision.SUITABLE, Decision.CONSULTATION_FIRST)
LONGEST_ANSWER = 2000
# Clinic days that a patient has for the answer to a question. Then somebody at the clinic should ask again.
ANSWER_WITHIN_DAYS = 3


class ReviewRefused(MoveRefused):
    """A decision or an answer that can't be taken. The message is for the person who tried."""


def target_of(decision: str) -> Status:
    """Where a request stands after `decision`."""
    return Status.DECLINED if decision == Decision.NOT_SUITABLE else Status.IN_PROGRESS


def decide(
    patient_request: PatientRequest,
    decision: str,
    by: User,
    words: str = "",
    note: str = "",
    now: datetime | None = None,
    *,
    seen_version: int | None = None,
) -> ClinicalReview:
    """Records a dermatologist's decision and moves the request by it, whole or not at all.

    `words` reach the patient and are owed with a question and with 'not suitable'; `note` is kept on the
    review alone. 'Needs more information' leaves the decision owed until a later one settles it, and the
    request is due again when the patient's time for the answer is over.
    Raises ReviewRefused for a missing permission or missing words, MoveRefused and ColleagueWasFaster as
    `PatientRequest.move` does.
    """
    if not by.has_perm(REVIEW):
        raise ReviewRefused(_("Only a dermatologist can decide this."))
    if decision not in Decision.values:
        raise ReviewRefused(_("Choose a decision."))
    words = words.strip()
    if decision in NEEDS_WORDS and not words:
        raise ReviewRefused(_("Write the words for the patient."))
    now = now or timezone.now()
    with transaction.atomic():
        # First, so that the message about the move can find it.
        review = ClinicalReview.objects.create(
            request=patient_request,
            decision=decision,
            words_for_patient=words,
            note=note.strip(),
            by=by,
            at=now,
        )
        if decision in LETS_IT_GO_ON:
            PatientRequest.objects.filter(pk=patient_request.pk).update(decision_owed=False)
        patient_request.move(
            Action.DECIDE,
            by,
            to=target_of(decision),
            seen_version=seen_version,
            reviewed=True,
            now=now,
        )
        if decision == Decision.NEEDS_INFORMATION:
            patient_request.respond_by = opening_times().end_of_clinic_day(now, ANSWER_WITHIN_DAYS)
            PatientRequest.objects.filter(pk=patient_request.pk).update(respond_by=patient_request.respond_by)
    return review


def open_question(patient_request: PatientRequest) -> ClinicalReview | None:
    """The dermatologist's question that the patient has not answered yet, or None. Two queries at most."""
    if not patient_request.is_open:
        return None
    review = patient_request.clinical_reviews.first()
    if review is None or review.decision != Decision.NEEDS_INFORMATION:
        return None
    turns = patient_request.events.filter(Q(kind=EventKind.ANSWER) | Q(action=Action.DECIDE))
    latest = turns.order_by("-pk").values_list("kind", flat=True).first()
    return None if latest == EventKind.ANSWER else review


def answer(patient_request: PatientRequest, words: str, now: datetime) -> RequestEvent:
    """Records the patient's answer to the open question and brings the request back to the dermatologist.

    The clinic's promise counts from the answer on. Raises ReviewRefused when nothing is asked (a second
    click comes too late) or nothing is said.
    """
    words = words.strip()
    if not words:
        raise ReviewRefused(_("Write your answer."))
    if len(words) > LONGEST_ANSWER:
        raise ReviewRefused(_("Your answer is too long. Please keep it to 2,000 characters."))
    with transaction.atomic():
        current = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
        if open_question(current) is None:
            raise ReviewRefused(_("We have your answer already, or there is no question waiting."))
        event = RequestEvent.objects.create(request=current, kind=EventKind.ANSWER, note=words, at=now)
        PatientRequest.objects.filter(pk=current.pk).update(
            respond_by=promise_from(now), promise_broken_at=None
        )
        # Staff may have sent it back to the dermatologist already.
        if current.status != Status.CLINICAL_REVIEW:
            current.move(Action.ASK_REVIEW, None, now=now)
        news_for_assignee(current, now)
        alarm.hear(current, words, now)
    patient_request.refresh_from_db()
    return event
