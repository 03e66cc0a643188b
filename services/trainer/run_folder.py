"""`runs/<time>/`: everything that one training leaves behind, and all it needs to go on.

settings.json       the order, the git commit, the sets, the frames kept aside, the id of the weights it started from
start.safetensors   those weights
results.csv         a row a step: iteration, loss, IoU on the frames kept aside, IoU on the drawn scenes
last.safetensors    the averaged weights at the end, best.safetensors the best of those that were scored
state.safetensors   what --resume goes on from
preview-N.jpg       frames kept aside with their masks after N iterations
bad_batch.safetensors   the batch that made the loss NaN, where one did
"""

import csv
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import cv2
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from common.errors import UserError
from common.files import write_aside
from common.messages import Image
from common.weights import Weights
from services.trainer.curve import Curve
from services.trainer.judge import Scores
from services.trainer.material import Material
from services.trainer.order import Order

BEST = "best.safetensors"
STATE = "state.safetensors"
COLUMNS = ("iteration", "loss", "iou", "regression_iou")


@dataclass(frozen=True)
class Row:
    """One step of results.csv; `scores` where the weights were scored after it."""

    iteration: int
    loss: float
    scores: Scores | None = None

    def cells(self) -> list[str]:
        found = (self.scores.own, self.scores.regression) if self.scores else (None, None)
        return [str(self.iteration), f"{self.loss:.6f}", *("" if one is None else f"{one:.5f}" for one in found)]

    @classmethod
    def of(cls, cells: dict[str, str]) -> "Row":
        """Raises KeyError or ValueError for anything else than what `cells` gave."""
        own, regression = cells["iou"], cells["regression_iou"]
        scores = Scores(float(own) if own else None, float(regression)) if regression else None
        return cls(int(cells["iteration"]), float(cells["loss"]), scores)


class RunFolder:
    """One run's folder. Methods that write raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: list[Row] = []
        self.curve = Curve()

    @classmethod
    def fresh(cls, runs: Path, order: Order, material: Material, start: Weights) -> "RunFolder":
        """Makes `runs/<time>` and writes settings and starting weights. Raises UserError where it can't."""
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        path, number = runs / stamp, 1
        while path.exists():
            path, number = runs / f"{stamp}-{number}", number + 1
        aside = [] if material.judged_on_seen else [str(pair.path) for pair in material.aside]
        told = {"order": order.as_dict(), "git_commit": git_commit(), "sets": list(material.names), "aside": aside,
                "start": start.id}  # fmt: skip
        try:
            path.mkdir(parents=True)
            write_aside(path / "start.safetensors", start.to_bytes())
            write_aside(path / "settings.json", f"{json.dumps(told, indent=2)}\n".encode())
        except OSError as error:
            raise UserError(
                f"Can't write the run into {path}: {error.strerror}. Name another folder with --runs."
            ) from None
        return cls(path)

    @classmethod
    def latest(cls, runs: Path) -> "RunFolder":
        """The newest run that can go on; raises UserError where there is none."""
        states = [(path.stat().st_mtime_ns, path.parent.name, path.parent) for path in runs.glob(f"*/{STATE}")]
        if not states:
            raise UserError(
                f"There is no run to resume in {runs}: begin one with --iters, or name its folder with --runs."
            )
        return cls(max(states)[2])

    @classmethod
    def existing(cls, path: Path) -> "RunFolder":
        """A run by its folder; raises UserError where it holds nothing to go on from."""
        if not (path / STATE).exists():
            raise UserError(f"{path} holds no run to resume: no {STATE} is there.")
        return cls(path)

    def start(self) -> Weights:
        """What it started from; raises WeightsError where that is missing or damaged."""
        return Weights.from_file(self.path / "start.safetensors")

    def order(self) -> Order:
        """What this run was asked to do; raises UserError where its settings are damaged."""
        path = self.path / "settings.json"
        try:
            return Order.of(json.loads(path.read_text())["order"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} can't be read ({error}); start a new run instead of resuming.") from None

    def state(self) -> dict[str, Tensor]:
        """Raises UserError where it is missing or damaged."""
        path = self.path / STATE
        try:
            return load(path.read_bytes())
        except (OSError, SafetensorError) as error:
            raise UserError(f"{path} can't be read ({error}); start a new run instead of resuming.") from None

    def keep_state(self, state: dict[str, Tensor]) -> None:
        """And the rows so far, first: a state is never ahead of them."""
        lines = [",".join(cells) for cells in (COLUMNS, *(row.cells() for row in self._rows))]
        write_aside(self.path / "results.csv", ("\n".join(lines) + "\n").encode())
        write_aside(self.path / STATE, save(state))

    def keep_weights(self, name: str, weights: Weights) -> Path:
        path = self.path / f"{name}.safetensors"
        write_aside(path, weights.to_bytes())
        return path

    def keep_preview(self, iteration: int, picture: Image) -> Path:
        path = self.path / f"preview-{iteration}.jpg"
        write_aside(path, cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())
        return path

    def add(self, row: Row) -> None:
        """One step more; on disk with the next `keep_state`."""
        self._rows.append(row)
        self._draw(row)

    @property
    def unscored(self) -> bool:
        """Whether the last step was added without scores."""
        return bool(self._rows) and self._rows[-1].scores is None

    def score(self, scores: Scores) -> None:
        """Adds them to the last step."""
        self._rows[-1] = replace(self._rows[-1], scores=scores)
        self.curve = Curve()
        for row in self._rows:
            self._draw(row)

    def _draw(self, row: Row) -> None:
        self.curve.add(row.iteration, row.loss, row.scores.own if row.scores else None)

    def forget_after(self, iteration: int) -> None:
        """Takes up the rows of an earlier session as far as its state goes. Raises UserError for a damaged file."""
        for row in self._read_rows():
            if row.iteration <= iteration:
                self.add(row)

    def keep_best(self, weights: Weights, scores: Scores) -> None:
        """The scores go into the weights' own story."""
        told = {"regression": scores.regression} | ({} if scores.own is None else {"own": scores.own})
        self.keep_weights("best", replace(weights, story=replace(weights.story, scores=told)))

    def best(self) -> tuple[Weights, Scores] | None:
        """None while there are none; raises WeightsError where they are damaged."""
        path = self.path / BEST
        if not path.exists():
            return None
        weights = Weights.from_file(path)
        told = weights.story.scores
        return weights, Scores(told.get("own"), told.get("regression", 0.0))

    def _read_rows(self) -> Iterator[Row]:
        path = self.path / "results.csv"
        try:
            with path.open(newline="") as file:
                yield from map(Row.of, csv.DictReader(file, restval=""))
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise UserError(f"{path} can't be read ({error}); start a new run instead of resuming.") from None


def git_commit() -> str:
    """Of the program's own source; empty where it is not in a repository."""
    here = Path(__file__).parent
    try:
        told = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=here, stderr=subprocess.DEVNULL, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.decode().strip()
