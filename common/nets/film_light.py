"""The light of a film: the fit of an earlier frame stands in as long as it explains the present one as well.

A fit takes longer than all else around the network, and one that differs a little from frame to frame makes edges
shimmer. Whether it still holds is asked of every frame; a jump of light is followed in the very frame that shows it.
"""

import numpy as np

from common.nets.light import INLIER, Coarse, Floats, Image, Light, Places, fitted, regressors

FORGOTTEN = 30
"""Frames after which it is fitted anew in any case."""
LOST = 0.02
"""Share of the picture that a fit may explain less than when it was made."""
DRIFT = 0.01
"""Log units, about 1 % of brightness, by which what it explains may have moved as a whole or across."""


class FilmLight:
    """For frames of one size that follow each other before one plate, H,W,3 BGR."""

    def __init__(self, plate: Image) -> None:
        self._plate = Coarse(plate)
        self._light: Light | None = None
        self._age = 0
        self._share = 0.0
        self._tilt = np.zeros((3, 3), np.float32)
        self.fits = 0
        """How often a fit was made."""

    def of(self, frame: Image) -> Light:
        """The frame's light; the very object of the frame before while that stands."""
        places = Places(Coarse(frame), self._plate)
        if self._light is None or not self._holds(places, self._light):
            self._light = self._fitted(places, self._light)
        return self._light

    def _holds(self, places: Places, fit: Light) -> bool:
        self._age += 1
        share, tilt = judged(places, fit)
        if self._age >= FORGOTTEN or share < self._share - LOST or np.abs(tilt - self._tilt).max() > DRIFT:
            return False
        self._share = max(self._share, share)
        return True

    def _fitted(self, places: Places, before: Light | None) -> Light:
        fit = fitted(places)
        self.fits += 1
        self._age = 0
        self._share, self._tilt = judged(places, fit)
        return before if before is not None and np.array_equal(fit.fit, before.fit) else fit


def judged(places: Places, fit: Light) -> tuple[float, Floats]:
    """The share of the usable places that the fit explains, and of these what it leaves over in each channel: as a
    whole, from left to right and from top to bottom, 3,3 log units."""
    rest = places.rest(fit.fit[:, None])[:, 0]
    close = (np.abs(rest) < INLIER).all(0) * places.usable
    count = max(float(close.sum()), 1.0)
    # the mean square of -0.5..0.5 is 1/12; its ends lie half a unit from the middle
    tilt = (rest * close) @ regressors().T / count * np.array([1, 6, 6])
    return count / max(float(places.usable.sum()), 1.0), np.asarray(tilt, np.float32)
