"""What a mask must bear: exact changes of a frame (never of its plate), as `bgsub eval --perturb` applies them.

Each takes a frame H,W,3 BGR and its truth H,W and gives both back, with the pixels that no longer count as True.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Perturbed = tuple[Image, Image, Bools]
Perturbation = Callable[[Image, Image], Perturbed]

SHADOW_ASIDE = (0.08, 0.02)  # of the width, to the right, and of the height, down
SHADOW_BLUR = 0.015  # sigma, of the width
SHADOW_FACTOR = 0.7
NOISE_SEED = 1


def _same_truth(frame: NDArray[np.floating], truth: Image) -> Perturbed:
    return np.rint(np.clip(frame, 0, 255)).astype(np.uint8), truth, np.zeros(truth.shape, np.bool_)


def none(frame: Image, truth: Image) -> Perturbed:
    return frame, truth, np.zeros(truth.shape, np.bool_)


def brightness(frame: Image, truth: Image, factor: float) -> Perturbed:
    return _same_truth(frame * np.float32(factor), truth)


def gamma(frame: Image, truth: Image, exponent: float) -> Perturbed:
    """255 * (value / 255) ** exponent."""
    return _same_truth(255 * (frame / np.float32(255)) ** np.float32(exponent), truth)


def white_balance(frame: Image, truth: Image) -> Perturbed:
    """Blue x0.85, green x1, red x1.15."""
    factors: NDArray[np.float32] = np.array([0.85, 1, 1.15], np.float32)
    return _same_truth(frame.astype(np.float32) * factors, truth)


def noise(frame: Image, truth: Image, sigma: float) -> Perturbed:
    """Gaussian, independent in each pixel and channel, the same at each call."""
    grains = np.random.default_rng(NOISE_SEED).standard_normal(frame.shape, np.float32)
    return _same_truth(frame + np.float32(sigma) * grains, truth)


def jpeg(frame: Image, truth: Image, quality: int) -> Perturbed:
    packed = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8), truth, np.zeros(truth.shape, np.bool_)


def shift(frame: Image, truth: Image, across: int, down: int) -> Perturbed:
    """Right and down by whole pixels; what comes in from outside repeats the edge and does not count."""
    ignored = np.zeros(truth.shape, np.bool_)
    ignored[:down], ignored[:, :across] = True, True
    pad = ((down, 0), (across, 0))
    moved = np.pad(frame, (*pad, (0, 0)), "edge")[: frame.shape[0], : frame.shape[1]]
    return moved, np.pad(truth, pad, "edge")[: truth.shape[0], : truth.shape[1]], ignored


def side_light(frame: Image, truth: Image) -> Perturbed:
    """A factor from 0.6 at the left edge to 1.2 at the right."""
    return _same_truth(frame * np.linspace(0.6, 1.2, frame.shape[1], dtype=np.float32)[:, None], truth)


def shadow(frame: Image, truth: Image) -> Perturbed:
    """A blurred, displaced copy of the foreground darkens the background to SHADOW_FACTOR; the person stays lit."""
    height, width = truth.shape
    matrix = np.array([[1, 0, SHADOW_ASIDE[0] * width], [0, 1, SHADOW_ASIDE[1] * height]], np.float32)
    solid = (truth >= 192).astype(np.float32)
    moved = cv2.warpAffine(solid, matrix, (width, height))
    shade = cv2.GaussianBlur(moved, (0, 0), SHADOW_BLUR * width) * (1 - truth.astype(np.float32) / 255)
    return _same_truth(frame * (1 - (1 - SHADOW_FACTOR) * shade[..., None]), truth)


PERTURBATIONS: dict[str, Perturbation] = {
    "none": none,
    **{f"brightness_{factor}": partial(brightness, factor=factor) for factor in (0.6, 0.8, 1.25, 1.5)},
    **{f"gamma_{exponent}": partial(gamma, exponent=exponent) for exponent in (0.7, 1.4)},
    "white_balance": white_balance,
    "noise_10": partial(noise, sigma=10),
    "jpeg_40": partial(jpeg, quality=40),
    "shift_3_2": partial(shift, across=3, down=2),
    "side_light": side_light,
    "shadow": shadow,
}
