"""The person's body and clothes, part by part, in heights of the person."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from services.camera.demo import skeleton as s
from services.camera.demo.canvas import Colour, Floats
from services.camera.demo.head import head
from services.camera.demo.sprite import Paint, Profile, Sprite, lumps, plain, turned

SWEATER: Colour = (134, 158, 176)
RUST: Colour = (64, 88, 160)
TEAL: Colour = (112, 104, 62)
JEANS: Colour = (112, 84, 62)
SKIN: Colour = (134, 166, 212)
SHOE: Colour = (206, 212, 214)
YAWS = 9
YAW_STEP = 0.165

CHEST: tuple[tuple[float, float, float, float], ...] = (
    (-0.022, 0.022, 0.024, 0.026),
    (-0.014, 0.032, 0.030, 0.034),
    (-0.004, 0.048, 0.036, 0.042),
    (0.006, 0.080, 0.042, 0.050),
    (0.016, 0.106, 0.048, 0.056),
    (0.030, 0.120, 0.054, 0.062),
    (0.050, 0.124, 0.061, 0.066),
    (0.080, 0.112, 0.067, 0.066),
    (0.130, 0.101, 0.071, 0.063),
    (0.210, 0.092, 0.067, 0.059),
    (0.270, 0.090, 0.065, 0.061),
    (0.340, 0.096, 0.066, 0.068),
    (0.396, 0.100, 0.066, 0.072),
    (0.404, 0.097, 0.063, 0.069),
)
"""Rows of a below the neck, half width to the side, half depth to the front, to the back."""


@dataclass(frozen=True, slots=True)
class Parts:
    """All sprites. Heads and torsos are made for yaws 0, YAW_STEP, ... to the right; mirrored they look left."""

    heads: tuple[Sprite, ...]
    torsos: tuple[Sprite, ...]
    neck: Sprite
    upper_arm: Sprite
    forearm: Sprite
    open_hand: Sprite
    loose_hand: Sprite
    thigh: Sprite
    shin: Sprite
    shoe: Sprite


def make_parts(scale: float, seed: int) -> Parts:
    """The parts at `scale` pixels a height of the person."""
    rng = np.random.default_rng(seed)
    knit, denim = _cloth(SWEATER, 0.05, rng), _cloth(JEANS, 0.09, rng)
    sleeve: Profile = ((-0.034, 0.010, 0.030), (0.0, 0.027, 0.036), (0.045, 0.036, 0.039), (0.09, 0.036, 0.036))
    sleeve += ((0.165, 0.031, 0.031), (0.182, 0.026, 0.026), (0.192, 0.016, 0.016), (0.196, 0, 0))
    cuff: Profile = ((-0.028, 0.029, 0.029), (0, 0.031, 0.031), (0.06, 0.029, 0.029), (0.125, 0.0225, 0.0225))
    cuff += ((0.136, 0.0225, 0.0225), (0.138, 0.02, 0.02))
    thigh: Profile = (
        (-0.05, 0.04, 0.04),
        (0, 0.051, 0.049),
        (0.08, 0.049, 0.047),
        (0.2, 0.0375, 0.0375),
        (0.262, 0.036, 0.036),
    )
    shin: Profile = (
        (-0.036, 0, 0),
        (-0.030, 0.019, 0.019),
        (-0.015, 0.033, 0.033),
        (0, 0.0365, 0.0365),
        (0.07, 0.037, 0.037),
    )
    shin += ((0.18, 0.029, 0.029), (0.222, 0.030, 0.030), (0.226, 0.028, 0.028))
    return Parts(
        heads=tuple(head(scale, number * YAW_STEP, seed) for number in range(YAWS)),
        torsos=tuple(_torso(scale, number * YAW_STEP, knit) for number in range(YAWS)),
        neck=turned(((-0.06, 0.028, 0.028), (0.05, 0.026, 0.026)), 0.034, scale, _under_chin),
        upper_arm=turned(sleeve, s.UPPER_ARM, scale, _striped(knit, 0.072), fade=(0.016, -0.014)),
        forearm=turned(cuff, s.FOREARM, scale, _ribbed(knit, 0.120), fade=(0.015, -0.026)),
        open_hand=lumps(OPEN_HAND, s.FOREARM * s.PALM, scale, _palm),
        loose_hand=lumps(LOOSE_HAND, s.FOREARM * s.PALM, scale, plain(SKIN)),
        thigh=turned(thigh, s.THIGH, scale, _under_hem(denim), fade=(0.19, 0.25)),
        shin=turned(shin, s.SHIN, scale, denim),
        shoe=lumps(SHOES, s.FOOT, scale, _shoe),
    )


OPEN_HAND = (
    # palm, its heel and its ball
    (-0.0134, 0.0134, -0.0157, 0.0582, 0.0146, 0.0140),
    (0.0000, 0.0090, 0.0000, 0.0605, 0.0174, 0.0146),
    (0.0134, 0.0134, 0.0157, 0.0560, 0.0146, 0.0134),
    (-0.0157, 0.0202, -0.0224, 0.0381, 0.0134, 0.0123),
    (0.0000, -0.0134, 0.0000, 0.0112, 0.0185, 0.0179),
    # thumb, then the fingers from it
    (-0.0246, 0.0314, -0.0403, 0.0493, 0.0101, 0.0087),
    (-0.0403, 0.0493, -0.0493, 0.0672, 0.0087, 0.0069),
    (-0.0202, 0.0627, -0.0291, 0.1075, 0.0081, 0.0063),
    (-0.0067, 0.0672, -0.0090, 0.1176, 0.0083, 0.0063),
    (0.0067, 0.0650, 0.0101, 0.1131, 0.0081, 0.0063),
    (0.0190, 0.0582, 0.0291, 0.0974, 0.0072, 0.0056),
)
LOOSE_HAND = (
    (0.0000, -0.0134, 0.0000, 0.0168, 0.0185, 0.0179),
    (-0.0034, 0.0168, -0.0034, 0.0560, 0.0179, 0.0168),
    (0.0045, 0.0224, 0.0045, 0.0560, 0.0168, 0.0146),
    (-0.0045, 0.0560, -0.0090, 0.0918, 0.0095, 0.0078),
    (0.0034, 0.0560, 0.0000, 0.0963, 0.0095, 0.0076),
    (0.0101, 0.0538, 0.0090, 0.0896, 0.0084, 0.0069),
    (-0.0157, 0.0291, -0.0202, 0.0582, 0.0095, 0.0076),
)
SHOES = (
    (0.000, -0.026, 0.000, 0.020, 0.027, 0.026),
    (0.000, 0.010, 0.000, 0.090, 0.026, 0.021),
)


def _cloth(colour: Colour, folds: float, rng: np.random.Generator) -> Paint:
    """Cloth with a weave and long soft folds, another piece of it for each part."""

    def paint(u: Floats, _c: Floats, _a: Floats) -> Floats:
        high, wide = u.shape
        tone = 1 + folds * _noise(rng, wide, high, 7, 4) + 0.5 * folds * _noise(rng, wide, high, 20, 14)
        tone += 0.018 * rng.standard_normal(u.shape).astype(np.float32)
        return tone[..., None] * np.array(colour, np.float32)

    return paint


def _noise(rng: np.random.Generator, wide: int, high: int, across: int, along: int) -> Floats:
    rough = rng.standard_normal((along, across)).astype(np.float32)
    return np.asarray(cv2.resize(rough, (wide, high), interpolation=cv2.INTER_CUBIC), np.float32)


def _torso(scale: float, yaw: float, knit: Paint) -> Sprite:
    side, turn = abs(math.cos(yaw)), abs(math.sin(yaw))
    rows = tuple(
        (a, math.hypot(w * side, back * turn), math.hypot(w * side, front * turn)) for a, w, front, back in CHEST
    )
    return turned(rows, s.NECK_UP - s.HIP_UP, scale, _trimmed(_striped(knit, 0.102), yaw), roundness=0.72)


def _striped(knit: Paint, start: float) -> Paint:
    """A broad and a narrow stripe across, from `start` on."""

    def paint(u: Floats, c: Floats, a: Floats) -> Floats:
        colour = knit(u, c, a)
        for first, last, stripe in ((0.0, 0.036, RUST), (0.044, 0.052, TEAL)):
            inside = np.clip(1 - (np.abs(a - start - (first + last) / 2) - (last - first) / 2) / 0.002, 0, 1)[..., None]
            colour = colour * (1 - inside + inside * np.array(stripe, np.float32) / np.array(SWEATER, np.float32))
        return np.asarray(colour, np.float32)

    return paint


def _trimmed(knit: Paint, yaw: float) -> Paint:
    """A sweater's body: collar, ribbed hem, the shade under the arms."""

    def paint(u: Floats, c: Floats, a: Floats) -> Floats:
        colour = knit(u, c, a)
        throat = 0.004 - 16 * (c - 0.016 * np.sin(yaw)) ** 2
        collar = np.clip(1 - np.abs(a - throat - 0.002) / 0.006, 0, 1)
        colour = colour * (1 - 0.16 * collar)[..., None]
        hem = np.clip((a - 0.372) / 0.006, 0, 1)
        ribs = 1 - hem * (0.07 + 0.05 * np.sin(u * 60))
        under_arms = 1 - 0.22 * np.clip((np.abs(u) - 0.72) / 0.28, 0, 1) * np.clip((a - 0.08) / 0.05, 0, 1)
        skin = np.clip((throat - a) / 0.004, 0, 1)[..., None]
        cloth = colour * (ribs * under_arms)[..., None]
        return np.asarray(cloth * (1 - skin) + skin * np.array(SKIN, np.float32) * 0.86, np.float32)

    return paint


def _ribbed(knit: Paint, start: float) -> Paint:
    def paint(u: Floats, c: Floats, a: Floats) -> Floats:
        cuff = np.clip((a - start) / 0.004, 0, 1)
        return np.asarray(knit(u, c, a) * (1 - cuff * (0.07 + 0.05 * np.sin(u * 14)))[..., None], np.float32)

    return paint


def _under_hem(denim: Paint) -> Paint:
    return lambda u, c, a: denim(u, c, a) * (1 - 0.45 * np.clip(1 - (a - 0.03) / 0.05, 0, 1))[..., None]


def _under_chin(u: Floats, _c: Floats, a: Floats) -> Floats:
    shade = 0.62 + 0.3 * np.clip((a + 0.03) / 0.06, 0, 1) + 0 * u
    return np.asarray(shade[..., None] * np.array(SKIN, np.float32), np.float32)


def _palm(_u: Floats, c: Floats, a: Floats) -> Floats:
    """Skin, rosier at the balls of thumb and fingers, with the lines of the palm."""
    tips = np.clip((a - 0.085) / 0.02, 0, 1) + 0 * c
    line = np.exp(-(((a - 0.040 - 4 * (c + 0.02) ** 2) / 0.0016) ** 2)) * (np.abs(c) < 0.018)
    life = np.exp(-(((c + 0.008 - 8 * (a - 0.02) ** 2) / 0.0016) ** 2)) * (a > 0.006) * (a < 0.04)
    tone = 1.04 - 0.16 * (line + life)
    rosy = 1 - tips[..., None] * np.array([0.06, 0.04, 0], np.float32)
    return np.asarray(tone[..., None] * np.array(SKIN, np.float32) * rosy, np.float32)


def _shoe(_u: Floats, c: Floats, a: Floats) -> Floats:
    laces = (np.abs(c) < 0.010) * (a > 0.005) * (a < 0.055) * (0.5 + 0.5 * np.sin(a * 700))
    sole = np.clip((np.abs(c) - 0.0195) / 0.003, 0, 1) + 0 * a
    return (1 - 0.25 * laces - 0.28 * sole)[..., None] * np.array(SHOE, np.float32)
