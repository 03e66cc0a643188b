"""A plate that stays young: where the room was quiet for long, it becomes what the room is now.

Light drifts over an hour, the sun's patch on the floor wanders, a curtain settles. What the whole picture has in common
is taken out before (common/nets/light.py): the plate stays in the light in which it was learned, also where somebody
hides it all the while, and only what is left over is put in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from common.messages import Alpha, Image, Person
from common.nets import light
from services.segment.upkeep import Bools, Floats, Looked, Upkeep

PAUSE_S = 60.0
"""Between two looks at whether the plate should be made anew."""
ENOUGH = 0.15
"""Share of the picture that must be quiet."""
MOST_LEVELS = 48.0
"""From the plate as it was learned, brought back, or moved along with the camera: a new thing differs by more and must
be learned."""
WORTH_LEVELS, WORTH_SHARE = 4, 0.004
"""A change that is less in every channel, or in less of the picture, is not worth another plate."""
SOFT = 2.0  # places, of the seam's blur


@dataclass(frozen=True, slots=True)
class Outcome:
    """`plate` was made anew, None where it may stay; `left` is the share of the picture where something was left."""

    plate: Image | None
    left: float


class Refresher:
    """Looks after one plate in a thread of its own. Times are capture times in seconds."""

    def __init__(self, learned: Image, plate: Image | None = None) -> None:
        """`plate` is what became of the one that was learned, if it was made anew before."""
        self.next_s = 0.0
        """Frames captured earlier need not be shown, unless the clock went back by much."""
        self._learned, self._plate = learned, learned if plate is None else plate
        self._upkeep = Upkeep()
        self._again_s: float | None = None

    def look(self, frame: Image, alpha: Alpha, people: Sequence[Person] | None, now_s: float) -> Outcome:
        """`people` is None where pose says nothing. 5 ms for 640x480, and a tenth of a second once a minute."""
        self._upkeep.see(frame, alpha, people, now_s)
        if self._again_s is None or now_s < self._again_s - PAUSE_S:
            self._again_s = now_s + PAUSE_S
        plate = None
        if now_s >= self._again_s:
            self._again_s = now_s + PAUSE_S
            plate = refreshed(self._learned, self._plate, self._upkeep.looked())
            self._plate = self._plate if plate is None else plate
        return Outcome(plate, self._upkeep.left_behind)


def refreshed(learned: Image, plate: Image, looked: Looked) -> Image | None:
    """The plate as the room is now, in the light of the one that was `learned`; None where it need not change.

    All H,W,3 BGR.
    """
    if looked.quiet.mean() < ENOUGH:
        return None
    relit = light.relight(looked.mean, fit(looked, learned))
    sure = cv2.erode(looked.quiet.astype(np.float32), np.ones((5, 5), np.uint8), borderValue=1)
    weight = cv2.resize(cv2.GaussianBlur(sure, (0, 0), SOFT), plate.shape[1::-1])
    home = learned.astype(np.float32)
    aim = np.clip(relit, home - MOST_LEVELS, home + MOST_LEVELS)
    old = plate.astype(np.float32)
    new = np.rint(np.clip(old + weight[..., None] * (aim - old), 0, 255)).astype(np.uint8)
    worth = cv2.blur(cv2.absdiff(new, plate), (5, 5)).max(2) >= WORTH_LEVELS
    return new if worth.mean() >= WORTH_SHARE else None


def fit(looked: Looked, learned: Image) -> light.Light:
    """From the light of now to that of the plate, over the quiet places; exact also where the change is tiny."""
    places = light.Places(light.Coarse(looked.mean), light.Coarse(learned))
    places.usable = places.usable * quiet_places(looked.quiet)
    return light.Light(light.refine(light.fitted(places).fit[:, None], places)[:, 0])


def quiet_places(quiet: Bools) -> Floats:
    """Over the grid of the light's fit, flat, 1 or 0."""
    share = cv2.resize(quiet.astype(np.float32), light.GRID, interpolation=cv2.INTER_AREA)
    return np.asarray(share.ravel() > 0.9, np.float32)
