"""Brings a frame into the light of its plate, so that the network compares things and not lamps.

The camera's exposure, white balance and tone curve, and a lamp to one side, change a whole picture in few ways. Per
channel, over the places that show background,

    log(plate + 8) = gamma * log(frame + 8) + gain + across * x + down * y        x, y in -0.5..0.5

is fitted by iteratively reweighted least squares (Holland and Welsch 1977): people are outliers. It starts from what
explains most of the picture among "nothing changed", the commonest ratio, and the commonest ratios of its sides.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

OFFSET = 8.0  # lifts dark noise out of the logarithm's steep part; grey levels
GRID = (40, 30)
INLIER = 0.06  # log units: about 6 % of brightness
STEPS = 5
LEAST_GAIN = 0.02  # share of the picture that a correction must explain beyond "nothing changed"


@dataclass(frozen=True)
class Light:
    """Per channel: gamma, gain, across, down. `NO_CHANGE` leaves a picture as it is."""

    fit: Floats  # 3,4

    @property
    def unchanged(self) -> bool:
        return bool(np.array_equal(self.fit, NO_CHANGE.fit))


NO_CHANGE = Light(np.tile(np.float32([1, 0, 0, 0]), (3, 1)))


def logarithms(small: Image) -> Floats:
    """H,W,3 -> 3,H*W."""
    return np.log(small.reshape(-1, 3).T.astype(np.float32) + np.float32(OFFSET))


def terms(frame: Floats) -> Floats:
    """log frame 3,N -> regressors 3,N,4 over the grid."""
    across, down = np.meshgrid(*(np.linspace(-0.5, 0.5, n, dtype=np.float32) for n in GRID))
    rest = np.stack([np.ones(frame.shape[1], np.float32), across.ravel(), down.ravel()], 1)
    return np.concatenate([frame[..., None], np.broadcast_to(rest, (3, *rest.shape))], 2)


def commonest_gain(ratio: Floats) -> Floats:
    """Peak of each channel's histogram of log(plate) - log(frame), 3,N -> 3."""
    bins = np.clip((ratio + 1.5) * 20, 0, 59).astype(np.intp)
    counts = [np.convolve(np.bincount(row, minlength=60), [1, 2, 1], "same") for row in bins]
    return np.float32((np.argmax(counts, 1) + 0.5) / 20 - 1.5)


def starts(ratio: Floats) -> list[Floats]:
    """Rough fits 3,4 to choose from, given log(plate) - log(frame), 3,N."""
    picture = ratio.reshape(3, GRID[1], GRID[0])
    third_x, third_y = GRID[0] // 3, GRID[1] // 3
    left, right = (commonest_gain(p.reshape(3, -1)) for p in (picture[..., :third_x], picture[..., -third_x:]))
    top, bottom = (commonest_gain(p.reshape(3, -1)) for p in (picture[:, :third_y], picture[:, -third_y:]))
    common, sideways, upright = (NO_CHANGE.fit.copy() for _ in range(3))
    common[:, 1] = commonest_gain(ratio)
    sideways[:, 1], sideways[:, 2] = (left + right) / 2, (right - left) * 1.5
    upright[:, 1], upright[:, 3] = (top + bottom) / 2, (bottom - top) * 1.5
    return [NO_CHANGE.fit, common, sideways, upright]


def refine(start: Floats, x: Floats, plate: Floats, usable: Floats) -> Floats:
    """Reweighted least squares from `start` (3,4), pulled lightly toward no change."""
    fit = start
    pull = np.diag(np.float32([0.01, 1e-4, 0.002, 0.002])) * x.shape[1]
    for step in range(STEPS):
        rest = plate - np.einsum("cnk,ck->cn", x, fit)
        scale = INLIER * (3.0 if step < 2 else 1.5)
        weight = usable / (1 + (rest / scale) ** 2) ** 2
        weighted = x * weight[..., None]
        normal = weighted.transpose(0, 2, 1) @ x + pull
        aim = np.einsum("cnk,cn->ck", weighted, plate) + pull @ NO_CHANGE.fit[0]
        fit = np.linalg.solve(normal, aim[..., None])[..., 0]
    low, high = np.float32([0.5, -3, -1, -1]), np.float32([2, 3, 1, 1])
    return np.clip(fit, low, high).astype(np.float32)


def explained(fit: Floats, x: Floats, plate: Floats, usable: Floats, within: float) -> float:
    """Share of the usable places whose plate is foretold within so many log units in every channel."""
    close = np.abs(plate - np.einsum("cnk,ck->cn", x, fit)) < within
    return float((close.all(0) * usable).sum() / max(usable.sum(), 1))


def estimate(frame: Image, plate: Image) -> Light:
    """The light between two pictures of one size, H,W,3 BGR; NO_CHANGE where nothing better explains them."""
    small = [cv2.resize(picture, GRID, interpolation=cv2.INTER_AREA) for picture in (frame, plate)]
    usable = np.float32((np.maximum(*small).max(2) < 250).ravel())
    logs, aim = logarithms(small[0]), logarithms(small[1])
    x = terms(logs)
    hopeful = sorted(starts(aim - logs), key=lambda fit: -explained(fit, x, aim, usable, 2 * INLIER))[:3]
    fits = [refine(start, x, aim, usable) for start in hopeful]
    shares = [explained(fit, x, aim, usable, INLIER) for fit in fits]
    if max(shares) - explained(NO_CHANGE.fit, x, aim, usable, INLIER) < LEAST_GAIN:
        return NO_CHANGE
    return Light(fits[int(np.argmax(shares))])


def relight(frame: Image, light: Light) -> Floats:
    """The frame as the plate's light would show it: H,W,3 float32, 0..255."""
    if light.unchanged:
        return frame.astype(np.float32)
    gamma, gain, across, down = light.fit.T
    levels = np.arange(256, dtype=np.float32)[:, None] + np.float32(OFFSET)
    table = np.exp(np.log(levels) * gamma + gain)[None]
    lit = np.asarray(cv2.LUT(frame, table.astype(np.float32)))
    height, width = frame.shape[:2]
    lit *= np.exp(np.linspace(-0.5, 0.5, width, dtype=np.float32)[:, None] * across)
    lit *= np.exp(np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None, None] * down)
    return np.clip(lit - np.float32(OFFSET), 0, 255)
