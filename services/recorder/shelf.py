"""The sets on disk as the recorder sees them: which one is recorded into, what it lacks, and saving into it."""

import errno
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from common import plates
from common.errors import UserError
from common.messages import Image, RecordingTarget, Shot
from common.sets import ImageSet, ImageSets, read_image
from services.recorder.plate import Given, Own

SHOTS = 4
"""Frames shown, at most."""
SHOT_PX = 128
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
    """A file that is on disk, or was taken back from there, what its set holds now, and what to say of it."""

    number: int
    path: Path
    has_plate: bool
    frames: int
    shots: tuple[Shot, ...]
    words: str


class Shelf:
    """The folder of sets. `fixed` is the set to record into; 0 lets every plate start the next free one."""

    def __init__(self, root: Path, fixed: int) -> None:
        self._root = root
        self._sets = ImageSets(root)
        self._fixed = fixed
        self._small: dict[Path, Image] = {}
        self._own: set[Path] = set()

    def contents(self, number: int) -> tuple[bool, int]:
        """Whether a set has a plate, and how many frames; raises UserError when its folder leads out of the root."""
        chosen = self._sets.open(number)
        return chosen.has_plate, len(chosen.frames())

    def shots(self, number: int) -> tuple[Shot, ...]:
        """The newest frames of a set, the newest first, then its plate; what cannot be read is left out."""
        chosen = self._sets.open(number)
        frames = [frame.image_path for frame in reversed(chosen.frames()[-SHOTS:])]
        paths = [*frames, *([chosen.plate_path] if chosen.has_plate else [])]
        for path in paths:
            if path not in self._small:
                with suppress(UserError):
                    self._small[path] = _small(read_image(path))
        self._small = {path: self._small[path] for path in paths if path in self._small}
        return tuple(Shot(path.name, image) for path, image in self._small.items())

    def number_for(self, target: RecordingTarget, current: int) -> int:
        """The set that a capture goes into; raises UserError in words for a person when there is none."""
        if target is RecordingTarget.PLATE:
            return self._for_plate(current)
        if not current:
            raise UserError("No set is begun yet. Press Bkg to start one, or start with --set N (make up SET=N).")
        if not self._sets.open(current).has_plate:
            raise UserError(f"There is no bkg.png in {self._sets.open(current).folder}. Press Bkg first.")
        return current

    def save_plate(self, number: int, source: Given | Own) -> Saved:
        """Writes bkg.png, from segment's plate or from the recorder's own frames; raises UserError or OSError.

        Where `number` has got a plate meanwhile, the next free set is taken.
        """
        number = self._for_plate(number)
        if isinstance(source, Given):
            image, how = source.image, ""
        else:
            image, how = plates.learn(source.images).image, f" The recorder learned it itself: {source.words}"
        chosen = self._sets.open(number)
        path = chosen.save_plate(image)
        self._small[path] = _small(image)
        self._own.add(path)
        return self._saved(number, chosen, path, f"Saved bkg.png of set{number}.{how}")

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
        self._small[path] = _small(image)
        self._own.add(path)
        return self._saved(number, chosen, path, f"Saved {path.name} of set{number}.")

    def take_back(self, number: int) -> Saved:
        """Moves what was saved last into the set's trash; raises UserError, also where the set is empty, or OSError.

        What was there before the start stays: that is a UserError as well.
        """
        chosen = self._sets.open(number)
        last = [frame.image_path for frame in chosen.frames()[-1:]] or [chosen.plate_path] * chosen.has_plate
        if last and last[0] not in self._own:
            raise UserError(f"{last[0].name} of set{number} was there before the start, and stays.")
        path = chosen.take_back()
        if path is None:
            raise UserError(f"set{number} is empty: there is nothing to take back.")
        self._small.pop(path, None)
        self._own.discard(path)
        return self._saved(number, chosen, path, f"Took back {path.name} of set{number}. It lies in the set's trash.")

    def _saved(self, number: int, chosen: ImageSet, path: Path, words: str) -> Saved:
        return Saved(number, path, chosen.has_plate, len(chosen.frames()), self.shots(number), words)

    def in_words(self, error: UserError | OSError) -> str:
        """One sentence for a person."""
        if isinstance(error, UserError):
            return error.message
        words = _WORDS_OF_ERRNO.get(error.errno or 0, error.strerror or str(error))
        return f"{self._root.resolve()}: {words}."

    def _for_plate(self, current: int) -> int:
        if not self._fixed:
            begun = current and not self._sets.open(current).has_plate
            return current if begun else self._sets.next_free()
        if self._sets.open(self._fixed).has_plate:
            raise UserError(
                f"set{self._fixed} has its bkg.png already, and it is never overwritten. "
                "Start with another --set (make up SET=), or without one for the next free set."
            )
        return self._fixed


def _small(image: Image) -> Image:
    scale = SHOT_PX / max(image.shape[:2])
    size = max(1, round(scale * image.shape[1])), max(1, round(scale * image.shape[0]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _size(image: Image) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
