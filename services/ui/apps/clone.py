"""Play with yourself: your mirrored double stands on the other side of the picture, and does as you do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.messages import Frame, Image
from services.ui import guide
from services.ui.actions import Action, Quit
from services.ui.apps.app import By, Tool
from services.ui.apps.learner import Learner, Stage
from services.ui.apps.studio import EXT
from services.ui.draw.buttons import Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.layers import Layer, lift
from services.ui.draw.panels import Sentence
from services.ui.pairing import View
from services.ui.state import State

CLONE = Button("clone", "Clone", 0.15, 0.45, Role.WRITES, "C", "Learn, show")
_MOST = 3
_DELAY_S = 0.8
"""How far a delayed double is behind."""
_STAYS_S = 0.5
"""How long a double stays where frames come without masks of their own."""
_APART = 0.22
"""How far more doubles stand from one another, of the width."""


class Show(StrEnum):
    """Where the play stands; Clone goes round."""

    UNLEARNED = "unlearned"
    READY = "ready"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class _Past:
    at: float
    """When it was seen, in seconds."""
    size: tuple[int, ...]
    double: Layer


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
        self._learner = Learner(CLONE.word)
        self.cast: list[tuple[Layer, int]] = []
        """Everybody in the last picture, the farthest first, and how far each is moved to the right."""
        self._past: list[_Past] = []

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
            self._past, self.cast = [], []
        return None

    def tools(self) -> Sequence[Tool]:
        """How the doubles behave."""
        return (
            Tool("D", "Doubles", "Up to three"),
            Tool("T", "Time", "Delay it", self.delayed),
            Tool("O", "Order", "It stands in front", self.in_front),
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
        if before is Stage.LEARNING and self._learner.learned:
            self.show = Show.READY
        return action

    def compose(self, view: View, state: State) -> Image:
        """The frame with the doubles in it. Where it has no mask of its own they stay as they were for a moment."""
        if self.show is not Show.SHOWN:
            return view.frame.image
        you = _you(view, state)
        self._remember(you, view.frame)
        self.cast = [] if you is None else [(you, 0)]
        doubles = self._doubles()
        picture = view.frame.image.copy()
        for double, right in doubles:
            seen = double if you is None or self.in_front else double.behind(you, right)
            seen.onto(picture, right)
        self.cast = [*self.cast, *doubles] if self.in_front else [*doubles, *self.cast]
        return picture

    def _remember(self, you: Layer | None, frame: Frame) -> None:
        now, size = frame.key.capture_ns / 1e9, frame.image.shape
        kept_s = _DELAY_S if self.delayed else 0.0
        past = [one for one in self._past if one.size == size and 0 <= now - one.at <= max(kept_s, _STAYS_S)]
        if you is not None:
            # the oldest of those kept is the one the delay asks for
            past = [one for one in past if now - one.at <= kept_s and self.delayed]
            past.append(_Past(now, size, you.mirrored()))
        self._past = past

    def _doubles(self) -> list[tuple[Layer, int]]:
        """Each with how far to the right it is moved; the last is in front."""
        if not self._past:
            return []
        double = self._past[0].double
        step = round(_APART * double.width)
        return [(double, right) for right in (step, -step, 0)[_MOST - self.doubles :]]

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """The countdown."""
        self._learner.draw(canvas, now)

    def guide(self, state: State, now: float) -> Sentence | None:
        """The next of the three presses."""
        if self._learner.stage is not Stage.IDLE:
            return None
        if self.show is Show.UNLEARNED:
            return Sentence("Press Clone, then step out of the picture")
        if self.show is Show.READY and not guide.plate_unfit(state):
            return Sentence("Press Clone, and somebody joins you")
        return guide.plate_trouble(state, "Here that is L, then Clone.")


def _you(view: View, state: State) -> Layer | None:
    """The person, by the frame's own mask; by the newest where masks are late, or not waited for."""
    if view.mask is None:
        return None
    return lift(view.frame.image, view.mask.alpha, state.plate_under(view.mask))
