"""What happens in a studio before a test of its plate: it learned one, somebody stands there, the light changes."""

from collections.abc import Callable

import numpy as np

from common.messages import Accepted, FrameKey, Keypoint, LearnPlate, Palms, Person
from tests.services.segment.scene import Studio

LEARN = LearnPlate(1.0)
Open = Callable[..., Studio]


def learned(studio: Studio) -> Studio:
    studio.run(0.1)
    assert isinstance(studio.ask(LEARN).replies[0], Accepted)
    studio.run(1.2)
    assert studio.plate.frames > 0
    return studio


def standing(left: float) -> Person:
    points = [Keypoint(x, y, 0.9) for x in (left, left + 30) for y in (25, 60, 110)]
    return Person(0.9, tuple(points), None, None)


def palms(*people: Person) -> Palms:
    return Palms(FrameKey("cam0", "s", 0, 0, ""), people)


def sun(picture: np.ndarray, strength: float) -> np.ndarray:
    down, across = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    patch = strength * np.exp(-((across - 20) ** 2 + (down - 60) ** 2) / 300)[..., None]
    return np.clip(picture + patch, 0, 255).astype(np.uint8)


def slowly(studio: Studio, seconds: float, meanwhile: Callable[[], None] = lambda: None, apart_s: float = 5) -> None:
    """Frames seconds apart."""
    for _ in range(round(seconds / apart_s)):
        studio.now += apart_s
        meanwhile()
        studio.turn(studio.frame())
        studio.settle()
