"""Mail that is paused after a backup was brought back.

What waited in the outbox when the backup was made may have gone out since, so none of it is sent by itself
again: it stands until somebody releases it or gives it up (`manage.py paused_mail`). Messages written
afterwards go out as always.
"""

from datetime import UTC, datetime

from appointments.models import Message, MessageStatus
from appointments.models.message import MessageQuerySet

# A time that never comes: no worker claims what is due then.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def pause() -> int:
    """Pauses every unsent message; returns how many. What held one up when the backup was made is forgotten:
    nothing waits for it any more."""
    return Message.objects.on_their_way().update(
        next_attempt_at=NEVER, held_up="", lease_until=None, leased_by=None
    )


def paused() -> MessageQuerySet:
    """The paused messages."""
    return Message.objects.on_their_way().filter(next_attempt_at=NEVER)


def release(now: datetime) -> int:
    """Lets the paused messages go out; returns how many."""
    return paused().update(next_attempt_at=now, tried_since=now)


def give_up() -> int:
    """Marks the paused messages as void, never to be sent; returns how many."""
    return paused().update(status=MessageStatus.VOID)
