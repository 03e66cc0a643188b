"""The demo's pictures: room, figure, shadow and sensor noise put together."""

from functools import lru_cache
from typing import NamedTuple, cast

import cv2
import numpy as np

from common.messages import Alpha, Image
from services.camera.demo.figure import draw_person, shadow
from services.camera.demo.parts import make_parts
from services.camera.demo.performance import PERIOD_S, Performance
from services.camera.demo.room import paint_room
from services.camera.demo.skeleton import Vector

FPS = 30.0
PERIOD = int(PERIOD_S * FPS)
SHADOW = 0.28
"""The share of light that the person's shadow takes away."""
LAMP_DIMS = 0.55
NOISE = 2.0
"""Its deviation in grey levels, before a little blur is added as demosaicing does."""
NOISE_MARGIN = 61


class Truth(NamedTuple):
    """What is true of a frame. Palms are pixels (x, y), *left* and *right* the person's own; None if out of sight."""

    alpha: Alpha
    left_palm: tuple[float, float] | None
    right_palm: tuple[float, float] | None


class Scene:
    """The scene at one size; everything is a function of the frame's number, which counts on past PERIOD."""

    def __init__(self, width: int, height: int, seed: int = 7) -> None:
        """Prepares what all frames share, in a second or so."""
        room = paint_room(width, height, seed)
        self._day, self._glow = (np.dstack([layer, np.zeros((height, width), np.uint8)]) for layer in room)
        self._lamp, self._lit = 0, cast(Image, self._day)
        self._size = (width, height)
        self._stage = Performance(width, height)
        self._parts = make_parts(self._stage.scale, seed)
        self._bodies = [self._stage.body(index / FPS) for index in range(PERIOD)]
        self._noise = Noise(width, height, seed)
        self._canvas = np.empty_like(self._day)

    def frame(self, index: int) -> Image:
        """The frame, BGR uint8."""
        image = cv2.cvtColor(self._drawn(index), cv2.COLOR_BGRA2BGR)
        return self._noise.added(cast(Image, image), index)

    def truth(self, index: int) -> Truth:
        """What is true of the frame."""
        alpha = self._drawn(index)[..., 3].copy()
        body = self._bodies[index % PERIOD]
        if body is None:
            return Truth(alpha, None, None)
        return Truth(alpha, self._seen(body.left_arm.tip), self._seen(body.right_arm.tip))

    def _drawn(self, index: int) -> Image:
        """BGRA, where the alpha is that of the person alone; the same array at each call."""
        lamp = lamp_level(index % PERIOD / FPS)
        np.copyto(self._canvas, self._room_at(round(lamp * 128)))
        body = self._bodies[index % PERIOD]
        if body is not None:
            shadow(self._canvas, self._stage, body, SHADOW)
            draw_person(self._canvas, self._parts, self._stage, body, level=0.93 + 0.07 * lamp)
        return self._canvas

    def _room_at(self, lamp: int) -> Image:
        """The empty room; what it was last is kept, since the lamp dims slowly. `lamp` is in 128ths."""
        if lamp != self._lamp:
            self._lamp = lamp
            self._lit = cast(Image, cv2.addWeighted(self._day, 1, self._glow, lamp / 128, 0))
        return self._lit

    def _seen(self, palm: Vector) -> tuple[float, float] | None:
        x, y = self._stage.pixel(palm)
        return (x, y) if 0 <= x < self._size[0] and 0 <= y < self._size[1] else None


class Noise:
    """A sensor's noise: one large tile, laid another way for each frame."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._size = (width, height)
        tile = rng.standard_normal((height + NOISE_MARGIN, width + NOISE_MARGIN, 3), dtype=np.float32) * NOISE
        tile = np.round(tile + 0.6 * cv2.GaussianBlur(tile, (0, 0), 1.0))
        # two unsigned tiles: saturated addition of bytes is several times faster than of anything signed
        self._up, self._down = (np.maximum(sign * tile, 0).astype(np.uint8) for sign in (1, -1))

    def added(self, image: Image, index: int) -> Image:
        """The image with the noise of frame `index`."""
        # primes, so that the same way comes back after a minute only
        x, y = index * 40503 % 8191 % NOISE_MARGIN, index * 30011 % 8209 % NOISE_MARGIN
        place = np.s_[y : y + self._size[1], x : x + self._size[0]]
        cv2.add(image, self._up[place], image)
        return cast(Image, cv2.subtract(image, self._down[place], image))


def lamp_level(time_s: float) -> float:
    """The lamp dims slowly while the person is there, and comes back."""
    return 1 - LAMP_DIMS * float(np.sin(np.pi * np.clip((time_s - 5) / (PERIOD_S - 5), 0, 1)) ** 2)


@lru_cache(maxsize=2)
def scene_of(width: int, height: int) -> Scene:
    """The scene at that size, prepared once a process."""
    return Scene(width, height)
