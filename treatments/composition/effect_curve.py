"""The line as a drawing of how an effect comes and goes: creased, calm, creased again."""

import math
from dataclasses import dataclass

from django.utils.translation import ngettext

# The box of the drawing. The page sets the words below it at the same shares of its width: a twelfth of it
# lies before the visit, and a twelfth after the end.
WIDTH, HEIGHT = 720, 120
LEFT, RIGHT = 60, 660
MIDDLE = 60
CREASE_HEIGHT = 44
CREASE_WIDTH = 15


@dataclass(frozen=True)
class Tick:
    """A month on the drawing's axis."""

    month: int
    x: int
    is_last: bool = False

    @property
    def label(self) -> str:
        """The month's number; the last one says what is counted."""
        words = ngettext("%(months)d month", "%(months)d months", self.month)
        return words % {"months": self.month} if self.is_last else str(self.month)


@dataclass(frozen=True)
class EffectCurve:
    """A stroke in a box of WIDTH x HEIGHT, where the visit is, and ticks at equal distances."""

    path: str
    start: int
    ticks: list[Tick]


def effect_curve(months: int) -> EffectCurve:
    """The drawing for an effect that can last up to `months`. It explains; it measures nothing."""
    every = next(step for step in (1, 2, 3, 6, 12, months) if months % step == 0 and months / step <= 6)
    month_width = (RIGHT - LEFT) / months
    ticks = [
        Tick(month, round(LEFT + month * month_width), is_last=month == months)
        for month in range(every, months + 1, every)
    ]
    return EffectCurve(_stroke(), LEFT, ticks)


def _stroke() -> str:
    """One crease after another, each a soft curve from its top to its bottom."""
    path, x, y = f"M0 {MIDDLE}", 0.0, float(MIDDLE)
    side = 1
    while x < WIDTH:
        next_x = min(x + CREASE_WIDTH * (1 + 0.2 * math.sin(x / 40)), WIDTH)
        next_y = MIDDLE + side * CREASE_HEIGHT * _depth(next_x) * (1 + 0.18 * math.sin(x / 23))
        bend = (next_x - x) / 2
        path += f"C{x + bend:.0f} {y:.0f} {next_x - bend:.0f} {next_y:.0f} {next_x:.0f} {next_y:.0f}"
        x, y, side = next_x, next_y, -side
    return path


def _depth(x: float) -> float:
    """How deep the creases are, 0 to 1: less soon after the visit, growing back towards the end."""
    time = (x - LEFT) / (RIGHT - LEFT)
    if time <= 0:
        return 0.9
    if time < 0.55:
        return math.exp(-time / 0.05)
    return 0.85 * ((time - 0.55) / 0.55) ** 2
