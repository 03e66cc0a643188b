"""Films with an exact truth: somebody with a soft alpha put before a real, empty room, with a camera's noise.

Rooms are plates of image sets that may be looked at while parameters are chosen, people those with a true alpha.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import UserError
from common.sets import read_image

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

ROOMS = (5, 15)
PEOPLE = ("00001", "00011", "00018")
"""Those who stand alone and whole."""
NOISE = 3.0  # grey levels, sigma
CONTRAST = 0.25  # of a figure that is like the wall, to its own


@dataclass(frozen=True, slots=True)
class Figure:
    """Somebody to put into a room: H,W,3 BGR 0..255 and alpha H,W 0..1."""

    image: Floats
    alpha: Floats


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame and its true alpha, 0..255."""

    frame: Image
    truth: Image


def rooms(data: Path) -> list[Image]:
    """Empty rooms, 640x480. Raises UserError where the data are not there."""
    return [read_image(data / "seed_sets" / f"set{number}" / "bkg.png") for number in ROOMS]


def people(data: Path, height: int) -> list[Figure]:
    """All of `height` pixels. Raises UserError where the data are not there."""
    return [figure(data / "train" / "people_alpha", name, height) for name in PEOPLE]


def figure(folder: Path, name: str, height: int) -> Figure:
    image = read_image(folder / f"{name}.jpg")
    alpha = cv2.cvtColor(read_image(folder / f"{name}_alpha.png"), cv2.COLOR_BGR2GRAY)
    if image.shape[:2] != alpha.shape:
        raise UserError(f"{folder / name}_alpha.png is not of the size of its picture.")
    rows, columns = np.flatnonzero((alpha > 0).any(1)), np.flatnonzero((alpha > 0).any(0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = height / (rows[-1] + 1 - rows[0])
    size = round((columns[-1] + 1 - columns[0]) * scale), height
    small, soft = (cv2.resize(p[box], size, interpolation=cv2.INTER_AREA) for p in (image, alpha))
    return Figure(np.asarray(small, np.float32), np.asarray(soft, np.float32) / np.float32(255))


def put(room: Image, who: Figure, x: float, y: float) -> Moment:
    """`x` and `y` are where the figure's upper left corner is, in pixels and parts of them."""
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    size = room.shape[1::-1]
    alpha = cv2.warpAffine(who.alpha, matrix, size)
    ink = cv2.warpAffine(who.image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    mixed = room + alpha[..., None] * (ink - room)
    return Moment(np.rint(mixed).astype(np.uint8), np.rint(255 * alpha).astype(np.uint8))


def noisy(picture: Image, rng: np.random.Generator, sigma: float = NOISE) -> Image:
    noise = rng.standard_normal(picture.shape, np.float32)
    return np.clip(np.rint(picture + np.float32(sigma) * noise), 0, 255).astype(np.uint8)


def like(room: Image, who: Figure) -> Figure:
    """The figure nearly in the room's mean colour: what it covers changes by little."""
    colour = room.mean((0, 1), dtype=np.float32)
    return Figure(colour + np.float32(CONTRAST) * (who.image - colour), who.alpha)


@dataclass(frozen=True, slots=True)
class Walk:
    """Back and forth from edge to edge at `speed` pixels a frame; at 0 the figure stands in the middle."""

    speed: float
    frames: int
    sigma: float = NOISE


def walk(room: Image, who: Figure, how: Walk) -> Iterator[Moment]:
    """The same for the same arguments."""
    rng = np.random.default_rng(1)
    reach = room.shape[1] - who.image.shape[1]
    y = room.shape[0] - who.image.shape[0] + 8
    for number in range(how.frames):
        gone = (reach / 2 + number * how.speed) % (2 * reach)
        moment = put(room, who, min(gone, 2 * reach - gone), y)
        yield Moment(noisy(moment.frame, rng, how.sigma), moment.truth)
