"""The line as a drawing of how an effect comes and goes: creased, calm, creased again."""

import math
from dataclasses import dataclass

from django.utils.translation import ngettext

WIDTH, HEIGHT, MIDDLE = 720, 150, 70
LEFT, RIGHT = 60, 700
CREASE_HEIGHT = 34


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
    """A stroke in a box of WIDTH x HEIGHT, the place of the treatment and a tick for each month."""

    path: str
    start: int
    ticks: list[Tick]


def effect_curve(months: int) -> EffectCurve:
    """The drawing for an effect that can last up to `months`. It explains; it measures nothing."""
    month_width = (RIGHT - LEFT) / months
    points = [_point(x) for x in range(0, WIDTH + 1, 4)]
    path = "M" + "L".join(f"{x} {y:.0f}" for x, y in points)
    every = 1 if months <= 12 else 6
    ticks = [
        Tick(month, round(LEFT + month * month_width), is_last=month + every > months)
        for month in range(every, months + 1, every)
    ]
    return EffectCurve(path, LEFT, ticks)


def _point(x: int) -> tuple[int, float]:
    """The height of the stroke: waves whose size falls soon after the treatment and grows back at the end."""
    time = (x - LEFT) / (RIGHT - LEFT)
    if time <= 0:
        size = 1.0
    elif time < 0.6:
        size = math.exp(-time / 0.035)
    else:
        size = ((time - 0.6) / 0.4) ** 2 * 0.8
    return x, MIDDLE + CREASE_HEIGHT * size * math.sin(x / 5.2)
