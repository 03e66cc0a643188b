"""The polygon that is clicked along a person's boundary: when it closes, and which pixels it holds."""

import math

import cv2
import numpy as np

from common.messages import Alpha

Points = tuple[tuple[float, float], ...]
"""Corners in pixels of the picture."""

CLOSES_PX = 10.0
"""The last point closes the polygon when it comes this near to the first."""
CLOSES_FROM = 6
"""Points there must be for that; a right click, Enter or a double click close from LEAST on."""
LEAST = 3
_FINE = 4


def closes(points: Points, x: float, y: float, reach: float = CLOSES_PX) -> bool:
    """Whether a point at x, y would be the last, at least the sixth, and come within `reach` of the first."""
    return len(points) + 1 >= CLOSES_FROM and math.dist(points[0], (x, y)) <= reach


def inside(points: Points, shape: tuple[int, int]) -> Alpha:
    """The polygon's pixels as 255 of (height, width); corners may lie outside."""
    corners = np.rint(np.array(points, np.float64) * (1 << _FINE)).astype(np.int32)
    out = np.zeros(shape, np.uint8)
    cv2.fillPoly(out, [corners], (255,), shift=_FINE)
    return out
