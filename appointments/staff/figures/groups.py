"""Numbers of groups, and which of them nobody may read: pure.

A number from one to four could be about people whom somebody knows. It isn't shown, and where the sum of it
and others is, neither is what would give it away: the next smallest of them hides with it.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
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


def hide_together(column: Mapping[Name, int]) -> dict[Name, Cell]:
    """The numbers of groups whose sum is shown as well."""
    return cells_of(column, [column])


def cells_of(numbers: Mapping[Name, int], lines: Iterable[Collection[Name]]) -> dict[Name, Cell]:
    """What may be shown of `numbers` where the sum of each line of them is shown too: what is hidden of a
    line adds up to at least five and is of two groups or more; where that can't be, all of it is hidden."""
    lines = list(lines)
    hidden = {name for name, number in numbers.items() if 0 < number < FEWEST}
    known = 0
    while known != len(hidden):  # what is hidden for one line may be in another
        known = len(hidden)
        for line in lines:
            hidden |= _hidden_in(line, numbers, hidden)
    return {name: Cell(None if name in hidden else number) for name, number in numbers.items()}


def _hidden_in(line: Collection[Name], numbers: Mapping[Name, int], hidden: set[Name]) -> set[Name]:
    ours = hidden.intersection(line)
    rest = sorted(
        (name for name in line if name not in ours and numbers[name] >= FEWEST), key=numbers.__getitem__
    )
    while ours and rest and (len(ours) < 2 or _sum(ours, numbers) < FEWEST):
        ours.add(rest.pop(0))
    if ours and _sum(ours, numbers) < FEWEST <= _sum(line, numbers):
        return set(line)
    return ours


def _sum(names: Iterable[Name], numbers: Mapping[Name, int]) -> int:
    return sum(numbers[name] for name in names)


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
