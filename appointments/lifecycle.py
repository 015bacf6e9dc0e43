"""What can happen to a request: its statuses, the actions, and the one table of moves.

Pure: no database. The method that moves a request, the buttons in the admin, the patient's page and the
exhaustive test all read this table; nothing else knows which move is possible.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where a request stands."""

    NEW = "new", _("New")
    IN_PROGRESS = "in_progress", _("In progress")
    CLINICAL_REVIEW = "clinical_review", _("With the dermatologist")
    OFFERED = "offered", _("Times offered")
    BOOKED = "booked", _("Booked")
    COMPLETED = "completed", _("Completed")
    DECLINED = "declined", _("Declined")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# The clinic owes the next step in these, and they make the inbox; in 'offered' the patient does.
WAITING = (Status.NEW, Status.IN_PROGRESS, Status.CLINICAL_REVIEW)
OPEN = (*WAITING, Status.OFFERED, Status.BOOKED)
FINISHED = (Status.COMPLETED, Status.DECLINED, Status.CLOSED, Status.WITHDRAWN)


class ClosedReason(TextChoices):
    """Why a request was closed without a visit."""

    NOT_WANTED = "not_wanted", _("No longer wanted")
    ELSEWHERE = "elsewhere", _("Went elsewhere")
    ANSWERED = "answered", _("Answered, nothing more to do")
    UNREACHABLE = "unreachable", _("Could not reach the patient")
    DUPLICATE = "duplicate", _("A duplicate of another request")
    SPAM = "spam", _("Spam")
    OTHER = "other", _("Another reason, in the note")


class Action(TextChoices):
    """What somebody does to a request, as the button says it."""

    TAKE = "take", _("Take")
    PUT_BACK = "put_back", _("Put back")
    ASK_REVIEW = "ask_review", _("Ask the dermatologist")
    SCREENING_LIFTED = "screening_lifted", _("Nothing for the dermatologist any more")
    DECIDE = "decide", _("Decide")
    OFFER = "offer", _("Offer times")
    TAKE_OFFER = "take_offer", _("Take an offered time")
    NONE_SUITS = "none_suits", _("None of the times suits")
    HOLD_ENDED = "hold_ended", _("The hold has ended")
    HOLD_FALLEN = "hold_fallen", _("We took the held times back")
    BOOK = "book", _("Book")
    APPOINTMENT_CANCELLED = "appointment_cancelled", _("Appointment cancelled, new time wanted")
    ASK_OTHER = "ask_other", _("Another time wanted, the booked one kept")
    OFFER_OTHER = "offer_other", _("Offer another time, the booked one kept")
    TAKE_OTHER = "take_other", _("Take the other time")
    KEEP_TIME = "keep_time", _("Keep the booked time")
    OTHER_ENDED = "other_ended", _("The other time is no longer offered")
    CONFIRM = "confirm", _("Confirm the booked time")
    CONFIRM_UNDONE = "confirm_undone", _("Take the confirmation back")
    COMPLETE = "complete", _("Complete")
    VISIT_UNDONE = "visit_undone", _("What was noted of the visit is undone")
    DECLINE = "decline", _("Decline")
    CLOSE = "close", _("Close")
    WITHDRAW = "withdraw", _("Withdraw")
    REOPEN = "reopen", _("Reopen")


class Actor(StrEnum):
    """Who acts. Staff are one of these by their permissions; no user means the patient or the clock."""

    FRONT_DESK = "front_desk"
    DERMATOLOGIST = "dermatologist"
    PATIENT = "patient"
    SYSTEM = "system"


@dataclass(frozen=True)
class Move:
    """One row of the table: `action` leads from one of `sources` to `target`, if one of `actors` does it."""

    action: Action
    sources: tuple[Status, ...]
    target: Status
    actors: tuple[Actor, ...]


_DESK = (Actor.FRONT_DESK,)

# `decide` and `screening_lifted` have two rows; the first is what happens unless the caller says otherwise.
MOVES: tuple[Move, ...] = (
    Move(Action.TAKE, (Status.NEW,), Status.IN_PROGRESS, _DESK),
    Move(Action.PUT_BACK, (Status.IN_PROGRESS,), Status.NEW, _DESK),
    Move(Action.ASK_REVIEW, (Status.NEW, Status.IN_PROGRESS), Status.CLINICAL_REVIEW, (*_DESK, Actor.SYSTEM)),
    Move(Action.SCREENING_LIFTED, (Status.CLINICAL_REVIEW,), Status.NEW, (Actor.SYSTEM,)),
    Move(Action.SCREENING_LIFTED, (Status.CLINICAL_REVIEW,), Status.IN_PROGRESS, (Actor.SYSTEM,)),
    Move(Action.DECIDE, (Status.CLINICAL_REVIEW,), Status.IN_PROGRESS, (Actor.DERMATOLOGIST,)),
    Move(Action.DECIDE, (Status.CLINICAL_REVIEW,), Status.DECLINED, (Actor.DERMATOLOGIST,)),
    Move(Action.OFFER, (Status.IN_PROGRESS,), Status.OFFERED, (*_DESK, Actor.SYSTEM)),
    Move(Action.TAKE_OFFER, (Status.OFFERED,), Status.BOOKED, (*_DESK, Actor.PATIENT)),
    Move(Action.NONE_SUITS, (Status.OFFERED,), Status.IN_PROGRESS, (*_DESK, Actor.PATIENT)),
    Move(Action.HOLD_ENDED, (Status.OFFERED,), Status.IN_PROGRESS, (Actor.SYSTEM,)),
    Move(Action.HOLD_FALLEN, (Status.OFFERED,), Status.IN_PROGRESS, (Actor.SYSTEM,)),
    Move(Action.BOOK, (Status.IN_PROGRESS,), Status.BOOKED, _DESK),
    Move(
        Action.APPOINTMENT_CANCELLED,
        (Status.BOOKED,),
        Status.IN_PROGRESS,
        (*_DESK, Actor.PATIENT),
    ),
    Move(Action.ASK_OTHER, (Status.BOOKED,), Status.BOOKED, (*_DESK, Actor.PATIENT)),
    Move(Action.OFFER_OTHER, (Status.BOOKED,), Status.BOOKED, (*_DESK, Actor.SYSTEM)),
    Move(Action.TAKE_OTHER, (Status.BOOKED,), Status.BOOKED, (*_DESK, Actor.PATIENT)),
    Move(Action.KEEP_TIME, (Status.BOOKED,), Status.BOOKED, (*_DESK, Actor.PATIENT)),
    Move(Action.OTHER_ENDED, (Status.BOOKED,), Status.BOOKED, (*_DESK, Actor.SYSTEM)),
    Move(Action.CONFIRM, (Status.BOOKED,), Status.BOOKED, (*_DESK, Actor.PATIENT)),
    Move(Action.CONFIRM_UNDONE, (Status.BOOKED,), Status.BOOKED, _DESK),
    Move(Action.COMPLETE, (Status.IN_PROGRESS, Status.BOOKED), Status.COMPLETED, _DESK),
    Move(Action.VISIT_UNDONE, (Status.COMPLETED,), Status.BOOKED, _DESK),
    Move(Action.DECLINE, (Status.NEW, Status.IN_PROGRESS, Status.OFFERED), Status.DECLINED, _DESK),
    Move(Action.CLOSE, (*WAITING, Status.OFFERED), Status.CLOSED, _DESK),
    Move(Action.WITHDRAW, OPEN, Status.WITHDRAWN, (*_DESK, Actor.PATIENT)),
    Move(Action.REOPEN, FINISHED, Status.IN_PROGRESS, _DESK),
)

# The steps that the patient may take, or ask staff to record.
OF_PATIENT = frozenset(row.action for row in MOVES if Actor.PATIENT in row.actors)
# Nobody reaches these while a decision of the dermatologist is owed.
BARRED_WHILE_DECISION_OWED = (Status.OFFERED, Status.BOOKED)
# What happens beside a booked time that stays as it is.
BESIDE_BOOKED = (
    Action.ASK_OTHER, Action.OFFER_OTHER, Action.KEEP_TIME, Action.OTHER_ENDED, Action.CONFIRM,
    Action.CONFIRM_UNDONE,
)  # fmt: skip
NEEDS_NOTE = (Action.REOPEN,)
# These bring a request back to where times can be offered: a flag raised meanwhile is looked at first.
COMES_BACK = (
    Action.NONE_SUITS, Action.HOLD_ENDED, Action.HOLD_FALLEN, Action.APPOINTMENT_CANCELLED, Action.REOPEN,
)  # fmt: skip
# The clinic's next step is due at once after these: the patient has already waited.
DUE_NOW = (Action.NONE_SUITS, Action.HOLD_ENDED, Action.HOLD_FALLEN, Action.APPOINTMENT_CANCELLED)


class MoveRefused(Exception):
    """The table, an owed decision or a missing reason says no. The message is for the person who tried."""


class NotYours(MoveRefused, PermissionDenied):
    """The step is for somebody else to take."""

    def __init__(self) -> None:
        super().__init__(_("This step is for somebody else to take."))


class ColleagueWasFaster(MoveRefused):
    """Somebody else moved the request between the look at it and this move."""


def rows_for(action: str) -> tuple[Move, ...]:
    """The rows of the table for `action`. Raises MoveRefused when there is no such action."""
    rows = tuple(row for row in MOVES if row.action == action)
    if not rows:
        raise MoveRefused(_("There is no such step."))
    return rows


def actions_from(status: str, actors: Iterable[Actor]) -> list[Action]:
    """The actions that one of `actors` can take on a request in `status`, in the table's order."""
    who = set(actors)
    possible = [row.action for row in MOVES if status in row.sources and who & set(row.actors)]
    return list(dict.fromkeys(possible))
