"""What a process keeps of the database until somebody saves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from clinic.models import Clinic

T = TypeVar("T")


@dataclass(frozen=True)
class _Kept(Generic[T]):
    version: object
    value: T


class Copy(Generic[T]):
    """What `read` found, read anew when one of the `marks` of the clinic's row has changed; `nothing` as long
    as the first of them is empty. A page reads that row anyway, so a copy that holds costs no query."""

    def __init__(self, marks: tuple[str, ...], read: Callable[[], T], nothing: T) -> None:
        self._marks, self._read, self._nothing = marks, read, nothing
        self._kept: _Kept[T] = _Kept(None, nothing)

    def of(self, clinic: Clinic) -> T:
        if not hasattr(clinic, self._marks[0]):
            if clinic._state.adding:
                return self._nothing
            clinic = Clinic.current()
        version = tuple(getattr(clinic, mark, None) for mark in self._marks)
        if not version[0]:
            return self._nothing
        # Replaced whole, so that each thread sees the old one or the new one.
        kept = self._kept
        if kept.version != version:
            kept = self._kept = _Kept(version, self._read())
        return kept.value

    def forget(self) -> None:
        self._kept = _Kept(None, self._nothing)
