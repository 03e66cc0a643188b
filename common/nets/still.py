"""Whether a picture is the one the network saw last, but for the camera's noise: then its mask may stand.

What is compared is what was last *seen*, never the frame before, so that what creeps is noticed; and block by block, so
that a hand is not lost in a large still room. Wherever a block differs by more than the noise, whose measure is learned
and bounded, the network runs; and it runs every half second in any case.
"""

from common.nets.noise import Margin

SETTLED = 30
"""Still frames to run before the first is passed over: held logits reach their end by then (see calm.py)."""
LONGEST_S = 0.5
LEAST, MOST = 0.5, 4.0
"""Bounds of what is taken for noise, mean grey levels of a block's worst channel."""


class Stillness:
    """One film's."""

    def __init__(self) -> None:
        self._run_at = -LONGEST_S
        self._still = 0
        self._margin = Margin(LEAST, MOST)

    def forget(self) -> None:
        """The next frame is run: plate or weights are others."""
        self._still = 0

    def skips(self, apart: float, now_s: float) -> bool:
        """Whether the last result stands for a frame whose worst block is so far from what was seen of it.

        If not, it is the one to run now. `now_s` is monotonic.
        """
        still = not self._margin.exceeded(apart)
        if still and self._still >= SETTLED and now_s - self._run_at < LONGEST_S:
            return True
        self._run_at, self._still = now_s, self._still + 1 if still else 0
        return False
