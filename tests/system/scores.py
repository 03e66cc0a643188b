"""Pairs of frame and mask off the bus, and how good the masks are."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from common.bus import Bus
from common.messages import Alpha, Frame, FrameKey, Image, Mask
from tests.system.running import read_for


def pairs(bus: Bus, seconds: float) -> Iterator[tuple[Frame, Mask]]:
    """Each mask with its own frame, as they arrive; `bus` reads Frame and Mask."""
    waiting: dict[FrameKey, Frame] = {}
    for message in read_for(bus, [Frame, Mask], seconds):
        if isinstance(message, Frame):
            waiting[message.key] = message
            while len(waiting) > 60:
                waiting.pop(next(iter(waiting)))
        elif message.key in waiting:
            yield waiting.pop(message.key), message


def iou(alpha: Alpha, truth: Alpha) -> float:
    """Intersection over union of what both call foreground, 128 and up; 1 where both are empty."""
    mine, true = alpha >= 128, truth >= 128
    union = np.count_nonzero(mine | true)
    return float(np.count_nonzero(mine & true) / union) if union else 1.0


def absdiff(image: Image, plate: Image, threshold: int = 25) -> Alpha:
    """The oldest background subtraction there is: foreground where any channel differs by more than the threshold."""
    differs: NDArray[np.bool_] = cv2.absdiff(image, plate).max(axis=2) > threshold
    return differs.astype(np.uint8) * 255
