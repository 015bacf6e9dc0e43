"""What a process keeps of what it has made or read, for as long as nobody has changed what it is made of.

A change made on the staff's side, by load_content or by what was planned for its moment counts at once in the
process that made it and within `ASKED_AGAIN_AFTER` in every other, on every machine: they ask the database's
`Edition`. What changes with the time of day counts after `LONGEST` at the latest.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError

from clinic.models import Edition

K = TypeVar("K")
T = TypeVar("T")

# How long a process may go by the edition that it knows, in seconds.
ASKED_AGAIN_AFTER = 0.1
# In seconds: a consent names the notice of its moment, and a treatment leaves at its own.
LONGEST = 1.0


@dataclass(slots=True)
class _Known:
    """The edition as this process knows it, and since when; what was made in another `life` counts no
    more."""

    number: int = -1
    asked_at: float = float("-inf")
    life: object = None


_known = _Known()


def is_fresh(now: float) -> bool:
    """Whether the edition that is known needn't be asked for again; `now` as in `known_at`."""
    return _known.number >= 0 and 0 <= now - _known.asked_at < ASKED_AGAIN_AFTER


def known_at(now: float) -> int:
    """The edition, asked for again where it was asked for too long ago; `now` is of a clock that never goes
    back. One query at most."""
    if not is_fresh(now):
        try:
            _known.number = Edition.current()
        except DatabaseError:
            # What was kept is better than nothing for the moment it may still be given.
            _known.number = max(_known.number, 0)
        _known.asked_at = now
    return _known.number


def forget() -> None:
    """Has this process make everything anew, whatever the edition is."""
    _known.number, _known.asked_at, _known.life = -1, float("-inf"), object()


def advance() -> None:
    """Has everything made anew, on every machine: what it is made of has changed. Raises DatabaseError."""
    Edition.advance()
    _known.number = -1


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    life: object
    edition: int
    until: float
    value: T


class Kept(Generic[K, T]):
    """Values by their keys, `most` of them, each made anew as soon as what it is made of may have changed.

    What is kept is given to everybody: it must hold nothing of whoever it was made for, and nobody may change
    it. Kept for PAGE_CACHE_SECONDS, but never longer than `LONGEST`.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._made: dict[K, _Made[T]] = {}

    def of(self, key: K, make: Callable[[], T]) -> T:
        """The value, made by `make` where none is kept that still holds."""
        seconds: float = settings.PAGE_CACHE_SECONDS
        if not seconds:
            return make()
        now, seconds = self._clock(), min(seconds, LONGEST)
        # Before it is made: what changes meanwhile has another edition.
        edition, made = known_at(now), self._made.get(key)
        holds = made and made.life is _known.life and made.edition == edition and now < made.until
        if made is None or not holds:
            made = _Made(_known.life, edition, now + seconds, make())
            if len(self._made) >= self._most:
                self._made.clear()
            self._made[key] = made
        return made.value
