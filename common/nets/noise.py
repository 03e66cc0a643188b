"""How far two pictures of a scene differ, block by block, and how much of that is the camera's noise."""

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

HALVINGS = 3
"""Blocks are 8x8 pixels of a glance (see shrink.py)."""
NOISIER = 1.3
"""Pictures of one scene may differ by so much more than the calmest pair of the latest did."""
LOOKED_BACK = 60


class Margin:
    """The difference that is taken for noise, learned from the largest differences of the latest pairs."""

    def __init__(self, least: float, most: float) -> None:
        """Bounds of the margin, mean grey levels of a block's worst channel."""
        self._bounds = least, most
        self._latest: deque[float] = deque(maxlen=LOOKED_BACK)

    def exceeded(self, apart: float) -> bool:
        """Whether this is more than noise; it counts among the latest."""
        self._latest.append(apart)
        least, most = self._bounds
        return apart > min(most, max(least, NOISIER * min(self._latest)))


def differences(a: Image, b: Image) -> NDArray[np.float32]:
    """Of each block of two pictures H,W,3 the mean difference in its worst channel: H/8,W/8."""
    # means are rounded to whole numbers, so the differences are stretched first; beyond 31 they are large anyhow
    apart = cv2.convertScaleAbs(cv2.absdiff(a, b), alpha=8)
    for _ in range(HALVINGS):
        apart = cv2.resize(apart, (apart.shape[1] // 2, apart.shape[0] // 2), interpolation=cv2.INTER_AREA)
    blue, green, red = cv2.split(apart)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.float32) / np.float32(8)
