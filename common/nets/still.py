"""Whether a picture is the one the network saw last, but for the camera's noise: then its mask may stand.

What is compared is the frame last *run*, never the frame before, so that what creeps is seen; and block by block, so
that a hand is not lost in a large still room. Wherever a block differs by more than the noise, whose measure is learned
and bounded, the network runs; and it runs every half second in any case.
"""

import numpy as np
from numpy.typing import NDArray

from common.nets.noise import Margin, differences

Image = NDArray[np.uint8]

SETTLED = 30
"""Still frames to run before the first is passed over: held logits reach their end by then (see calm.py)."""
LONGEST_S = 0.5
LEAST, MOST = 0.5, 4.0
"""Bounds of what is taken for noise, mean grey levels of a block's worst channel."""


class Stillness:
    """One film's."""

    def __init__(self) -> None:
        self._run: Image | None = None
        self._run_at = 0.0
        self._still = 0
        self._margin = Margin(LEAST, MOST)

    def forget(self) -> None:
        """The next frame is run: plate or weights are others."""
        self._run = None

    def skips(self, picture: Image, now_s: float) -> bool:
        """Whether the last result stands for this picture, H,W,3 with sides that are multiples of 8.

        If not, it is the one to run now. `now_s` is monotonic.
        """
        if self._run is None or self._run.shape != picture.shape:
            self._begin(picture, now_s, 0)
            return False
        still = not self._margin.exceeded(float(differences(picture, self._run).max()))
        if still and self._still >= SETTLED and now_s - self._run_at < LONGEST_S:
            return True
        self._begin(picture, now_s, self._still + 1 if still else 0)
        return False

    def _begin(self, picture: Image, now_s: float, still: int) -> None:
        self._run, self._run_at, self._still = picture.copy(), now_s, still
