"""The sets on disk as the recorder sees them: which one is recorded into, what it lacks, and saving into it."""

import errno
from dataclasses import dataclass
from pathlib import Path

from common import plates
from common.errors import UserError
from common.messages import Image, RecordingTarget
from common.sets import ImageSets, read_image
from services.recorder.plate import Given, Own

_WORDS_OF_ERRNO = {
    errno.ENOSPC: "the disk is full; make room and try again",
    errno.EDQUOT: "the disk quota is used up; make room and try again",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "the folder is gone",
    errno.ENOTDIR: "that is not a folder",
}


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that is on disk, the frames its set has now, and what to say of it."""

    number: int
    path: Path
    frames: int
    words: str


class Shelf:
    """The folder of sets. `fixed` is the set to record into; 0 lets every plate start the next free one."""

    def __init__(self, root: Path, fixed: int) -> None:
        self._root = root
        self._sets = ImageSets(root)
        self._fixed = fixed

    def contents(self, number: int) -> tuple[bool, int]:
        """Whether a set has a plate, and how many frames; raises UserError when its folder leads out of the root."""
        chosen = self._sets.open(number)
        return chosen.has_plate, len(chosen.frames())

    def number_for(self, target: RecordingTarget, current: int) -> int:
        """The set that a capture goes into; raises UserError in words for a person when there is none."""
        if target is RecordingTarget.PLATE:
            return self._for_plate()
        if not current:
            raise UserError("No set is begun yet. Press Bkg to start one, or start the recorder with --set N.")
        if not self._sets.open(current).has_plate:
            raise UserError(f"There is no bkg.png in {self._sets.open(current).folder}. Press Bkg first.")
        return current

    def save_plate(self, source: Given | Own) -> Saved:
        """Writes bkg.png, from segment's plate or from the recorder's own frames; raises UserError or OSError."""
        number = self._for_plate()
        if isinstance(source, Given):
            image, how = source.image, ""
        else:
            image, how = plates.learn(source.images).image, f" The recorder learned it itself: {source.words}"
        path = self._sets.open(number).save_plate(image)
        return Saved(number, path, 0, f"Saved bkg.png of set{number}.{how}")

    def save_frame(self, number: int, image: Image) -> Saved:
        """Writes the next frame; raises UserError or OSError."""
        chosen = self._sets.open(number)
        if not chosen.has_plate:
            raise UserError(f"{chosen.plate_path} is gone. Put it back, or start a new set with Bkg.")
        plate = read_image(chosen.plate_path)
        if plate.shape != image.shape:
            raise UserError(
                f"The picture is {_size(image)} and the plate of set{number} {_size(plate)}. Start a new set."
            )
        path = chosen.save_frame(image)
        return Saved(number, path, len(chosen.frames()), f"Saved {path.name} of set{number}.")

    def in_words(self, error: UserError | OSError) -> str:
        """One sentence for a person."""
        if isinstance(error, UserError):
            return error.message
        words = _WORDS_OF_ERRNO.get(error.errno or 0, error.strerror or str(error))
        return f"{self._root.resolve()}: {words}."

    def _for_plate(self) -> int:
        if not self._fixed:
            return self._sets.next_free()
        if self._sets.open(self._fixed).has_plate:
            raise UserError(
                f"set{self._fixed} has its bkg.png already, and it is never overwritten. "
                "Start the recorder with another --set, or without one for the next free set."
            )
        return self._fixed


def _size(image: Image) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
