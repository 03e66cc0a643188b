"""`bgsub-trainer --iters N`: one training in this process, then the swap. Also what the service runs as its child."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from common.errors import UserError
from common.messages import TrainingState
from services.trainer.order import Order
from services.trainer.report import Progress, Report
from services.trainer.run_folder import RunFolder
from services.trainer.swap import gain, swap
from services.trainer.tuning import Outcome, Tuning

PR_SET_PDEATHSIG = 1  # prctl(2)
NICENESS = 10
INTERRUPTED = 130


@dataclass(frozen=True)
class Ways:
    """How a training is run, apart from what is trained."""

    runs: Path
    resume: bool
    swap: bool
    force: bool
    threads: int


def train_once(order: Order, ways: Ways, report: Report) -> int:
    """The exit code: 0 done, 130 interrupted and saved. Raises UserError for anything a person must mend."""
    stopping = stop_on_signals()
    cv2.setNumThreads(1)
    folder = RunFolder.latest(ways.runs) if ways.resume else None
    order = folder.order() if folder else order
    try:
        tuning = Tuning(order, ways.runs, ways.threads, folder)
        outcome = tuning.train(report, stopping)
    except UserError as error:
        report(Progress(TrainingState.FAILED, 0, order.iterations, error.message))
        raise
    except OSError as error:
        words = f"{error.filename or ways.runs}: {error.strerror}; what was saved before is whole."
        report(Progress(TrainingState.FAILED, 0, order.iterations, words))
        raise UserError(words) from None
    report(summary(tuning, outcome, ways))
    return 0 if outcome.finished else INTERRUPTED


def summary(tuning: Tuning, outcome: Outcome, ways: Ways) -> Progress:
    """The last word, after the swap."""
    state, words = TrainingState.DONE, f"{gain(outcome)}. Saved in {outcome.folder}."
    if not outcome.finished:
        state, words = TrainingState.STOPPED, f"Stopped. {words} --resume goes on."
    elif ways.swap:
        words = f"{words} {swap(outcome, ways.force)}"
    step, total = tuning.run.step, tuning.order.iterations
    before, after = outcome.iou_before, outcome.iou_after
    return Progress(state, step, total, words, iou_before=before, iou_after=after, weights_id=outcome.weights.id)


def stop_on_signals() -> Callable[[], bool]:
    """True once Ctrl-C or SIGTERM came; a second Ctrl-C ends at once."""
    asked: list[int] = []

    def note(number: int, _frame: object) -> None:
        if asked:
            signal.signal(number, signal.SIG_DFL)
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(asked)


def step_back() -> None:
    """A training that a service started goes behind everything live, and ends when its service is gone (Linux)."""
    os.nice(NICENESS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
