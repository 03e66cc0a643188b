"""Which frames are to be labelled, in which order, and how many are."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError
from common.sets import ImageSets, read_image


@dataclass(frozen=True, slots=True)
class Item:
    """A frame of a set, with the places of its mask and its draft, there or not."""

    number: int
    k: int
    folder: Path

    @property
    def frame(self) -> Path:
        return self.folder / f"{self.k}.png"

    @property
    def mask(self) -> Path:
        return self.folder / f"{self.k}_mask.png"

    @property
    def draft(self) -> Path:
        return self.folder / f".{self.k}_draft.json"

    @property
    def labelled(self) -> bool:
        """Finished: it has its mask, and no newer draft."""
        return self.mask.exists() and not self.draft.exists()


class Work:
    """The frames of some sets (None: of all there are) that have no finished label, or with `everything` all."""

    def __init__(self, sets: ImageSets, numbers: Sequence[int] | None = None, everything: bool = False) -> None:
        self.sets = sets
        self.numbers = numbers
        self.everything = everything
        self.items: list[Item] = []
        self.total = 0
        self._frames: list[Item] = []

    def refresh(self) -> None:
        """Looks for new frames, and adds them at the end; none that was on the list leaves it. Raises UserError."""
        numbers = self.sets.numbers() if self.numbers is None else self.numbers
        frames = [
            Item(number, frame.k, self.sets.open(number).folder)
            for number in numbers
            for frame in self.sets.open(number).frames()
        ]
        self.total = len(frames)
        known = set(self.items)
        self.items += [item for item in frames if item not in known and (self.everything or not item.labelled)]
        self._frames = frames

    def labelled(self) -> int:
        """How many of all frames have a finished label."""
        return sum(item.labelled for item in self._frames)

    def open_after(self, index: int) -> int | None:
        """The next frame without a finished label, round to the first ones; None where there is none."""
        order = [*range(index + 1, len(self.items)), *range(index + 1)]
        return next((at for at in order if not self.items[at].labelled), None)


def check(sets: ImageSets, numbers: Sequence[int] | None) -> None:
    """Raises UserError, in a sentence, for sets that are not there, are empty, or cannot be written to."""
    for number in sets.some() if numbers is None else numbers:
        _check_writable(sets.existing(number).folder)
    work = Work(sets, numbers)
    work.refresh()
    if not work.total:
        where = sets.root if numbers is None else ", ".join(str(sets.open(number).folder) for number in numbers)
        raise UserError(f"{where} holds no frames yet: save some with Sav, as 0.png, 1.png, …")


def check_readable(items: Sequence[Item]) -> None:
    """Raises UserError, about the first frame, where not one of them can be read."""
    problems: list[UserError] = []
    for item in items:
        try:
            read_image(item.frame)
        except UserError as problem:
            problems.append(problem)
        else:
            return
    if problems:
        raise problems[0]


def _check_writable(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"Masks cannot be written into {folder} ({error.strerror}). Make it writable, or label a copy of it."
        ) from None
