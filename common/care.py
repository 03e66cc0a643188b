"""What can be wrong with a set, found by reading it: missing and broken files, wrong sizes, lone masks, doubles."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import UserError
from common.messages import Alpha, Image
from common.pictures import decode, read_file
from common.sets import IMAGE_SUFFIXES, ImageSet, SetFrame, grey_of

DOUBLE_BITS = 9
"""Two pictures whose 256-bit fingerprints differ in no more places show the same moment: noise turns up to 9 of them,
and different frames of one set were never less than 18 apart."""
_SIDE = 16
_GREY = 0.1
"""The share of a mask that may be grey: soft edges, no more."""
_UNLIKE = 0.8
"""A person differs from the plate more than the rest does: 1.4 to 30 times in 68 frames of 19 rooms."""
_ALL = 0.9
"""A mask of more than this share is likelier the wrong way round."""


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
    try:
        frames = image_set.frames()
        masks = sum(frame.mask_path is not None for frame in frames)
        return Report(number, len(frames), masks, tuple(_faults(image_set, frames)))
    except UserError as error:
        return Report(number, 0, 0, (Fault(image_set.folder, error.message),))


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
        yield from _mask_faults(frame, image, plate)
        mine = fingerprint(image)
        for path, other in prints.items():
            if np.count_nonzero(mine != other) <= DOUBLE_BITS:
                yield Fault(frame.image_path, f"looks just like {path.name}: one of them is enough")
                break
        prints[frame.image_path] = mine
    yield from _passed_over(image_set, frames)


def _mask_faults(frame: SetFrame, image: Image, plate: Image | None) -> Iterator[Fault]:
    if frame.mask_path is None:
        yield Fault(frame.image_path, "has no mask: label it, or training leaves it out")
        return
    picture = yield from _read(frame.mask_path, cv2.IMREAD_UNCHANGED)
    if picture is None:
        return
    mask, white = grey_of(picture)
    if mask.shape != image.shape[:2]:
        yield Fault(frame.mask_path, f"is {_size(mask)}, its frame is {_size(image)}")
    elif words := _wrong_values(mask, white) or _wrong_places(mask > white // 2, image, plate):
        yield Fault(frame.mask_path, words)


def _wrong_values(mask: Alpha, white: int) -> str:
    """What is wrong with a mask of grey levels 0 to `white`; empty when nothing is."""
    if 0 < mask.max() <= white // 2:
        return f"is dark: its brightest value is {mask.max()}, and foreground must be {white}"
    if np.count_nonzero((mask > white // 8) & (mask < white - white // 8)) > _GREY * mask.size:
        return "is grey in many places: a mask is black and white, soft at its edges alone"
    if np.count_nonzero(mask > white // 2) > _ALL * mask.size:
        return "takes nearly everything for foreground: is it the wrong way round? White is foreground"
    return ""


def _wrong_places(foreground: NDArray[np.bool_], image: Image, plate: Image | None) -> str:
    """What is wrong with a mask beside its frame's difference from the plate; empty when nothing is."""
    if plate is None or plate.shape != image.shape or foreground.all() or not foreground.any():
        return ""
    differs = cv2.absdiff(image, plate).max(axis=2)
    if differs[foreground].mean() < _UNLIKE * differs[~foreground].mean():
        return "is white where frame and plate are alike: is it the wrong way round? White is foreground"
    return ""


def _passed_over(image_set: ImageSet, frames: list[SetFrame]) -> Iterator[Fault]:
    """Pictures that look as if they belonged to the set, and which nothing reads."""
    known = {frame.image_path for frame in frames} | {frame.mask_path for frame in frames} | {image_set.plate_path}
    for path in sorted(image_set.folder.iterdir()):
        if path in known or path.name.startswith("."):
            continue
        if path.name.endswith("_mask.png"):
            yield Fault(path, "is a mask without its frame")
        elif path.suffix.lower() in IMAGE_SUFFIXES:
            yield Fault(
                path, "is passed over: a set is bkg.png, 0.png, 1.png, … and their masks 0_mask.png, 1_mask.png, …"
            )


def _read(path: Path, flags: int = cv2.IMREAD_COLOR) -> Generator[Fault, None, Image | None]:
    if path.is_symlink():
        yield Fault(path, "is a link: put the file itself there")
        return None
    try:
        return decode(read_file(path), path, flags)
    except UserError as error:
        yield Fault(path, error.message.removeprefix(f"{path} ").rstrip("."))
        return None


def _size(image: Image) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def fingerprint(image: Image) -> NDArray[np.bool_]:
    """256 bits of where a small grey copy grows brighter to the right; alike for pictures that look alike.

    The difference hash of N. Krawetz, "Kind of Like That" (2013), 16x16 instead of 8x8.
    """
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small[:, 1:] > small[:, :-1], np.bool_)
