"""Pictures of masks beside their truth. White is right, orange is taken for foreground and is none, blue is missed."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from common.evaluate import CutsOut, Sample, read_pair
from common.scores import HALF, IGNORED, Score, score
from common.sets import read_image

Image = NDArray[np.uint8]

CELL = (240, 180)
MARGIN, GAP = 26, 6
PAPER, INK, GROUND = (250, 250, 250), (40, 40, 40), (48, 48, 48)
RIGHT, FALSE, MISSED, UNCOUNTED = (255, 255, 255), (0, 140, 255), (255, 144, 30), (90, 90, 90)  # BGR
WHAT_COLOURS_MEAN = "orange: taken for foreground, and is none    blue: missed    grey: does not count"


def told(one: Score) -> str:
    """IoU, or false foreground in per cent where every frame is empty."""
    return f"{one.iou:.3f}" if one.iou is not None else f"fg {100 * (one.empty_fg or 0):.3f} %"


def goodness(one: Score) -> float:
    """To put the worst first: IoU, and of an empty frame the share that is rightly empty."""
    return one.iou if one.iou is not None else 1 - (one.empty_fg or 0)


def looked_at(cuts: CutsOut, sample: Sample) -> tuple[Image, Score]:
    """The picture of one frame's mask, and its score."""
    plate = read_image(sample.plate)
    frame, truth = read_pair(sample, plate)
    cuts.set_plate(plate)
    alpha, ignored = cuts.alpha(frame), (truth == IGNORED) & sample.ignores
    return judged(alpha, truth, ignored), score(alpha, truth, ignored)


def judged(alpha: Image, truth: Image, ignored: NDArray[np.bool_]) -> Image:
    """H,W,3: where alpha and truth differ, the colour of the mistake, as strong as the mistake is."""
    found, real = (alpha / np.float32(255))[..., None], (truth >= HALF)[..., None]
    there = np.where(real, np.asarray(RIGHT, np.float32), np.asarray(FALSE, np.float32))
    absent = np.where(real, np.asarray(MISSED, np.float32), np.asarray(GROUND, np.float32))
    colours = np.rint(found * there + (1 - found) * absent)
    return np.where(ignored[..., None], UNCOUNTED, colours).astype(np.uint8)


def sheet(cuts: Mapping[str, CutsOut], samples: Sequence[Sample], rows: int) -> Image:
    """The frames on which the first contender does worst: frame, truth, and each contender's mask with its figure."""
    ours = next(iter(cuts.values()))
    worst = sorted(samples, key=lambda sample: goodness(looked_at(ours, sample)[1]))[:rows]
    pictures = np.vstack([row(cuts, sample) for sample in worst])
    return np.vstack([strip(WHAT_COLOURS_MEAN, pictures.shape[1]), pictures])


def row(cuts: Mapping[str, CutsOut], sample: Sample) -> Image:
    truth = read_pair(sample, read_image(sample.plate))[1]
    cells = [cell(read_image(sample.frame), named(sample)), cell(truth, "truth")]
    for title, one in cuts.items():
        picture, found = looked_at(one, sample)
        cells.append(cell(picture, f"{title} {told(found)}"))
    return np.hstack(cells)


def named(sample: Sample) -> str:
    return f"{sample.scene} {sample.frame.stem}"[-30:]


def cell(picture: Image, text: str) -> Image:
    """The picture, in colours or H,W grey, as large as it fits, in its own proportions, under its text."""
    picture = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)
    height, width = picture.shape[:2]
    scale = min(CELL[0] / width, CELL[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    framed = np.full((CELL[1] + MARGIN + GAP, CELL[0] + 2 * GAP, 3), PAPER, np.uint8)
    left, top = GAP + (CELL[0] - size[0]) // 2, MARGIN + (CELL[1] - size[1]) // 2
    framed[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return written(framed, text)


def strip(text: str, width: int) -> Image:
    return written(np.full((MARGIN, width, 3), PAPER, np.uint8), text)


def written(picture: Image, text: str) -> Image:
    cv2.putText(picture, text, (GAP + 2, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
    return picture
