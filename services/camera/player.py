"""Plays sources one after the other, each at its pace, and opens again what was lost."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from common.errors import UserError
from common.messages import ServiceState
from common.service import Vitals
from services.camera.choose import Opener
from services.camera.source import EndedError, LostError, Picture, Source

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
_MOST_BEHIND_S = 0.25

_log = logging.getLogger(__name__)


class Pace:
    """Due times at a steady rate. A short delay is caught up with, so that the rate holds; a long one is let go."""

    def __init__(self, rate_hz: float, least_hz: float) -> None:
        """Slow sources are shown several times a picture, so that frames flow at about `least_hz` or faster."""
        self.times = max(1, round(least_hz / rate_hz))
        self._period_s = 1 / (rate_hz * self.times)
        self._due = time.monotonic()

    def wait(self, timeout_s: float) -> bool:
        """Waits until the next is due, at most `timeout_s`; whether it is."""
        wait_s = self._due - time.monotonic()
        time.sleep(max(0.0, min(wait_s, timeout_s)))
        if wait_s > timeout_s:
            return False
        self._due = max(self._due, time.monotonic() - _MOST_BEHIND_S) + self._period_s
        return True


class Player:
    """The sources of one camera as a single endless one. For one thread."""

    def __init__(self, openers: Sequence[Opener], fps: float, on_reopen: Callable[[], None]) -> None:
        """`fps` is what pictures slower than that are repeated at. `on_reopen` hears of each opening after a loss."""
        self._openers = openers
        self._fps = fps
        self._on_reopen = on_reopen
        self._at = 0
        self._source: Source | None = None
        self._pace: Pace | None = None
        self._picture: Picture | None = None
        self._times_left = 0
        self._shown = 0
        self._pause_s = FIRST_PAUSE_S
        self._open_at = 0.0
        self._device = ""
        self._error = ""

    @property
    def live(self) -> bool:
        return self._source is not None and self._source.live

    @property
    def mirrors(self) -> bool:
        return self._source is not None and self._source.mirrors

    @property
    def webcam(self) -> Path | None:
        """The webcam that plays now."""
        return self._source.webcam if self._source else None

    def next(self, timeout_s: float) -> Picture | None:
        """The picture to publish now, the same one again where its source is slow; None if none in `timeout_s`.

        Never raises: what goes wrong stands in `vitals()` and the log, and is tried again with growing pauses.
        """
        try:
            source = self._source or self._open(timeout_s)
            picture = self._play(source, timeout_s) if source else None
        except EndedError:
            self._end()
        except LostError as error:
            self._lose(str(error))
        except UserError as error:
            self._lose(error.message)
        else:
            if picture is not None:
                self._well()
            return picture
        return None

    def vitals(self) -> Vitals:
        """How it goes; degraded from a loss to the next picture."""
        if self._error:
            return Vitals(ServiceState.DEGRADED, self._device, self._error)
        state = ServiceState.RUNNING if self._device else ServiceState.STARTING
        return Vitals(state, self._source.device if self._source else self._device)

    def close(self) -> None:
        """Lets go of the source."""
        if self._source is not None:
            self._source.close()
        self._source = self._pace = self._picture = None
        self._times_left = self._shown = 0

    def _open(self, timeout_s: float) -> Source | None:
        wait_s = self._open_at - time.monotonic()
        time.sleep(max(0.0, min(wait_s, timeout_s)))
        if wait_s > timeout_s:
            return None
        if self._error:
            self._on_reopen()
        source = self._source = self._openers[self._at]()
        self._pace = None if source.live else Pace(source.rate_hz, self._fps)
        return source

    def _play(self, source: Source, timeout_s: float) -> Picture | None:
        if self._pace is None:
            self._picture = source.read(timeout_s)
        elif not self._pace.wait(timeout_s):
            return None
        elif self._times_left == 0:
            self._picture = source.read(timeout_s)
            self._times_left = self._pace.times
        self._times_left = max(0, self._times_left - 1)
        self._shown += self._picture is not None
        return self._picture

    def _well(self) -> None:
        if self._error:
            _log.info("%s gives pictures again", self._source.device if self._source else self._device)
        self._error = ""
        self._pause_s = FIRST_PAUSE_S
        self._device = self._source.device if self._source else self._device

    def _end(self) -> None:
        if not self._shown:
            self._lose(f"{self._source.device if self._source else 'The source'} holds no picture that can be read.")
            return
        self.close()
        self._at = (self._at + 1) % len(self._openers)

    def _lose(self, words: str) -> None:
        """Leaves the source and sets the time of the next try: the same again if live, else the next of the list."""
        stays = self.live
        self.close()
        if not stays:
            self._at = (self._at + 1) % len(self._openers)
        self._open_at = time.monotonic() + self._pause_s
        _log.warning("%s Trying again in %g s.", words, self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._error = words
