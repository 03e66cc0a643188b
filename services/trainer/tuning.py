"""One training on a person's own sets, from the first look at the files to weights that are better, or not."""

import time
from collections.abc import Callable
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
from services.trainer.judge import Judge, Scores, better
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
    """What came out. `weights` are the best; None for `after` where no step was taken."""

    weights: Weights
    folder: Path
    before: Scores
    after: Scores | None
    finished: bool
    judged_on_seen: bool


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
        self.best_scores: Scores | None = None
        self.run = self._new_run()
        self.folder = resume or RunFolder.fresh(runs, order, self.material, self.start)
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
        self._tell(report)
        self.before = self._judge(self.start)
        earlier = self.folder.best()
        self.best, self.best_scores = earlier if earlier else (self.start, None)
        aside = 0 if self.material.judged_on_seen else len(self.material.aside)
        self._tell(report, iou_before=self.before.own, regression_before=self.before.regression, frames_aside=aside,
                   run=str(self.folder.path))  # fmt: skip
        began, first, saved = time.monotonic(), self.run.step, time.monotonic()
        while self.run.step < self.order.iterations and not stopping():
            loss = self._step(report)
            due = self.run.step % max(LEAST_APART, self.order.iterations // SCORED_TIMES) == 0
            last = self.run.step == self.order.iterations
            self.folder.add(Row(self.run.step, loss, self._score(report, last) if due or last else None))
            pace = (time.monotonic() - began) / (self.run.step - first)
            self._tell(report, loss=loss, eta_s=pace * (self.order.iterations - self.run.step))
            if time.monotonic() - saved > SAVE_EVERY_S:
                self._save()
                saved = time.monotonic()
        return self._end(report)

    def _end(self, report: Report) -> Outcome:
        finished = self.run.step >= self.order.iterations
        self._save()
        if not finished and self.run.step:
            self._tell(report, words="Stopping: all is saved, and what was learned so far is scored.")
            # told, and perhaps the best; a row of its own would not be in an unbroken run
            self._score(report, last=True)
        return Outcome(self.best, self.folder.path, self.before, self.best_scores, finished,
                       self.material.judged_on_seen)  # fmt: skip

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

    def _score(self, report: Report, last: bool) -> Scores:
        """Of the averaged weights, which are kept where they are the best; and a preview of them. At the last also of
        those that are not drawn back to the start: where that was bad, they are the better ones."""
        weights = self.run.weights()
        scores = self._judge(weights)
        if last and self.run.recipe.kept:
            bolder = self.run.weights(kept=0.0)
            theirs = self._judge(bolder)
            if better(self.before, scores, theirs):
                weights, scores = bolder, theirs
        if better(self.before, self.best_scores, scores):
            self.best, self.best_scores = weights, scores
            self.folder.keep_best(weights, scores)
        shown = self.folder.keep_preview(self.run.step, preview(weights, self.material.aside, self.threads))
        self._tell(
            report,
            iou_after=scores.own,
            regression_after=scores.regression,
            preview=str(shown),
            weights_id=weights.id,
        )
        return scores

    def _save(self) -> None:
        self.folder.keep_weights("last", self.run.weights())
        self.folder.keep_state(self.run.state())

    def _tell(self, report: Report, **news: object) -> None:
        curve = self.folder.curve.points
        self.told = replace(self.told, iteration=self.run.step, curve=curve, **news)  # type: ignore[arg-type]
        report(self.told)
