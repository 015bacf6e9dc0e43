"""Small charts of bars, as the numbers that an SVG template needs. The table beside them says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from appointments.staff.figures.groups import Cell

WIDTH, HEIGHT, GAP = 260, 80, 4


@dataclass(frozen=True)
class Bar:
    """One bar: where it stands, how high it is, and its period and number in words; one that may not be shown
    is a short open one."""

    x: int
    y: int
    width: int
    height: int
    is_hidden: bool
    is_last: bool
    words: str


@dataclass(frozen=True)
class Chart:
    """Bars between a title and the first and the last of the `periods`, the greatest of them full height."""

    title: str
    bars: list[Bar]
    greatest: str
    last: str
    periods: tuple[str, str]


def bars(title: str, cells: Sequence[Cell], names: Sequence[str], periods: tuple[str, str]) -> Chart:
    """A bar for each number, oldest first; `names` are those of their periods, one for one."""
    greatest = max((cell.value or 0 for cell in cells), default=0)
    width = (WIDTH - GAP * (len(cells) - 1)) // max(len(cells), 1)
    drawn = []
    for number, (cell, period) in enumerate(zip(cells, names, strict=True)):
        height = round(HEIGHT * (cell.value or 0) / greatest) if greatest else 0
        height = 6 if cell.value is None else height
        x, is_last = number * (width + GAP), number == len(cells) - 1
        words = f"{period}: {cell.shown}"
        drawn.append(Bar(x, HEIGHT - height, width, height, cell.value is None, is_last, words))
    return Chart(title, drawn, f"{greatest:,}", cells[-1].shown if cells else "", periods)
