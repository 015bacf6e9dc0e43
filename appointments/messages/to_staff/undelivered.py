"""What staff hear at once of what could not be delivered: that somebody has to call."""

from datetime import datetime

from appointments.messages.to_staff import at_once
from appointments.models.message import Message
from appointments.models.to_staff.choice import Happening


def tell(message: Message, now: datetime) -> None:
    """Tells whoever chose to hear it, within the caller's transaction."""
    if message.request_id:
        at_once.tell(Happening.FAILED, [message.request_id], now)
