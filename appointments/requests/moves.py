"""The one place that changes the status of a request: for one, or for many at once.

A move is whole or not at all: the row changes if it still stands where the table of moves allows it, its
appointments follow, its timeline says so and its patient is told, in one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from appointments import lifecycle
from appointments.lifecycle import (
    Action,
    Actor,
    ClosedReason,
    ColleagueWasFaster,
    Move,
    MoveRefused,
    NotYours,
    Status,
)
from appointments.messages import notices
from appointments.messages.to_staff import at_once
from appointments.models import (
    Appointment,
    ClinicalReview,
    Decision,
    EventKind,
    Happening,
    PatientRequest,
    RequestEvent,
)
from appointments.models.request import PatientRequestQuerySet, promise_from
from appointments.requests.last_step import changed, too_late
from appointments.roles import actors_of
from clinic.models import Clinic

# So many rows change in one transaction: few enough to let others in between.
AT_ONCE = 500
# What else follows, in the same transaction, when a request comes back to where times can be offered or when
# its visit has changed; registered from above.
after_move: list[Callable[[PatientRequest, datetime], None]] = []
# What looks into the words that a patient writes along with a step, in the same transaction.
patients_words: list[Callable[[PatientRequest, str, datetime], None]] = []
# What a patient gives up an appointment with.
GIVES_UP_VISIT = (Action.WITHDRAW, Action.APPOINTMENT_CANCELLED)


def move(
    patient_request: PatientRequest,
    action: str,
    by: AbstractUser | None = None,
    note: str = "",
    *,
    reason: str = "",
    to: Status | None = None,
    seen_version: int | None = None,
    reviewed: bool = False,
    wish_of_patient: bool = False,
    tell: bool = True,
    now: datetime | None = None,
) -> RequestEvent:
    """Makes one move of the table and returns its event of the timeline; `patient_request` is read again.

    `by` is a member of staff, or None for the patient and for the clock. `note` is kept on the timeline.
    `close` needs a `reason` (a value of ClosedReason; the note may be it). `to` picks among the rows of an
    action that has several. `wish_of_patient`: staff record what the patient asked for, as `withdraw` always
    does. `seen_version` is the version that the person was looking at. `decide` that leads
    on records the decision 'suitable' and lifts the hold, unless the caller has `reviewed`, that is, written
    a review of its own (see appointments.requests.reviewing). Without `tell` the caller sees to it, in the
    same transaction, that the patient hears of it.

    Raises MoveRefused when the table, an owed decision, a visit that has begun or a missing reason says no,
    and ColleagueWasFaster when the request has been moved since.
    """
    now = now or timezone.now()
    step = _step(action, by, to)
    reason = _reason(step, reason, note)
    with transaction.atomic():
        stored = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
        refusal = _refusal(stored, step, by, seen_version, now)
        if refusal:
            raise refusal
        changes: dict[str, Any] = {}
        if by and step.action == Action.DECIDE and step.target == Status.IN_PROGRESS and not reviewed:
            ClinicalReview.objects.create(
                request=stored,
                decision=Decision.SUITABLE,
                by_id=by.pk,
                at=now,
            )
            changes["decision_owed"] = False
        by_patient = by is None and step.action in lifecycle.OF_PATIENT
        wish = wish_of_patient or by_patient or step.action == Action.WITHDRAW
        late = _is_late(stored, step, now) if wish else False
        [event] = _make(
            [stored], step, by, note, reason, now, changes, wish_of_patient=wish, late=late, tell=tell
        )
        _follow_up([(stored, event)], now)
        for hears in patients_words if by_patient and note else ():
            hears(stored, note, now)
    patient_request.refresh_from_db()
    return event


def begin_with(
    patient_request: PatientRequest,
    action: Action,
    now: datetime,
    by: AbstractUser | None = None,
    note: str = "",
    *,
    reason: str = "",
) -> RequestEvent:
    """Makes one move of the table, of which the patient is not told here, on a request that is not stored:
    its row begins where the move leads. Returns the event, for whoever stores both. Raises MoveRefused."""
    step = _step(action, by, None)
    refusal = _refusal(patient_request, step, by, None, now)
    if refusal:
        raise refusal
    event = RequestEvent(from_status=patient_request.status, **_said(step, by, now), note=note)
    for name, value in _changes(step, by, _reason(step, reason, note), now).items():
        setattr(patient_request, name, value)
    patient_request.version += 1
    return event


def move_many(
    patient_requests: PatientRequestQuerySet,
    action: str,
    by: AbstractUser,
    note: str = "",
    *,
    reason: str = "",
    now: datetime | None = None,
) -> int:
    """Makes one move on each of them that allows it, thousands in seconds; returns how many it was made on.

    Raises NotYours where nobody in the role of `by` may make it.
    """
    now = now or timezone.now()
    step = _step(action, by, None)
    reason = _reason(step, reason, note)
    made = 0
    for ids in chunks(patient_requests):
        with transaction.atomic():
            stored = PatientRequest.objects.select_for_update().filter(pk__in=ids, status__in=step.sources)
            rows = [each for each in stored if not _refusal(each, step, by, None, now)]
            events = _make(rows, step, by, note, reason, now, {})
            _follow_up(list(zip(rows, events, strict=True)), now)
        made += len(events)
    return made


def _follow_up(moved: Sequence[tuple[PatientRequest, RequestEvent]], now: datetime) -> None:
    _tell_staff(moved, now)
    for row, event in moved:
        if event.action in lifecycle.COMES_BACK or Status.BOOKED in (event.from_status, event.to_status):
            for each in after_move:
                each(row, now)


def _tell_staff(moved: Sequence[tuple[PatientRequest, RequestEvent]], now: datetime) -> None:
    """Whom it concerns hears of it at once: the dermatologist that a decision is owed, the assignee that the
    patient has moved it."""
    owed = [
        row.pk for row, event in moved if event.to_status == Status.CLINICAL_REVIEW and not row.suspected_spam
    ]
    at_once.tell(Happening.REVIEW, owed, now, but=moved[0][1].by_id if moved else None)
    for row, event in moved:
        if event.by_id is None and event.action in lifecycle.OF_PATIENT and event.action != Action.CONFIRM:
            news_for_assignee(row, now)


def news_for_assignee(patient_request: PatientRequest, now: datetime) -> None:
    """The one whose request it is hears at once that its patient has said or done something. No query where
    it is nobody's, one where that one doesn't want to hear it."""
    if patient_request.assignee_id:
        at_once.tell(Happening.PATIENT, [patient_request.pk], now, only=patient_request.assignee_id)


def chunks(patient_requests: PatientRequestQuerySet) -> Iterator[list[int]]:
    """Their ids in handy portions, fixed before anything changes."""
    ids = list(patient_requests.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def require_desk(by: AbstractUser | None) -> None:
    """Raises NotYours unless `by` works on requests: the right to what needs no move."""
    if Actor.FRONT_DESK not in actors_of(by):
        raise NotYours


def _step(action: str, by: AbstractUser | None, to: Status | None) -> Move:
    steps = [step for step in lifecycle.rows_for(action) if to is None or step.target == to]
    if not steps:
        raise MoveRefused(_("This step doesn't lead there."))
    if not actors_of(by) & set(steps[0].actors):
        raise NotYours
    return steps[0]


def _reason(step: Move, reason: str, note: str) -> str:
    if step.action in lifecycle.NEEDS_NOTE and not note.strip():
        raise MoveRefused(_("Write a note that says why."))
    if step.action != Action.CLOSE:
        return ""
    if (reason or note) not in ClosedReason.values:
        raise MoveRefused(_("Say why it is closed."))
    if reason == ClosedReason.OTHER and not note.strip():
        raise MoveRefused(_("Write a note that says why."))
    return reason or note


def _refusal(
    stored: PatientRequest, step: Move, by: AbstractUser | None, seen_version: int | None, now: datetime
) -> MoveRefused | None:
    """Why `step` can't be made on this locked row, or None."""
    if stored.status not in step.sources:
        return ColleagueWasFaster(too_late(stored, by, now))
    if seen_version is not None and seen_version != stored.version:
        return ColleagueWasFaster(changed(stored, by, now))
    if stored.decision_owed and step.target in lifecycle.BARRED_WHILE_DECISION_OWED:
        return MoveRefused(_("The dermatologist has to decide first."))
    if by is None and step.action in GIVES_UP_VISIT and stored.status == Status.BOOKED:
        coming = stored.appointments.coming().first()
        if coming is not None and not coming.can_cancel(now):
            return MoveRefused(_("Your appointment has begun. Please call us."))
    return None


def _make(
    rows: list[PatientRequest],
    step: Move,
    by: AbstractUser | None,
    note: str,
    reason: str,
    now: datetime,
    changes: dict[str, Any],
    *,
    wish_of_patient: bool = False,
    late: bool = False,
    tell: bool = True,
) -> list[RequestEvent]:
    """Writes `step` on the locked `rows`, within the caller's transaction; returns their events."""
    ids = [row.pk for row in rows]
    changes |= _changes(step, by, reason, now)
    won = _still_there(ids, step).update(**changes, version=F("version") + 1)
    if won != len(ids):
        raise ColleagueWasFaster(_("A colleague was faster."))
    why = note.strip()[:500] if step.action == Action.APPOINTMENT_CANCELLED else ""
    Appointment.objects.filter(request__in=ids).settle(step.target, now, why)
    said = _said(step, by, now) | {"note": late_words(note) if late else note}
    said["wish_of_patient"] = wish_of_patient
    events = RequestEvent.objects.bulk_create(
        RequestEvent(request_id=row.pk, from_status=row.status, **said) for row in rows
    )
    for row, event in zip(rows, events, strict=True):
        for name, value in changes.items():
            setattr(row, name, value)
        row.version += 1
        if tell:
            notices.after_move(row, event)
    return events


def _said(step: Move, by: AbstractUser | None, now: datetime) -> dict[str, Any]:
    """What the timeline says of every move."""
    return {
        "kind": EventKind.MOVED,
        "action": step.action,
        "to_status": step.target,
        "by_id": by.pk if by else None,
        "at": now,
    }


def _is_late(stored: PatientRequest, step: Move, now: datetime) -> bool:
    if step.action not in GIVES_UP_VISIT or stored.status != Status.BOOKED:
        return False
    coming = stored.appointments.coming().first()
    return coming is not None and coming.is_late(Clinic.facts(), now)


def late_words(note: str) -> str:
    """What the timeline says of a late cancellation with that note."""
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        return _("Late cancellation. %(note)s").replace("%(note)s", note).strip()


def _still_there(ids: list[int], step: Move) -> PatientRequestQuerySet:
    """Those that still stand where `step` may be made: the condition of the UPDATE itself."""
    return PatientRequest.objects.filter(pk__in=ids, status__in=step.sources)


def _changes(step: Move, by: AbstractUser | None, reason: str, now: datetime) -> dict[str, Any]:
    """The columns that `step` changes."""
    changes: dict[str, Any] = {"status": step.target, "last_action": step.action, "closed_reason": reason}
    changes["finished_at"] = now if step.target in lifecycle.FINISHED else None
    changes["is_record"] = False
    if step.action in (Action.TAKE, Action.REOPEN):
        changes["assignee"] = by
    elif step.action == Action.PUT_BACK:
        changes["assignee"] = None
    elif step.action in (Action.ASK_REVIEW, Action.SCREENING_LIFTED):
        changes["decision_owed"] = step.action == Action.ASK_REVIEW
    if step.action == Action.REOPEN:
        changes |= {"respond_by": promise_from(now), "promise_broken_at": None, "duplicate_of": None}
        changes["calling_ended_at"] = None
    elif step.action in lifecycle.DUE_NOW:
        changes |= {"respond_by": now, "promise_broken_at": None}
    return changes
