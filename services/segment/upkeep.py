"""What happens in the room over minutes: where nothing is for long, and where something stays that is nobody.

Looked at every other second of the camera's own time. *Quiet* is a place that was surely background for a minute, far
from all foreground and from everybody that pose sees; there the plate may be made anew from the mean of the latest
looks. *Left* is a place that was foreground for minutes without anybody at it: a chair that was moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from common.messages import Alpha, Image, Person

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

EVERY_S = 2.0
LOST_S = 20.0
"""After such a gap, or a step back in time, all is looked at anew."""
QUIET_S = 60.0
LEFT_S = 300.0
SHARE = 1 / 12
"""Of a look in the running mean, which is that of the last half minute."""
WIDTH = 160
SURE = 8  # alpha; more is not surely background
MARGIN = 9  # places, of WIDTH: whoever sits may lean, and what is near to foreground is never taken in
SEEN = 0.2  # score of a person and of a keypoint; far less than it takes to be drawn
BODY = 0.15  # of a person's height, by which keypoints lie inside the body


@dataclass(frozen=True, slots=True)
class Looked:
    """`mean` H,W,3 BGR 0..255 of the latest looks, `quiet` h,w in small."""

    mean: Image
    quiet: Bools


class Upkeep:
    """Of one plate; times are the frames' capture times in seconds."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._mean: Floats = np.zeros((0, 0, 3), np.float32)
        self._quiet_s: Floats = np.zeros((0, 0), np.float32)
        self._left_s: Floats = self._quiet_s

    def see(self, frame: Image, alpha: Alpha, people: Sequence[Person] | None, now_s: float) -> None:
        """A look; `people` is None where pose says nothing."""
        gap = now_s - self._at if self._at is not None else -1.0
        small = cv2.resize(alpha, small_size(frame), interpolation=cv2.INTER_AREA)
        if not 0 <= gap < LOST_S or self._mean.shape != frame.shape:
            self._mean = frame.astype(np.float32)
            self._quiet_s = self._left_s = np.zeros(small.shape, np.float32)
            gap = 0.0
        self._at = now_s
        bodies = silhouettes(people or (), small.shape, small.shape[1] / frame.shape[1])
        busy = near_anything((small > SURE) | bodies)
        self._quiet_s = np.where(busy, np.float32(0), self._quiet_s + np.float32(gap))
        left = (small > 127) & ~bodies & (people is not None)
        self._left_s = np.where(left, self._left_s + np.float32(gap), np.float32(0))
        self._average(frame, self._quiet_s <= gap)

    def looked(self) -> Looked:
        """What was seen, for work aside."""
        return Looked(np.rint(self._mean).astype(np.uint8), self._quiet_s >= QUIET_S)

    @property
    def left_behind(self) -> float:
        """Share of the picture in which something stays that is nobody; 0 while pose is silent."""
        return float((self._left_s >= LEFT_S).mean()) if self._left_s.size else 0.0

    def _average(self, frame: Image, anew: Bools) -> None:
        """The mean goes on where nothing is, and begins with the first look after something was."""
        covered = cv2.resize(anew.astype(np.uint8), frame.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        cv2.accumulateWeighted(frame, self._mean, SHARE, mask=1 - covered)
        cv2.copyTo(frame.astype(np.float32), covered, self._mean)


def small_size(frame: Image) -> tuple[int, int]:
    return WIDTH, max(8, round(frame.shape[0] * WIDTH / frame.shape[1]))


def near_anything(there: Bools) -> Bools:
    """Everything in the hull of each blob and around it: a leg in the wall's colour is between body and shoe."""
    blobs, _ = cv2.findContours(there.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hulls = np.zeros(there.shape, np.uint8)
    for blob in blobs:
        cv2.fillConvexPoly(hulls, cv2.convexHull(blob), 1)
    return np.asarray(cv2.dilate(hulls, np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8)) > 0, np.bool_)


def silhouettes(people: Sequence[Person], shape: tuple[int, ...], scale: float) -> Bools:
    """Boxes around everybody, with room for what keypoints leave out."""
    covered = np.zeros(shape, np.bool_)
    for person in people:
        points = np.array([(point.x, point.y) for point in person.keypoints if point.score >= SEEN]).reshape(-1, 2)
        if person.score >= SEEN and len(points):
            low, high = scale * points.min(0), scale * points.max(0)
            reach = 2 + BODY * (high - low).max()
            left, top = np.floor(np.maximum(low - reach, 0)).astype(int)
            right, bottom = np.ceil(high + reach).astype(int)
            covered[top:bottom, left:right] = True
    return covered
