"""Can the plate still be trusted? Judged on small pictures twice a second, and said in plain words.

*Light* is how much brighter or darker the background became. *Movement* is the translation between the outlines of
frame and plate where the mask shows background, by phase correlation (Kuglin and Hines 1975). On the sets an unmoved
camera answers under 0.5 px with a response over 0.5, another room with a response under 0.2.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from common.messages import Alpha, Image, PlateHealth, PlateState

EVERY_S = 0.5
IN_A_ROW = 3
"""So many judgements must agree before the health changes: a passer-by does not change it."""
WIDTH = 320
FEATURELESS = 0.05  # spread of the outlines of a bare wall: what moves there cannot be told
MOVED_PX = 1.5
MOST_PX = 80.0
SEEN_TO_MOVE = 0.08  # response
NOT_THE_PLACE = 0.3  # response
LITTLE_LEFT = 0.5  # share of the mask
MOSTLY_COVERED = 0.7
LIGHT_CHANGED = 0.2
GOOD = PlateHealth(PlateState.GOOD, "The plate fits.")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a comparison of frame and plate found."""

    shift: tuple[float, float]
    """How far the picture moved to the right and down, in pixels of the frame."""
    response: float
    """How well the outlines fit after it, 1 where they are the same."""
    brightness: float
    """The frame's brightness over the plate's."""
    covered: float
    """Share of the picture that the mask calls foreground."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture as small as the judgement needs it: WIDTH across, grey and edges float32."""

    grey: Floats
    """0..255."""
    edges: Floats
    """Strength of the edges in the logarithm of the grey, so that light matters little; 0..0.5."""

    @classmethod
    def of(cls, picture: Image) -> "Sketch":
        """H,W,3 BGR."""
        height = max(16, round(picture.shape[0] * WIDTH / picture.shape[1]))
        small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        tone = cv2.GaussianBlur(np.log(grey + 17), (0, 0), 1)
        edges = cv2.magnitude(cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1))
        return cls(grey, np.asarray(np.minimum(edges, 0.5), np.float32))


def compare(frame: Image, alpha: Alpha, plate: Sketch) -> Findings:
    """Frame and its alpha at the size of the plate; about 4 ms at 640x480."""
    now = Sketch.of(frame)
    background = background_weight(alpha, plate.grey.shape)
    covered = float((alpha > 127).mean())
    answers = [_shift(plate.edges * background, now.edges * background)]
    if covered > LITTLE_LEFT:
        # a close face, or a bump that made all edges differ: the better answer tells which
        answers.append(_shift(plate.edges, now.edges))
    response, x, y = max(answers)
    scale = frame.shape[1] / WIDTH
    brightness = _brightness(now.grey, plate.grey, background > 0.5)
    return Findings((scale * x, scale * y), response, brightness, covered)


def background_weight(alpha: Alpha, shape: tuple[int, ...]) -> Floats:
    """1 where the mask is surely background, falling off softly to 0 towards the foreground."""
    small = cv2.resize(alpha, shape[1::-1], interpolation=cv2.INTER_AREA)
    covered = cv2.dilate(small, np.ones((9, 9), np.uint8)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(1 - covered / 255, (0, 0), 2), np.float32)


def _shift(then: Floats, now: Floats) -> tuple[float, float, float]:
    """Response, and how far right and down the second is from the first."""
    window = cv2.createHanningWindow(then.shape[1::-1], cv2.CV_32F)
    (x, y), response = cv2.phaseCorrelate(then, now, window)
    return float(response), float(x), float(y)


def _brightness(frame: Floats, plate: Floats, background: NDArray[np.bool_]) -> float:
    """The median ratio over the background, without what the sensor clipped."""
    usable = background & (np.maximum(frame, plate) < 250)
    return float(np.median((frame[usable] + 1) / (plate[usable] + 1))) if usable.any() else 1.0


def verdict(found: Findings, featureless: bool) -> PlateHealth:
    """The findings in words."""
    distance = hypot(*found.shift)
    if not featureless and MOVED_PX <= distance <= MOST_PX and found.response >= SEEN_TO_MOVE:
        return PlateHealth(
            PlateState.MOVED, f"The camera moved by about {distance:.0f} px. Press Bkg to learn the plate again."
        )
    if not featureless and found.response < NOT_THE_PLACE:
        return PlateHealth(
            PlateState.MOVED, "This does not look like the plate's place. Press Bkg to learn the plate again."
        )
    if found.covered > MOSTLY_COVERED:
        return PlateHealth(
            PlateState.OCCUPIED, "Nearly the whole picture differs from the plate. If nobody is in it, press Bkg."
        )
    if abs(found.brightness - 1) > LIGHT_CHANGED:
        how = "brighter" if found.brightness > 1 else "darker"
        return PlateHealth(
            PlateState.LIGHT_CHANGED,
            f"It is {abs(found.brightness - 1):.0%} {how} than in the plate; this is corrected. Press Bkg if it shows.",
        )
    return GOOD


def wrong_size(frame: Image, plate: Image) -> PlateHealth:
    """For a frame that cannot be compared at all."""
    return PlateHealth(
        PlateState.WRONG_SIZE,
        f"The picture is {frame.shape[1]}x{frame.shape[0]}, the plate {plate.shape[1]}x{plate.shape[0]}. Press Bkg.",
    )


class Judge:
    """Watches one plate. `flaw` is what was wrong with it from the start; it stands while nothing worse is found.

    `latest` are the last findings, IN_A_ROW at most; `featureless` says that movement cannot be told.
    """

    def __init__(self, plate: Image, flaw: PlateHealth = GOOD, clock: Callable[[], float] = time.monotonic) -> None:
        self.health = flaw
        self.flaw = flaw
        self._clock = clock
        self.take(plate)
        self._next = clock()
        self.latest: list[Findings] = []
        self.news = False
        """Whether the last frame seen was judged."""
        self._said: list[PlateHealth] = []

    def take(self, plate: Image) -> None:
        """The plate as it is now; what was found stays."""
        self._plate = Sketch.of(plate)
        self.featureless = float(self._plate.edges.std()) < FEATURELESS

    def see(self, frame: Image, alpha: Alpha) -> PlateHealth:
        """The health as of this frame, which is looked at only twice a second."""
        self.news = self._clock() >= self._next
        if self.news:
            self._next = self._clock() + EVERY_S
            found = compare(frame, alpha, self._plate)
            health = verdict(found, self.featureless)
            self.latest = [*self.latest[1 - IN_A_ROW :], found]
            self._said = [*self._said[1 - IN_A_ROW :], self.flaw if health == GOOD else health]
            if len(self._said) == IN_A_ROW and len({health.state for health in self._said}) == 1:
                self.health = self._steady(self._said[-1])
        return self.health

    def _steady(self, found: PlateHealth) -> PlateHealth:
        """Keeps the words that stand while the state is the same, so that figures do not flutter."""
        return self.health if found.state is self.health.state else found
