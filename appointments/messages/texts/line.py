"""The way to the phones: one connection that outlives its batch, since replies come in by it too."""

import time
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from appointments.messages.line import Line
from appointments.models.choices import MessageChannel
from appointments.models.message import Message

# After a connection that could only have listened was refused, it isn't tried again for so long.
LISTEN_AGAIN = 60.0  # seconds


class Sender(Protocol):
    """Whoever carries texts, by TEXTS_BACKEND. Made, it is open; raises NotTaken where it can't be."""

    def send(self, number: str, text: str, reference: int) -> str:
        """Hands `text` over for `number` (E.164); the carrier's own name for it, '' for none. `reference` is
        ours, the same at every attempt. Raises NotTaken."""

    def hear(self, now: datetime) -> int:
        """Tells `inbound` what has come in since; how much that was. Raises NotTaken."""

    def close(self) -> None:
        """Hangs up."""


class TextLine(Line):
    """The same as the mail's, kept open between batches."""

    channel = MessageChannel.TEXT

    def __init__(self) -> None:
        super().__init__()
        self._listens_from = 0.0

    def _connect(self) -> Any:
        return import_string(settings.TEXTS_BACKEND)()

    def hand_over(self, message: Message) -> str:
        """See Sender.send."""
        sender: Sender = self.backend()
        return sender.send(message.recipient, message.text, message.pk)

    def hear(self, now: datetime) -> int:
        """What has come in since, told to `inbound`; how much. Raises what the connection meets, and drops
        it: the next look connects anew, after a while."""
        if not self.is_open and time.monotonic() < self._listens_from:
            return 0
        try:
            sender: Sender = self.backend()
            return sender.hear(now)
        except Exception:
            self.drop()
            self._listens_from = time.monotonic() + LISTEN_AGAIN
            raise

    @property
    def stays_open(self) -> bool:
        return True
