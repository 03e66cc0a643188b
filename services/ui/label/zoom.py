"""Which part of the picture is on the sheet, and how large. Pure: numbers in, numbers out."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

SHEET_HEIGHT = 800
SHEET_WIDTH = 1440
MOST = 24.0
_SLACK = 0.12
"""Of the sheet: so far past the picture's edge one may go once it is larger than the sheet."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """The picture's and the sheet's size in pixels; `times` 1 fits the picture in; `x`, `y` is what the sheet's corner
    shows, in pixels of the picture."""

    width: int
    height: int
    times: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def sheet(self) -> tuple[int, int]:
        """Width and height: the picture's shape, as large as a screen shows."""
        scale = self._fit
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))

    @property
    def _fit(self) -> float:
        return min(SHEET_HEIGHT / self.height, SHEET_WIDTH / self.width)

    @property
    def scale(self) -> float:
        """Pixels of the sheet that a pixel of the picture takes."""
        return self._fit * self.times

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """From the sheet's pixels; pixel 0 reaches from -0.5 to 0.5, and what lies outside is drawn to the edge."""
        px, py = self.x + x / self.scale - 0.5, self.y + y / self.scale - 0.5
        return min(max(px, 0.0), self.width - 1.0), min(max(py, 0.0), self.height - 1.0)

    def to_sheet(self, x: float, y: float) -> tuple[float, float]:
        """From the picture's pixels."""
        return (x + 0.5 - self.x) * self.scale, (y + 0.5 - self.y) * self.scale

    def about(self, x: float, y: float, factor: float) -> Self:
        """Larger by `factor`; what lies under the sheet's x, y stays there."""
        times = min(max(self.times * factor, 1.0), MOST)
        grown = self._fit * times
        return replace(
            self, times=times, x=self.x + x / self.scale - x / grown, y=self.y + y / self.scale - y / grown
        )._held()

    def moved(self, x: float, y: float) -> Self:
        """Pushed along by pixels of the sheet."""
        return replace(self, x=self.x - x / self.scale, y=self.y - y / self.scale)._held()

    def _held(self) -> Self:
        """The picture stays on the sheet; at its fit it does not move at all."""
        wide, high = self.width / self.times, self.height / self.times
        slack = _SLACK if self.times > 1 else 0.0

        def hold(start: float, shown: float, whole: float) -> float:
            return min(max(start, -slack * shown), whole - shown + slack * shown)

        return replace(self, x=hold(self.x, wide, self.width), y=hold(self.y, high, self.height))

    def matrix(self) -> NDArray[np.float64]:
        """The 2x3 matrix of cv2.warpAffine from the picture to the sheet, pixel centres on pixel centres."""
        s = self.scale
        return np.array([[s, 0, (0.5 - self.x) * s - 0.5], [0, s, (0.5 - self.y) * s - 0.5]])
