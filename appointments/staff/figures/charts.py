"""Small charts of bars, as the numbers that an SVG template needs. The table beside them says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from appointments.staff.figures.groups import Cell

WIDTH, HEIGHT, GAP = 260, 80, 4


@dataclass(frozen=True)
class Bar:
    """One bar: where it stands and how high it is; one that may not be shown is a short open one."""

    x: int
    y: int
    width: int
    height: int
    is_hidden: bool
    is_last: bool


@dataclass(frozen=True)
class Chart:
    """Bars below a title, the greatest of them full height."""

    title: str
    bars: list[Bar]
    greatest: str
    last: str


def bars(title: str, cells: Sequence[Cell]) -> Chart:
    """A bar for each number, oldest first."""
    greatest = max((cell.value or 0 for cell in cells), default=0)
    width = (WIDTH - GAP * (len(cells) - 1)) // max(len(cells), 1)
    drawn = []
    for number, cell in enumerate(cells):
        height = round(HEIGHT * (cell.value or 0) / greatest) if greatest else 0
        height = 6 if cell.value is None else height
        drawn.append(
            Bar(number * (width + GAP), HEIGHT - height, width, height, cell.value is None, cell is cells[-1])
        )
    return Chart(title, drawn, f"{greatest:,}", cells[-1].shown if cells else "")
