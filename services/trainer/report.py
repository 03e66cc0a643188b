"""How a training tells of itself: a progress bar for a person, a line of JSON for the service that started it."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Self

import click
from tqdm import tqdm

from common.messages import TrainingState

LINES_EVERY_S = 0.25


@dataclass(frozen=True)
class Progress:
    """Where a training stands. `preview` is the path of the latest picture, empty while there is none."""

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

    def to_line(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self | None:
        """None for a line that is no progress."""
        try:
            values = json.loads(line)
            return cls(**{**values, "state": TrainingState(values["state"])})
        except (ValueError, TypeError, KeyError):
            return None


Report = Callable[[Progress], None]


class Bar:
    """A progress bar on stderr, with loss, IoU and the time left."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.state is TrainingState.FAILED:
            return  # the command itself says why
        if self._bar is None:
            self._bar = tqdm(total=progress.iterations, initial=progress.iteration, unit="step", file=sys.stderr)
        self._bar.update(progress.iteration - self._bar.n)
        shown = {"loss": progress.loss, "IoU before": progress.iou_before, "after": progress.iou_after}
        self._bar.set_postfix({name: f"{value:.4f}" for name, value in shown.items() if value is not None})
        if progress.state is not TrainingState.RUNNING:
            self._bar.close()
            click.echo(progress.words)


class Lines:
    """JSON lines on stdout, a few a second at most; changes of state always."""

    def __init__(self) -> None:
        self._at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.state is TrainingState.RUNNING and progress.iteration > 0 and now - self._at < LINES_EVERY_S:
            return
        self._at = now
        click.echo(progress.to_line())
