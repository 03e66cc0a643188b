"""From what a training says of itself to the message that everybody sees."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from common.control import ControlTimeoutError, ask, reachable
from common.errors import UserError
from common.messages import Done, Image, TellTraining, Training, TrainingState
from common.sets import read_image
from services.trainer.report import Progress

EVERY_S = 1.0
WITHIN_S = 0.5
"""A training is not held up for longer by a service that does not answer, ..."""
AGAIN_S = 10.0
"""... and that seldom."""
LAST_WITHIN_S = 5.0
"""Of the end, which nobody tells again."""
SILENT_S = 120.0
"""After which a training that runs elsewhere counts as gone: scoring takes a while on a busy machine."""


@dataclass
class Teller:
    """Makes messages of one training's progress."""

    job: str
    _path: str = ""
    _preview: Image | None = None

    def message(self, progress: Progress) -> Training:
        if progress.preview != self._path:
            self._path, self._preview = progress.preview, picture(progress.preview)
        return Training(
            state=progress.state,
            job=self.job,
            iteration=progress.iteration,
            iterations=progress.iterations,
            loss=progress.loss,
            eta_s=progress.eta_s,
            iou_before=progress.iou_before,
            iou_after=progress.iou_after,
            weights_id=progress.weights_id,
            words=progress.words,
            preview=self._preview,
            regression_before=progress.regression_before,
            regression_after=progress.regression_after,
            frames_aside=progress.frames_aside,
            curve=progress.curve,
            swapped=progress.swapped,
            run=progress.run,
        )


def picture(path: str) -> Image | None:
    """A preview that is gone is not worth a failure."""
    try:
        return read_image(Path(path)) if path else None
    except UserError:
        return None


class Relay:
    """A report that goes to the trainer service where one is up, which publishes it: a topic has one publisher."""

    def __init__(self, job: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._teller = Teller(job)
        self._clock = clock
        self._next = -AGAIN_S

    def __call__(self, progress: Progress) -> None:
        if progress.state is TrainingState.RUNNING and self._clock() < self._next:
            return
        self._next = self._clock() + (EVERY_S if self._told(progress) else AGAIN_S)

    def _told(self, progress: Progress) -> bool:
        if not reachable("trainer"):
            return False
        within_s = WITHIN_S if progress.state is TrainingState.RUNNING else LAST_WITHIN_S
        try:
            return isinstance(ask("trainer", TellTraining(self._teller.message(progress)), within_s), Done)
        except ControlTimeoutError:
            return False


class Elsewhere:
    """The training that another process tells the service of."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: Training | None = None
        self._heard = 0.0
        self._news: list[Training] = []

    @property
    def running(self) -> bool:
        return self._last is not None and self._last.state is TrainingState.RUNNING

    def tell(self, training: Training) -> None:
        self._last, self._heard = training, self._clock()
        self._news.append(training)

    def news(self) -> list[Training]:
        """What was told since the last call; of one that went silent, that it has failed."""
        if self._last and self.running and self._clock() - self._heard > SILENT_S:
            words = "The training in the terminal was not heard of for two minutes; --resume goes on with it."
            self.tell(msgspec.structs.replace(self._last, state=TrainingState.FAILED, words=words))
        news, self._news = self._news, []
        return news
