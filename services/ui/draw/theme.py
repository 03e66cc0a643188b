"""The look's constants: colours, levels, and sizes at a height of 480 that grow with the picture."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green, blue, 0 to 255."""

    red: int
    green: int
    blue: int

    def argb(self, alpha: float = 1.0) -> int:
        """As skia takes it; `alpha` 0 to 1."""
        return round(255 * min(max(alpha, 0.0), 1.0)) << 24 | self.red << 16 | self.green << 8 | self.blue

    @property
    def bgr(self) -> tuple[int, int, int]:
        """As OpenCV takes it."""
        return self.blue, self.green, self.red


INK = Colour(16, 18, 24)
PAPER = Colour(255, 255, 255)
END = Colour(255, 77, 79)
ACT_DEEP = Colour(30, 84, 232)
END_DEEP = Colour(220, 38, 44)
"""Under white words: half transparent over a white wall they still give 4.5:1."""
GOOD = Colour(38, 194, 129)
WARN = Colour(255, 176, 32)
NIGHT = Colour(26, 29, 38)
"""What stands where no room may be seen."""

PANEL_ALPHA = 0.74
"""Ink under words: white on it keeps 7:1 over a white wall."""


class Level(StrEnum):
    """How a fact or a sentence is meant. Each has a colour and a shape of its own, never a colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


LEVEL_COLOUR = {Level.PLAIN: PAPER, Level.GOOD: GOOD, Level.WARN: WARN, Level.BAD: END}


def ease_out(part: float) -> float:
    """Cubic ease-out of a motion, 0 to 1; parts outside are cut."""
    rest = 1 - min(max(part, 0.0), 1.0)
    return 1 - rest * rest * rest
