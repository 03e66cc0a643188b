"""One training on a person's own sets, from the first look at the files to weights that are better, or not."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.numpy import save

from common.errors import UserError
from common.evaluate import evaluate
from common.files import write_aside
from common.messages import Image, TrainingState
from common.nets.platenet import ARCHITECTURE
from common.nets.segmenter import Segmenter
from common.sets import read_image
from common.weights import Story, Weights
from services.trainer.loop import NotFiniteError, Run
from services.trainer.material import Material, gather
from services.trainer.order import Order
from services.trainer.report import Progress, Report
from services.trainer.run_folder import RunFolder

SCORED_TIMES = 5  # during a run
SAVE_EVERY_S = 60.0
PREVIEWS = 3
PREVIEW_HEIGHT = 240


@dataclass(frozen=True)
class Outcome:
    """What came out. `weights` are the best by the frames kept aside; IoUs are of those frames."""

    weights: Weights
    folder: Path
    iou_before: float | None
    iou_after: float | None
    finished: bool
    judged_on_seen: bool


class Tuning:
    """Give `resume` to go on with an earlier run's folder. Raises UserError for sets or weights that won't do."""

    def __init__(self, order: Order, runs: Path, threads: int, resume: RunFolder | None = None) -> None:
        torch.set_num_threads(threads)
        self.order, self.threads = order, threads
        self.material: Material = gather(order.folders(), order.sets)
        self.start = Weights.from_file(Path(order.weights)) if order.weights else Weights.shipped()
        self.folder = resume or RunFolder.fresh(runs, order, self.material.names)
        recipe = order.recipe()
        parent = "" if order.from_scratch else self.start.id
        story = Story(ARCHITECTURE, recipe.name, recipe.seed, data=self.material.names, parent=parent)
        self.run = Run(recipe, self.material.stock, story, None if order.from_scratch else self.start)
        if resume:
            self.run.restore(resume.state())
        self.best_iou = self.folder.best_iou()
        self.best = self.folder.best_weights() or self.run.weights()
        self._told = Progress(TrainingState.RUNNING, self.run.step, order.iterations, "")
        self._losses: list[float] = []

    def train(self, report: Report, stopping: Callable[[], bool]) -> Outcome:
        """Until it is done or `stopping()`; saved either way. Raises UserError where the loss is no longer a number."""
        before = self.score(self.start)
        self._tell(report, iou_before=before, words=f"Training on {', '.join(self.material.names)}.")
        began, first, saved = time.monotonic(), self.run.step, time.monotonic()
        while self.run.step < self.order.iterations and not stopping():
            self._losses.append(self._step())
            pace = (time.monotonic() - began) / (self.run.step - first)
            left = pace * (self.order.iterations - self.run.step)
            self._tell(report, loss=self._losses[-1], eta_s=left)
            if self.run.step % max(1, self.order.iterations // SCORED_TIMES) == 0:
                self._judge(report)
            if time.monotonic() - saved > SAVE_EVERY_S:
                self._save()
                saved = time.monotonic()
        if self._losses:
            self._judge(report)
        self._save()
        finished = self.run.step >= self.order.iterations
        return Outcome(self.best, self.folder.path, before, self.best_iou, finished, self.material.judged_on_seen)

    def score(self, weights: Weights) -> float | None:
        """Mean IoU on the frames kept aside, through the live service's own code; None where all are empty."""
        segmenter = Segmenter(weights, engine="torch", threads=self.threads)
        return evaluate(segmenter, self.material.aside, ["none"])["none"].whole.iou

    def _step(self) -> float:
        try:
            return self.run.take_step()
        except NotFiniteError as error:
            path = self.folder.path / "bad_batch.safetensors"
            tensors = {name: np.ascontiguousarray(getattr(error.batch, name)) for name in ("plates", "frames", "truth")}
            write_aside(path, save(tensors))
            self._save()
            raise UserError(f"{error}. The batch that did it is in {path}, the run so far beside it.") from None

    def _judge(self, report: Report) -> None:
        """Scores the averaged weights, keeps them where they are the best, and draws a preview."""
        weights = self.run.weights()
        iou = self.score(weights)
        self.folder.add_result(self.run.step, float(np.mean(self._losses)), iou)
        self._losses = self._losses[-1:]
        if self.best_iou is None or (iou or 0) >= self.best_iou:
            self.best, self.best_iou = weights, iou
            self.folder.keep_weights("best", weights)
        preview = self.folder.keep_preview(self.run.step, self._preview(weights))
        self._tell(report, iou_after=iou, preview=str(preview), weights_id=weights.id)

    def _save(self) -> None:
        self.folder.keep_weights("last", self.run.weights())
        self.folder.keep_state(self.run.state())

    def _preview(self, weights: Weights) -> Image:
        """The first frames kept aside with the outline of their mask, side by side."""
        segmenter = Segmenter(weights, engine="torch", threads=self.threads)
        pictures = []
        for sample in self.material.aside.samples[:PREVIEWS]:
            frame = read_image(sample.frame)
            segmenter.set_plate(read_image(sample.plate))
            mask = (segmenter.alpha(frame) >= 128).astype(np.uint8)
            outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            dimmed = np.where(mask[..., None] > 0, frame, frame // 3).astype(np.uint8)
            cv2.drawContours(dimmed, outlines, -1, (80, 220, 120), 2)
            width = max(1, round(PREVIEW_HEIGHT * frame.shape[1] / frame.shape[0]))
            pictures.append(cv2.resize(dimmed, (width, PREVIEW_HEIGHT), interpolation=cv2.INTER_AREA))
        return np.asarray(np.hstack(pictures), np.uint8)

    def _tell(self, report: Report, **news: object) -> None:
        self._told = replace(self._told, iteration=self.run.step, **news)  # type: ignore[arg-type]
        report(self._told)
