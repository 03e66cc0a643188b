"""What training pictures are composed from: places, cut-outs of people and things, and filmed pairs with their truth.

Filmed pairs come from image sets, see material.read_pairs; the rest also from a folder of single pictures laid out as
`people/`, `people_alpha/`, `objects/` and `backgrounds/`. Everything is kept in memory as uint8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import UserError
from common.pictures import decode, read_file

Image = NDArray[np.uint8]

PAIR_SIDE = 640  # filmed pairs are kept no wider than this
LEAST_PERSON = 400  # pixels; a smaller cut-out is noise


class StockError(UserError):
    """A picture that training needs is missing or unreadable; the message names it and says what to do."""


@dataclass(frozen=True)
class Cutout:
    """Something that can stand in a picture: BGRA at full, half and quarter size; `cut` says that it ends at the
    bottom edge of its picture and so must end at or below that of the next one."""

    levels: tuple[Image, ...]
    person: bool
    cut: bool


@dataclass(frozen=True)
class Pair:
    """A filmed frame, H,W,3, with its plate and the truth H,W, 0..255 (all 0 where the room is empty)."""

    plate: Image
    frame: Image
    truth: Image
    path: Path


@dataclass
class Stock:
    places: list[Image] = field(default_factory=list)
    people: list[Cutout] = field(default_factory=list)
    things: list[Cutout] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)


def read_image(path: Path, flags: int = cv2.IMREAD_COLOR) -> Image:
    """Raises StockError naming the file."""
    try:
        return decode(read_file(path), path, flags)
    except UserError as error:
        raise StockError(f"{error.message} Mend or remove it and start again.") from None


def cut_out(image: Image, alpha: Image, person: bool) -> Cutout | None:
    """Cropped to what the alpha shows; None where it shows nearly nothing. The alpha is drawn in by a pixel, since a
    hand-drawn outline carries a rim of the old background."""
    rows, columns = np.flatnonzero((alpha > 127).any(1)), np.flatnonzero((alpha > 127).any(0))
    if np.count_nonzero(alpha > 127) < LEAST_PERSON:
        return None
    cut = bool(rows[-1] >= alpha.shape[0] - 3)
    soft = cv2.GaussianBlur(cv2.erode(alpha, np.ones((3, 3), np.uint8)), (3, 3), 0)
    box = np.s_[max(rows[0] - 2, 0) : rows[-1] + 3, max(columns[0] - 2, 0) : columns[-1] + 3]
    levels = [np.ascontiguousarray(np.dstack([image, soft])[box])]
    for _ in range(2):
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8))
    return Cutout(tuple(levels), person, cut)


def limited(image: Image, side: int = PAIR_SIDE) -> Image:
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)


def stock_of(pairs: Sequence[Pair]) -> Stock:
    """The pairs, the people cut out of them, and each plate once as a place."""
    cutouts = [cut_out(pair.frame, pair.truth, person=True) for pair in pairs]
    places = {id(pair.plate): pair.plate for pair in pairs}
    return Stock(list(places.values()), [cutout for cutout in cutouts if cutout], [], list(pairs))


def masked(folder: Path, suffix: str) -> list[tuple[Path, Path]]:
    """(picture, mask) paths, sorted by name."""
    return [(p.with_name(p.name.replace(f"{suffix}.png", ".jpg")), p) for p in sorted(folder.glob(f"*{suffix}.png"))]


def every(items: Sequence[Path], keep_aside: int, aside: bool) -> list[Path]:
    """All but every `keep_aside`-th item, or, `aside`, just those."""
    return [item for number, item in enumerate(items) if (number % keep_aside == 0) == aside]


def add_singles(stock: Stock, folder: Path, keep_aside: int, aside: bool) -> None:
    """Adds the single pictures under `folder`; one in `keep_aside` of them only where `aside` is asked for."""
    kinds = (("people", "_mask", True), ("people_alpha", "_alpha", True), ("objects", "_mask", False))
    for kind, suffix, people in kinds:
        paths = dict(masked(folder / kind, suffix))
        for path in every(sorted(paths), keep_aside, aside):
            person = people or path.name.startswith("person")
            mask = read_image(paths[path], cv2.IMREAD_GRAYSCALE)
            cutout = cut_out(read_image(path), mask, person)
            if cutout:
                (stock.people if person else stock.things).append(cutout)
    places = every(sorted((folder / "backgrounds").glob("*.jpg")), keep_aside, aside)
    stock.places += [read_image(path) for path in places]
