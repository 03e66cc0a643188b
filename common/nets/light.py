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

OFFSET = np.float32(8)  # lifts dark noise out of the logarithm's steep part; grey levels
GRID = (40, 30)  # places looked at, across and down
INLIER = 0.06  # log units: about 6 % of brightness
STEPS = 5
HOPEFUL = 3  # of the four starts, how many are refined
LEAST_GAIN = 0.02  # share of the picture that a correction must explain beyond "nothing changed"
BINS_A_UNIT = 20  # of the histogram of log ratios, which spans 1.5 to either side


def floats(values: object) -> Floats:
    return np.array(values, np.float32)


UNCHANGED = floats([[1, 0, 0, 0]] * 3)
LEAST, MOST = floats([0.5, -3, -1, -1]), floats([2, 3, 1, 1])
PULL = np.diag(floats([0.01, 1e-4, 0.002, 0.002]))  # toward UNCHANGED, a place


@dataclass(frozen=True)
class Light:
    """`fit` is 3,4: for each channel gamma, gain, across, down."""

    fit: Floats

    @property
    def unchanged(self) -> bool:
        return bool(np.array_equal(self.fit, UNCHANGED))


NO_CHANGE = Light(UNCHANGED)


class Places:
    """Two pictures of one size over the grid: `x` 3,4,N regressors, `plate` and `ratio` 3,N, `usable` N."""

    def __init__(self, frame: Image, plate: Image) -> None:
        small = [np.asarray(cv2.resize(p, GRID, interpolation=cv2.INTER_AREA), np.float32) for p in (frame, plate)]
        self.usable = (np.maximum(*small).max(2) < 250).ravel().astype(np.float32)
        logs, self.plate = (np.log(picture.reshape(-1, 3).T + OFFSET) for picture in small)
        down, across = np.mgrid[-0.5 : 0.5 : GRID[1] * 1j, -0.5 : 0.5 : GRID[0] * 1j].astype(np.float32)
        rest = np.stack([np.ones(down.size, np.float32), across.ravel(), down.ravel()])
        self.x = np.concatenate([logs[:, None], np.broadcast_to(rest, (3, *rest.shape))], 1)
        self.ratio = self.plate - logs

    def rest(self, fits: Floats) -> Floats:
        """What fits S,3,4 leave unexplained, S,3,N log units."""
        return floats(self.plate - (fits[:, :, None] @ self.x)[:, :, 0])

    def explained(self, fits: Floats, within: float) -> Floats:
        """For each fit the share of the usable places whose plate is foretold within so many log units in every
        channel."""
        close = (np.abs(self.rest(fits)) < within).all(1)
        return floats(close @ self.usable / max(self.usable.sum(), 1))


def commonest(ratio: Floats) -> Floats:
    """Peak of each channel's histogram, 3,... -> 3."""
    bins = np.clip((ratio.reshape(3, -1) + 1.5) * BINS_A_UNIT, 0, 3 * BINS_A_UNIT - 1).astype(np.intp)
    counts = [np.convolve(np.bincount(row, minlength=3 * BINS_A_UNIT), [1, 2, 1], "same") for row in bins]
    return floats((np.argmax(counts, 1) + 0.5) / BINS_A_UNIT - 1.5)


def starts(ratio: Floats) -> Floats:
    """Rough fits 4,3,4 to choose from, the first of them no change, given log(plate) - log(frame), 3,N."""
    picture = ratio.reshape(3, GRID[1], GRID[0])
    wide, high = GRID[0] // 3, GRID[1] // 3
    left, right = commonest(picture[..., :wide]), commonest(picture[..., -wide:])
    top, bottom = commonest(picture[:, :high]), commonest(picture[:, -high:])
    fits = np.stack([UNCHANGED] * 4)
    fits[1, :, 1] = commonest(ratio)
    fits[2, :, 1], fits[2, :, 2] = (left + right) / 2, (right - left) * 1.5
    fits[3, :, 1], fits[3, :, 3] = (top + bottom) / 2, (bottom - top) * 1.5
    return fits


def refine(fits: Floats, places: Places) -> Floats:
    """Reweighted least squares from rough fits S,3,4, pulled lightly toward no change."""
    pull = PULL * places.plate.shape[1]
    for step in range(STEPS):
        scale = np.float32(INLIER * (3.0 if step < 2 else 1.5))
        weight = places.usable / np.square(1 + np.square(places.rest(fits) / scale))
        weighted = places.x * weight[:, :, None]
        normal = weighted @ places.x.transpose(0, 2, 1) + pull
        aim = weighted @ places.plate[..., None] + pull[:, :1]
        fits = np.linalg.solve(normal, aim)[..., 0]
    return np.clip(fits, LEAST, MOST)


def estimate(frame: Image, plate: Image) -> Light:
    """The light between two pictures of one size, H,W,3 BGR; NO_CHANGE where nothing better explains them."""
    places = Places(frame, plate)
    rough = starts(places.ratio)
    hopeful = np.argsort(-places.explained(rough, 2 * INLIER), kind="stable")[:HOPEFUL]
    fits = refine(rough[hopeful], places)
    shares = places.explained(fits, INLIER)
    if shares.max() - places.explained(rough[:1], INLIER)[0] < LEAST_GAIN:
        return NO_CHANGE
    return Light(fits[int(shares.argmax())])


def relight(frame: Image, light: Light) -> Floats:
    """The frame as the plate's light would show it: H,W,3 float32, 0..255."""
    if light.unchanged:
        return frame.astype(np.float32)
    gamma, gain, across, down = light.fit.T
    height, width = frame.shape[:2]
    levels = np.log(np.arange(256, dtype=np.float32) + OFFSET)[:, None]
    lit = np.asarray(cv2.LUT(frame, np.exp(levels * gamma + gain)[None]), np.float32).reshape(height, width * 3)
    lit *= np.exp(np.linspace(-0.5, 0.5, width, dtype=np.float32)[:, None] * across).ravel()
    lit *= np.tile(np.exp(np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * down), (1, width))
    lit -= OFFSET
    return np.clip(lit, 0, 255, out=lit).reshape(height, width, 3)
