"""Few own frames, better mask: each person frame left out in turn, the others of its set trained on, it tested.

python -m benchmarks.few_frames [--data DIR] [--set N ...] [--weights FILE] [--out FILE.csv]

Each fold takes the steps of `bgsub-trainer --iters STEPS --batch 2` on the other frames of the set alone, none of them
kept aside, and tests what it has after the last, half way back to its start. The trainer also scores weights on the
way, and those not drawn back, and hands out the best, or none: that choice is no part of this. Folds are appended to
the csv as they come; started again, the script goes on behind the last of them, and prints the table.
"""

import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import click
import cv2
import numpy as np
import torch

from common.nets.platenet import ARCHITECTURE
from common.nets.segmenter import Segmenter
from common.nets.view import net_size
from common.scores import HALF, near, outline
from common.weights import Story, Weights
from services.trainer import drawn
from services.trainer.judge import mean_iou
from services.trainer.loop import Run
from services.trainer.material import read_pairs
from services.trainer.order import Order
from services.trainer.stock import Pair, stock_of

SETS = (3, 7, 10, 17, 21, 25)
STEPS, BATCH = 40, 2
NEAR = 3  # pixels


@dataclass(frozen=True)
class Fold:
    """One line of the csv. IoUs are of the frame left out and of the drawn scenes; times are of the training alone."""

    weights: str
    recipe: str
    set: int
    frame: int
    before: float
    after: float
    drawn_before: float
    drawn_after: float
    seconds: float
    cpu_seconds: float


def read_folds(path: Path) -> list[Fold]:
    if not path.exists():
        return []
    kinds = {field.name: field.type for field in fields(Fold)}
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        return [Fold(**{name: kinds[name](value) for name, value in row.items()}) for row in rows]  # type: ignore[operator]


def append(path: Path, fold: Fold) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Fold)])
        if new:
            writer.writeheader()
        writer.writerow(asdict(fold))


@dataclass(frozen=True)
class Start:
    """The weights that each fold starts from, the drawn scenes, and their IoU on those."""

    weights: Weights
    scenes: Sequence[Pair]
    drawn: float


def measure(number: int, out: Pair, trained: Sequence[Pair], start: Start, *, steps: int, name: str) -> Fold:
    """Trains on some frames, tests on the one left out."""
    recipe = Order(steps, BATCH, "").recipe(net_size(out.plate.shape[1], out.plate.shape[0]))
    began, cpu = time.perf_counter(), time.process_time()
    run = Run(recipe, stock_of(trained), Story(ARCHITECTURE, recipe.name), start.weights)
    for _ in range(steps):
        run.take_step()
    after = run.weights()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return Fold(
        weights=start.weights.id,
        recipe=name,
        set=number,
        frame=int(out.path.stem),
        before=mean_iou(start.weights, [out], 1) or 0.0,
        after=mean_iou(after, [out], 1) or 0.0,
        drawn_before=start.drawn,
        drawn_after=mean_iou(after, start.scenes, 1) or 0.0,
        seconds=round(seconds, 1),
        cpu_seconds=round(cpu_seconds, 1),
    )


def named(steps: int, *, seen: bool) -> str:
    return f"{Order(steps, BATCH, '').recipe((16, 16)).name}, {steps} steps{', nothing left out' if seen else ''}"


def folds(folder: Path, numbers: Sequence[int]) -> Iterator[tuple[int, Pair, list[Pair]]]:
    """(set, frame left out, the others), for each frame that shows somebody."""
    for number in numbers:
        pairs = list(read_pairs(folder / f"set{number}"))
        for pair in pairs:
            if pair.truth.max() > 127:
                yield number, pair, [other for other in pairs if other is not pair]


def near_the_outline(pairs: Sequence[Pair], weights: Weights) -> float:
    """The share of wrong pixels that lie within NEAR pixels of the outline as it was drawn by hand."""
    segmenter = Segmenter(weights, engine="torch")
    wrong = close = 0
    for pair in pairs:
        segmenter.set_plate(pair.plate)
        truth = pair.truth >= HALF
        missed = (segmenter.alpha(pair.frame) >= HALF) != truth
        wrong += int(np.count_nonzero(missed))
        close += int(np.count_nonzero(missed & near(outline(truth), NEAR)))
    return close / max(wrong, 1)


def table(found: Sequence[Fold]) -> str:
    found = sorted(found, key=lambda one: (one.set, one.frame))
    lines = [
        "| set, frame left out | IoU before | after | error falls by | drawn scenes | s | CPU s |",
        "|---" * 7 + "|",
    ]
    for one in found:
        fall = 100 * (1 - (1 - one.after) / (1 - one.before))
        lines.append(
            f"| {one.set}, {one.frame} | {one.before:.4f} | {one.after:.4f} | {fall:.0f} % "
            f"| {one.drawn_after - one.drawn_before:+.4f} | {one.seconds:.0f} | {one.cpu_seconds:.0f} |"
        )
    before, after, change = (
        float(np.mean(values))
        for values in zip(*((one.before, one.after, one.drawn_after - one.drawn_before) for one in found), strict=True)
    )
    fall, most = 100 * (1 - (1 - after) / (1 - before)), max(one.seconds for one in found)
    lines.append(f"| **all {len(found)}** | **{before:.4f}** | **{after:.4f}** | **{fall:.1f} %** | {change:+.4f} "
                 f"| at most {most:.0f} | |")  # fmt: skip
    return "\n".join(lines)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default="../shared/data", show_default=True)
@click.option("--set", "numbers", type=int, multiple=True, default=SETS, show_default=True)
@click.option(
    "--weights", type=click.Path(path_type=Path), help="Start from this file; the shipped weights without it."
)
@click.option("--steps", default=STEPS, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="runs/few_frames.csv", show_default=True)
@click.option("--seen", is_flag=True, help="Leave nothing out: what could be gained at most.")
def main(data: Path, numbers: tuple[int, ...], weights: Path | None, steps: int, out: Path, *, seen: bool) -> None:
    """Leave one person frame out in turn, train on the others of its set, test on it; one thread."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    weights_used = Weights.from_file(weights) if weights else Weights.shipped()
    out.parent.mkdir(parents=True, exist_ok=True)
    mine = (weights_used.id, named(steps, seen=seen))
    done = {(one.set, one.frame) for one in read_folds(out) if (one.weights, one.recipe) == mine}
    left = [fold for fold in folds(data / "seed_sets", numbers) if (fold[0], int(fold[1].path.stem)) not in done]
    scenes = drawn.scenes() if left else []
    start = Start(weights_used, scenes, mean_iou(weights_used, scenes, 1) or 0.0)
    for number, pair, rest in left:
        fold = measure(number, pair, [*rest, pair] if seen else rest, start, steps=steps, name=mine[1])
        append(out, fold)
        click.echo(f"set {number}, frame {pair.path.stem}: {fold.before:.4f} -> {fold.after:.4f}", err=True)
    share = near_the_outline([out for _, out, _ in folds(data / "seed_sets", numbers)], weights_used)
    click.echo(f"Before, {100 * share:.0f} % of the wrong pixels lie within {NEAR} pixels of the hand-drawn outline.\n")
    click.echo(table([one for one in read_folds(out) if (one.weights, one.recipe) == mine and one.set in numbers]))


if __name__ == "__main__":
    main()
