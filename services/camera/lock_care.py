"""Answers LockCamera and UnlockCamera: a thread that talks to the driver, so that the main loop never waits for it."""

import queue
import threading
from pathlib import Path
from typing import Protocol

import cv2

from common.messages import Done, Image, LockCamera, Refused, Reply, Request
from services.camera.locks import Locks, Outcome, in_words

FIND_ANEW_S = 1.5
"""What a webcam is given to find its exposure again after it was held: most take about a second."""
SETTLE_S = 0.4
"""How long after the order the picture is judged: an order shows within some frames."""
BRIGHTER, TINTED = 1.25, 1.15
"""An empty scene whose brightness or tint changes by such a factor was changed by the order, not by the scene."""
END_S = 2.0

Colour = tuple[float, float, float]


class Ask(Protocol):
    """A request that waits for its reply, see common.control.Call."""

    @property
    def request(self) -> Request: ...
    def reply(self, reply: Reply) -> None: ...


class LockCare:
    """For the main loop: `take` what is asked, `see` the frames, and `turn` each time round."""

    def __init__(self, locks: Locks, *, wanted: bool, patience: float = 1.0) -> None:
        """`wanted` is false with `--no-lock`. `patience` scales the waits, for tests."""
        self._locks = locks
        self._wanted = wanted
        self._patience = patience
        self._asked: queue.SimpleQueue[tuple[Ask, Path | None] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Ask, Reply]] = queue.SimpleQueue()
        self._image: Image | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="locks", daemon=True)
        self._thread.start()

    @property
    def words(self) -> str:
        """What is held, for the status; empty where nothing is."""
        return in_words(self._locks.outcomes).rstrip(".")

    def take(self, call: Ask, webcam: Path | None) -> None:
        """LockCamera or UnlockCamera, for the webcam that films now, if one does."""
        self._asked.put((call, webcam))

    def see(self, image: Image) -> None:
        """The newest frame."""
        self._image = image

    def turn(self) -> None:
        """Sends the answers there are."""
        while not self._done.empty():
            call, reply = self._done.get()
            call.reply(reply)

    def close(self) -> None:
        """Gives everything back; a driver that hangs is left to the next start."""
        self._closing.set()
        self._asked.put(None)
        self._thread.join(END_S)

    def _run(self) -> None:
        while asked := self._asked.get():
            call, webcam = asked
            self._done.put((call, self._answer(call, webcam)))
        self._locks.restore()

    def _answer(self, call: Ask, webcam: Path | None) -> Reply:
        held_before = self._locks.restore()
        if not isinstance(call.request, LockCamera):
            return Done("The webcam sets itself again." if held_before else "", {"locked": ""})
        if webcam is None or not self._wanted:
            return Done("", {"locked": ""})
        if held_before:
            self._closing.wait(FIND_ANEW_S * self._patience)
        try:
            return self._lock(webcam)
        except OSError as error:
            return Refused(f"Nothing of {webcam} could be held: {error.strerror or error}.")

    def _lock(self, webcam: Path) -> Reply:
        before = self._colour()
        self._locks.hold(webcam)
        self._closing.wait(SETTLE_S * self._patience)
        outcomes = self._locks.confirm(webcam)
        for word in jumped(before, self._colour()):
            if outcomes.get(word) is Outcome.HELD:
                outcomes = self._locks.let_go(word, Outcome.JUMPED)
        held = ",".join(word for word, outcome in outcomes.items() if outcome is Outcome.HELD)
        return Done(in_words(outcomes), {"locked": held})

    def _colour(self) -> Colour | None:
        """Mean blue, green and red of the newest frame."""
        if self._image is None:
            return None
        blue, green, red, _ = cv2.mean(self._image[::8, ::8])
        return blue, green, red


def jumped(before: Colour | None, after: Colour | None) -> list[str]:
    """What must have changed between two mean colours of one scene: exposure, white balance, both or nothing."""
    if before is None or after is None:
        return []
    factors = [(new + 4) / (old + 4) for old, new in zip(before, after, strict=True)]
    brightness = sum(factors) / 3
    tint = max(factors) / min(factors)
    found = []
    if not 1 / BRIGHTER < brightness < BRIGHTER:
        found.append("exposure")
    if tint > TINTED:
        found.append("white balance")
    return found
