"""Body parts as small pictures that can be turned and lit anew for every frame.

A part's light is linear in its normals (half-Lambert, as in Valve's Half-Life 1 and later games: 0.5 + 0.5 n.l needs no
clamping), so three layers made once are enough for any direction of light: colour = flat + lx * across + ly * along.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from services.camera.demo.canvas import Colour, Floats

Pixels = NDArray[np.uint8]
Shorts = NDArray[np.int16]

_TURNS, _STRETCHES, _PLACES, _LEVELS = 512, 256, 8, 32
"""Steps a radian, a length, a pixel and a light in which parts are laid: too fine to be seen, coarse enough to keep."""
_LIT_TURNS = 16
_LARGE_SCALE = 500
"""Pixels a height from which on parts have fine edges as they are."""
AMBIENT, DIFFUSE, FRONTAL = 0.44, 0.50, 0.80
"""The light that is everywhere, the lamp-like light, and the share of it that comes from the viewer."""
LIGHT = (-0.62, -0.42)
"""Where the rest comes from, right and down: the window, left and above."""

Point = tuple[float, float]
Paint = Callable[[Floats, Floats, Floats], Floats]
"""From u, -1 to 1 across the part, c across and a along it in heights of the person, to BGR colours (H, W, 3)."""
Profile = tuple[tuple[float, float, float], ...]
"""Rows of a, half width to the left, half width to the right."""


@dataclass(frozen=True, slots=True, eq=False)
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
        shade = cv2.addWeighted(self.across, level * light_across, self.along, level * light_along, 0)
        lit = cv2.scaleAdd(self.flat, level, shade)
        lit[..., 3] = self.flat[..., 3]
        return cast(Pixels, lit.clip(0, 255).astype(np.uint8))


def turned(
    profile: Profile, length: float, scale: float, paint: Paint, *, roundness: float = 0.9, fade: Point = (-1, -2)
) -> Sprite:
    """A part with round or oval cross-sections, `length` heights long and `scale` pixels a height.

    Between the two places of `fade` along it, it fades away, so that its light flows into that of the part below.
    """
    rows = np.array(profile, np.float32)
    margin = 2.5 / scale
    low, high = float(rows[0, 0]) - margin, float(rows[-1, 0]) + margin
    half = float(rows[:, 1:].max()) + margin
    c, a = _grid(-half, half, low, high, scale)
    left, right = (_smooth(np.interp(a[:, 0], rows[:, 0], rows[:, side], 0, 0), scale)[:, None] for side in (1, 2))
    centre, width = (right - left) / 2, np.maximum((right + left) / 2, 1e-4)
    inside = (a >= rows[0, 0]) & (a <= rows[-1, 0])
    u = ((c - centre) / width).astype(np.float32)
    alpha = np.clip((1 - np.abs(u)) * width * scale * _fine(scale) + 0.5, 0, 1) * inside
    alpha = alpha * np.clip((a - fade[1]) / (fade[0] - fade[1]), 0, 1)
    u = np.clip(u, -1, 1)
    facing = np.sqrt(1.02 - u * u)
    slope = -np.gradient(width[:, 0]).astype(np.float32)[:, None] * scale * _fine(scale) * 0.7
    normal = np.stack([u * roundness, np.broadcast_to(np.clip(slope, -0.8, 0.8), u.shape), facing])
    return _shaded(paint(u, c, a), alpha, normal, (half, -low, length), scale)


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
    alpha = np.clip(height * scale * _fine(scale) + 0.5, 0, 1)
    bumps = cv2.GaussianBlur(np.maximum(height, 0), (0, 0), 0.0035 * scale * _fine(scale))
    down, right = np.gradient(bumps * scale * _fine(scale))
    normal = np.stack([-right, -down, np.ones_like(right)])
    normal /= np.sqrt((normal**2).sum(0))
    u = np.clip(c / half, -1, 1) + 0 * a
    return _shaded(paint(u, c, a), alpha, normal, (half, -low, length), scale)


def plain(colour: Colour) -> Paint:
    """One colour all over."""
    return lambda u, _c, _a: np.broadcast_to(np.array(colour, np.float32), (*u.shape, 3))


def draw(canvas: Pixels, sprite: Sprite, start: Point, end: Point, *, flip: int = 1, level: float = 1) -> None:
    """Lays a part over the BGRA canvas with its joints at `start` and `end` (pixels); `flip` -1 mirrors it.

    Plain numbers all through: at fifteen parts a frame, arrays of two would cost more than the pixels.
    """
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    length = max(1e-3, math.hypot(dx, dy))
    direction = round(math.atan2(dy, dx) * _TURNS), round(length / sprite.length * _STRETCHES)
    left, top = math.floor(x), math.floor(y)
    fraction = round((x - left) * _PLACES), round((y - top) * _PLACES)
    part, x0, y0 = _placed(sprite, direction, fraction, flip, round(level * _LEVELS))
    _lay(canvas, part, left + x0, top + y0)


@lru_cache(maxsize=128)
def _placed(
    sprite: Sprite, direction: tuple[int, int], fraction: tuple[int, int], flip: int, level: int
) -> tuple[Pixels, int, int]:
    """A part as it lies, lit, and its corner as seen from the pixel of its first joint.

    It is kept, for a person who stands moves less from frame to frame than these steps.
    """
    angle, stretch = direction[0] / _TURNS, direction[1] / _STRETCHES
    ux, uy = math.cos(angle), math.sin(angle)
    lit = _lit(sprite, round(angle * _LIT_TURNS), flip, level)
    ax, ay, bx, by = uy * flip, -ux * flip, ux * stretch, uy * stretch
    tx = fraction[0] / _PLACES - ax * sprite.origin[0] - bx * sprite.origin[1]
    ty = fraction[1] / _PLACES - ay * sprite.origin[0] - by * sprite.origin[1]
    high, wide = lit.shape[:2]
    x0 = math.floor(tx + min(0, ax * wide) + min(0, bx * high))
    y0 = math.floor(ty + min(0, ay * wide) + min(0, by * high))
    x1 = math.ceil(tx + max(0, ax * wide) + max(0, bx * high)) + 1
    y1 = math.ceil(ty + max(0, ay * wide) + max(0, by * high)) + 1
    matrix = np.array([[ax, bx, tx - x0], [ay, by, ty - y0]])
    return cast(Pixels, cv2.warpAffine(lit, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)), x0, y0


@lru_cache(maxsize=256)
def _lit(sprite: Sprite, direction: int, flip: int, level: int) -> Pixels:
    """A part in the light, where a turn matters less than for where it lies."""
    ux, uy = math.cos(direction / _LIT_TURNS), math.sin(direction / _LIT_TURNS)
    return sprite.lit(flip * (uy * LIGHT[0] - ux * LIGHT[1]), ux * LIGHT[0] + uy * LIGHT[1], level / _LEVELS)


def _lay(canvas: Pixels, part: Pixels, x: int, y: int) -> None:
    """Lays a part over the canvas with its corner at x, y; what is outside is cut off."""
    high, wide = min(part.shape[0], canvas.shape[0] - y), min(part.shape[1], canvas.shape[1] - x)
    left, top = max(0, -x), max(0, -y)
    if wide > left and high > top:
        over(canvas[y + top : y + high, x + left : x + wide], part[top:high, left:wide])


def over(under: Pixels, part: Pixels) -> None:
    """Lays a premultiplied BGRA picture over another, in place."""
    rest = cv2.bitwise_not(cv2.extractChannel(part, 3))
    cv2.multiply(under, cv2.merge([rest, rest, rest, rest]), under, 1 / 255)
    cv2.add(under, part, under)


def _fine(scale: float) -> int:
    """Parts are made this many times larger and then made small, for smooth edges."""
    return 3 if scale <= _LARGE_SCALE else 2


def _grid(c0: float, c1: float, a0: float, a1: float, scale: float) -> tuple[Floats, Floats]:
    wide, high = (int(np.ceil(span * scale)) * _fine(scale) for span in (c1 - c0, a1 - a0))
    c = (c0 + (np.arange(wide, dtype=np.float32) + 0.5) / (scale * _fine(scale)))[None, :]
    a = (a0 + (np.arange(high, dtype=np.float32) + 0.5) / (scale * _fine(scale)))[:, None]
    return c, a


def _smooth(values: NDArray[np.float64], scale: float) -> Floats:
    column = values.astype(np.float32)[:, None]
    return cast(Floats, cv2.GaussianBlur(column, (1, 0), sigmaX=0.1, sigmaY=0.006 * scale * _fine(scale))[:, 0])


def _shaded(colour: Floats, alpha: Floats, normal: Floats, place: tuple[float, float, float], scale: float) -> Sprite:
    """Made small and lit; `place` is the origin, c and a from the corner, and the length, in heights."""
    alpha = alpha.astype(np.float32)
    half, top, length = (scale * measure for measure in place)
    covered = colour * alpha[..., None]
    flat = covered * (AMBIENT + DIFFUSE * FRONTAL * normal[2])[..., None]
    layers = [np.dstack([flat, 255 * alpha])]
    layers += [np.dstack([covered * (DIFFUSE * normal[axis])[..., None], 0 * alpha]) for axis in (0, 1)]
    small = (alpha.shape[1] // _fine(scale), alpha.shape[0] // _fine(scale))
    made = [np.round(cv2.resize(layer, small, interpolation=cv2.INTER_AREA)).astype(np.int16) for layer in layers]
    return Sprite(made[0], made[1], made[2], (half, top), length)
