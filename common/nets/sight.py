"""A plate made ready for frames: for each view what the network keeps of it, and the light for its size."""

import numpy as np
from numpy.typing import NDArray

from common.nets.calm import LOGIT_RANGE
from common.nets.engine import Engine
from common.nets.film_light import FilmLight
from common.nets.light import Lamp, Light
from common.nets.lookout import Lookout
from common.nets.view import View, whole

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Sight:
    """For frames of the plate's size, H,W,3 BGR."""

    def __init__(self, engine: Engine, view: View, plate: Image) -> None:
        self.view = view
        self.plate = view.shown(plate)
        """As the network sees it."""
        self._engine = engine
        self._kept = engine.keep(self.plate.astype(np.float32))
        self._lit = np.empty(self.plate.shape, np.float32)
        self._lamp: Lamp | None = None

    def lit(self, shown: Image, light: Light) -> Floats:
        """What the view shows of a frame, in the plate's light, 0..255; the same array at each call."""
        if self._lamp is None or self._lamp.light is not light:
            self._lamp = Lamp(light, self.view.size, self.view.box)
        self._lamp.shine(shown, self._lit)
        return self._lit

    def logits(self, lit: Floats) -> Floats:
        """Within LOGIT_RANGE."""
        return np.clip(self._engine.logits(lit, self._kept), -LOGIT_RANGE, LOGIT_RANGE)


class Looks:
    """All that goes with one plate, H,W,3 BGR, and is forgotten with it. Its whole view's size must be prepared."""

    def __init__(self, engine: Engine, plate: Image) -> None:
        view = whole((plate.shape[1], plate.shape[0]))
        self.whole = Sight(engine, view, plate)
        self.lookout = Lookout(view.frame)
        self.film_light = FilmLight(self.whole.plate)
        self.last: Image | None = None
        """The alpha made last."""
        self.light: Light | None = None
        self.small: Image | None = None
        self._engine = engine
        self._plate = plate
        self._close: Sight | None = None

    def sight(self, view: View) -> Sight:
        """Of a view whose size is prepared. One close sight is kept."""
        if view.whole:
            return self.whole
        if self._close is None or self._close.view != view:
            self._close = Sight(self._engine, view, self._plate)
        return self._close

    def between_frames(self, now_s: float) -> None:
        """Looks at the whole of the last frame if it is time to, and makes ready what the next will want."""
        if self.small is not None and self.light is not None and self.lookout.due(now_s):
            logits = self.whole.logits(self.whole.lit(self.small, self.light))
            self.lookout.looked(self.whole.view, self.small, logits, now_s)
        self.sight(self.lookout.view)
