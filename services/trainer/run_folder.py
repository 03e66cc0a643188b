"""`runs/<time>/`: everything that one training leaves behind, and all it needs to go on.

settings.json       the order, the git commit, the sets
results.csv         iteration, loss, IoU on the frames kept aside
last.safetensors    the averaged weights at the end, best.safetensors those with the best IoU
state.safetensors   what --resume goes on from
preview-N.jpg       frames kept aside with their masks after N iterations
"""

import json
import subprocess
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
from services.trainer.order import Order


class RunFolder:
    """One run's folder. Methods that write raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows = self._read_rows()

    @classmethod
    def fresh(cls, runs: Path, order: Order, sets: tuple[str, ...]) -> "RunFolder":
        """Makes `runs/<time>` and writes the settings. Raises UserError where it can't."""
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        path, number = runs / stamp, 1
        while path.exists():
            path, number = runs / f"{stamp}-{number}", number + 1
        told = {"order": order.as_dict(), "git_commit": git_commit(), "sets": list(sets)}
        try:
            path.mkdir(parents=True)
            write_aside(path / "settings.json", json.dumps(told, indent=2).encode())
        except OSError as error:
            raise UserError(f"Can't write the run into {path}: {error.strerror}.") from None
        return cls(path)

    @classmethod
    def latest(cls, runs: Path) -> "RunFolder":
        """The newest run that can go on; raises UserError where there is none."""
        candidates = sorted(path.parent for path in runs.glob("*/state.safetensors"))
        if not candidates:
            raise UserError(f"There is no run to resume in {runs}.")
        return cls(candidates[-1])

    def order(self) -> Order:
        """What this run was asked to do; raises UserError where its settings are damaged."""
        path = self.path / "settings.json"
        try:
            return Order.of(json.loads(path.read_text())["order"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} can't be read ({error}); start a new run instead of resuming.") from None

    def state(self) -> dict[str, Tensor]:
        """Raises UserError where it is missing or damaged."""
        path = self.path / "state.safetensors"
        try:
            return load(path.read_bytes())
        except (OSError, SafetensorError) as error:
            raise UserError(f"{path} can't be read ({error}); start a new run instead of resuming.") from None

    def keep_state(self, state: dict[str, Tensor]) -> None:
        write_aside(self.path / "state.safetensors", save(state))

    def keep_weights(self, name: str, weights: Weights) -> Path:
        path = self.path / f"{name}.safetensors"
        write_aside(path, weights.to_bytes())
        return path

    def keep_preview(self, iteration: int, picture: Image) -> Path:
        path = self.path / f"preview-{iteration}.jpg"
        write_aside(path, cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())
        return path

    def add_result(self, iteration: int, loss: float, iou: float | None) -> None:
        """One row more; rows that a resumed run passes again are replaced."""
        self._rows = [row for row in self._rows if int(row.split(",")[0]) < iteration]
        self._rows.append(f"{iteration},{loss:.5f},{'' if iou is None else f'{iou:.5f}'}")
        write_aside(self.path / "results.csv", ("\n".join(["iteration,loss,iou", *self._rows]) + "\n").encode())

    def best_iou(self) -> float | None:
        """The best so far, of the rows with an IoU."""
        found = [float(row.split(",")[2]) for row in self._rows if row.split(",")[2]]
        return max(found, default=None)

    def best_weights(self) -> Weights | None:
        """None while there are none; raises WeightsError where they are damaged."""
        path = self.path / "best.safetensors"
        return Weights.from_file(path) if path.exists() else None

    def _read_rows(self) -> list[str]:
        path = self.path / "results.csv"
        return path.read_text().splitlines()[1:] if path.exists() else []


def git_commit() -> str:
    """Of the program's own source; empty where it is not in a repository."""
    here = Path(__file__).parent
    try:
        told = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=here, stderr=subprocess.DEVNULL, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.decode().strip()
