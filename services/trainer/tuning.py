"""One training on a person's own sets, from the first look at the files to weights that are better, or not."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from common.errors import UserError
from common.files import write_aside
from common.messages import TrainingState
from common.nets.platenet import ARCHITECTURE
from common.weights import Story, Weights
from services.trainer.judge import Judge, Scores, StoppedError, better
from services.trainer.loop import NotFiniteError, Run, ran_out_of_memory
from services.trainer.material import Material, gather
from services.trainer.order import Order
from services.trainer.preview import preview
from services.trainer.report import Progress, Report
from services.trainer.run_folder import STATE, Row, RunFolder
from services.trainer.start import starting_weights

SCORED_TIMES = 4  # during a run
LEAST_APART = 10  # steps between two scorings
SAVE_EVERY_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What came out. `weights` are the best, with the scores `after`; None for scores that a stop left out."""

    weights: Weights
    folder: Path
    before: Scores | None
    after: Scores | None
    finished: bool
    judged_on_seen: bool
    start: str
    """The id of the weights that `before` is of."""


class Tuning:
    """Give `resume` to go on with an earlier run's folder. Raises UserError for sets or weights that won't do."""

    def __init__(self, order: Order, runs: Path, threads: int, resume: RunFolder | None = None) -> None:
        torch.set_num_threads(threads)
        self.order, self.threads = order, threads
        self.material: Material = gather(order.folders())
        if resume:
            self.start, origin = resume.start(), "where it stopped"
        else:
            self.start, origin = starting_weights(order.weights)
        self._judge = Judge(self.material.aside, threads)
        self.before: Scores | None = None
        self.run = self._new_run()
        self.folder = resume or RunFolder.fresh(runs, order, self.material, self.start)
        self.best_scores: Scores | None
        self.best, self.best_scores = self.folder.best() or (self.start, None)
        if resume:
            self._go_on(resume)
        origin = "nothing" if order.from_scratch and not resume else origin
        self._words = f"Training on {self.material.words}, from {origin}."
        self.told = Progress(TrainingState.RUNNING, self.run.step, order.iterations, self._words)

    def _go_on(self, folder: RunFolder) -> None:
        try:
            self.run.restore(folder.state())
        except (KeyError, RuntimeError):
            words = "does not fit this program's network; start a new run instead of resuming."
            raise UserError(f"{folder.path / STATE} {words}") from None
        folder.forget_after(self.run.step)

    def _new_run(self) -> Run:
        recipe = self.order.recipe(self.material.size)
        parent = "" if self.order.from_scratch else self.start.id
        story = Story(ARCHITECTURE, recipe.name, recipe.seed, data=self.material.names, parent=parent)
        return Run(recipe, self.material.stock, story, None if self.order.from_scratch else self.start)

    def train(self, report: Report, stopping: Callable[[], bool]) -> Outcome:
        """Until it is done or `stopping()`; saved either way. Raises UserError where the loss is no longer a number."""
        self._stopping = stopping
        self._save()
        self._tell(report)
        with suppress(StoppedError):
            self._learn(report)
        self._save()
        finished = self.run.step >= self.order.iterations and not self.folder.unscored
        return Outcome(self.best, self.folder.path, self.before, self.best_scores, finished,
                       self.material.judged_on_seen, self.start.id)  # fmt: skip

    def judged(self, weights: Weights) -> Scores:
        """Any other weights, on the frames that these were judged on. Raises StoppedError."""
        return self._judge(weights, self._stopping)

    def _learn(self, report: Report) -> None:
        """Raises StoppedError where a stop came while weights were scored."""
        self.before = self._judge(self.start, self._stopping)
        aside = 0 if self.material.judged_on_seen else len(self.material.aside)
        self._tell(report, iou_before=self.before.own, regression_before=self.before.regression, frames_aside=aside,
                   run=str(self.folder.path))  # fmt: skip
        self._score_where_due(report, self.before)  # a run that was stopped over its scores
        began, first = time.monotonic(), self.run.step
        while self.run.step < self.order.iterations and not self._stopping():
            loss = self._step(report)
            self.folder.add(Row(self.run.step, loss))
            pace = (time.monotonic() - began) / (self.run.step - first)
            self._tell(report, loss=loss, eta_s=pace * (self.order.iterations - self.run.step))
            self._score_where_due(report, self.before)
            if time.monotonic() - self._saved > SAVE_EVERY_S:
                self._save()

    def _score_where_due(self, report: Report, before: Scores) -> None:
        """A few times in a run, and at its last step. What was learned is saved first: a stop may not leave time."""
        last = self.run.step == self.order.iterations
        due = self.run.step % max(LEAST_APART, self.order.iterations // SCORED_TIMES) == 0
        if self.folder.unscored and (due or last):
            self._save()
            self._score(report, before, last)

    def _step(self, report: Report) -> float:
        """One step; halves the batch where memory runs out."""
        while True:
            try:
                return self.run.take_step()
            except NotFiniteError as error:
                path = self.folder.path / "bad_batch.safetensors"
                names = ("plates", "frames", "truth")
                write_aside(path, save({name: np.ascontiguousarray(getattr(error.batch, name)) for name in names}))
                self._save()
                raise UserError(f"{error}. The batch that did it is in {path}, the run so far beside it.") from None
            except (RuntimeError, MemoryError) as error:
                if not ran_out_of_memory(error):
                    raise
            if not self.run.halve():
                raise UserError("Out of memory even with a batch of one; close other programs and --resume.")
            batch = self.run.phase.plates * self.run.phase.frames
            self._tell(report, words=f"Out of memory: going on with a batch of {batch}. {self._words}")

    def _score(self, report: Report, before: Scores, last: bool) -> None:
        """Of the averaged weights, which are kept where they are the best; and a preview of them. At the last also of
        those that are not drawn back to the start: where that was bad, they are the better ones."""
        weights = self.run.weights()
        scores = self._judge(weights, self._stopping)
        if last and self.run.recipe.kept:
            bolder = self.run.weights(kept=0.0)
            theirs = self._judge(bolder, self._stopping)
            if better(before, scores, theirs):
                weights, scores = bolder, theirs
        if better(before, self.best_scores, scores):
            self.best, self.best_scores = weights, scores
            self.folder.keep_best(weights, scores)
        self.folder.score(scores)
        shown = self.folder.keep_preview(self.run.step, preview(weights, self.material.aside, self.threads))
        self._tell(
            report,
            iou_after=scores.own,
            regression_after=scores.regression,
            preview=str(shown),
            weights_id=weights.id,
        )

    def _save(self) -> None:
        self.folder.keep_weights("last", self.run.weights())
        self.folder.keep_state(self.run.state())
        self._saved = time.monotonic()

    def _tell(self, report: Report, **news: object) -> None:
        curve = self.folder.curve.points
        self.told = replace(self.told, iteration=self.run.step, curve=curve, **news)  # type: ignore[arg-type]
        report(self.told)
