"""Steps that can be taken back: what changed, packed small, so that nobody needs to count them.

A stroke on a 640x480 mask takes some hundred bytes; ten thousand of them fit beside one picture.
"""

import zlib
from dataclasses import dataclass, field

import numpy as np

from common.messages import Alpha
from services.ui.label.outline import Points


@dataclass(frozen=True, slots=True)
class Patch:
    """A box of the mask, and its pixels before and after, deflated."""

    box: tuple[slice, slice]
    before: bytes
    after: bytes

    def reverse(self) -> "Patch":
        """From after to before."""
        return Patch(self.box, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: to the mask (or not), and to the open polygon."""

    patch: Patch | None
    points_before: Points
    points_after: Points

    def reverse(self) -> "Step":
        """The step that takes this one back."""
        return Step(self.patch.reverse() if self.patch else None, self.points_after, self.points_before)


@dataclass(slots=True)
class History:
    """What was done, and what was taken back since."""

    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Something new was done: what was taken back is gone."""
        self.done.append(step)
        self.undone.clear()

    def back(self) -> Step | None:
        """Counts the newest step as undone, and returns the way back; None where there is none."""
        if not self.done:
            return None
        self.undone.append(self.done.pop())
        return self.undone[-1].reverse()

    def forth(self) -> Step | None:
        """Counts what was undone last as done again, and returns it; None where there is none."""
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]


def difference(before: Alpha, after: Alpha) -> Patch | None:
    """What changed between two masks of one size; None where nothing did."""
    rows, columns = np.nonzero((before != after).any(axis=1))[0], np.nonzero((before != after).any(axis=0))[0]
    if not len(rows):
        return None
    box = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return Patch(box, _packed(before[box]), _packed(after[box]))


def put(mask: Alpha, box: tuple[slice, slice], pixels: bytes) -> None:
    """Writes a patch's pixels into the mask."""
    place = mask[box]
    place[:] = np.frombuffer(zlib.decompress(pixels), np.uint8).reshape(place.shape)


def _packed(pixels: Alpha) -> bytes:
    return zlib.compress(np.ascontiguousarray(pixels).tobytes(), 1)
