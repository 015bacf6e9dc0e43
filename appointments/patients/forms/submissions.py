"""The hidden submission_id of the forms: it tells a repeated submit, and when its page was loaded.

A UUID of version 8: 32 bits of quarter seconds since 2026 (to 2060), 58 random bits, and 32 bits of a keyed
digest over both. A UUID from elsewhere is as good an id; it only says nothing about time.
"""

import hmac
import secrets
import uuid
from datetime import UTC, datetime, timedelta

from django.utils.crypto import salted_hmac

# Nobody reads and fills in a form faster.
SHORTEST_VISIT = timedelta(seconds=2)
# Coarse, so that more bits are left to chance: an id that is in use loses a patient's request.
_TICK = timedelta(milliseconds=250)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_SEAL_BYTES = 4


def new_id(now: datetime) -> uuid.UUID:
    """A fresh id for a page that is loaded at `now`."""
    tick = (now - _EPOCH) // _TICK % 2**32
    head = bytearray(tick.to_bytes(4, "big") + secrets.token_bytes(8))
    head[6] = 0x80 | head[6] & 0x0F  # version 8
    head[8] = 0x80 | head[8] & 0x3F  # the variant of RFC 9562
    return uuid.UUID(bytes=bytes(head) + _seal(bytes(head)))


def id_again(now: datetime) -> uuid.UUID:
    """A fresh id for a form that comes back filled in: whoever typed it has been here long enough."""
    return new_id(now - SHORTEST_VISIT)


def loaded_at(submission_id: uuid.UUID) -> datetime | None:
    """When the page with this id was loaded, to the quarter second before; None for an id that isn't ours."""
    head, seal = submission_id.bytes[:-_SEAL_BYTES], submission_id.bytes[-_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(head)):
        return None
    return _EPOCH + int.from_bytes(head[:4], "big") * _TICK


def too_quick(submission_id: uuid.UUID, now: datetime) -> bool:
    """Whether the form came back faster than a person can fill it in."""
    loaded = loaded_at(submission_id)
    return loaded is not None and now - loaded < SHORTEST_VISIT


def _seal(head: bytes) -> bytes:
    return salted_hmac("appointments.submissions", head, algorithm="sha256").digest()[:_SEAL_BYTES]
