"""Whether a picture is the one the network saw last, but for the camera's noise: then its mask may stand.

What is compared is the frame last *run*, never the frame before, so that what creeps is seen; and block by block, so
that a hand is not lost in a large still room. Wherever a block differs by more than the noise, whose measure is learned
and bounded, the network runs; and it runs every half second in any case.
"""

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

HALVINGS = 3
"""Blocks are 8x8 pixels of the network's picture."""
SETTLED = 30
"""Still frames to run before the first is passed over: held logits reach their end by then (see calm.py)."""
LONGEST_S = 0.5
NOISIER = 1.3
"""A still frame may differ by so much more than the calmest pair of the latest did."""
LEAST, MOST = 0.5, 4.0
"""Bounds of the margin, mean grey levels of a block's worst channel."""
LOOKED_BACK = 60


class Stillness:
    """One film's."""

    def __init__(self) -> None:
        self._run: Image | None = None
        self._run_at = 0.0
        self._still = 0
        self._differences: deque[float] = deque(maxlen=LOOKED_BACK)

    def forget(self) -> None:
        """The next frame is run: plate or weights are others."""
        self._run = None

    @property
    def margin(self) -> float:
        """The difference that is taken for noise."""
        return min(MOST, max(LEAST, NOISIER * min(self._differences, default=0.0)))

    def skips(self, picture: Image, now_s: float) -> bool:
        """Whether the last result stands for this picture, H,W,3 with sides that are multiples of 8.

        If not, it is the one to run now. `now_s` is monotonic.
        """
        if self._run is None or self._run.shape != picture.shape:
            self._begin(picture, now_s, 0)
            return False
        apart = difference(picture, self._run)
        self._differences.append(apart)
        still = apart <= self.margin
        if still and self._still >= SETTLED and now_s - self._run_at < LONGEST_S:
            return True
        self._begin(picture, now_s, self._still + 1 if still else 0)
        return False

    def _begin(self, picture: Image, now_s: float, still: int) -> None:
        self._run, self._run_at, self._still = picture.copy(), now_s, still


def difference(a: Image, b: Image) -> float:
    """The largest mean difference of a block, in any channel."""
    # means are rounded to whole numbers, so the differences are stretched first; beyond 31 they are large anyhow
    apart = cv2.convertScaleAbs(cv2.absdiff(a, b), alpha=8)
    for _ in range(HALVINGS):
        apart = cv2.resize(apart, (apart.shape[1] // 2, apart.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return float(apart.max()) / 8
