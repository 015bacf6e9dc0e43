"""The one place in which rows of the outbox are made: to a patient by e-mail or phone, or to staff."""

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractUser

from appointments.models.choices import EventKind, MessageChannel
from appointments.models.message import Message
from appointments.models.timeline import RequestEvent

BY_EMAIL, BY_PHONE = MessageChannel.EMAIL, MessageChannel.PHONE


def write(
    key: str, at: datetime, recipient: str, channel: str = BY_EMAIL, **said: Any
) -> tuple[Message, bool]:
    """The message named `key`, written at `at` unless it was before; and whether it is new.

    `said` are the other fields of the row. The Message-ID stays with it through every attempt.
    """
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    row = {
        "recipient": recipient,
        "channel": channel,
        "message_id": f"<{uuid.uuid4().hex}@{host}>",
        "created_at": at,
        "next_attempt_at": at,
        **said,
    }
    return Message.objects.get_or_create(key=key, defaults=row)


def note_on_timeline(message: Message, note: str, at: datetime, by: AbstractUser | None = None) -> None:
    """Says on the timeline of the patient's request what became of `message`; a digest has none."""
    if message.request_id:
        RequestEvent.objects.create(
            request_id=message.request_id,
            kind=EventKind.MESSAGE,
            by_id=by.pk if by else None,
            at=at,
            note=note % {"subject": message.subject},
        )
