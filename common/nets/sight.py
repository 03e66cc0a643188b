"""A plate made ready for frames: for each view what the network keeps of it, and the light for its size."""

import numpy as np
from numpy.typing import NDArray

from common.nets.engine import Engine
from common.nets.film_light import FilmLight
from common.nets.light import Lamp, Light
from common.nets.lookout import Lookout
from common.nets.shrink import glance
from common.nets.view import View, smaller_whole, whole

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Sight:
    """For frames of the plate's size, H,W,3 BGR."""

    def __init__(self, engine: Engine, view: View, plate: Image) -> None:
        self.view = view
        self._engine = engine
        self._kept = engine.keep(view.shown(plate).astype(np.float32))
        self._lit = np.empty((view.size[1], view.size[0], 3), np.float32)
        self._lamp: Lamp | None = None

    def lit(self, frame: Image, light: Light) -> Floats:
        """What the view shows of a frame, in the plate's light, 0..255; the same array at each call."""
        if self._lamp is None or self._lamp.light is not light:
            self._lamp = Lamp(light, self.view.size, self.view.box)
        self._lamp.shine(self.view.shown(frame), self._lit)
        return self._lit

    def said(self, lit: Floats) -> Floats:
        """The network's logits for what `lit` made; see Engine."""
        return self._engine.logits(lit, self._kept)

    def logits(self, frame: Image, light: Light) -> Floats:
        """Both in one."""
        return self.said(self.lit(frame, light))


class Looks:
    """All that goes with one plate, H,W,3 BGR, and is forgotten with it. Its whole view's size must be prepared."""

    def __init__(self, engine: Engine, plate: Image) -> None:
        view = whole((plate.shape[1], plate.shape[0]))
        self.whole = Sight(engine, view, plate)
        self.glance = glance(plate)
        self.lookout = Lookout(view.frame)
        self.film_light = FilmLight(self.glance)
        self.last: Image | None = None
        """The alpha made last."""
        self.now: tuple[Image, Image, Light] | None = None
        """Of a film the last frame that the network was run on, the glance at it, its light."""
        self._engine = engine
        self._plate = plate
        self._close: Sight | None = None
        self._around: Sight | None = None

    def sight(self, view: View) -> Sight:
        """Of a view whose size is prepared. One close sight is kept."""
        if view.whole:
            return self.whole
        if self._close is None or self._close.view != view:
            self._close = Sight(self._engine, view, self._plate)
        return self._close

    def between_frames(self, now_s: float) -> None:
        """Looks at the whole of the last frame if it is time to, and makes ready what the next will want."""
        if self.now is not None and self.lookout.due(now_s):
            frame, glanced, light = self.now
            around = self._looking_around()
            self.lookout.looked(around.view, glanced, around.logits(frame, light), now_s)
        self.sight(self.lookout.view)

    def _looking_around(self) -> Sight:
        """At the whole, smaller: where somebody is shows in that, in half the time."""
        if self._around is None:
            self._around = Sight(self._engine, smaller_whole(self.whole.view.frame), self._plate)
        return self._around
