"""Sets made of other sets: one split in two, several merged into one.

Frames, masks and plates are copied byte for byte. A new set appears whole or not at all, and only then are the old ones
moved to `retired/`, with everything that lies in them: whatever is cut off in between, nothing is lost.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from common.errors import UserError
from common.folders import move_aside, new_folder, write_synced
from common.messages import Image
from common.pictures import read_file
from common.sets import PLATE_NAME, ImageSet, ImageSets, SetFrame, leads_out, read_image

RETIRED = "retired"
ASIDE = "aside"
"""Folders beside the sets. Training looks at neither; `bgsub eval images/aside` scores what was kept aside."""
DIFFERS = 24
"""Grey levels in the worst channel, after a little blur: above a webcam's noise."""
SAME_BUT = 0.01
"""The share of a plate that may differ where two of them show the same room: a moved cup, not a moved camera."""


@dataclass(frozen=True, slots=True)
class Part:
    """A set to be made: its folder, its plate, and the frames to copy with the number that each gets."""

    folder: Path
    plate: Path
    frames: tuple[tuple[int, SetFrame], ...]

    @property
    def masks(self) -> int:
        """How many of the frames are labelled."""
        return sum(frame.mask_path is not None for _, frame in self.frames)


def split(sets: ImageSets, number: int, chosen: Iterable[int]) -> tuple[Part, Part]:
    """The chosen frames, and the rest, as sets of the next free numbers. Frames keep their numbers.

    Raises UserError where a chosen frame is not there, or one part would be empty.
    """
    found, ours = whole(sets, number), set(chosen)
    if missing := sorted(ours - {frame.k for frame in found.frames()}):
        raise UserError(f"set{number} has no frame {missing[0]}.")
    first = sets.next_free()
    parts = _in_two(found, ours, sets.open(first).folder, sets.open(first + 1).folder)
    if not all(part.frames for part in parts):
        raise UserError(f"That takes all or none of the frames of set{number}; there is nothing to split.")
    return parts


def keep_aside(sets: ImageSets, number: int, one_in: int) -> tuple[Part, Part]:
    """One labelled frame in `one_in`, spread evenly, as `aside/set<number>`, and the rest as a new set.

    Raises UserError where there are fewer labelled frames than that, or such a folder is there already.
    """
    found = whole(sets, number)
    labelled = [frame.k for frame in found.frames() if frame.mask_path]
    ours = set(labelled[one_in // 2 :: one_in])
    if not ours or len(labelled) < 2:
        raise UserError(f"set{number} has {len(labelled)} labelled frames: too few to keep one in {one_in} aside.")
    place = within(sets, ASIDE) / f"set{number}"
    if place.exists():
        raise UserError(f"{place} is there already and is never overwritten.")
    return _in_two(found, ours, place, sets.open(sets.next_free()).folder)


def merge(sets: ImageSets, numbers: Sequence[int], force: bool) -> Part:
    """All frames of the sets, renumbered from 0, as the next free set, with the plate of the first.

    Raises UserError where a plate is of another size, or shows another room unless `force` is given.
    """
    if len(set(numbers)) < 2:
        raise UserError("To merge takes two sets or more, each named once.")
    found = [whole(sets, number) for number in dict.fromkeys(numbers)]
    plate = read_image(found[0].plate_path)
    for other in found[1:]:
        _compare(plate, found[0], read_image(other.plate_path), other, force)
    frames = [frame for image_set in found for frame in image_set.frames()]
    return Part(sets.open(sets.next_free()).folder, found[0].plate_path, tuple(enumerate(frames)))


def carry_out(parts: Sequence[Part]) -> None:
    """Makes the sets. Raises UserError where a file cannot be copied, OSError where one cannot be written."""
    with ExitStack() as folders:
        for part in parts:
            part.folder.parent.mkdir(exist_ok=True)
            ready = folders.enter_context(new_folder(part.folder))
            write_synced(ready / PLATE_NAME, _copied(part.plate))
            for k, frame in part.frames:
                write_synced(ready / f"{k}.png", _copied(frame.image_path))
                if frame.mask_path:
                    write_synced(ready / f"{k}_mask.png", _copied(frame.mask_path))


def retire(sets: ImageSets, numbers: Iterable[int]) -> list[Path]:
    """Moves the sets to `retired/`; says where they lie. Raises UserError for one that cannot be moved."""
    shelf, places = within(sets, RETIRED), []
    for number in dict.fromkeys(numbers):
        folder = sets.open(number).folder
        try:
            shelf.mkdir(exist_ok=True)
            places.append(move_aside(folder, shelf / folder.name))
        except OSError as error:
            raise UserError(
                f"The new sets are made, but {folder} stays beside them: it cannot be moved to {shelf} "
                f"({error.strerror}). Move it yourself, or training sees its frames twice."
            ) from None
    return places


def whole(sets: ImageSets, number: int) -> ImageSet:
    """A set that can be copied; raises UserError where it is not there, is a link, has no plate or labels half done."""
    found = sets.existing(number)
    if found.folder.is_symlink():
        raise UserError(f"{found.folder} is a link: name the set that it leads to.")
    if not found.has_plate:
        raise UserError(f"{found.folder} has no {PLATE_NAME}: a set is its plate and its frames.")
    if drafts := sorted(found.folder.glob(".*_draft.json")):
        raise UserError(f"{drafts[0]} is a label that is begun: finish it with bgsub-label first.")
    return found


def within(sets: ImageSets, name: str) -> Path:
    """The folder of this name beside the sets, there or not; raises UserError where it leads out of them."""
    folder = sets.root / name
    if leads_out(folder, sets.root):
        raise UserError(f"{folder} is a link that leads out of {sets.root}: put a folder there.")
    return folder


def _in_two(found: ImageSet, ours: set[int], first: Path, second: Path) -> tuple[Part, Part]:
    frames = [(frame.k, frame) for frame in found.frames()]
    taken, rest = ([pair for pair in frames if (pair[0] in ours) is ask] for ask in (True, False))
    return Part(first, found.plate_path, tuple(taken)), Part(second, found.plate_path, tuple(rest))


def _compare(plate: Image, first: ImageSet, other_plate: Image, other: ImageSet, force: bool) -> None:
    names = f"the plates of {first.folder.name} and {other.folder.name}"
    if plate.shape != other_plate.shape:
        raise UserError(f"Not merged: {names} differ in size, so their frames cannot share one.")
    share = differing(plate, other_plate)
    if share > SAME_BUT and not force:
        raise UserError(
            f"Not merged: {names} differ in {100 * share:.0f} % of the picture. Frames are compared with one plate; "
            f"--force takes that of {first.folder.name} for all."
        )


def differing(plate: Image, other: Image) -> float:
    """The share of pixels in which two pictures of one size differ, noise left out."""
    apart = cv2.absdiff(cv2.blur(plate, (5, 5)), cv2.blur(other, (5, 5))).max(axis=2)
    return float(np.mean(apart > DIFFERS))


def _copied(path: Path) -> bytes:
    if path.is_symlink():
        raise UserError(f"{path} is a link: put the file itself there.")
    return read_file(path)
