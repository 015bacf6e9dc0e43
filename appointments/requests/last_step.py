"""What happened to a request in the meantime, told to whoever comes too late for a step: who did what, and
when."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.lifecycle import Action
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.roles import name_of
from clinic.time.words import ago_words

_DID = {
    Action.TAKE: gettext_lazy("took it"),
    Action.PUT_BACK: gettext_lazy("put it back"),
    Action.ASK_REVIEW: gettext_lazy("asked the dermatologist"),
    Action.DECIDE: gettext_lazy("decided"),
    Action.OFFER: gettext_lazy("offered times"),
    Action.TAKE_OFFER: gettext_lazy("took an offered time"),
    Action.NONE_SUITS: gettext_lazy("asked for other times"),
    Action.BOOK: gettext_lazy("booked it"),
    Action.APPOINTMENT_CANCELLED: gettext_lazy("cancelled the appointment"),
    Action.ASK_OTHER: gettext_lazy("asked for another time"),
    Action.OFFER_OTHER: gettext_lazy("offered another time"),
    Action.TAKE_OTHER: gettext_lazy("took the other time"),
    Action.KEEP_TIME: gettext_lazy("kept the booked time"),
    Action.OTHER_ENDED: gettext_lazy("ended the offer of another time"),
    Action.CONFIRM: gettext_lazy("confirmed the booked time"),
    Action.CONFIRM_UNDONE: gettext_lazy("took the confirmation back"),
    Action.COMPLETE: gettext_lazy("completed it"),
    Action.VISIT_UNDONE: gettext_lazy("undid what was noted of the visit"),
    Action.DECLINE: gettext_lazy("declined it"),
    Action.CLOSE: gettext_lazy("closed it"),
    Action.WITHDRAW: gettext_lazy("withdrew it"),
    Action.REOPEN: gettext_lazy("reopened it"),
}


def too_late(stored: PatientRequest, by: AbstractUser | None, now: datetime) -> str:
    """Why a step isn't possible any more, for `by` who tried it. One query."""
    event = _last(stored, by, EventKind.MOVED)
    words = _("A colleague was faster. The request is now: %(status)s.")
    if event and (event.by is None or event.by == by):
        words = _("The request is now: %(status)s.")
    return " ".join([words % {"status": stored.get_status_display()}, *_told(event, by, now)])


def changed(stored: PatientRequest, by: AbstractUser | None, now: datetime) -> str:
    """What changed since `by` opened the page that the step was taken from. One query."""
    event = _last(stored, by, *(kind for kind in EventKind if kind != EventKind.MESSAGE))
    words = _("A colleague was faster: the request has changed since you opened it.")
    if event and (event.by is None or event.by == by):
        words = _("The request has changed since you opened it.")
    return " ".join([words, *_told(event, by, now)])


def _last(stored: PatientRequest, by: AbstractUser | None, *kinds: EventKind) -> RequestEvent | None:
    """The latest event of these kinds; nothing for the patient, who isn't told who works here."""
    return stored.events.filter(kind__in=kinds).select_related("by").last() if by else None


def _told(event: RequestEvent | None, by: AbstractUser | None, now: datetime) -> list[str]:
    """'Kim took it 2 minutes ago.'"""
    if event is None:
        return []
    did = _DID.get(Action(event.action)) if event.action else None
    said = {"who": _who(event, by), "what": did or str(event), "ago": ago_words(event.at, now)}
    return [(_("%(who)s %(what)s %(ago)s.") if did else _("%(who)s: %(what)s, %(ago)s.")) % said]


def _who(event: RequestEvent, by: AbstractUser | None) -> str:
    if event.is_patients_wish:
        return _("The patient")
    if event.by is None:
        return _("By itself")
    return _("You") if event.by == by else name_of(event.by, short=True)
