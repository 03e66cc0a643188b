"""Draws chairs, stools and tables: things with legs, between which the room goes on, mostly in shadow.

Cut-outs with coarse outlines fill such gaps, and so would a network that knows no others. Our own drawing; pictures are
H,W,3 float32 0..255, alphas H,W 0..1.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.trainer.paint import Floats, Placed, softened

FINER = 2
Points = NDArray[np.float64]


@dataclass
class Sheet:
    """Where it is drawn, FINER times as fine as the picture."""

    colours: Floats
    alpha: NDArray[np.uint8]
    colour: NDArray[np.float64]
    rng: Generator

    def part(self, corners: Points) -> None:
        """A plank with these corners, x and y, in a shade of its own."""
        points = np.rint(corners * FINER).astype(np.int32)
        shade = self.colour * self.rng.uniform(0.6, 1.15)
        cv2.fillPoly(self.colours, [points], [float(c) for c in np.clip(shade, 0, 255)])
        cv2.fillPoly(self.alpha, [points], 255, cv2.LINE_AA)

    def bar(self, start: Points, end: Points, thick: float) -> None:
        """A plank from one point to another."""
        along = end - start
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6) * max(thick, 1) / 2
        self.part(np.stack([start - across, start + across, end + across, end - across]))


def furniture(size: tuple[int, int], rng: Generator, height: float, middle: float, foot: float) -> Placed:
    """A chair, stool or table about so high, its feet near column `middle` of row `foot` of a picture of `size` (width,
    height)."""
    wide, high = size[0] * FINER, size[1] * FINER
    sheet = Sheet(np.zeros((high, wide, 3), np.float32), np.zeros((high, wide), np.uint8), _colour(rng), rng)
    chair = rng.random() < 0.7
    seat = height * (rng.uniform(0.4, 0.6) if chair else 1)
    width = seat * (rng.uniform(0.6, 1.3) if chair else rng.uniform(0.5, 2.2))
    back = np.array([rng.uniform(-0.35, 0.35) * width, -rng.uniform(0.05, 0.3) * seat])
    feet = np.array([[middle - width / 2, foot], [middle + width / 2, foot]])
    feet = np.concatenate([feet, feet + back])
    tops = feet - [0, seat] + np.array([[1], [-1], [1], [-1]]) * [rng.uniform(-0.02, 0.08) * width, 0]
    thick = seat * rng.uniform(0.03, 0.11)
    _stand(sheet, feet, tops, thick)
    if chair and rng.random() < 0.85:
        _lean(sheet, tops[2:], height - seat, thick)
    grain = softened(rng.normal(0, rng.uniform(0, 14), (high, wide)).astype(np.float32), rng.uniform(0.5, 2))
    colours = cv2.resize(sheet.colours + grain[..., None], size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(sheet.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    lifted = np.asarray(colours, np.float32) / np.maximum(alpha, np.float32(0.2))[..., None]
    return Placed(np.clip(lifted, 0, 255), alpha, foot)


def _colour(rng: Generator) -> NDArray[np.float64]:
    """Of wood, metal or plastic: mostly dark or muted, now and then loud."""
    if rng.random() < 0.2:
        return rng.uniform(10, 245, 3)
    return np.clip(rng.uniform(15, 210) * np.array([0.8, 0.95, 1.05]) + rng.normal(0, 15, 3), 5, 250)


def _stand(sheet: Sheet, feet: Points, tops: Points, thick: float) -> None:
    """Legs, what joins them, and the seat or table top on them."""
    rng = sheet.rng
    for leg in (2, 3, 0, 1):
        sheet.bar(feet[leg], tops[leg], thick)
    if rng.random() < 0.4:
        up = rng.uniform(0.15, 0.7)
        for one, other in ((0, 1), (2, 3), (0, 2), (1, 3)):
            if rng.random() < 0.6:
                joints = feet + up * (tops - feet)
                sheet.bar(joints[one], joints[other], 0.7 * thick)
    down = np.array([0, thick * rng.uniform(0.5, 2.5)])
    sheet.part(cv2.convexHull(np.concatenate([tops, tops + down]).astype(np.float32))[:, 0].astype(np.float64))


def _lean(sheet: Sheet, corners: Points, height: float, thick: float) -> None:
    """A back: two posts, and a panel or rails between them."""
    rng = sheet.rng
    up = np.array([rng.uniform(-0.1, 0.1) * height, -height])
    for corner in corners:
        sheet.bar(corner, corner + up, thick)
    if rng.random() < 0.5:
        low = rng.uniform(0, 0.6)
        sheet.part(np.stack([corners[0] + low * up, corners[1] + low * up, corners[1] + up, corners[0] + up]))
        return
    for share in np.linspace(rng.uniform(0.2, 0.6), 0.97, int(rng.integers(1, 5))):
        sheet.bar(corners[0] + share * up, corners[1] + share * up, thick * rng.uniform(0.6, 1.8))
