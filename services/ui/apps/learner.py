"""Count down, have segment learn the empty room, see that it did: for apps that learn without recording."""

from enum import StrEnum

from common.messages import Accepted, LearnPlate, Plate, PlateState, Reply
from services.ui.actions import Action, Ask, Say
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import Count, draw_busy, draw_count
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.state import State

COUNT_S = 3.0
_LEARN_S = 1.5
_GIVE_UP_S = 20.0
_LATE_S = 2.0
"""A count that is over for so long was left for another app: whoever comes back stands in the picture."""
INSIST_S = 30.0
"""Whoever begins again so soon after being told to step out means it."""


class Stage(StrEnum):
    """How far it is."""

    IDLE = "idle"
    COUNTING = "counting"
    LEARNING = "learning"


class Learner:
    """Times are monotonic seconds. `button` is what begins it, for its words."""

    def __init__(self, button: str) -> None:
        self.stage = Stage.IDLE
        self.learned = False
        """Whether the last learning came to a plate."""
        self._button = button
        self._since = 0.0
        self._job = ""
        self._told_to_step_out = float("-inf")

    def start(self, now: float) -> None:
        """Begins to count."""
        self.stage, self._since, self.learned = Stage.COUNTING, now, False

    def stop(self) -> None:
        """Gives up counting; what is being learned is learned."""
        self.stage = Stage.IDLE

    def over(self, now: float) -> float:
        """The part of the countdown that is over, 0 to 1."""
        return min(1.0, (now - self._since) / COUNT_S) if self.stage is Stage.COUNTING else 1.0

    def turn(self, state: State, now: float) -> Action | None:
        """Asks segment when the count is over; idle again once there is a plate, or a word on why there is none."""
        if self.stage is Stage.COUNTING and now - self._since > COUNT_S + _LATE_S:
            self.stop()
        if self.stage is Stage.COUNTING and now - self._since >= COUNT_S:
            self.stage, self._since, self._job = Stage.LEARNING, now, ""
            insist = now - self._told_to_step_out <= INSIST_S + COUNT_S
            return Ask("segment", LearnPlate(_LEARN_S, insist), self._hear)
        return self._follow(state, now) if self.stage is Stage.LEARNING else None

    def _hear(self, reply: Reply | None) -> None:
        """Segment's answer; what it refuses is said by whoever asked it."""
        if isinstance(reply, Accepted):
            self._job = reply.job
        else:
            self.stage = Stage.IDLE

    def _follow(self, state: State, now: float) -> Say | None:
        plate, refused = state.plate, state.refused_plate
        if self._job and plate is not None and plate.job == self._job:
            self.stage, self.learned = Stage.IDLE, True
        elif now - self._since > _GIVE_UP_S:
            self.stage = Stage.IDLE
            return Say(Sentence(f"segment did not finish. Press {self._button} to learn the room again.", Level.WARN))
        elif self._job and refused is not None and refused.job == self._job:
            self.stage = Stage.IDLE
            return self._refused(refused, now)
        return None

    def _refused(self, plate: Plate, now: float) -> Say:
        words = plate.health.words
        if plate.health.state is PlateState.OCCUPIED:
            self._told_to_step_out = now
            words += f" Then press {self._button} again: the second time it is kept as it is."
        return Say(Sentence(words, Level.WARN))

    def draw(self, canvas: Canvas, now: float) -> None:
        """Countdown or "Updating" over the picture."""
        if self.stage is Stage.COUNTING:
            left = COUNT_S * (1 - self.over(now))
            words = "then the empty room is learned"
            draw_count(canvas, Count(left, COUNT_S, "Step out of the picture", words, dims=True))
        elif self.stage is Stage.LEARNING:
            draw_busy(canvas, "Updating", "stay out of the picture a moment longer", now)
