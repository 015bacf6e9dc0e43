"""What comes back from phones, whoever hands it to us: replies, and receipts for what was sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True)
class Reply:
    """Somebody at `number` (E.164) has written to us."""

    number: str
    words: str


class Outcome(Enum):
    """What became of a text that was handed over."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True)
class Receipt:
    """What became of the text that its carrier knows as `carrier_id`; `code` is the carrier's word for it."""

    carrier_id: str
    outcome: Outcome
    code: str = ""


class NotYet(Exception):
    """It came before we have written down what it is about: the carrier has to tell it again."""


# Who takes it, in a transaction of their own; registered from above. Once they return, it is safe to say
# that it was heard.
heard: list[Callable[[Reply | Receipt, datetime], None]] = []


def tell(news: Reply | Receipt, now: datetime) -> None:
    """Hands it to everybody who takes it. Raises NotYet."""
    for each in heard:
        each(news, now)
