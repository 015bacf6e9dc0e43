"""A text that comes in: STOP, HELP and START, the answers to a reminder, and whatever else somebody writes.

It lands on the request about which we wrote to its number last. Told twice, as carriers do who got no answer,
it is one.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from appointments import scheduling
from appointments.messages import notices
from appointments.messages.staleness import REMINDERS
from appointments.messages.texts import consent
from appointments.messages.texts.inbound import Reply
from appointments.models import EventKind, Message, MessageChannel, PatientRequest, TextOptOut, TextToRead
from appointments.requests import moves
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import own_move
from appointments.texted_back.words import AMBIGUOUS, Wish, plain, wish_of

logger = logging.getLogger(__name__)

LONGEST = 1000
TOLD_TWICE_WITHIN = timedelta(minutes=5)


def take(reply: Reply, now: datetime) -> None:
    """Does what a text asks for, and keeps what it says."""
    wish = wish_of(reply.words)
    with transaction.atomic():
        row = request_of(reply.number)
        if wish is Wish.STOP:
            _stop(reply, row, now)
        elif wish is Wish.START:
            _start(reply, row, now)
        elif row is None:
            logger.info("a text from a number of no request")
        elif wish is Wish.HELP:
            if not consent.has_opted_out(reply.number):
                notices.answer_text(row, consent.HELP, f"{row.pk}:{now:%Y-%m-%d}", now)
        else:
            _keep(row, reply.words, wish, now)


def request_of(number: str) -> PatientRequest | None:
    """The request about which we last wrote to `number`, while it is open; else the latest with this number.
    Suspected spam hears and says nothing. Two queries at most."""
    digits = number.removeprefix("+")
    texts = Message.objects.filter(
        request__phone_digits=digits, channel=MessageChannel.TEXT, recipient=number
    )
    last = texts.select_related("request").order_by("-created_at", "-pk").first()
    if last and last.request and last.request.is_open:
        return last.request
    rows = PatientRequest.objects.in_inbox().filter(phone_digits=digits)
    return rows.order_by(F("finished_at").desc(nulls_first=True), "-received_at", "-pk").first()


def _stop(reply: Reply, row: PatientRequest | None, now: datetime) -> None:
    if not consent.opt_out(reply.number, now) or row is None:
        return
    note(row, reply.words, now, to_read=plain(reply.words) in AMBIGUOUS)
    opted_out = TextOptOut.objects.get(number=reply.number)
    notices.answer_text(row, consent.STOPPED, f"{opted_out.pk}", now)


def _start(reply: Reply, row: PatientRequest | None, now: datetime) -> None:
    if consent.opt_in(reply.number) and row is not None:
        note(row, reply.words, now, to_read=False)
        notices.answer_text(row, consent.STARTED, f"{row.pk}:{now.timestamp():.0f}", now)


def _keep(row: PatientRequest, words: str, wish: Wish, now: datetime) -> None:
    said = words.strip()[:LONGEST] or "-"
    texts = row.events.filter(kind=EventKind.TEXT, note=said, at__gt=now - TOLD_TWICE_WITHIN)
    if texts.exists():
        return
    done = _does(row, wish, now)
    note(row, said, now, to_read=not done)
    for hears in moves.patients_words:
        hears(row, said, now)


def _does(row: PatientRequest, wish: Wish, now: datetime) -> bool:
    """Whether the wish of a short answer is done, so that nobody has to read it."""
    try:
        with transaction.atomic():
            if wish is Wish.CONFIRM:
                return _confirms(row, now)
            if wish is Wish.ANOTHER_TIME:
                own_move.ask(row, "", now=now)
                return True
    except SchedulingError:
        pass
    return False


def _confirms(row: PatientRequest, now: datetime) -> bool:
    texts = row.messages.filter(channel=MessageChannel.TEXT, kind__in=REMINDERS, appointment__isnull=False)
    asked = texts.select_related("appointment").order_by("-created_at", "-pk").first()
    if asked is None or asked.appointment is None or asked.appointment_sequence is None:
        return False
    scheduling.confirm(asked.appointment, sequence=asked.appointment_sequence, now=now)
    return True


def note(row: PatientRequest, words: str, now: datetime, *, to_read: bool) -> None:
    """Puts a text on the timeline, and on Today until somebody has read it."""
    consent.note(row, EventKind.TEXT, words.strip()[:LONGEST], now)
    if to_read:
        TextToRead.objects.get_or_create(request=row, defaults={"since": now})
        moves.news_for_assignee(row, now)


def was_read(row: PatientRequest, seen: int) -> bool:
    """Somebody at the clinic has read the patient's texts, up to the event `seen`; False when the patient has
    written again since, or a colleague was faster."""
    with transaction.atomic():
        if row.events.filter(kind=EventKind.TEXT, pk__gt=seen).exists():
            return False
        gone, _rows = TextToRead.objects.filter(request=row).delete()
    return bool(gone)
