"""Stands in for cv2.VideoCapture where a webcam or a stream would be."""

import threading
from typing import Any

import cv2
import numpy as np

from common.messages import Image


def noisy(number: int, size: tuple[int, int] = (48, 64)) -> Image:
    """A picture as a sensor gives it: never the same twice."""
    return np.random.default_rng(number).integers(0, 255, (*size, 3)).astype(np.uint8)


class FakeCapture:
    """Gives `frames` pictures, then does as `then` says: "fails", "hangs", "repeats" or "raises".

    It takes any format it is asked for but the size, which stays 64x48. `asked` holds what was set, in order.
    """

    def __init__(self, frames: int = 10**9, then: str = "fails", opens: bool = True, count: float = -1) -> None:
        self.asked: list[tuple[int, float]] = []
        self.released = threading.Event()
        self.unhang = threading.Event()
        self._frames, self._then, self._opens = frames, then, opens
        self._props: dict[int, float] = {cv2.CAP_PROP_FRAME_COUNT: count, cv2.CAP_PROP_FPS: 30.0}
        self._given = 0

    def isOpened(self) -> bool:  # noqa: N802
        return self._opens

    def read(self) -> tuple[bool, Any]:
        # a driver waits for the sensor
        self.unhang.wait(0.002)
        if self._given < self._frames:
            self._given += 1
            return True, noisy(self._given)
        if self._then == "hangs":
            self.unhang.wait(30)
        if self._then == "raises":
            gone = cv2.error("the device is gone")
            # as OpenCV's own have; on the class it leaves the words of the last real one
            gone.err = "the device is gone"
            raise gone
        return self._then == "repeats", noisy(self._given)

    def get(self, prop: int) -> float:
        fixed: dict[int, float] = {cv2.CAP_PROP_FRAME_WIDTH: 64, cv2.CAP_PROP_FRAME_HEIGHT: 48}
        return fixed.get(prop, self._props.get(prop, 0.0))

    def set(self, prop: int, value: float) -> bool:
        self.asked.append((prop, value))
        self._props[prop] = value
        return True

    def release(self) -> None:
        self.released.set()


class Plugs:
    """A socket for cables: each opening takes the next capture, the last one again and again."""

    def __init__(self, *captures: FakeCapture) -> None:
        self.captures = list(captures)
        self.opened: list[tuple[Any, ...]] = []

    def __call__(self, *arguments: Any) -> FakeCapture:
        self.opened.append(arguments)
        return self.captures[min(len(self.opened), len(self.captures)) - 1]
