"""How a training tells of itself: a progress bar for a person, a line of JSON for the service that started it."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Self

import click
from tqdm import tqdm

from common.messages import TrainingPoint, TrainingState

LINES_EVERY_S = 0.25


@dataclass(frozen=True)
class Progress:
    """Where a training stands, see common.messages.Training. `preview` is the path of the latest picture, empty while
    there is none."""

    state: TrainingState
    iteration: int
    iterations: int
    words: str
    loss: float | None = None
    eta_s: float | None = None
    iou_before: float | None = None
    iou_after: float | None = None
    weights_id: str = ""
    preview: str = ""
    regression_before: float | None = None
    regression_after: float | None = None
    frames_aside: int = 0
    curve: tuple[TrainingPoint, ...] = ()
    swapped: bool = False
    run: str = ""

    def to_line(self) -> str:
        points = [(point.iteration, round(point.loss, 6), point.iou) for point in self.curve]
        return json.dumps(asdict(replace(self, curve=())) | {"curve": points})

    @classmethod
    def from_line(cls, line: str) -> Self | None:
        """None for a line that is no progress."""
        try:
            values = json.loads(line)
            curve = tuple(TrainingPoint(*point) for point in values["curve"])
            return cls(**{**values, "state": TrainingState(values["state"]), "curve": curve})
        except (ValueError, TypeError, KeyError):
            return None


Report = Callable[[Progress], None]


def both(one: Report, other: Report) -> Report:
    """Tells either, in this order."""

    def tell(progress: Progress) -> None:
        one(progress)
        other(progress)

    return tell


class Bar:
    """A progress bar on stderr, with loss, IoU and the time left; new words stand above it."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None
        self._words = ""

    def __call__(self, progress: Progress) -> None:
        if progress.state is TrainingState.FAILED:
            if self._bar is not None:
                self._bar.close()
            return  # the command itself says why
        if self._bar is None:
            self._bar = tqdm(total=progress.iterations, initial=progress.iteration, unit="step", file=sys.stderr)
        if progress.state is TrainingState.RUNNING and progress.words != self._words:
            self._bar.write(progress.words, file=sys.stderr)
            self._words = progress.words
        self._bar.update(progress.iteration - self._bar.n)
        shown = {"loss": progress.loss, "IoU before": progress.iou_before, "after": progress.iou_after}
        self._bar.set_postfix({name: f"{value:.4f}" for name, value in shown.items() if value is not None})
        if progress.state is not TrainingState.RUNNING:
            self._bar.close()
            click.echo(progress.words)


class Lines:
    """JSON lines on stdout, a few a second at most; changes of state always. That nobody listens any more, as when the
    service died, is no reason to lose the training."""

    def __init__(self) -> None:
        self._at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.state is TrainingState.RUNNING and progress.iteration > 0 and now - self._at < LINES_EVERY_S:
            return
        self._at = now
        try:
            click.echo(progress.to_line())
        except BrokenPipeError:
            fall_silent()


def fall_silent() -> None:
    """What is written to stdout from now on is lost, what it still holds as well."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
