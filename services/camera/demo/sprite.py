"""Body parts as small pictures that can be turned and lit anew for every frame.

A part's light is linear in its normals (half-Lambert, as in Valve's Half-Life 1 and later games: 0.5 + 0.5 n.l needs no
clamping), so three layers made once are enough for any direction of light: colour = flat + lx * across + ly * along.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from services.camera.demo.canvas import Colour, Floats

Pixels = NDArray[np.uint8]
Shorts = NDArray[np.int16]

FINE = 3
"""Parts are made this many times larger and made small, for smooth edges."""
AMBIENT, DIFFUSE, FRONTAL = 0.44, 0.50, 0.80
"""The light that is everywhere, the lamp-like light, and the share of it that comes from the viewer."""
LIGHT = (-0.62, -0.42)
"""Where the rest comes from, right and down: the window, left and above."""

Paint = Callable[[Floats, Floats, Floats], Floats]
"""From u, -1 to 1 across the part, c across and a along it in heights of the person, to BGR colours (H, W, 3)."""
Profile = Sequence[tuple[float, float, float]]
"""Rows of a, half width to the left, half width to the right."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A part lying along +y. Layers are BGRA int16, premultiplied; the last two carry no alpha."""

    flat: Shorts
    across: Shorts
    along: Shorts
    origin: tuple[float, float]
    """Its first joint, in pixels of the layers."""
    length: float
    """From the first joint to the second, in pixels."""

    def lit(self, light_across: float, light_along: float, level: float) -> Pixels:
        """The part in that light, BGRA uint8, premultiplied. `level` scales all light."""
        shade = cv2.addWeighted(self.across, light_across, self.along, light_along, 0)
        if level != 1:
            lit = cv2.addWeighted(self.flat, level, shade, level, 0)
            lit[..., 3] = self.flat[..., 3]
        else:
            lit = cv2.add(self.flat, shade)
        return cast(Pixels, lit.clip(0, 255).astype(np.uint8))


def turned(profile: Profile, length: float, scale: float, paint: Paint, roundness: float = 0.9) -> Sprite:
    """A part with round or oval cross-sections, `length` heights long and `scale` pixels a height."""
    rows = np.array(profile, np.float32)
    margin = 2.5 / scale
    low, high = float(rows[0, 0]) - margin, float(rows[-1, 0]) + margin
    half = float(rows[:, 1:].max()) + margin
    c, a = _grid(-half, half, low, high, scale)
    left, right = (_smooth(np.interp(a[:, 0], rows[:, 0], rows[:, side], 0, 0), scale)[:, None] for side in (1, 2))
    centre, width = (right - left) / 2, np.maximum((right + left) / 2, 1e-4)
    inside = (a >= rows[0, 0]) & (a <= rows[-1, 0])
    u = ((c - centre) / width).astype(np.float32)
    alpha = np.clip((1 - np.abs(u)) * width * scale * FINE + 0.5, 0, 1) * inside
    u = np.clip(u, -1, 1)
    facing = np.sqrt(1.02 - u * u)
    slope = -np.gradient(width[:, 0]).astype(np.float32)[:, None] * scale * FINE * 0.7
    normal = np.stack([u * roundness, np.broadcast_to(np.clip(slope, -0.8, 0.8), u.shape), facing])
    return _shaded(paint(u, c, a), alpha.astype(np.float32), normal, (half * scale, -low * scale), length * scale)


def lumps(capsules: Sequence[Sequence[float]], length: float, scale: float, paint: Paint) -> Sprite:
    """A part put together of round-ended sticks, rows of c0, a0, c1, a1, radius at the first end, at the second."""
    rows = np.array(capsules, np.float32)
    reach = rows[:, 4:].max() + 2.5 / scale
    xs, ys = rows[:, [0, 2]], rows[:, [1, 3]]
    half, low, high = float(np.abs(xs).max() + reach), float(ys.min() - reach), float(ys.max() + reach)
    c, a = _grid(-half, half, low, high, scale)
    height = np.full(np.broadcast(c, a).shape, -1, np.float32)
    for c0, a0, c1, a1, r0, r1 in rows:
        dc, da = c1 - c0, a1 - a0
        part = np.clip(((c - c0) * dc + (a - a0) * da) / (dc * dc + da * da + 1e-9), 0, 1)
        radius = r0 + (r1 - r0) * part
        gap = radius - np.sqrt((c - c0 - part * dc) ** 2 + (a - a0 - part * da) ** 2)
        dome = np.where(gap > 0, np.sqrt(np.maximum(radius**2 - (radius - gap) ** 2, 0)), gap)
        height = np.maximum(height, dome)
    alpha = np.clip(height * scale * FINE + 0.5, 0, 1)
    bumps = cv2.GaussianBlur(np.maximum(height, 0), (0, 0), 0.0035 * scale * FINE)
    down, right = np.gradient(bumps * scale * FINE)
    normal = np.stack([-right, -down, np.ones_like(right)])
    normal /= np.sqrt((normal**2).sum(0))
    u = np.clip(c / half, -1, 1) + 0 * a
    return _shaded(paint(u, c, a), alpha.astype(np.float32), normal, (half * scale, -low * scale), length * scale)


def plain(colour: Colour) -> Paint:
    """One colour all over."""
    return lambda u, _c, _a: np.broadcast_to(np.array(colour, np.float32), (*u.shape, 3))


def draw(canvas: Pixels, sprite: Sprite, start: Floats, end: Floats, flip: float = 1, level: float = 1) -> None:
    """Lays a part over the BGRA canvas with its joints at `start` and `end` (pixels); `flip` -1 mirrors it."""
    bone = end - start
    long = max(1e-3, float(np.hypot(bone[0], bone[1])))
    along = bone / long
    across = np.array([along[1], -along[0]]) * flip
    lit = sprite.lit(float(across @ LIGHT), float(along @ LIGHT), level)
    matrix = np.stack([across, along * (long / sprite.length)], 1)
    shift = start - matrix @ np.array(sprite.origin)
    high, wide = lit.shape[:2]
    corners = matrix @ np.array([[0, wide, 0, wide], [0, 0, high, high]]) + shift[:, None]
    x0, y0 = np.maximum(np.floor(corners.min(1)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(corners.max(1)).astype(int) + 1, canvas.shape[1::-1])
    if x1 <= x0 or y1 <= y0:
        return
    affine = np.column_stack([matrix, shift - (x0, y0)])
    part = cv2.warpAffine(lit, affine, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    over(canvas[y0:y1, x0:x1], cast(Pixels, part))


def over(under: Pixels, part: Pixels) -> None:
    """Lays a premultiplied BGRA picture over another, in place."""
    rest = cv2.bitwise_not(cv2.extractChannel(part, 3))
    cv2.multiply(under, cv2.merge([rest, rest, rest, rest]), under, 1 / 255)
    cv2.add(under, part, under)


def _grid(c0: float, c1: float, a0: float, a1: float, scale: float) -> tuple[Floats, Floats]:
    wide, high = (int(np.ceil(span * scale)) * FINE for span in (c1 - c0, a1 - a0))
    c = (c0 + (np.arange(wide, dtype=np.float32) + 0.5) / (scale * FINE))[None, :]
    a = (a0 + (np.arange(high, dtype=np.float32) + 0.5) / (scale * FINE))[:, None]
    return c, a


def _smooth(values: NDArray[np.float64], scale: float) -> Floats:
    column = values.astype(np.float32)[:, None]
    return cast(Floats, cv2.GaussianBlur(column, (1, 0), sigmaX=0.1, sigmaY=0.006 * scale * FINE)[:, 0])


def _shaded(colour: Floats, alpha: Floats, normal: Floats, origin: tuple[float, float], length: float) -> Sprite:
    covered = colour * alpha[..., None]
    flat = covered * (AMBIENT + DIFFUSE * FRONTAL * normal[2])[..., None]
    layers = [np.dstack([flat, 255 * alpha])]
    layers += [np.dstack([covered * (DIFFUSE * normal[axis])[..., None], 0 * alpha]) for axis in (0, 1)]
    small = (alpha.shape[1] // FINE, alpha.shape[0] // FINE)
    made = [np.round(cv2.resize(layer, small, interpolation=cv2.INTER_AREA)).astype(np.int16) for layer in layers]
    return Sprite(made[0], made[1], made[2], origin, length)
