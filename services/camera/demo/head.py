"""The person's head: an egg with a face and short hair painted around it, seen from any side."""

import cv2
import numpy as np

from services.camera.demo.canvas import Colour, Floats
from services.camera.demo.skeleton import HEAD
from services.camera.demo.sprite import Paint, Sprite, turned

SKIN: Colour = (134, 166, 212)
HAIR: Colour = (38, 48, 66)

EGG: tuple[tuple[float, float, float, float], ...] = (
    # a from chin to crown, as parts of HEAD; half width, half depth to the face, half depth to the back
    (0.00, 0.000, 0.010, 0.000),
    (0.02, 0.015, 0.028, 0.004),
    (0.07, 0.0255, 0.041, 0.012),
    (0.16, 0.0335, 0.045, 0.024),
    (0.28, 0.0385, 0.046, 0.037),
    (0.42, 0.0415, 0.047, 0.048),
    (0.56, 0.0445, 0.0475, 0.054),
    (0.72, 0.0455, 0.047, 0.055),
    (0.85, 0.041, 0.041, 0.049),
    (0.94, 0.030, 0.030, 0.036),
    (0.985, 0.016, 0.016, 0.020),
    (1.00, 0.000, 0.000, 0.000),
)


def head(scale: float, yaw: float, seed: int) -> Sprite:
    """The head turned to the right by `yaw`; its joints are chin and crown."""
    return turned(tuple(_outline(yaw)), HEAD, scale, _face(yaw, seed), roundness=0.85)


def _outline(yaw: float) -> list[tuple[float, float, float]]:
    side, turn = np.cos(yaw), np.sin(yaw)
    rows = []
    for part in np.linspace(0, 1, 60):
        wide, front, back = (float(np.interp(part, [r[0] for r in EGG], [r[k] for r in EGG])) for k in (1, 2, 3))
        ear = 0.0055 * side * np.exp(-(((part - 0.47) / 0.09) ** 4))
        nose = 0.017 * max(0.0, turn) ** 2 * np.exp(-(((part - 0.37) / 0.06) ** 2))
        nose += 0.006 * max(0.0, turn) ** 2 * np.exp(-(((part - 0.22) / 0.05) ** 2))
        rows.append(
            (part * HEAD, np.hypot(wide * side, back * turn) + ear, np.hypot(wide * side, front * turn) + ear + nose)
        )
    return rows


def _face(yaw: float, seed: int) -> Paint:
    def paint(u: Floats, _c: Floats, a: Floats) -> Floats:
        longitude = np.arcsin(np.clip(u, -1, 1)) * 0.97 - yaw
        up = a / HEAD + 0 * u
        skin = np.array(SKIN, np.float32) * _features(longitude, up)
        hair = _hair_cover(longitude, up)[..., None]
        return skin * (1 - hair) + hair * _hair(u, seed)

    return paint


def _features(x: Floats, y: Floats) -> Floats:
    """Factors on the skin's colour, (H, W, 3). x is the longitude in radians, y from chin 0 to crown 1."""

    def spot(cx: float, cy: float, rx: float, ry: float, *, power: int = 2, bend: float = 0) -> Floats:
        reach = ((np.abs(x) - cx) / rx) ** 2 + ((y - cy - bend * x * x) / ry) ** 2
        return np.exp(-(reach ** (power / 2)))

    tone = 1 - 0.20 * spot(0.40, 0.515, 0.26, 0.050) - 0.16 * spot(0, 0.335, 0.16, 0.020)
    tone = (
        tone + 0.10 * spot(0, 0.42, 0.07, 0.10) - 0.10 * spot(0.15, 0.43, 0.06, 0.07) + 0.06 * spot(0, 0.66, 0.5, 0.09)
    )
    tone = tone - 0.10 * spot(0, 0.165, 0.22, 0.018) - 0.12 * np.clip(0.10 - y, 0, 1) / 0.10
    tone = tone - 0.22 * spot(1.50, 0.47, 0.10, 0.05)
    brows = spot(0.40, 0.585, 0.22, 0.022, power=4)
    eyes, iris = spot(0.38, 0.510, 0.135, 0.024, power=4), spot(0.38, 0.510, 0.060, 0.026, power=4)
    lids = spot(0.38, 0.535, 0.16, 0.010, power=4)
    lips = spot(0, 0.212, 0.27, 0.026, power=4, bend=0.22)
    mouth = spot(0, 0.217, 0.30, 0.006, power=4, bend=0.26)
    blush = spot(0.62, 0.36, 0.26, 0.09)
    colour = tone[..., None] * (1 - blush[..., None] * np.array([0.07, 0.06, -0.01], np.float32))
    for cover, factor in (
        (lips, (0.80, 0.72, 0.86)),
        (mouth, (0.42, 0.40, 0.50)),
        (eyes, (1.65, 1.34, 1.06)),
        (iris, (0.34, 0.30, 0.26)),
        (lids, (0.38, 0.36, 0.36)),
        (brows, (0.36, 0.36, 0.38)),
    ):
        colour = colour + cover[..., None] * 0.92 * (np.array(factor, np.float32) - colour)
    return np.asarray(colour, np.float32)


def _hair_cover(x: Floats, y: Floats) -> Floats:
    """1 where hair grows: above the forehead, round the ears, down the nape."""
    around = np.abs(x)
    edge = np.interp(
        around,
        [0, 0.5, 0.85, 1.05, 1.22, 1.40, 1.75, 1.95, 3.2],
        [0.80, 0.80, 0.74, 0.58, 0.44, 0.46, 0.46, 0.22, 0.12],
    )
    edge = edge - 0.03 * np.sin(3 * x + 0.6)
    return np.asarray(np.clip((y - edge) / 0.03, 0, 1), np.float32)


def _hair(u: Floats, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    high, wide = u.shape
    strands = cv2.resize(rng.standard_normal((9, 46)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    up = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    sheen = 0.75 * np.exp(-(((up - 0.84) / 0.07) ** 2) - ((u + 0.35) / 0.45) ** 2)
    return (1 + 0.22 * strands + sheen)[..., None] * np.array(HAIR, np.float32)
