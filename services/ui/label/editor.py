"""One mask being drawn: strokes, polygons and snaps, each of which can be taken back. No window, no file."""

import cv2
import numpy as np

from common.messages import Alpha, Image
from services.ui.label.history import History, Step, difference, put
from services.ui.label.outline import LEAST, Points, inside
from services.ui.label.snap import snapped

FOREGROUND, BACKGROUND = 255, 0


class MaskEditor:
    """A mask (height, width) of 0 to 255 and the polygon that is open over it. Points are in pixels of the mask."""

    def __init__(self, mask: Alpha, points: Points = ()) -> None:
        """Works on a copy of `mask`."""
        self.mask: Alpha = np.array(mask, np.uint8)
        self.points = points
        self.version = 0
        """Another number whenever the mask is another."""
        self._before = self.mask
        self._last: tuple[float, float] | None = None
        self._history = History()
        self._marked: Step | None = None

    @property
    def changed(self) -> bool:
        """Whether it differs by any step from how it was when it was last marked, or began."""
        return self._newest is not self._marked

    def mark(self) -> None:
        """As it is now it is written down."""
        self._marked = self._newest

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """Whether anything was taken back."""
        return bool(self._history.undone)

    @property
    def stroking(self) -> bool:
        """Whether a stroke is under way; until `end_stroke` it is no step yet."""
        return self._last is not None

    def add_point(self, x: float, y: float) -> None:
        """One more corner of the open polygon."""
        self._step(self.mask, (*self.points, (x, y)))

    def drop_polygon(self) -> None:
        """The open polygon goes."""
        if self.points:
            self._step(self.mask, ())

    def close_polygon(self, value: int) -> bool:
        """Fills the open polygon with `value`; False where it has too few corners, and stays open."""
        if len(self.points) < LEAST:
            return False
        filled = self.mask.copy()
        filled[inside(self.points, self._shape) > 0] = value
        self._step(filled, ())
        return True

    def begin_stroke(self, x: float, y: float, radius: int, value: int) -> None:
        """The brush touches down."""
        self._before = self.mask.copy()
        self._last = (x, y)
        self.stroke_to(x, y, radius, value)

    def stroke_to(self, x: float, y: float, radius: int, value: int) -> None:
        """The brush moves on; without a stroke under way nothing happens."""
        if self._last is not None:
            draw_stroke(self.mask, self._last, (x, y), radius, value)
            self.version += 1
            self._last = (x, y)

    def end_stroke(self) -> None:
        """The brush is lifted: the stroke is one step."""
        if self._last is not None:
            self._last = None
            drawn, self.mask = self.mask, self._before
            self._step(drawn, self.points)

    def snap(self, image: Image, touched: Alpha) -> bool:
        """Moves the border to the picture's edges where `touched` is not 0; False where that has no border in it."""
        moved = snapped(image, self.mask, touched)
        if moved is None:
            return False
        self._step(moved, self.points)
        return True

    def move_border(self, moved: Alpha, touched: Alpha) -> None:
        """Takes `moved`, a mask that was snapped aside, where `touched` is not 0; what was drawn elsewhere stays."""
        mask = self.mask.copy()
        np.copyto(mask, moved, where=touched > 0)
        self._step(mask, self.points)

    def replace(self, mask: Alpha) -> None:
        """Another mask of the same size in its place, and no open polygon. Raises ValueError for another size."""
        if mask.shape != self.mask.shape:
            raise ValueError(f"a mask of {mask.shape} cannot replace one of {self.mask.shape}")
        self._step(np.array(mask, np.uint8), ())

    def undo(self) -> bool:
        """Takes the last step back; False where there is none."""
        self.end_stroke()
        return self._go(self._history.back())

    def redo(self) -> bool:
        """Takes back the last undo; False where there is none."""
        self.end_stroke()
        return self._go(self._history.forth())

    def _go(self, step: Step | None) -> bool:
        if step is None:
            return False
        if step.patch is not None:
            put(self.mask, step.patch.box, step.patch.after)
            self.version += 1
        self.points = step.points_after
        return True

    @property
    def _newest(self) -> Step | None:
        return self._history.done[-1] if self._history.done else None

    @property
    def _shape(self) -> tuple[int, int]:
        return int(self.mask.shape[0]), int(self.mask.shape[1])

    def _step(self, mask: Alpha, points: Points) -> None:
        patch = difference(self.mask, mask)
        if patch is None and points == self.points:
            return
        self._history.add(Step(patch, self.points, points))
        self.mask, self.points = mask, points
        self.version += 1


def draw_stroke(mask: Alpha, start: tuple[float, float], end: tuple[float, float], radius: int, value: int) -> None:
    """A line with round ends, `radius` pixels to each side, into the mask."""
    first, last = [(round(x), round(y)) for x, y in (start, end)]
    cv2.line(mask, first, last, (value,), 2 * radius + 1)
    for point in (first, last):
        cv2.circle(mask, point, radius, (value,), -1)
