"""Where a new plate comes from: from segment, which will use it, and only without segment from the recorder itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from common import plates
from common.control import ControlTimeoutError
from common.messages import Accepted, Frame, Image, LearnPlate, Plate, PlateState, Refused, Reply, Request

AFTERWARDS_S = 15.0
"""What segment may take beyond the burst: a slow camera's frames, then the learning itself."""

Clock = Callable[[], float]


class PendingReply(Protocol):
    """An answer that may not be there yet; asking for it raises ControlTimeoutError when it is overdue."""

    def reply(self) -> Reply | None: ...


Ask = Callable[[Request], PendingReply]


@dataclass(frozen=True, slots=True)
class Given:
    """Segment's plate."""

    image: Image


@dataclass(frozen=True, slots=True)
class Own:
    """Segment gave none; these are the frames of the same seconds, and why they are needed."""

    images: list[Image]
    words: str


@dataclass(frozen=True, slots=True)
class Occupied:
    """Segment found that somebody stood in the picture."""

    words: str


Outcome = Given | Own | Occupied


class PlateHunt:
    """One LearnPlate asked of segment, with frames kept aside in case it comes to nothing. It never waits."""

    def __init__(self, ask: Ask, seconds: float, insist: bool, clock: Clock = time.monotonic) -> None:
        self._burst = plates.Burst(seconds)
        self._clock = clock
        self._give_up = clock() + seconds + AFTERWARDS_S
        self._pending: PendingReply | None = ask(LearnPlate(seconds, insist))
        self._job = ""
        self._why = ""
        self._heard: dict[str, Plate] = {}

    def see(self, frame: Frame) -> None:
        """Keeps the frame for a plate of our own, if one is due."""
        self._burst.add(frame.image, self._clock())

    def hear(self, plate: Plate) -> None:
        """Takes note of what segment tells of a job, which may be here before we know the job's name.

        After a refusal segment tells at once what it goes on with: each job has a place of its own.
        """
        self._heard[plate.job] = plate

    def outcome(self) -> Outcome | None:
        """What came of it; None while that is open."""
        self._read_reply()
        if self._job and self._job in self._heard:
            return self._judged(self._heard[self._job])
        late = self._clock() > self._give_up
        if late or (self._why and self._burst.over(self._clock())):
            return Own(self._burst.images, self._why or "segment did not finish")
        return None

    def _judged(self, plate: Plate) -> Outcome:
        if plate.frames > 0:
            return Given(plate.image)
        if plate.health.state is PlateState.OCCUPIED:
            return Occupied(plate.health.words)
        return Own(self._burst.images, plate.health.words)

    def _read_reply(self) -> None:
        if self._pending is None:
            return
        try:
            reply = self._pending.reply()
        except ControlTimeoutError:
            reply = Refused("segment does not answer")
        if reply is None:
            return
        self._pending = None
        if isinstance(reply, Accepted):
            self._job = reply.job
        else:
            self._why = getattr(reply, "words", "segment gave an answer that does not fit")
