"""The hidden submission_id of the forms: it tells a repeated submit, and when its page was loaded.

A UUID of version 8: 48 bits of milliseconds, 26 random bits, and 48 bits of a keyed digest over both. A UUID
from elsewhere is as good an id; it only says nothing about time.
"""

import hmac
import secrets
import uuid
from datetime import UTC, datetime, timedelta

from django.utils.crypto import salted_hmac

# Nobody reads and fills in a form faster.
SHORTEST_VISIT = timedelta(seconds=2)
_SEAL_BYTES = 6


def new_id(now: datetime) -> uuid.UUID:
    """A fresh id for a page that is loaded at `now`."""
    head = bytearray(int(now.timestamp() * 1000).to_bytes(6, "big") + secrets.token_bytes(4))
    head[6] = 0x80 | head[6] & 0x0F  # version 8
    head[8] = 0x80 | head[8] & 0x3F  # the variant of RFC 9562
    return uuid.UUID(bytes=bytes(head) + _seal(bytes(head)))


def id_again(now: datetime) -> uuid.UUID:
    """A fresh id for a form that comes back filled in: whoever typed it has been here long enough."""
    return new_id(now - SHORTEST_VISIT)


def loaded_at(submission_id: uuid.UUID) -> datetime | None:
    """When the page with this id was loaded; None for an id that isn't ours."""
    head, seal = submission_id.bytes[:-_SEAL_BYTES], submission_id.bytes[-_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(head)):
        return None
    return datetime.fromtimestamp(int.from_bytes(head[:6], "big") / 1000, UTC)


def too_quick(submission_id: uuid.UUID, now: datetime) -> bool:
    """Whether the form came back faster than a person can fill it in."""
    loaded = loaded_at(submission_id)
    return loaded is not None and now - loaded < SHORTEST_VISIT


def _seal(head: bytes) -> bytes:
    return salted_hmac("appointments.submissions", head, algorithm="sha256").digest()[:_SEAL_BYTES]
