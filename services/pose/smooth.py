"""The One-Euro filter: calm while a hand rests, without lag while it moves.

Casiez, Roussel, Vogel 2012, *1 € Filter: A Simple Speed-based Low-pass Filter for Noisy Input* (CHI), section 3.
"""

from math import pi

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

REST_HZ = 1.0
"""Cutoff at rest: a still palm's jitter is halved at 12 pictures a second."""
PER_SPEED = 12.0
"""Cutoff gained, in Hz, at a speed of one picture's width a second: there it trails by 12 ms."""
SPEED_HZ = 3.0
"""Cutoff for the speed itself."""


class OneEuro:
    """Filters an array of points, N x 2 in widths of the picture, each point at its own speed."""

    def __init__(self, values: Values, at_s: float) -> None:
        self._values = values.astype(np.float64)
        self._speed = np.zeros_like(self._values)
        self._at_s = at_s

    def __call__(self, values: Values, at_s: float) -> Values:
        """The filtered values at that time, which must not lie before the last."""
        dt = at_s - self._at_s
        if dt > 0:
            speed = (values - self._values) / dt
            self._speed += _share(SPEED_HZ, dt) * (speed - self._speed)
            pace = np.linalg.norm(self._speed, axis=1, keepdims=True)
            self._values = self._values + _share(REST_HZ + PER_SPEED * pace, dt) * (values - self._values)
            self._at_s = at_s
        return self._values.copy()

    def restart(self, which: NDArray[np.bool_], values: Values) -> None:
        """Points that were out of sight, given as a mask of N, begin anew where they are now."""
        self._values[which], self._speed[which] = values[which], 0


def _share(cutoff_hz: float | Values, dt: float) -> float | Values:
    """How much of a new value an exponential filter of that cutoff takes after `dt` seconds (section 3.1)."""
    turns = 2 * pi * dt * cutoff_hz
    return turns / (turns + 1)
