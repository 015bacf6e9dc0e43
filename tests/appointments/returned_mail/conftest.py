"""An e-mail that went out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.messages.notices import queue
from appointments.models import EventKind, Message, RequestEvent
from tests import builders


@pytest.fixture
def sent(clinic: object) -> Message:
    """An acknowledgement that the mail server took ten minutes ago."""
    at = timezone.now() - timedelta(minutes=10)
    request = builders.callback_request(email="ana@example.org", received_at=at)
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=at)
    message = queue(request, "acknowledgement", event)
    assert message is not None
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=at)
    message.refresh_from_db()
    return message
