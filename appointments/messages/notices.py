"""What is said to the patient, and when: which turn of the story queues which message.

A message is rendered when it is written and kept as it was. Its template gets the few values below and
never the request itself, so nothing that somebody typed and no health detail can slip in. An e-mail says that
there is an answer or a question; the words stand on the patient's page, or are said on the phone.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from appointments.lifecycle import Action, ClosedReason, Status
from appointments.messages.as_html import html_of
from appointments.messages.making import BY_PHONE, BY_TEXT, write, write_new
from appointments.messages.staleness import REMINDERS
from appointments.messages.texts import wording as texts
from appointments.messages.wordings import SPOKEN as SPOKEN_WORDS
from appointments.messages.wordings import SUBJECT, TEXT, own, sentences, values_of
from appointments.models.appointment import Appointment
from appointments.models.choices import AppointmentStatus, Decision, MessageStatus
from appointments.models.message import Message
from appointments.models.timeline import RequestEvent
from clinic.models import Clinic
from clinic.time.words import clock, day, day_and_clock

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

_OWN_LINK = re.compile(r"(/(?:status|recall|s)/)[^/\s]+")

# Kinds with words to say on the phone, in templates/email/spoken/. 'Could not reach you' has none: somebody
# tried the phone already.
SPOKEN = frozenset(
    {
        "acknowledgement", "question", "decided", "declined", "offers", "hold_ended", "booked", "moved",
        "cancelled", "reminder_days", "reminder_morning", "missed_promise", "aftercare", "aftercare_update",
        "other_times", "times_fallen", "earlier_time", "times_beside",
    }
)  # fmt: skip
# Where a caller says that the visit is a consultation, if it is one; e-mails leave it to the patient's page.
ABOUT_A_VISIT = frozenset(
    {
        "offers",
        "other_times",
        "earlier_time",
        "times_beside",
        "booked",
        "moved",
        "reminder_days",
        "reminder_morning",
    }
)
# What somebody without e-mail is called for. The rest they have heard on the phone, see on their page, or are
# about to hear, because the request itself is due in the inbox.
CALL_WITHOUT_EMAIL = frozenset(
    {
        "question",
        "decided",
        "declined",
        "offers",
        "moved",
        "other_times",
        "earlier_time",
        "times_beside",
        "cancelled",
        "reminder_morning",
        "missed_promise",
        "aftercare_update",
    }
)
# All that an e-mail may know of its occasion: times, links, yes and no, with which other doctor. Never a word
# that somebody typed.
_IN_EMAIL = frozenset(
    {
        "clinic", "starts", "until", "start", "old_start", "new_time", "by_patient", "withdrawn",
        "recall_link", "stop_link", "doctor", "who", "minutes", "instead",
        "several", "asks",
    }
)  # fmt: skip


class Words(NamedTuple):
    """A message in words: as an e-mail, and as it is said on the phone."""

    subject: str
    text: str
    html: str
    spoken: str


def after_receipt(
    patient_request: "PatientRequest", event: RequestEvent, now: datetime | None = None
) -> None:
    """Queues the acknowledgement. Suspected spam gets none until staff free it, at `now`, so that the form
    can't be made to mail strangers."""
    if not patient_request.suspected_spam:
        queue(patient_request, "acknowledgement", event, now=now)


def after_move(patient_request: "PatientRequest", event: RequestEvent) -> None:
    """Queues what the patient is told about a move, if anything."""
    review = patient_request.clinical_reviews.first() if event.action == Action.DECIDE else None
    kind = notice_for(
        event.action,
        event.to_status,
        patient_request.closed_reason,
        decision=review.decision if review else "",
        from_status=event.from_status,
        by_phone=event.by_id is not None,
    )
    if kind is None:
        return
    extra: dict[str, Any] = {}
    appointment: Appointment | None = None
    if kind in ("question", "decided", "declined"):
        extra["words"] = review.words_for_patient if review else event.note
        extra["decision"] = review.decision if review else ""
    elif kind == "offers":
        held = list(patient_request.appointments.held())
        extra["starts"] = [each.start for each in held]
        extra["until"] = min((each.hold_until for each in held if each.hold_until), default=None)
    elif kind == "booked":
        appointment = patient_request.appointments.coming().first()
    elif kind == "cancelled":
        cancelled = patient_request.appointments.no_longer_beside().filter(
            status=AppointmentStatus.CANCELLED, cancelled_at__isnull=False
        )
        appointment = cancelled.order_by("-cancelled_at", "-pk").first()
        extra["by_patient"] = event.is_patients_wish
        extra["withdrawn"] = event.to_status == Status.WITHDRAWN
    queue(patient_request, kind, event, appointment, **extra)


def notice_for(
    action: str,
    to_status: str,
    closed_reason: str = "",
    *,
    decision: str = "",
    from_status: str = "",
    by_phone: bool = False,
) -> str | None:
    """The template that a move sends, or None where the patient is told nothing. `by_phone`: staff record
    what the patient said, who gets it in writing."""
    if to_status == Status.DECLINED:
        return "declined"
    if action == Action.CLOSE:
        return "could_not_reach" if closed_reason == ClosedReason.UNREACHABLE else None
    if action == Action.DECIDE:
        return "question" if decision == Decision.NEEDS_INFORMATION else "decided"
    if action == Action.WITHDRAW:
        quietly = "withdrawn" if by_phone else None
        return "cancelled" if from_status == Status.BOOKED else quietly
    return {
        Action.OFFER: "offers",
        Action.TAKE_OFFER: "booked",
        Action.BOOK: "booked",
        Action.HOLD_ENDED: "hold_ended",
        Action.HOLD_FALLEN: "times_fallen",
        Action.APPOINTMENT_CANCELLED: "cancelled",
    }.get(Action(action))


def preview(
    patient_request: "PatientRequest",
    action: str,
    to_status: str,
    closed_reason: str = "",
    *,
    decision: str = "",
    **extra: Any,
) -> tuple[str, str] | None:
    """Subject and text of what a move would send, before it is made; None where nothing is sent.

    `extra` is what the move will know: `words` (decided, declined, question), `starts` and `until` (offers),
    `start` (booked, moved, cancelled), `reason` (cancelled), all as they are in the database. A patient
    without e-mail gets the words to be said on the phone, if there are any.
    """
    from_status = patient_request.status
    kind = notice_for(
        action, to_status, closed_reason, decision=decision, from_status=from_status, by_phone=True
    )
    return told(patient_request, kind, decision=decision, **extra) if kind else None


def told(patient_request: "PatientRequest", kind: str, **extra: Any) -> tuple[str, str] | None:
    """Subject and text of message `kind` as staff see it, with what it is as a text and costs, or the words
    to say to a patient without e-mail; None where such a patient is not told."""
    subject, text, _html = render(patient_request, kind, **extra)
    texted = ""
    if texts.number_for(patient_request, kind, extra):
        said = texted_words(patient_request, kind, **extra)
        heading = _("As a text message (%(cost)s):") % {"cost": texts.cost_in_words(said)}
        texted = f"{heading}\n{without_link(said)}"
    if patient_request.email or texted:
        shown = filter(None, [patient_request.email and without_link(text), texted])
        return subject, "\n".join(shown)
    words = spoken(patient_request, kind, **extra) if _calls_for(patient_request, kind, extra) else ""
    return (subject, words) if words else None


def _is_instead(patient_request: "PatientRequest", kind: str) -> bool:
    """Whether the times just offered stand for others that we had to take back. One query for an offer."""
    if kind != "offers":
        return False
    steps = patient_request.events.exclude(action="").order_by("-at", "-pk").values_list("action", flat=True)
    return list(steps[:2]) == [Action.OFFER, Action.HOLD_FALLEN]


def without_link(text: str) -> str:
    """A message as staff see it: whoever opens the patient's own link is taken for the patient."""
    return _OWN_LINK.sub("\\1\u2026", text)


def queue(
    patient_request: "PatientRequest",
    kind: str,
    event: RequestEvent | None,
    appointment: Appointment | None = None,
    *,
    cause: str = "",
    now: datetime | None = None,
    not_before: datetime | None = None,
    unsubscribe_url: str = "",
    prepared: Words | None = None,
    **extra: Any,
) -> Message | None:
    """Writes one message to the patient, by e-mail, as a text or as a phone task; None where there is none of
    these. Who agreed to texts gets what asks for promptness as one: beside the e-mail, which is then the one
    that is returned, or instead of the call, which is made where the text can't arrive.

    Called inside the transaction of `event`. The key makes a second one for the same event impossible;
    without one `cause` names what it is about. It is written `now`, if not then, and goes out `not_before`.
    `prepared` are its words, where they were made before `event` was.
    """
    at = now or _moment_of(event)
    by_email, calls = bool(patient_request.email), _calls_for(patient_request, kind, extra)
    number = texts.number_for(patient_request, kind, extra)
    if not by_email and not calls and not number:
        return None
    words = prepared or _worded(patient_request, kind, appointment, extra)
    key = f"{kind}:{cause or f'event:{event.pk if event else 0}'}:patient"
    row = _row(patient_request, kind, event, appointment)
    row |= {"next_attempt_at": not_before or at, "subject": words.subject, "created_at": at}
    texted = None
    if number:
        extra = _about(patient_request, kind, appointment) | extra
        instead = words.spoken if calls and not by_email else ""
        texted = _write_text(patient_request, f"{key}:text", number, row, extra, instead)
    if by_email:
        row |= {"text": words.text, "html": words.html, "spoken": words.spoken}
        row |= {"recipient": patient_request.email, "unsubscribe_url": unsubscribe_url}
        return write_new(key, at, **row) if prepared else write(key, at, **row)[0]
    return texted or write(key, at, patient_request.phone.as_e164, BY_PHONE, **row, text=words.spoken)[0]


def _row(
    patient_request: "PatientRequest",
    kind: str,
    event: RequestEvent | None,
    appointment: Appointment | None,
) -> dict[str, Any]:
    """What says of a message what it is about."""
    return {
        "request_id": patient_request.pk,
        "event": event,
        "appointment": appointment,
        "appointment_sequence": appointment.sequence if appointment is not None else None,
        "kind": kind,
        "language": patient_request.language,
    }


def _write_text(
    patient_request: "PatientRequest",
    key: str,
    number: str,
    row: Mapping[str, Any],
    extra: Mapping[str, Any],
    instead: str,
) -> Message:
    """The text to `number`; `instead` is what is said on the phone should it not arrive, '' for nothing."""
    said = texted_words(patient_request, row["kind"], **extra)
    at: datetime = row["created_at"]
    return write(key, at, number, BY_TEXT, **row, text=said, spoken=instead)[0]


def texted_words(patient_request: "PatientRequest", kind: str, **extra: Any) -> str:
    """Message `kind` as a text, in the patient's language; of `extra` it says only what an e-mail may."""
    known = {name: value for name, value in extra.items() if name in _IN_EMAIL}
    with translation.override(patient_request.language):
        return texts.words(kind, patient_request.token, _context(patient_request, known))


def answer_text(patient_request: "PatientRequest", kind: str, cause: str, now: datetime) -> Message:
    """Answers a text that the patient has just sent, once for each `cause`."""
    with translation.override(patient_request.language):
        subject = _("Text message")
    row = _row(patient_request, kind, None, None)
    said = texted_words(patient_request, kind)
    number = patient_request.phone.as_e164
    return write(f"{kind}:{cause}:text", now, number, BY_TEXT, **row, subject=subject, text=said)[0]


def _worded(
    patient_request: "PatientRequest", kind: str, appointment: Appointment | None, extra: Mapping[str, Any]
) -> Words:
    extra = {"clinic": Clinic.current(), **_about(patient_request, kind, appointment), **extra}
    return Words(*render(patient_request, kind, **extra), spoken(patient_request, kind, **extra))


def renew(patient_request: "PatientRequest", kind: str) -> bool:
    """Words what waits of `kind`, an e-mail or a phone task, as it is true now; whether anything waits. What
    is going out at this moment stays as it was."""
    theirs = Message.objects.filter(request=patient_request, kind=kind)
    if not theirs.filter(status=MessageStatus.QUEUED).exists():
        return False
    calls = theirs.phone_tasks().update(text=spoken(patient_request, kind))
    subject, text, html = render(patient_request, kind)
    mails = theirs.unsent().filter(leased_by=None)
    said = {"subject": subject, "text": text, "html": html, "spoken": spoken(patient_request, kind)}
    return bool(calls + mails.update(**said))


def _moment_of(event: RequestEvent | None) -> datetime:
    if event is None:
        raise ValueError("a message without an event needs a time")
    return event.at


def _calls_for(patient_request: "PatientRequest", kind: str, extra: dict[str, Any]) -> bool:
    """Whether somebody without e-mail is called for this; not to hear what was the patient's own wish, nor
    where the call that is owed is in the inbox already."""
    is_owed = kind == "missed_promise" and patient_request.kind == "callback"
    return kind in CALL_WITHOUT_EMAIL and not is_owed and not extra.get("by_patient")


def _about(patient_request: "PatientRequest", kind: str, appointment: Appointment | None) -> dict[str, Any]:
    if appointment is None:
        return {"instead": _is_instead(patient_request, kind)}
    return {
        "start": appointment.start,
        "who": appointment.practitioner.name,
        "minutes": appointment.minutes,
        "reason": appointment.cancellation_reason,
        "is_consultation": appointment.is_consultation,
        "asks": appointment.confirmed_at is None,
    }


def render(patient_request: "PatientRequest", kind: str, **extra: Any) -> tuple[str, str, str]:
    """Subject, text and HTML of message `kind` for `patient_request`, in the patient's language. Of `extra`
    they say only what an e-mail may; that there is a reason, not which."""
    known = {name: value for name, value in extra.items() if name in _IN_EMAIL}
    with translation.override(patient_request.language):
        context = _context(patient_request, known | {"has_reason": bool(extra.get("reason"))})
        shipped_subject, shipped_text = split(render_to_string(f"email/{kind}.txt", context))
        subject = own(SUBJECT, kind, context) or shipped_subject
        text = _tidy(own(TEXT, kind, context) or shipped_text)
        main = {"main_link": context["recall_link" if kind == "recall" else "link"]}
        if kind in REMINDERS and context["asks"]:
            main["button"] = _("Tell us that you are coming")
        html = html_of(kind, subject, text, patient_request.language, context | main)
    return subject, text, html


def spoken(patient_request: "PatientRequest", kind: str, **extra: Any) -> str:
    """The words to say on the phone instead of message `kind`, in the patient's language; '' for none."""
    if kind not in SPOKEN:
        return ""
    if kind in REMINDERS and not extra.get("asks", True):
        return ""  # nobody is called to hear what they have confirmed
    if kind in ABOUT_A_VISIT and "is_consultation" not in extra:
        extra["is_consultation"] = patient_request.is_for_consultation()
    with translation.override(patient_request.language):
        context = _context(patient_request, extra)
        return _tidy(
            own(SPOKEN_WORDS, kind, context) or render_to_string(f"email/spoken/{kind}.txt", context)
        )


def sampled_values(patient_request: "PatientRequest", **extra: Any) -> dict[str, str]:
    """What the placeholders of the clinic's own words stand for, in the active language."""
    return values_of(_context(patient_request, extra))


def _context(patient_request: "PatientRequest", extra: dict[str, Any]) -> dict[str, Any]:
    """What a template may say. Moments become words of the language that is active. One query, if `extra`
    doesn't bring the clinic."""
    clinic = extra.get("clinic") or Clinic.current()
    said: dict[str, Any] = {
        "clinic": clinic,
        "clinic_phone": clinic.phone.as_national if clinic.phone else "",
        "reference": patient_request.shown_reference,
        "answer_by": day_and_clock(patient_request.respond_by),
        "answer_by_email": patient_request.contact_by == "email",
        "is_callback": patient_request.kind == "callback",
        "is_urgent": patient_request.urgent,
        "link": settings.SITE_URL + patient_request.get_absolute_url(),
        "site_url": settings.SITE_URL,
        "asks": True,
        **extra,
    }
    said |= sentences(said)
    starts = extra.get("starts", ())
    said["starts"] = [day_and_clock(start) for start in starts]
    said["moments"] = dict(zip(said["starts"], starts, strict=True))
    if isinstance(extra.get("start"), datetime):
        said["moments"][day_and_clock(extra["start"])] = extra["start"]
    for name in ("start", "old_start", "until", "new_time"):
        if isinstance(extra.get(name), datetime):
            said[name] = day_and_clock(extra[name])
            said[f"{name}_day"], said[f"{name}_clock"] = day(extra[name]), clock(extra[name])
    said["is_same_time"] = extra.get("start") is not None and extra.get("start") == extra.get("old_start")
    if extra.get("start"):
        said["calendar_link"] = f"{said['link']}appointment.ics"
    return said


def split(rendered: str) -> tuple[str, str]:
    """Subject, the first line, and body of a rendered template."""
    subject, _sep, body = rendered.strip().partition("\n")
    return subject.strip(), _tidy(body)


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"
