"""Play with yourself: your mirrored double stands on the other side of the picture, and does as you do."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from common.messages import Alpha, Image, PlateState
from services.ui.actions import Action, Quit
from services.ui.apps.app import By, Tool
from services.ui.apps.learner import Learner, Stage
from services.ui.apps.studio import EXT
from services.ui.draw.buttons import Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.layers import lay_on, lift, shift
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State

CLONE = Button("clone", "Clone", 0.15, 0.45, Role.WRITES, "C", "Learn, show")
_MOST = 3
_DELAY = 24
"""Pictures that a delayed double is behind: most of a second."""
_APART = 0.22
"""How far more doubles stand from one another, of the width."""


class Show(StrEnum):
    """Where the play stands; Clone goes round."""

    UNLEARNED = "unlearned"
    READY = "ready"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class _Layer:
    light: Image
    alpha: Alpha


class Clone:
    """See the module."""

    name = "clone"
    title = "Clone"
    hides_room = False

    def __init__(self) -> None:
        self.show = Show.UNLEARNED
        self.doubles = 1
        self.delayed = False
        self.in_front = False
        self._learner = Learner()
        self._past: deque[_Layer] = deque(maxlen=_DELAY)

    def buttons(self) -> Sequence[Button]:
        """One button, three presses."""
        return CLONE, EXT

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """Clone, while the room is being learned."""
        return {} if self._learner.stage is Stage.IDLE else {CLONE.id: self._learner.over(now)}

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """Learns first, then shows and hides the double."""
        if button == EXT.id:
            return Quit()
        if self._learner.stage is not Stage.IDLE:
            return None
        if self.show is Show.UNLEARNED:
            self._learner.start(now)
        else:
            self.show = Show.READY if self.show is Show.SHOWN else Show.SHOWN
            self._past.clear()
        return None

    def tools(self) -> Sequence[Tool]:
        """How the doubles behave."""
        return (
            Tool("D", "Doubles", "Up to three"),
            Tool("T", "Time", "Delay it"),
            Tool("O", "Order", "Who is in front"),
            Tool("L", "Learn", "The room anew"),
        )

    def use(self, key: str) -> str:
        """Turns one of them on."""
        if key == "D":
            self.doubles = self.doubles % _MOST + 1
            return "One double" if self.doubles == 1 else f"{self.doubles} doubles"
        if key == "T":
            self.delayed = not self.delayed
            return "The double is a moment behind" if self.delayed else "The double does as you do"
        if key == "O":
            self.in_front = not self.in_front
            return "The double stands in front" if self.in_front else "You stand in front"
        self.show = Show.UNLEARNED
        return "Press Clone to learn the room anew"

    def turn(self, state: State, now: float) -> Action | None:
        """Learns when the count is over."""
        before = self._learner.stage
        action = self._learner.turn(state, now)
        if before is Stage.LEARNING and self._learner.stage is Stage.IDLE and state.has_plate():
            self.show = Show.READY
        return action

    def compose(self, view: View, state: State) -> Image:
        """The frame with the doubles in it. Where a frame has no mask of its own the doubles stay as they were."""
        picture = view.frame.image
        if self.show is not Show.SHOWN:
            return picture
        you = _you(view, state)
        if you is not None:
            self._past.append(you)
        for double in self._doubles(picture.shape[:2]):
            picture = lay_on(double.light, double.alpha, picture)
        return picture if self.in_front or you is None else lay_on(you.light, you.alpha, picture)

    def _doubles(self, size: tuple[int, ...]) -> list[_Layer]:
        if not self._past or self._past[-1].alpha.shape != size:
            return []
        source = self._past[0] if self.delayed else self._past[-1]
        mirrored = _Layer(np.asarray(cv2.flip(source.light, 1)), np.asarray(cv2.flip(source.alpha, 1)))
        step = round(_APART * source.alpha.shape[1])
        shifts = [0, -step, step][: self.doubles]
        return [_Layer(shift(mirrored.light, by), shift(mirrored.alpha, by)) if by else mirrored for by in shifts]

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """The countdown."""
        self._learner.draw(canvas, now)

    def guide(self, state: State, now: float) -> Sentence | None:
        """The next of the three presses."""
        if self._learner.stage is not Stage.IDLE:
            return None
        health = state.plate_health()
        if self.show is Show.UNLEARNED:
            return Sentence("Press Clone, then step out of the picture")
        if health.state not in (PlateState.GOOD, PlateState.NONE):
            return Sentence(health.words, Level.WARN)
        return Sentence("Press Clone, and somebody joins you") if self.show is Show.READY else None


def _you(view: View, state: State) -> _Layer | None:
    """The person of this very frame."""
    if view.mask is None or not view.own:
        return None
    plate = state.plate.image if state.plate is not None and state.plate.plate_id == view.mask.plate_id else None
    return _Layer(lift(view.frame.image, view.mask.alpha, plate), view.mask.alpha)
