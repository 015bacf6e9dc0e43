"""Numbers of groups, and which of them nobody may read: pure.

A number from one to four could be about people whom somebody knows. It isn't shown, and where the sum of its
column is, neither is what would give it away: the next smallest of the column hides with it.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

from appointments.follow_up.day_counts import HOURS, LONGER
from appointments.models.counts import Figure

FEWEST = 5
# Of fewer answers, the slowest tenth would be one patient.
FEWEST_FOR_SLOWEST = 10
Name = TypeVar("Name", bound=Hashable)
# By figure and detail.
Numbers = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Cell:
    """A number as it may be shown; `value` is None where it may not."""

    value: int | None

    @property
    def shown(self) -> str:
        """The number, or that it is too small to be shown."""
        return "–" if self.value is None else f"{self.value:,}"  # noqa: RUF001


def alone(number: int) -> Cell:
    """A number of which no parts are shown beside it."""
    return Cell(None if 0 < number < FEWEST else number)


def hide_together(column: Mapping[Name, int]) -> dict[Name, Cell]:
    """The numbers of groups whose sum is shown as well: what is hidden of them adds up to at least five and
    is of two groups or more; where that can't be, all of it is hidden."""
    hidden = {name for name, number in column.items() if 0 < number < FEWEST}
    rest = sorted((name for name in column if column[name] >= FEWEST), key=lambda name: column[name])
    while hidden and rest and (len(hidden) < 2 or sum(column[name] for name in hidden) < FEWEST):
        hidden.add(rest.pop(0))
    if hidden and sum(column[name] for name in hidden) < FEWEST <= sum(column.values()):
        hidden = set(column)
    return {name: Cell(None if name in hidden else number) for name, number in column.items()}


def sum_of(numbers: Numbers, figure: str) -> int:
    """The figure over all its details."""
    return sum(number for (name, _detail), number in numbers.items() if name == figure)


def hours_until(numbers: Numbers, share: float) -> str:
    """The hours within which `share` of the first answers came, an upper edge of `HOURS`, LONGER beyond them;
    '' where too few came to say so."""
    answers = sum_of(numbers, Figure.ANSWERED)
    if answers < (FEWEST if share <= 0.5 else FEWEST_FOR_SLOWEST):
        return ""
    reached = 0
    for hours in HOURS:
        reached += numbers.get((Figure.ANSWERED, str(hours)), 0)
        if reached >= ceil(answers * share):
            return str(hours)
    return LONGER
