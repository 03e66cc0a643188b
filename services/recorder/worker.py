"""The recorder's states: idle, counting down, learning a plate, and how the last capture ended."""

import math
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from msgspec.structs import replace

from common.errors import UserError
from common.messages import (
    Accepted,
    CancelCapture,
    Capture,
    Done,
    Frame,
    Image,
    Plate,
    Recording,
    RecordingState,
    RecordingTarget,
    Refused,
    Reply,
    Request,
    UndoSave,
)
from common.service import Vitals
from common.settings import RecorderSettings
from services.recorder.plate import Ask, Clock, Occupied, Own, PlateHunt
from services.recorder.shelf import Saved, Shelf

LONGEST_S = 600.0
FRESH_S = 1.0
"""A picture older than this is not the present."""
INSIST_S = 30.0
"""Whoever presses Bkg again so soon after being told to step out means it."""
_BUSY = (RecordingState.COUNTDOWN, RecordingState.LEARNING)


class Recorder:
    """Counts down and saves; knows no bus. `ask` sends a request to segment without waiting for its answer."""

    def __init__(
        self, settings: RecorderSettings, shelf: Shelf, learn_seconds: float, ask: Ask, clock: Clock = time.monotonic
    ) -> None:
        """Raises UserError when the chosen set's folder leads out of the folder of sets."""
        self._seconds = {
            RecordingTarget.PLATE: settings.bkg_seconds,
            RecordingTarget.FRAME: settings.sav_seconds,
        }
        self._shelf = shelf
        self._learn_seconds = learn_seconds
        self._ask = ask
        self._clock = clock
        self._aside = ThreadPoolExecutor(1, "save")
        self._saving: Future[Saved] | None = None
        self._hunt: PlateHunt | None = None
        self._frame: Frame | None = None
        self._due, self._frame_at, self._told_to_step_out = -math.inf, -math.inf, -math.inf
        has_plate, frames = shelf.contents(settings.set) if settings.set else (False, 0)
        self._now = self._before = Recording(
            RecordingState.IDLE,
            RecordingTarget.FRAME,
            0,
            0,
            settings.set,
            has_plate,
            frames,
            saved="",
            words="",
            job="",
            shots=shelf.shots(settings.set) if settings.set else (),
        )

    def handle(self, request: Request) -> Reply:
        """Begins or cancels a capture, takes back the last one, or says in words why not."""
        if isinstance(request, CancelCapture):
            return self._cancel()
        if isinstance(request, UndoSave):
            return self._undo()
        if not isinstance(request, Capture):
            return Refused(f"The recorder has no use for {type(request).__name__}.")
        seconds = self._seconds[request.target] if request.seconds is None else request.seconds
        if self._now.state in _BUSY:
            return Refused("One thing at a time: a capture is under way.")
        if not 0 <= seconds <= LONGEST_S:
            return Refused(f"A countdown takes 0 to {LONGEST_S:g} seconds, not {seconds:g}.")
        if self._present() is None:
            return Refused("No picture comes from the camera, so there is nothing to save. Is it plugged in?")
        try:
            return self._begin(request.target, seconds)
        except (UserError, OSError) as error:
            return Refused(self._shelf.in_words(error))

    def see(self, frame: Frame) -> None:
        """The newest frame."""
        self._frame, self._frame_at = frame, self._clock()
        if self._hunt is not None:
            self._hunt.see(frame)

    def hear(self, plate: Plate) -> None:
        """A plate that segment published."""
        if self._hunt is not None:
            self._hunt.hear(plate)

    def turn(self) -> Recording:
        """Moves on as far as time and answers allow; what is going on now."""
        if self._saving is not None:
            self._finish_saving(self._saving)
        elif self._hunt is not None:
            self._follow(self._hunt)
        elif self._now.state is RecordingState.COUNTDOWN and self._clock() >= self._due:
            self._countdown_over()
        if self.busy:
            self._note(seconds_left=max(0.0, self._due - self._clock()))
        return self._now

    @property
    def busy(self) -> bool:
        """Whether a capture is under way."""
        return self._now.state in _BUSY

    def vitals(self) -> Vitals:
        """What went wrong last, until the next capture."""
        return Vitals(error=self._now.words if self._now.state is RecordingState.FAILED else "")

    def close(self) -> None:
        """Waits for a file that is being written."""
        self._aside.shutdown()

    def _note(self, **changes: Any) -> None:
        self._now = replace(self._now, **changes)

    def _begin(self, target: RecordingTarget, seconds: float) -> Reply:
        number = self._shelf.number_for(target, self._now.set_number)
        has_plate, frames = self._shelf.contents(number)
        job = uuid.uuid4().hex
        self._before = self._now
        self._due = self._clock() + seconds
        self._note(state=RecordingState.COUNTDOWN, target=target, seconds_total=seconds, words="", job=job)
        self._note(set_number=number, has_plate=has_plate, frames=frames)
        if number != self._before.set_number:
            self._note(shots=())
        what = "The plate" if target is RecordingTarget.PLATE else "A frame"
        return Accepted(job, f"{what} of set{number} in {seconds:g} s.")

    def _cancel(self) -> Reply:
        if not self.busy or self._saving is not None:
            return Refused("Nothing is counting down.")
        self._hunt = None
        self._back(RecordingState.IDLE, "Cancelled.")
        return Done("Cancelled.", {})

    def _undo(self) -> Reply:
        if self.busy:
            return Refused("A capture is under way. Undo once it is over.")
        if not self._now.set_number:
            return Refused("Nothing was saved since the start, so there is nothing to take back.")
        try:
            took = self._shelf.take_back(self._now.set_number)
        except (UserError, OSError) as error:
            return Refused(self._shelf.in_words(error))
        self._note(state=RecordingState.IDLE, seconds_left=0.0, saved="", words=took.words, job=uuid.uuid4().hex)
        self._note(has_plate=took.has_plate, frames=took.frames, shots=took.shots)
        return Done(took.words, {"path": str(took.path)})

    def _present(self) -> Image | None:
        fresh = self._clock() - self._frame_at <= FRESH_S
        return self._frame.image if self._frame is not None and fresh else None

    def _countdown_over(self) -> None:
        if self._now.target is RecordingTarget.PLATE:
            self._start_hunt()
            return
        image = self._present()
        if image is None:
            self._failed("Nothing was saved: the picture from the camera stopped.")
        else:
            self._saving = self._aside.submit(self._shelf.save_frame, self._now.set_number, image)

    def _start_hunt(self) -> None:
        insist = self._clock() - self._told_to_step_out <= INSIST_S + self._now.seconds_total
        self._hunt = PlateHunt(self._ask, self._learn_seconds, insist, self._clock)
        self._due = self._clock() + self._learn_seconds
        self._note(state=RecordingState.LEARNING, seconds_total=self._learn_seconds, words="Learning the plate.")

    def _follow(self, hunt: PlateHunt) -> None:
        outcome = hunt.outcome()
        if outcome is None:
            return
        self._hunt = None
        if isinstance(outcome, Occupied):
            self._told_to_step_out = self._clock()
            self._failed(f"{outcome.words} Then press Bkg again: the second time it is kept as it is.")
        elif isinstance(outcome, Own) and not outcome.images:
            self._failed(f"Nothing was saved: no picture came to learn the plate from, and {outcome.words}.")
        else:
            self._saving = self._aside.submit(self._shelf.save_plate, self._now.set_number, outcome)

    def _finish_saving(self, saving: "Future[Saved]") -> None:
        if not saving.done():
            return
        self._saving = None
        try:
            saved = saving.result()
        except (UserError, OSError) as error:
            self._failed(f"Nothing was saved: {self._shelf.in_words(error)}")
            return
        self._note(state=RecordingState.SAVED, seconds_left=0.0, saved=str(saved.path), words=saved.words)
        self._note(set_number=saved.number, has_plate=saved.has_plate, frames=saved.frames, shots=saved.shots)

    def _failed(self, words: str) -> None:
        self._back(RecordingState.FAILED, words)

    def _back(self, state: RecordingState, words: str) -> None:
        """Nothing came of it: the set is the one from before."""
        old = self._before
        self._note(set_number=old.set_number, has_plate=old.has_plate, frames=old.frames, shots=old.shots)
        self._note(state=state, seconds_left=0.0, words=words)
