"""The common questions that are shown, by the page on which they stand."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import attrgetter

from clinic.models import Clinic, CommonQuestion
from clinic.wordings.copies import Copy
from clinic.wordings.texts import Words

# Names of pages, with what staff call them.
Places = Callable[[], Iterable[tuple[str, Words]]]
_places: list[Places] = []


def add_places(places: Places) -> None:
    """Lets questions stand on pages of another app."""
    _places.append(places)


def all_places() -> list[tuple[str, Words]]:
    return [place for places in _places for place in places()]


def _read() -> Mapping[str, list[CommonQuestion]]:
    rows = CommonQuestion.objects.filter(is_shown=True)
    return {place: list(group) for place, group in groupby(rows, key=attrgetter("place"))}


_copy: Copy[Mapping[str, list[CommonQuestion]]] = Copy(("newest_question_at",), _read, {})


def shown(clinic: Clinic, place: str = "") -> list[CommonQuestion]:
    """In order. At most one query."""
    return _copy.of(clinic).get(place, [])


def forget() -> None:
    _copy.forget()
