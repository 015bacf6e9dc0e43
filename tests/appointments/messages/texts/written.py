"""Rows of patients who get texts."""

from datetime import datetime
from typing import Any

from appointments.messages.notices import queue
from appointments.messages.texts import consent
from appointments.models import EventKind, Message, MessageChannel, PatientRequest, RequestEvent
from tests import builders
from tests.builders import WEDNESDAY


def agreed(at: datetime = WEDNESDAY, **values: Any) -> PatientRequest:
    """An open request of somebody who agreed to texts, with times on offer."""
    request = builders.appointment_request(**({"status": "offered", "received_at": at} | values))
    assert consent.give(request, None, at)
    return request


def text_for(request: PatientRequest, kind: str = "offers", at: datetime = WEDNESDAY) -> Message:
    """A text to the patient in the outbox."""
    event = RequestEvent.objects.create(request=request, kind=EventKind.NOTE, at=at)
    queue(request, kind, event, starts=[at], until=at)
    return Message.objects.get(event=event, channel=MessageChannel.TEXT)
