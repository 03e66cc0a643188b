"""Count down, have segment learn the empty room, see that it did: for apps that learn without recording."""

from enum import StrEnum

from common.messages import LearnPlate
from services.ui.actions import Ask
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import Count, draw_busy, draw_count
from services.ui.state import State

COUNT_S = 3.0
_LEARN_S = 1.5
_GIVE_UP_S = 12.0
_LATE_S = 2.0
"""A count that is over for so long was left for another app: whoever comes back stands in the picture."""


class Stage(StrEnum):
    """How far it is."""

    IDLE = "idle"
    COUNTING = "counting"
    LEARNING = "learning"


class Learner:
    """Times are monotonic seconds."""

    def __init__(self) -> None:
        self.stage = Stage.IDLE
        self._since = 0.0
        self._plate_before = ""

    def start(self, now: float) -> None:
        """Begins to count."""
        self.stage, self._since = Stage.COUNTING, now

    def stop(self) -> None:
        """Gives up counting; what is being learned is learned."""
        self.stage = Stage.IDLE

    def over(self, now: float) -> float:
        """The part of the countdown that is over, 0 to 1."""
        return min(1.0, (now - self._since) / COUNT_S) if self.stage is Stage.COUNTING else 1.0

    def turn(self, state: State, now: float) -> Ask | None:
        """Asks segment when the count is over; is idle again when another plate is in use, or after a while."""
        if self.stage is Stage.COUNTING and now - self._since > COUNT_S + _LATE_S:
            self.stop()
        if self.stage is Stage.COUNTING and now - self._since >= COUNT_S:
            self.stage, self._since, self._plate_before = Stage.LEARNING, now, _plate_id(state)
            return Ask("segment", LearnPlate(_LEARN_S))
        learned = _plate_id(state) != self._plate_before
        if self.stage is Stage.LEARNING and (learned or now - self._since > _GIVE_UP_S):
            self.stage = Stage.IDLE
        return None

    def draw(self, canvas: Canvas, now: float) -> None:
        """Countdown or "Updating" over the picture."""
        if self.stage is Stage.COUNTING:
            left = COUNT_S * (1 - self.over(now))
            words = "then the empty room is learned"
            draw_count(canvas, Count(left, COUNT_S, "Step out of the picture", words, dims=True))
        elif self.stage is Stage.LEARNING:
            draw_busy(canvas, "Updating", "stay out of the picture a moment longer", now)


def _plate_id(state: State) -> str:
    return state.plate.plate_id if state.plate is not None else ""
