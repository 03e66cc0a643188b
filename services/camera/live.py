"""Sources that give pictures when they please: webcams and streams.

A read may hang as long as a driver or a network likes, and so may opening. Both happen in a thread of their own that
leaves the newest frame in a slot, so that the main loop, and with it the heartbeat, never waits for a device.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from common.clock import now_ns
from common.messages import Image
from services.camera.source import EndedError, LostError, Picture

QUIET_S = 2.0
"""Without a new frame for this long a device counts as lost."""
OPENING_S = 8.0
"""The same before its first frame: some webcams take seconds to wake."""
MOST_STUCK = 4
"""Readers left behind in calls that never return; beyond that the driver is not asked again until one returns."""


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def isOpened(self) -> bool: ...  # noqa: N802
    def read(self) -> tuple[bool, Any]: ...
    def get(self, prop: int, /) -> float: ...
    def set(self, prop: int, value: float, /) -> bool: ...
    def release(self) -> None: ...


class Slot:
    """Holds the newest frame between the thread that reads and the loop that publishes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: tuple[Image, int] | None = None
        self._over: LostError | EndedError | None = None
        self._new_at = time.monotonic()
        self.frames = 0

    def put(self, image: Image) -> None:
        with self._changed:
            self._newest = (image, now_ns())
            self._new_at = time.monotonic()
            self.frames += 1
            self._changed.notify()

    def end(self, over: LostError | EndedError) -> None:
        with self._changed:
            self._over = over
            self._changed.notify()

    def take(self, timeout_s: float) -> tuple[Image, int] | None:
        """The newest frame and when it was captured, each once; None when there is none yet. Raises what ended it."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._over, timeout_s)
            taken, self._newest = self._newest, None
            if taken is None and self._over is not None:
                raise self._over
            return taken

    def quiet_s(self) -> float:
        """Seconds since the last new frame, or since the start."""
        return time.monotonic() - self._new_at


class LiveSource:
    """A webcam or a stream."""

    live = True
    rate_hz = 0.0

    def __init__(
        self,
        name: str,
        open_capture: Callable[[], Capture],
        describe: Callable[[Capture], str],
        *,
        mirrors: bool,
        webcam: Path | None = None,
        why: Callable[[], str] = lambda: "",
        quiet_s: float = QUIET_S,
    ) -> None:
        """`open_capture`, `describe`, which puts what was opened into words, and `why`, which finds out what is wrong
        once it is lost, run in the reading thread.

        Raises LostError where MOST_STUCK earlier readers of this name still hang.
        """
        if sum(thread.name == _thread_name(name) for thread in threading.enumerate()) >= MOST_STUCK:
            raise LostError(f"The driver of {name} does not answer. Unplug it and plug it in again.")
        self.device = name
        self.mirrors = mirrors
        self.webcam = webcam
        self._name = name
        self._open_capture, self._describe, self._why = open_capture, describe, why
        self._quiet_s = quiet_s
        self._slot = Slot()
        self._stop = threading.Event()
        threading.Thread(target=self._run, name=_thread_name(name), daemon=True).start()

    def read(self, timeout_s: float) -> Picture | None:
        """The newest frame that was not taken yet. Raises LostError once there was no new one for QUIET_S."""
        taken = self._slot.take(timeout_s)
        if taken is not None:
            return Picture(taken[0], self._name, self._slot.frames - 1, taken[1])
        limit_s = self._quiet_s if self._slot.frames else max(OPENING_S, self._quiet_s)
        if self._slot.quiet_s() > limit_s:
            raise LostError(f"{self._name} gave no new frame for {limit_s:g} s. Check its cable.")
        return None

    def close(self) -> None:
        """Tells the reader to end; it lets go of the device when its read returns."""
        self._stop.set()

    def _run(self) -> None:
        capture: Capture | None = None
        try:
            capture = self._open_capture()
            self._read_on(capture)
        except cv2.error as error:
            self._slot.end(LostError(f"OpenCV failed on {self._name}: {error.err or error}."))
        except (LostError, EndedError) as over:
            self._slot.end(over)
        finally:
            if capture is not None:
                capture.release()

    def _read_on(self, capture: Capture) -> None:
        if not capture.isOpened():
            raise LostError(self._because(f"{self._name} cannot be opened.", _advice(self.mirrors)))
        self.device = self._describe(capture)
        # a URL may name a file, which comes as fast as the network is
        ends = not self.mirrors and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
        pace_s = 1 / max(1.0, capture.get(cv2.CAP_PROP_FPS)) if ends else 0.0
        last: Image | None = None
        while not self._stop.wait(pace_s):
            read, image = capture.read()
            if not read:
                raise EndedError if ends else LostError(self._because(f"{self._name} stopped giving frames."))
            image = np.asarray(image, np.uint8)
            # a sensor has noise: a webcam that repeats itself to the last bit hangs in its driver
            if last is None or not self.mirrors or not np.array_equal(image, last):
                self._slot.put(image)
            last = image

    def _because(self, what: str, advice: str = "") -> str:
        return f"{what} {self._why() or advice}".strip()


def _thread_name(name: str) -> str:
    return f"read {name}"


def _advice(webcam: bool) -> str:
    if webcam:
        return (
            "Is it plugged in, and free of other programs? `bgsub-camera --list-devices` names the webcams there are."
        )
    return "Is the address right, and its server up?"
