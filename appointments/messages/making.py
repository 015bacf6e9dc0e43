"""The one place in which rows of the outbox are made: to a patient by e-mail or phone, or to staff."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractUser

from appointments.models.choices import EventKind, MessageChannel
from appointments.models.message import Message
from appointments.models.timeline import RequestEvent

BY_EMAIL, BY_PHONE, BY_TEXT = MessageChannel.EMAIL, MessageChannel.PHONE, MessageChannel.TEXT
# What staff call it.
_WHAT: dict[str, str] = {BY_EMAIL: "e-mail", BY_TEXT: "text message"}


def write(
    key: str, at: datetime, recipient: str, channel: str = BY_EMAIL, **said: Any
) -> tuple[Message, bool]:
    """The message named `key`, written at `at` unless it was before; and whether it is new.

    `said` are the other fields of the row. The Message-ID stays with it through every attempt.
    """
    return Message.objects.get_or_create(key=key, defaults=_row(at, recipient, channel, said))


def write_new(key: str, at: datetime, recipient: str, channel: str = BY_EMAIL, **said: Any) -> Message:
    """The same of what can't have been written before, as its cause has just been stored: one query.
    Raises IntegrityError where it was."""
    return Message.objects.create(key=key, **_row(at, recipient, channel, said))


def write_each(recipients: Mapping[str, str], at: datetime, **said: Any) -> None:
    """One e-mail of the same words to each of `recipients`, addresses by the keys of the messages, but for
    those that were written before. One query."""
    rows = [Message(key=key, **_row(at, address, BY_EMAIL, said)) for key, address in recipients.items()]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def _row(at: datetime, recipient: str, channel: str, said: Mapping[str, Any]) -> dict[str, Any]:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return {
        "recipient": recipient,
        "channel": channel,
        "message_id": f"<{uuid.uuid4().hex}@{host}>",
        "created_at": at,
        "next_attempt_at": at,
        **said,
    }


def note_on_timeline(message: Message, note: str, at: datetime, by: AbstractUser | None = None) -> None:
    """Says on the timeline of the patient's request what became of `message`; a digest has none. The `note`
    may name its subject, and what it is."""
    if message.request_id:
        RequestEvent.objects.create(
            request_id=message.request_id,
            kind=EventKind.MESSAGE,
            by_id=by.pk if by else None,
            at=at,
            note=note % {"subject": message.subject, "what": _WHAT.get(message.channel, "")},
        )
