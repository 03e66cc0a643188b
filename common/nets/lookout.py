"""Keeps the network's eye on what is there, and keeps watch over the rest.

Where all that the network found fits into a part of the picture, it is shown only that part, closer (see view.py); any
part will do where it found nobody. What it is not shown is not forgotten: wherever the picture there differs, block by
block, from what the network last saw in that place, it is shown the whole at once; and now and then in any case
(`due`), for what is too faint to be told from noise and shadows. What a view's edge cuts off would be seen to change
beyond it.
"""

import math
from collections import deque
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from common.nets.noise import Margin, differences
from common.nets.view import EVERYTHING, Box, Size, View, closest, part_of, whole

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

FOUND = -2.0
"""Logit from which on a place may be foreground: alpha 0.12."""
ROOM, LEAST_ROOM = 0.04, 0.015
"""Left around what was found, as a share of the picture's sides: in a new view, and before it is given up."""
NEARER = 1.25
"""A view is given up as well for another that shows things so much larger."""
LEAST, MOST = 8.0, 12.0
"""Bounds of the change outside of a view that is passed over, mean grey levels of a block's worst channel: the soft
shadows of whoever moves are, and what is as faint as they are is found when the whole is looked at next."""
MIDDLE = Box(0.4, 0.4, 0.6, 0.6)
"""Looked at where nobody is."""
STEADY = 15
"""Frames in a view before a closer one is taken, which must hold all that was found in them: who comes, walks or goes
needs room."""
LONGEST_S = 1.0
"""After which the whole is looked at in any case."""


class Lookout:
    """For one film. `sizes` are those that close views may have; none at first."""

    def __init__(self, frame: Size) -> None:
        self.sizes: list[Size] = []
        self._whole = whole(frame)
        self.view = self._whole
        """That the next frame will be shown in, if nothing stirs elsewhere."""
        self._seen: Image | None = None
        self._looked_around_s = -LONGEST_S
        self._boxes: deque[Box] = deque(maxlen=STEADY)
        self._margin = Margin(LEAST, MOST)
        self._stirred: Box | None = None
        """Where something stirred in the frame that is looked at now, outside of the view."""

    def apart(self, glance: Image) -> Floats | None:
        """How far each block of a glance at a frame, H,W,3, is from what was last seen there; None before the first."""
        return None if self._seen is None else differences(glance, self._seen)

    def next(self, apart: Floats | None) -> View:
        """What to show the network of a frame that is so far from what it saw. Writes over `apart`."""
        if apart is None or self.view.whole:
            return self._whole
        apart[part_of(self.view.box, apart.shape, math.ceil, math.floor)] = 0
        if not self._margin.exceeded(float(apart.max())):
            return self.view
        self._stirred = enclosing(EVERYTHING, apart > LEAST)
        return self._whole

    def due(self, now_s: float) -> bool:
        """Whether the whole has not been looked at for too long. `now_s` is monotonic."""
        return not self.view.whole and now_s - self._looked_around_s >= LONGEST_S

    def looked(self, view: View, glance: Image, logits: Floats, now_s: float) -> None:
        """What the network said of a view of the frame."""
        if view.whole or self._seen is None:
            self._seen, self._looked_around_s = glance.copy(), now_s
        else:
            part = part_of(view.box, glance.shape, math.floor, math.ceil)
            self._seen[part] = glance[part]
        self.view = self._after(view, logits)

    def _after(self, view: View, logits: Floats) -> View:
        box, stirred, self._stirred = found(view.box, logits), self._stirred, None
        if box is None:
            return closest(self._whole.frame, MIDDLE, self.sizes, 1.0) if self.view.dear else self.view
        self._boxes.append(box)
        away = stirred is not None or not self.view.box.holds(box.grown(LEAST_ROOM))
        if away or self.view.whole:
            view = self._view_of(box.grown(ROOM), stirred)
            if away or not view.whole:
                self._boxes.clear()
                return view
        if len(self._boxes) < STEADY:
            return self.view
        fresh = closest(self._whole.frame, reduce(Box.joined, self._boxes).grown(ROOM), self.sizes)
        cheaper = self.view.dear and not fresh.dear
        return fresh if cheaper or fresh.zoom >= NEARER * self.view.zoom else self.view

    def _view_of(self, box: Box, stirred: Box | None) -> View:
        """A new view of the box, with what stirred if it costs nothing: mostly that is the shadow of whoever is there,
        who is on the way to it."""
        alone = closest(self._whole.frame, box, self.sizes, 1.0)
        if stirred is None:
            return alone
        both = closest(self._whole.frame, box.joined(stirred), self.sizes, 1.0)
        return both if both.size == alone.size else alone


def found(shows: Box, logits: Floats) -> Box | None:
    """What encloses all that may be foreground, given logits H,W of what `shows` is a part of the frame."""
    return enclosing(shows, logits > FOUND)


def enclosing(shows: Box, there: NDArray[np.bool_]) -> Box | None:
    """What encloses all places of H,W, of a part of the frame; None where there are none."""
    x, y, width, height = cv2.boundingRect(there.astype(np.uint8))
    if not width:
        return None
    across, down = shows.width / there.shape[1], shows.height / there.shape[0]
    left, top = shows.left + x * across, shows.top + y * down
    return Box(left, top, left + width * across, top + height * down)
