"""Brings a frame into the light of its plate, so that the network compares things and not lamps.

The camera's exposure, white balance and tone curve, and a lamp to one side, change a whole picture in few ways. Per
channel, over the places that show background,

    log(plate + 8) = gamma * log(frame + 8) + gain + across * x + down * y        x, y in -0.5..0.5

is fitted by iteratively reweighted least squares (Holland and Welsch 1977): people are outliers. It starts from what
explains most of the picture among "nothing changed", the commonest ratio, and the commonest ratios of its sides.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from common.nets.shrink import averaged
from common.nets.view import EVERYTHING, Box, Size

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

OFFSET = np.float32(8)  # lifts dark noise out of the logarithm's steep part; grey levels
GRID = (40, 30)  # places looked at, across and down
INLIER = 0.06  # log units: about 6 % of brightness
STEPS = 5
HOPEFUL = 3  # of the four starts, how many are refined
LEAST_GAIN = 0.02  # share of the picture that a correction must explain beyond "nothing changed"
BINS_A_UNIT = 20  # of the histogram of log ratios, which spans 1.5 to either side
BLOWN = 250  # grey level from which on a place may be clipped to white


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


class Coarse:
    """A picture H,W,3 BGR as the fit sees it: `logs` 3,N and which places are not `blown`, N."""

    def __init__(self, picture: Image) -> None:
        small = averaged(picture, GRID).reshape(-1, 3)
        self.blown = (small >= BLOWN).any(1)
        self.logs = log_levels()[small.T]


@cache
def log_levels() -> Floats:
    """Of the 256 grey levels."""
    return floats(np.log(np.arange(256) + OFFSET))


@cache
def regressors() -> Floats:
    """1, x and y of every place, 3,N."""
    down, across = np.mgrid[-0.5 : 0.5 : GRID[1] * 1j, -0.5 : 0.5 : GRID[0] * 1j].astype(np.float32)
    return np.stack([np.ones(down.size, np.float32), across.ravel(), down.ravel()])


class Places:
    """Two pictures place for place: `x` 3,4,N regressors, `plate` and `ratio` 3,N, `usable` N."""

    def __init__(self, frame: Coarse, plate: Coarse) -> None:
        self.usable = (~(frame.blown | plate.blown)).astype(np.float32)
        self.plate = plate.logs
        self.ratio = plate.logs - frame.logs
        rest = regressors()
        self.x = np.concatenate([frame.logs[:, None], np.broadcast_to(rest, (3, *rest.shape))], 1)

    def rest(self, fits: Floats) -> Floats:
        """What fits 3,S,4 leave unexplained, 3,S,N log units."""
        return np.asarray(self.plate[:, None] - fits @ self.x, np.float32)

    def explained(self, fits: Floats, within: float) -> Floats:
        """For each fit the share of the usable places whose plate is foretold within so many log units in every
        channel."""
        close = np.all(np.abs(self.rest(fits)) < within, axis=0)
        return floats(np.dot(close, self.usable) / max(self.usable.sum(), 1))


def commonest(ratio: Floats) -> Floats:
    """Peak of each channel's histogram, 3,... -> 3."""
    bins = np.clip((ratio.reshape(3, -1) + 1.5) * BINS_A_UNIT, 0, 3 * BINS_A_UNIT - 1).astype(np.intp)
    counts = [np.convolve(np.bincount(row, minlength=3 * BINS_A_UNIT), [1, 2, 1], "same") for row in bins]
    return floats((np.argmax(counts, 1) + 0.5) / BINS_A_UNIT - 1.5)


def starts(ratio: Floats) -> Floats:
    """Rough fits 3,4,4 to choose from, the first of them no change, given log(plate) - log(frame), 3,N."""
    picture = ratio.reshape(3, GRID[1], GRID[0])
    wide, high = GRID[0] // 3, GRID[1] // 3
    left, right = commonest(picture[..., :wide]), commonest(picture[..., -wide:])
    top, bottom = commonest(picture[:, :high]), commonest(picture[:, -high:])
    fits = np.stack([UNCHANGED] * 4, 1)
    fits[:, 1, 1] = commonest(ratio)
    fits[:, 2, 1], fits[:, 2, 2] = (left + right) / 2, (right - left) * 1.5
    fits[:, 3, 1], fits[:, 3, 3] = (top + bottom) / 2, (bottom - top) * 1.5
    return fits


def refine(fits: Floats, places: Places) -> Floats:
    """Reweighted least squares from rough fits 3,S,4, pulled lightly toward no change."""
    pull = PULL * places.plate.shape[1]
    products = moments(places)
    for step in range(STEPS):
        scale = np.float32(INLIER * (3.0 if step < 2 else 1.5))
        weight = places.usable / np.square(1 + np.square(places.rest(fits) / scale))
        sums = (weight @ products).reshape(*fits.shape[:2], 4, 5)
        fits = np.linalg.solve(sums[..., :4] + pull, sums[..., 4:] + pull[:, :1])[..., 0]
    return np.clip(fits, LEAST, MOST)


def moments(places: Places) -> Floats:
    """Of each place the products of its regressors with each other and with the plate, 3,N,20: the normal equations."""
    factors = np.concatenate([places.x, places.plate[:, None]], 1)
    return np.ascontiguousarray((places.x[:, :, None] * factors[:, None]).reshape(3, 20, -1).transpose(0, 2, 1))


def fitted(places: Places) -> Light:
    """NO_CHANGE where nothing explains the two pictures better."""
    rough = starts(places.ratio)
    hopeful = np.argsort(-places.explained(rough, 2 * INLIER), kind="stable")[:HOPEFUL]
    fits = refine(rough[:, hopeful], places)
    shares = places.explained(fits, INLIER)
    if shares.max() - places.explained(rough[:, :1], INLIER)[0] < LEAST_GAIN:
        return NO_CHANGE
    return Light(fits[:, int(shares.argmax())])


def estimate(frame: Image, plate: Image) -> Light:
    """The light between two pictures of one size, H,W,3 BGR; NO_CHANGE where nothing better explains them."""
    return fitted(Places(Coarse(frame), Coarse(plate)))


class Lamp:
    """A light made ready for pictures of one size that show a part of the frame: a table of levels, and a factor for
    each pixel."""

    def __init__(self, light: Light, size: Size, shows: Box = EVERYTHING) -> None:
        self.light = light
        self._table = np.exp(log_levels()[:, None] * light.fit[:, 0] + light.fit[:, 1])[None]
        x = np.linspace(shows.left - 0.5, shows.right - 0.5, size[0], dtype=np.float32)[:, None]
        y = np.linspace(shows.top - 0.5, shows.bottom - 0.5, size[1], dtype=np.float32)[:, None]
        sideways, downward = np.exp(x * light.fit[:, 2]), np.exp(y * light.fit[:, 3])
        self._factor = np.empty((size[1], size[0], 3), np.float32)
        for channel in range(3):
            np.multiply.outer(downward[:, channel], sideways[:, channel], out=self._factor[..., channel])

    def shine(self, picture: Image, out: Floats) -> None:
        """The picture, H,W,3, as the plate's light would show it, 0..255, into `out`."""
        if self.light.unchanged:
            out[...] = picture
            return
        cv2.LUT(picture, self._table, dst=out)
        out *= self._factor
        out -= OFFSET
        np.clip(out, 0, 255, out=out)


def relight(frame: Image, light: Light) -> Floats:
    """The frame as the plate's light would show it: H,W,3 float32, 0..255."""
    out = np.empty(frame.shape, np.float32)
    Lamp(light, (frame.shape[1], frame.shape[0])).shine(frame, out)
    return out
