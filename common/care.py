"""What can be wrong with a set, found by reading it: missing and broken files, wrong sizes, lone masks, doubles."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import UserError
from common.messages import Image
from common.sets import ImageSet, SetFrame, read_image

DOUBLE_BITS = 3
"""Two pictures whose 256-bit fingerprints differ in no more places show the same moment."""
_SIDE = 16


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with the file it is about, in words that say what to do."""

    path: Path
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """A set looked at: how many frames, how many of them with a mask, and what is wrong."""

    number: int
    frames: int
    masks: int
    faults: tuple[Fault, ...]


def look(number: int, image_set: ImageSet) -> Report:
    """Reads every file of the set."""
    frames = image_set.frames()
    masks = sum(frame.mask_path is not None for frame in frames)
    return Report(number, len(frames), masks, tuple(_faults(image_set, frames)))


def _faults(image_set: ImageSet, frames: list[SetFrame]) -> Iterator[Fault]:
    plate = yield from _read(image_set.plate_path)
    if not frames:
        yield Fault(image_set.folder, "holds no frames yet: save some with Sav")
    prints: dict[Path, NDArray[np.bool_]] = {}
    for frame in frames:
        image = yield from _read(frame.image_path)
        if image is None:
            continue
        if plate is not None and image.shape != plate.shape:
            yield Fault(frame.image_path, f"is {_size(image)}, its plate is {_size(plate)}: they cannot be compared")
        yield from _mask_faults(frame, image)
        mine = fingerprint(image)
        for path, other in prints.items():
            if np.count_nonzero(mine != other) <= DOUBLE_BITS:
                yield Fault(frame.image_path, f"looks just like {path.name}: one of them is enough")
                break
        prints[frame.image_path] = mine
    yield from _orphans(image_set, frames)


def _mask_faults(frame: SetFrame, image: Image) -> Iterator[Fault]:
    if frame.mask_path is None:
        yield Fault(frame.image_path, "has no mask: label it, or training leaves it out")
        return
    mask = yield from _read(frame.mask_path)
    if mask is None:
        return
    if mask.shape != image.shape:
        yield Fault(frame.mask_path, f"is {_size(mask)}, its frame is {_size(image)}")
    elif np.count_nonzero((mask > 32) & (mask < 223)) > mask.size // 10:
        yield Fault(frame.mask_path, "is grey in many places: a mask is black and white, soft at its edges alone")


def _orphans(image_set: ImageSet, frames: list[SetFrame]) -> Iterator[Fault]:
    known = {frame.mask_path for frame in frames}
    for path in sorted(image_set.folder.glob("*_mask.png")):
        if path not in known:
            yield Fault(path, "is a mask without its frame")


def _read(path: Path) -> Generator[Fault, None, Image | None]:
    try:
        return read_image(path)
    except UserError as error:
        yield Fault(path, error.message)
        return None


def _size(image: Image) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def fingerprint(image: Image) -> NDArray[np.bool_]:
    """256 bits of where a small grey copy grows brighter to the right; alike for pictures that look alike.

    The difference hash of N. Krawetz, "Kind of Like That" (2013), 16x16 instead of 8x8.
    """
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small[:, 1:] > small[:, :-1], np.bool_)
