"""The demo's pictures: room, figure, shadow and sensor noise put together."""

from functools import lru_cache
from typing import NamedTuple, cast

import cv2
import numpy as np

from common.messages import Alpha, Image
from services.camera.demo.room import paint_room

FPS = 30.0
PERIOD = 720


class Truth(NamedTuple):
    """What is true of a frame. Palms are pixels (x, y), *left* and *right* the person's own; None if out of sight."""

    alpha: Alpha
    left_palm: tuple[float, float] | None
    right_palm: tuple[float, float] | None


class Scene:
    """The scene at one size; everything is a function of the frame's number, which counts on past PERIOD."""

    def __init__(self, width: int, height: int, seed: int = 7) -> None:
        """Prepares what all frames share, in a second or so."""
        self._room = paint_room(width, height, seed)

    def frame(self, index: int) -> Image:
        """The frame, BGR uint8."""
        return cast(Image, cv2.addWeighted(self._room.day, 1, self._room.glow, 1, 0))

    def truth(self, index: int) -> Truth:
        return Truth(np.zeros(self._room.day.shape[:2], np.uint8), None, None)


@lru_cache(maxsize=2)
def scene(width: int, height: int) -> Scene:
    """The scene at that size, prepared once a process."""
    return Scene(width, height)
