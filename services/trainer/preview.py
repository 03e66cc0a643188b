"""What weights make of the frames kept aside, as a picture for a person."""

from collections.abc import Sequence

import cv2
import numpy as np

from common.messages import Image
from common.nets.segmenter import Segmenter
from common.scores import HALF
from common.weights import Weights
from services.trainer.stock import Pair

MOST = 3
HEIGHT = 240
OUTLINE = (80, 220, 120)  # BGR


def preview(weights: Weights, pairs: Sequence[Pair], threads: int) -> Image:
    """The first frames side by side, HEIGHT high: who is cut out stays bright and outlined, the room is dimmed."""
    segmenter = Segmenter(weights, engine="torch", threads=threads)
    pictures = []
    for pair in pairs[:MOST]:
        segmenter.set_plate(pair.plate)
        mask = (segmenter.alpha(pair.frame) >= HALF).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        dimmed = np.where(mask[..., None] > 0, pair.frame, pair.frame // 3).astype(np.uint8)
        cv2.drawContours(dimmed, outlines, -1, OUTLINE, 2)
        width = max(1, round(HEIGHT * dimmed.shape[1] / dimmed.shape[0]))
        pictures.append(cv2.resize(dimmed, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    return np.asarray(np.hstack(pictures), np.uint8)
