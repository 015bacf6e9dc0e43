"""Takes whatever a carrier tells, by whichever way it came."""

from datetime import datetime

from appointments.messages.texts.inbound import Receipt, Reply
from appointments.texted_back import receipts, replies


def hear(news: Reply | Receipt, now: datetime) -> None:
    """Raises NotYet."""
    if isinstance(news, Receipt):
        receipts.take(news, now)
    else:
        replies.take(news, now)
