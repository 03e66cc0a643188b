"""Painting still layers: antialiased shapes, soft shadows and seeded texture, in coordinates of a 640x480 picture."""

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
"""BGR, 0 to 255."""
Points = Sequence[tuple[float, float]]

_SHIFT = 4
_FINE_AREA = 800 * 600
"""Larger pictures have fine edges as it is, and are to be ready in a few seconds too."""


class Canvas:
    """A float32 BGR picture in coordinates of 640x480, stretched. A small one is painted at twice its size."""

    def __init__(self, width: int, height: int, colour: Colour, seed: int) -> None:
        self.size = (width, height)
        times = 2 if width * height <= _FINE_AREA else 1
        self._large = (times * width, times * height)
        self._scale = np.array(self._large) / (640, 480)
        self.pixels: Floats = np.full((*self._large[::-1], 3), colour, np.float32)
        self.rng = np.random.default_rng(seed)

    def px(self, length: float) -> float:
        """A length in pixels of the large picture."""
        return float(length * self._scale[1])

    def grid(self, step: int = 1) -> tuple[Floats, Floats]:
        """x, shape (1, W / step), and y, shape (H / step, 1), of every pixel or block of pixels."""
        wide, high = (max(1, side // step) for side in self._large)
        x = (np.arange(wide, dtype=np.float32) + 0.5) * np.float32(640 / wide)
        y = (np.arange(high, dtype=np.float32) + 0.5) * np.float32(480 / high)
        return x[None, :], y[:, None]

    def large(self, smooth: Floats) -> Floats:
        """Something smooth that was worked out on a coarser grid, for every pixel."""
        return cast(Floats, cv2.resize(smooth.astype(np.float32), self._large, interpolation=cv2.INTER_LINEAR))

    def mask(self, points: Points, blur: float = 0) -> Floats:
        """0 to 1 inside a polygon, shape (H, W, 1)."""
        return self._patch_mask(points, 0, 0, self._large[::-1], blur)

    def fill(self, points: Points, colour: Colour | Floats, blur: float = 0, strength: float = 1) -> None:
        """Lays a colour, or a picture of one, over a polygon."""
        x, y, patch = self._patch(points, 3 * blur + 2)
        mask = self._patch_mask(points, x, y, patch.shape, blur) * np.float32(strength)
        over = np.asarray(colour, np.float32)
        if over.ndim == 3:
            over = over[y : y + patch.shape[0], x : x + patch.shape[1]]
        patch += (over - patch) * mask

    def shade(self, points: Points, factor: float, blur: float) -> None:
        """Darkens (factor < 1) or lightens softly under a polygon."""
        x, y, patch = self._patch(points, 3 * blur + 2)
        patch *= 1 - (1 - np.float32(factor)) * self._patch_mask(points, x, y, patch.shape, blur)

    def noise(self, grain_x: float, grain_y: float) -> Floats:
        """Smooth noise of deviation 1, shape (H, W, 1), with grains of that many pixels of 640x480."""
        rough = self.rng.standard_normal((int(480 / grain_y) + 3, int(640 / grain_x) + 3)).astype(np.float32)
        return cast(Floats, cv2.resize(rough, self._large, interpolation=cv2.INTER_CUBIC))[..., None]

    def small(self, pixels: Floats) -> Floats:
        """A large picture at its final size."""
        return cast(Floats, cv2.resize(pixels, self.size, interpolation=cv2.INTER_AREA))

    def _patch(self, points: Points, margin: float) -> tuple[int, int, Floats]:
        low = np.min(np.array(points) * self._scale, 0) - self.px(margin)
        high = np.max(np.array(points) * self._scale, 0) + self.px(margin)
        (x0, y0), (x1, y1) = np.clip(low, 0, self._large).astype(int), np.clip(high, 0, self._large).astype(int)
        return int(x0), int(y0), self.pixels[y0:y1, x0:x1]

    def _patch_mask(self, points: Points, x: int, y: int, shape: tuple[int, ...], blur: float) -> Floats:
        mask = np.zeros(shape[:2], np.uint8)
        if not mask.size:
            return mask.astype(np.float32)[..., None]
        corners = np.round((np.array(points) * self._scale - (x, y)) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, _SHIFT)
        if blur:
            mask = cast(NDArray[np.uint8], cv2.GaussianBlur(mask, (0, 0), self.px(blur)))
        return mask[..., None] * np.float32(1 / 255)


def box(x0: float, y0: float, x1: float, y1: float) -> Points:
    """A rectangle."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0) -> Points:
    """An ellipse, turned by `turn` radians."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    across, along = rx * np.cos(angle), ry * np.sin(angle)
    xs, ys = across * np.cos(turn) - along * np.sin(turn), across * np.sin(turn) + along * np.cos(turn)
    return list(zip((x + xs).tolist(), (y + ys).tolist(), strict=True))
