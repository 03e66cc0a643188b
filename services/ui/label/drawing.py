"""What the pointer does to the open frame with the tool in hand. Places are pixels of the picture."""

import math

import numpy as np

from common.messages import Alpha
from services.ui.draw.theme import Level
from services.ui.label.acts import Do
from services.ui.label.editor import BACKGROUND, FOREGROUND, draw_stroke
from services.ui.label.frames import OPEN, Frames
from services.ui.label.outline import CLOSES_PX, closes, inside
from services.ui.label.snapping import Snapping

RADII = (1, 2, 3, 5, 8, 12, 18, 26, 38, 56, 80)
"""Of the brush, in pixels of the picture."""
_WHOLE = 0.8
"""A polygon that holds so much of the mask it leaves is drawn around the person, and not to mend a part."""


class Drawing:
    """The tool, and what is being drawn with it on the sheet of `frames`."""

    def __init__(self, frames: Frames) -> None:
        self.tool = Do.POLYGON
        self.radius = 8
        self.snapping = Snapping()
        self._frames = frames
        self._touched: Alpha | None = None
        """What the snap brush goes over."""
        self._last: tuple[float, float] | None = None

    def begin(self) -> None:
        """On another sheet: what was under way is given up, and the open polygon of a draft goes on."""
        self._touched = self._last = None
        self.snapping.drop()
        sheet = self._frames.sheet
        if sheet is not None and sheet.editor.points:
            self.tool = Do.CUT if sheet.cuts else Do.POLYGON

    def choose(self, tool: Do) -> None:
        """Another tool; an open polygon goes on under one of the two polygon tools alone."""
        sheet = self._frames.sheet
        if sheet is not None and sheet.editor.points and tool not in (Do.POLYGON, Do.CUT):
            self._frames.say(OPEN, Level.WARN)
        else:
            self.tool = tool

    def resize(self, steps: int) -> None:
        """A larger brush, or with a negative number a smaller one."""
        self.radius = RADII[min(max(RADII.index(self.radius) + steps, 0), len(RADII) - 1)]

    def press(self, x: float, y: float) -> None:
        """The left button goes down."""
        sheet = self._frames.sheet
        if sheet is None:
            return
        editor = sheet.editor
        if self.tool is Do.SNAP:
            self._touched, self._last = np.zeros_like(editor.mask), (x, y)
            self.drag(x, y)
        elif self.tool in (Do.BRUSH, Do.ERASER):
            editor.begin_stroke(x, y, self.radius, self._value)
        elif closes(editor.points, x, y, self.reach):
            self.close_polygon()
        elif not editor.points or math.dist(editor.points[-1], (x, y)) > 1 / sheet.zoom.scale:
            # the second press of a double click is no other corner
            editor.add_point(x, y)
            self.keep()

    def drag(self, x: float, y: float) -> None:
        """It moves while it is down."""
        sheet = self._frames.sheet
        if self._touched is not None and self._last is not None:
            draw_stroke(self._touched, self._last, (x, y), self.radius, 255)
            self._last = (x, y)
        elif sheet is not None:
            sheet.editor.stroke_to(x, y, self.radius, self._value)

    def release(self) -> None:
        """It goes up: the stroke is done, and a snap begins."""
        sheet = self._frames.sheet
        if sheet is None:
            return
        if self._touched is not None:
            self.snapping.begin(sheet.editor, sheet.image, self._touched)
            self._touched = self._last = None
        elif sheet.editor.stroking:
            sheet.editor.end_stroke()
            self.keep()

    def close_polygon(self) -> None:
        """Closes what is open; around the whole person that finishes the label."""
        sheet = self._frames.sheet
        if sheet is None or not sheet.editor.points:
            return
        editor, points = sheet.editor, sheet.editor.points
        if not editor.close_polygon(self._value):
            self._frames.say("A polygon has three corners at least", Level.WARN)
            return
        self.keep()
        person = editor.mask >= 128
        held = np.count_nonzero(person & (inside(points, (person.shape[0], person.shape[1])) > 0))
        if self.tool is Do.POLYGON and held >= _WHOLE * np.count_nonzero(person):
            self._frames.finish()

    def keep(self) -> None:
        """See Frames.keep."""
        self._frames.keep(cuts=self.tool is Do.CUT)

    def hear(self, wait_s: float) -> bool:
        """Takes what was snapped, for which it waits so long at most; True where anything came."""
        moved = self.snapping.news(wait_s)
        if moved:
            self.keep()
        elif moved is False:
            self._frames.say("Brush over a border of the mask: there is none here")
        return moved is not None

    @property
    def band(self) -> Alpha | None:
        """What the snap brush goes over, or went over while that is being snapped."""
        return self._touched if self._touched is not None else self.snapping.touched

    @property
    def reach(self) -> float:
        """How near its first point the last closes a polygon: CLOSES_PX of the picture, less when looked at closely."""
        sheet = self._frames.sheet
        return CLOSES_PX / (sheet.zoom.times if sheet is not None else 1.0)

    @property
    def busy(self) -> bool:
        """Whether something is being drawn, so that the tools get out of the way."""
        sheet = self._frames.sheet
        drawn = sheet is not None and (sheet.editor.stroking or bool(sheet.editor.points))
        return self._touched is not None or drawn

    @property
    def _value(self) -> int:
        return BACKGROUND if self.tool in (Do.CUT, Do.ERASER) else FOREGROUND
