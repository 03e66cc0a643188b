"""How good a mask is: IoU, boundary F, alpha error and false foreground. Images are H,W uint8.

Truth is 0 background, 255 foreground; IGNORED counts for nothing. A mask counts as foreground from HALF on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Bools = NDArray[np.bool_]

HALF = 128
IGNORED = 128
TOLERANCE = 2  # pixels, of boundary F


@dataclass(frozen=True, slots=True)
class Score:
    """Of one frame, or the mean of many. Shares are 0..1, `ms` milliseconds a frame; None where nothing applies.

    `iou`, `iou_min` and `boundary_f` are over frames with a foreground, `empty_fg` over empty ones.
    """

    frames: int
    iou: float | None
    iou_min: float | None
    boundary_f: float | None
    alpha_mae: float | None
    empty_fg: float | None
    ms: float | None


def iou(mask: Bools, truth: Bools) -> float:
    """Intersection over union; 1 where both are empty."""
    either = np.count_nonzero(mask | truth)
    return float(np.count_nonzero(mask & truth) / either) if either else 1.0


def outline(mask: Bools) -> Bools:
    """Foreground pixels with a background pixel beside them. Beyond the picture's edge is background: whoever is cut
    off by it has an outline there, and it does not matter that a hand-drawn mask ends a pixel before it."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(mask & (inner == 0), np.bool_)


def near(points: Bools, reach: int) -> Bools:
    """Places within `reach` pixels of a point: OpenCV's ellipse, 5x5 without its corners for 2 pixels."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(points.astype(np.uint8), disc) > 0


def boundary_f(mask: Bools, truth: Bools, counted: Bools, reach: int = TOLERANCE) -> float:
    """F measure of the outlines within `reach` pixels (Martin et al. 2004), over the pixels that are counted."""
    found, real = outline(mask) & counted, outline(truth) & counted
    if not real.any() or not found.any():
        return 1.0 if real.any() == found.any() else 0.0
    precision = np.count_nonzero(found & near(real, reach)) / np.count_nonzero(found)
    recall = np.count_nonzero(real & near(found, reach)) / np.count_nonzero(real)
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def score(alpha: Image, truth: Image, ignored: Bools, ms: float | None = None) -> Score:
    """Of one frame; raises ValueError where the sizes differ."""
    if not alpha.shape == truth.shape == ignored.shape:
        raise ValueError(f"sizes differ: alpha {alpha.shape}, truth {truth.shape}")
    counted = ~ignored
    mask, real = (alpha >= HALF) & counted, (truth >= HALF) & counted
    size = max(int(np.count_nonzero(counted)), 1)
    mae = float(np.abs(alpha.astype(np.float32) - truth)[counted].sum() / 255 / size)
    if not real.any():
        return Score(1, None, None, None, mae, float(np.count_nonzero(mask) / size), ms)
    value = iou(mask, real)
    inside = ~near(ignored, TOLERANCE) if ignored.any() else counted
    return Score(1, value, value, boundary_f(mask, real, inside), mae, None, ms)


def mean(scores: Sequence[Score]) -> Score:
    """The mean of each value where it applies; of `iou_min` the least, of `frames` the sum."""

    def known(name: str) -> list[float]:
        return [value for s in scores if (value := getattr(s, name)) is not None]

    def middle(values: Iterable[float]) -> float | None:
        listed = list(values)
        return float(np.mean(listed)) if listed else None

    frames, least = sum(s.frames for s in scores), min(known("iou_min"), default=None)
    others = (middle(known(name)) for name in ("boundary_f", "alpha_mae", "empty_fg", "ms"))
    return Score(frames, middle(known("iou")), least, *others)
