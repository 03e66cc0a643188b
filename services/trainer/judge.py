"""How good weights are: on the frames kept aside, and on the built-in drawn scenes that stand for all other rooms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from common.nets.segmenter import Segmenter
from common.scores import score
from common.weights import Weights
from services.trainer import drawn
from services.trainer.stock import Pair

MAY_LOSE = 0.002  # IoU on the drawn scenes


class StoppedError(Exception):
    """The scores were not waited for."""


@dataclass(frozen=True)
class Scores:
    """Mean IoUs; `own` is None where no frame kept aside shows anybody."""

    own: float | None
    regression: float


def never() -> bool:
    return False


def mean_iou(
    weights: Weights, pairs: Sequence[Pair], threads: int, stopping: Callable[[], bool] = never
) -> float | None:
    """Through the live service's own code, over the frames that show somebody; None where none does. Raises
    StoppedError once `stopping()`, which is asked before each frame."""
    segmenter = Segmenter(weights, engine="torch", threads=threads)
    found, plate = [], None
    for pair in pairs:
        if stopping():
            raise StoppedError
        if pair.plate is not plate:
            segmenter.set_plate(pair.plate)
            plate = pair.plate
        one = score(segmenter.alpha(pair.frame), pair.truth, np.zeros(pair.truth.shape, np.bool_))
        if one.iou is not None:
            found.append(one.iou)
    return float(np.mean(found)) if found else None


class Judge:
    """Scores weights on the same frames each time."""

    def __init__(self, aside: Sequence[Pair], threads: int) -> None:
        self._aside, self._threads = aside, threads
        self._drawn = drawn.scenes()

    def __call__(self, weights: Weights, stopping: Callable[[], bool] = never) -> Scores:
        """Raises StoppedError once `stopping()`."""
        regression = mean_iou(weights, self._drawn, self._threads, stopping)
        return Scores(mean_iou(weights, self._aside, self._threads, stopping), regression or 0.0)


def harm(before: Scores, after: Scores, named: str = "before") -> str:
    """Why `after` should not take the place of `before`, which the words call `named`; empty where it should."""
    if before.own is None or after.own is None:
        return "no frame kept aside shows anybody, so the gain is not known"
    if after.own <= before.own:
        return f"no better than {named} on your own frames"
    if after.regression < before.regression - MAY_LOSE:
        lost = before.regression - after.regression
        pays = f"other rooms would pay for it (drawn scenes lose {lost:.4f} IoU)"
        return f"better than {named} on your own frames, but {pays}"
    return ""


def better(before: Scores, best: Scores | None, now: Scores) -> bool:
    """Whether `now` is the best so far: what harms other rooms comes last, then the own frames decide."""

    def rank(scores: Scores) -> tuple[bool, float]:
        return scores.regression >= before.regression - MAY_LOSE, scores.own or 0.0

    return best is None or rank(now) >= rank(best)
