"""The palms as seen: a red dot with a white rim and a faint halo, which fades out when the palm is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ui.draw.canvas import Canvas
from services.ui.draw.theme import END, PAPER

FADE_S = 0.3
_SAME = 0.08
"""Two sightings closer than this part of the width are the same palm."""


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a palm was last seen: pixels of the frame, seconds."""

    x: float
    y: float
    seen: float


class Trail:
    """The palms on show. A palm that is no longer seen is gone FADE_S after it was last seen, fading."""

    def __init__(self) -> None:
        self._dots: list[Dot] = []

    def update(self, points: Sequence[tuple[float, float]], width: int, now: float) -> None:
        """Takes the palms of a new message."""
        gone = [
            dot
            for dot in self._dots
            if now - dot.seen < FADE_S
            and all((dot.x - x) ** 2 + (dot.y - y) ** 2 > (_SAME * width) ** 2 for x, y in points)
        ]
        self._dots = gone + [Dot(x, y, now) for x, y in points]

    def shown(self, now: float, steady_s: float) -> list[tuple[Dot, float]]:
        """Dots with their strength, 0 to 1: in full within `steady_s` of being seen, gone after FADE_S."""
        faded = [(dot, (FADE_S - (now - dot.seen)) / (FADE_S - steady_s)) for dot in self._dots]
        return [(dot, min(1.0, strength)) for dot, strength in faded if strength > 0]


def draw_palms(canvas: Canvas, dots: Sequence[tuple[Dot, float]]) -> None:
    """Dots with the strength of each."""
    u = canvas.unit
    for dot, strength in dots:
        canvas.disc(dot.x, dot.y, 18 * u, END, 0.16 * strength)
        canvas.ring(dot.x, dot.y, 18 * u, 1.5 * u, END, alpha=0.55 * strength)
        canvas.disc(dot.x, dot.y, 10.5 * u, PAPER, 0.95 * strength)
        canvas.disc(dot.x, dot.y, 8.5 * u, END, strength)
