"""The lists that staff see of requests, and the index that serves each: a condition is spelled once, for the
query and for its index.

SQLite uses a partial index only for a query that spells the index's condition out, so words stand in them as
literals. Most indexes are partial: what a patient sends in is in few of them, and those stay small.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from appointments import lifecycle
from appointments.lifecycle import ClosedReason, Status
from appointments.models.choices import Kind, PartOfDay
from clinic.time.hours import clinic_zone


def literal(word: str) -> RawSQL:
    """A word of ours as a literal, where a parameter would hide an index."""
    return RawSQL(f"'{word}'", ())  # noqa: S611 - constants only


_WAITING = tuple(literal(status.value) for status in lifecycle.WAITING)
_WITH_PATIENT = tuple(literal(status.value) for status in (Status.OFFERED, Status.BOOKED))
_SPAM = literal(ClosedReason.SPAM.value)
_NO_ALARM = literal("")

IN_INBOX = Q(suspected_spam=False)
OPEN = Q(finished_at=None)
FINISHED = Q(finished_at__isnull=False)

# What somebody should know before they call; each by its name in the inbox's filter.
FLAGS: dict[str, Q] = {
    "urgent": Q(urgent=True),
    "alarm": ~Q(alarm=_NO_ALARM),
    "decision": Q(decision_owed=True),
    "screening": Q(screening_flagged=True),
    "age": Q(age_flagged=True),
    "interval": Q(interval_flagged=True),
    "duplicate": Q(possible_duplicate=True),
    "crowded": Q(crowded=True),
    "check": Q(phone_to_check=True) | Q(email_to_check=True),
}
# A sign of alarm about which nobody has spoken to the patient: it waits, offered or booked meanwhile.
_UNMET = FLAGS["alarm"] & Q(alarm_met_at=None)
WAITING = IN_INBOX & Q(status__in=_WAITING)
IN_PROGRESS = IN_INBOX & Q(status=literal(Status.IN_PROGRESS.value))
# Said as what it isn't: SQLite would look for each status that it is, and sort what it finds.
OVER_BUT_WITHDRAWN = Q(status__in=[each for each in lifecycle.FINISHED if each != Status.WITHDRAWN])
WAITING_OR_UNMET = IN_INBOX & (Q(status__in=_WAITING) | _UNMET)
TO_ERASE_IN_TIME = FINISHED & Q(is_record=False)
QUARANTINED = Q(suspected_spam=True) & OPEN
CLOSED_AS_SPAM = Q(closed_reason=_SPAM)
# Among them those whom the dermatologist has asked something, whom no index knows.
PERHAPS_WITH_PATIENT = IN_INBOX & OPEN & (Q(status__in=_WITH_PATIENT) | Q(decision_owed=True))

CALLS = Q(kind=literal(Kind.CALLBACK.value), calling_ended_at=None)


def calls_due(now: datetime) -> Q:
    """Of what waits the callbacks whose next call is due, in the part of the day in which the patient wants
    it. An urgent one doesn't wait for that."""
    other = PartOfDay.AFTERNOON if now.astimezone(clinic_zone()).hour < 12 else PartOfDay.MORNING
    return (
        CALLS
        & (Q(next_call_at=None) | Q(next_call_at__lte=now))
        & (Q(urgent=True) | ~Q(preferred_times=[other.value]))
    )


URGENT_FIRST = ["-urgent", "respond_by"]
NEWEST = ["received_at"]

INDEXES = [
    models.Index(fields=URGENT_FIRST, condition=WAITING_OR_UNMET, name="request_waits"),
    models.Index(
        fields=["treatment", *URGENT_FIRST], condition=WAITING_OR_UNMET, name="request_waits_treatment"
    ),
    models.Index(fields=["status", *URGENT_FIRST], condition=WAITING_OR_UNMET, name="request_waits_status"),
    models.Index(fields=URGENT_FIRST, condition=WAITING & CALLS, name="request_calls"),
    models.Index(
        fields=["assignee", *URGENT_FIRST],
        condition=IN_INBOX & OPEN & Q(assignee__isnull=False),
        name="request_mine",
    ),
    models.Index(fields=["last_action", "respond_by"], condition=IN_PROGRESS, name="request_last_action"),
    models.Index(fields=NEWEST, name="request_received"),
    models.Index(fields=["status", *NEWEST], condition=IN_INBOX, name="request_in_status"),
    models.Index(fields=["kind", *NEWEST], name="request_kind_received"),
    models.Index(fields=["treatment", *NEWEST], name="request_treatment_received"),
    models.Index(
        fields=["assignee", *NEWEST], condition=Q(assignee__isnull=False), name="request_assignee_received"
    ),
    models.Index(fields=NEWEST, condition=IN_INBOX & FINISHED, name="request_finished"),
    models.Index(
        fields=["treatment", "finished_at"],
        condition=FINISHED & Q(treatment__isnull=False),
        name="request_treatment_finished",
    ),
    models.Index(
        fields=["kind", "status", "finished_at"], condition=TO_ERASE_IN_TIME, name="request_to_erase"
    ),
    models.Index(fields=NEWEST, condition=PERHAPS_WITH_PATIENT, name="request_with_patient"),
    models.Index(fields=NEWEST, condition=QUARANTINED, name="request_quarantined"),
    models.Index(fields=NEWEST, condition=CLOSED_AS_SPAM, name="request_closed_spam"),
    *(
        models.Index(fields=NEWEST, condition=IN_INBOX & flag, name=f"request_flag_{name}")
        for name, flag in FLAGS.items()
    ),
    *(
        models.Index(fields=URGENT_FIRST, condition=WAITING_OR_UNMET & flag, name=f"request_waits_{name}")
        for name, flag in FLAGS.items()
    ),
]
