"""The mask test: what the network sees. Learn the plate, and look at mask, alpha, plate and difference."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import cv2
import numpy as np

from common.messages import Image, PlateState
from services.ui.actions import Action, Quit
from services.ui.apps.app import By, Tool
from services.ui.apps.learner import Learner, Stage
from services.ui.apps.studio import EXT
from services.ui.draw.buttons import Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import night
from services.ui.draw.overlay import Overlay, lay
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State

LEARN = Button("learn", "Bkg", 0.15, 0.45, Role.WRITES, "B", "Learn room")
NEXT = Button("next", "View", 0.85, 0.45, Role.HARMLESS, "V", "Next view")


class Look(StrEnum):
    """What is looked at, in the order of the views."""

    MASK = "mask over the picture"
    ALPHA = "alpha, white is the person"
    PLATE = "the plate in use"
    DIFFERENCE = "what differs from the plate, four times as strong"


class MaskTest:
    """See the module."""

    name = "mask"
    title = "Mask"
    hides_room = False

    def __init__(self) -> None:
        self.look = Look.MASK
        self._learner = Learner(LEARN.word)

    def buttons(self) -> Sequence[Button]:
        """Bkg learns at once for all apps, without a set on disk."""
        return LEARN, NEXT, EXT

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """Bkg, while the room is being learned."""
        return {} if self._learner.stage is Stage.IDLE else {LEARN.id: self._learner.over(now)}

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """Bkg pressed again by hand stops the count."""
        if button == EXT.id:
            return Quit()
        if button == NEXT.id:
            looks = list(Look)
            self.look = looks[(looks.index(self.look) + 1) % len(looks)]
        elif self._learner.stage is Stage.IDLE:
            self._learner.start(now)
        elif by is not By.PALM and self._learner.stage is Stage.COUNTING and self._learner.over(now) > 0.3:
            self._learner.stop()
        return None

    def tools(self) -> Sequence[Tool]:
        """All is on the buttons."""
        return ()

    def use(self, key: str) -> str:
        """There are no tools."""
        return ""

    def turn(self, state: State, now: float) -> Action | None:
        """Learns when the count is over."""
        return self._learner.turn(state, now)

    def compose(self, view: View, state: State) -> Image:
        """The view that was chosen; what there is nothing to show of is dark."""
        image, alpha = view.frame.image, view.mask.alpha if view.mask is not None else None
        if self.look is Look.MASK:
            return image if alpha is None else lay(image, alpha, Overlay.CONTOUR)
        if self.look is Look.ALPHA:
            return _dark(image) if alpha is None else np.asarray(cv2.merge([alpha] * 3), np.uint8)
        plate = state.plate.image if state.plate is not None else None
        if plate is None or plate.shape != image.shape:
            return _dark(image)
        if self.look is Look.PLATE:
            return plate
        return np.asarray(cv2.convertScaleAbs(cv2.absdiff(image, plate), alpha=4), np.uint8)

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """The countdown."""
        self._learner.draw(canvas, now)

    def guide(self, state: State, now: float) -> Sentence | None:
        """Plate health in words, and which view this is."""
        if self._learner.stage is not Stage.IDLE:
            return None
        health = state.plate_health()
        if health.state is PlateState.NONE:
            return Sentence("Press Bkg, then step out of the picture")
        if health.state is not PlateState.GOOD:
            return Sentence(health.words, Level.WARN)
        return Sentence(f"View: {self.look.value}")


def _dark(image: Image) -> Image:
    return night(image.shape[0], image.shape[1])
