"""`bgsub-trainer --iters N`: one training in this process, then the swap. Also what the service runs as its child."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from common.errors import UserError
from common.messages import TrainingState
from services.trainer.ending import stop_on_signals
from services.trainer.order import Order
from services.trainer.report import Progress, Report
from services.trainer.run_folder import RunFolder
from services.trainer.swap import gain, left_alone, swap
from services.trainer.tuning import Outcome, Tuning

INTERRUPTED = 130
LATEST = "latest"


@dataclass(frozen=True)
class Ways:
    """How a training is run, apart from what is trained. `resume` is a run's folder, LATEST, or empty."""

    runs: Path
    resume: str
    swap: bool
    force: bool
    threads: int


def train_once(order: Order, ways: Ways, report: Report) -> int:
    """The exit code: 0 done, 130 interrupted and saved. Raises UserError for anything a person must mend."""
    stopping = stop_on_signals()
    cv2.setNumThreads(1)
    try:
        folder = earlier(ways)
        order = folder.order() if folder else order
        tuning = Tuning(order, ways.runs, ways.threads, folder)
        outcome = tuning.train(report, stopping)
    except UserError as error:
        report(Progress(TrainingState.FAILED, 0, order.iterations, error.message))
        raise
    except OSError as error:
        # files are written aside, by names that say nothing to a person
        where = Path(error.filename).parent if error.filename else ways.runs
        kept = "; what was saved before is whole" if where.exists() else ""
        words = f"{where}: {error.strerror}{kept}."
        report(Progress(TrainingState.FAILED, 0, order.iterations, words))
        raise UserError(words) from None
    report(summary(tuning, outcome, ways))
    return 0 if outcome.finished else INTERRUPTED


def earlier(ways: Ways) -> RunFolder | None:
    """The run to go on with; raises UserError where it is not there."""
    if not ways.resume:
        return None
    return RunFolder.latest(ways.runs) if ways.resume == LATEST else RunFolder.existing(Path(ways.resume))


def summary(tuning: Tuning, outcome: Outcome, ways: Ways) -> Progress:
    """The last word, after the swap."""
    words = f"{gain(outcome)}. Saved in {outcome.folder}."
    told = replace(tuning.told, eta_s=None, weights_id=outcome.weights.id)
    if outcome.after:
        told = replace(told, iou_after=outcome.after.own, regression_after=outcome.after.regression)
    if not outcome.finished:
        return replace(told, state=TrainingState.STOPPED, words=f"Stopped. {words} --resume goes on.")
    if not ways.swap:
        return replace(told, state=TrainingState.DONE, words=f"{words} {left_alone(outcome)}")
    swapped = swap(outcome, ways.force, tuning.judged)
    return replace(told, state=TrainingState.DONE, words=f"{words} {swapped.words}", swapped=swapped.done)
