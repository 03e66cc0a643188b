"""Our training loop beside the first system's, both from nothing, on the same sets, with one thread each.

python -m benchmarks.first_loop [--data DIR] [--out DIR] [--only first|ours] [--steps N] [--goal IOU]

The first system: its network (benchmarks.peers.SeedNet), random weights, batch 2 at 640x480 mirrored at random, cross
entropy, Adam. Both are scored on the frames that our trainer keeps aside. Times are CPU seconds of the training alone,
which is what a core of its own would take; scoring is left out. Stopped and started again, it goes on.
"""

import csv
import time
from collections.abc import Sequence
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.peers import SeedNet
from common.nets.platenet import ARCHITECTURE
from common.scores import iou
from common.weights import Story
from services.trainer.judge import mean_iou
from services.trainer.loop import Run
from services.trainer.material import Material, gather
from services.trainer.order import Order
from services.trainer.stock import Pair

SETS = (1, 2, 4, 5, 8, 9, 11, 13, 15, 16, 19, 20, 23)
FIRST_STEPS, FIRST_BATCH, FIRST_RATE, CUT = 1000, 2, 1e-3, 0.95
OUR_STEPS, OUR_BATCH = 400, 4
SCORED_EVERY = 50
SEED = 5
Rows = list[tuple[int, float, float]]
"""Iteration, CPU seconds, IoU on the frames kept aside."""


class FirstNet(nn.Module):
    """As the data's README describes it: frame and plate N,3,H,W in 0..1 -> two logits a pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Sequential(*layer(nn.Conv2d(3, 8, 3, 2, 1)), *layer(nn.Conv2d(8, 16, 3, 1, 1)),
                                    *layer(nn.Conv2d(16, 32, 3, 1, 1)))  # fmt: skip
        self.decoder = nn.Sequential(*layer(nn.Conv2d(64, 48, 3, 1, 1)), *layer(nn.ConvTranspose2d(48, 32, 2, 2)),
                                     *layer(nn.Conv2d(32, 16, 3, 1, 1)), *layer(nn.Conv2d(16, 8, 3, 1, 1)),
                                     nn.Conv2d(8, 2, 3, 1, 1), nn.ReLU())  # fmt: skip

    def forward(self, frame: Tensor, plate: Tensor) -> Tensor:
        return self.decoder(torch.cat([self.branch(frame), self.branch(plate)], 1))  # type: ignore[no-any-return]


def layer(conv: nn.Conv2d | nn.ConvTranspose2d) -> tuple[nn.Module, ...]:
    return conv, nn.ReLU(), nn.BatchNorm2d(conv.out_channels)


def tensor(pictures: Sequence[NDArray[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.stack(pictures).astype(np.float32) / 255).permute(0, 3, 1, 2).contiguous()


class First:
    """The first system's loop, kept in a file so that it can go on."""

    def __init__(self, pairs: Sequence[Pair], state: Path) -> None:
        torch.manual_seed(SEED)
        self.pairs, self.state = pairs, state
        self.net = FirstNet()
        self.optimizer = torch.optim.Adam(self.net.parameters(), FIRST_RATE)
        self.step = 0
        if state.exists():
            kept = torch.load(state, weights_only=True)
            self.net.load_state_dict(kept["net"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.step = kept["step"]

    def take_step(self) -> None:
        rng = np.random.default_rng((SEED, self.step))
        picked = [self.pairs[int(k)] for k in rng.integers(len(self.pairs), size=FIRST_BATCH)]
        turned = [np.s_[:, ::-1] if rng.random() < 0.5 else np.s_[:] for _ in picked]
        frames, plates = (tensor([getattr(p, name)[t] for p, t in zip(picked, turned, strict=True)])
                          for name in ("frame", "plate"))  # fmt: skip
        truth = torch.from_numpy(np.stack([p.truth[t] > 127 for p, t in zip(picked, turned, strict=True)])).long()
        self.net.train()
        loss = cross_entropy(self.net(frames, plates), truth)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.step += 1

    @torch.inference_mode()
    def score(self, aside: Sequence[Pair]) -> float:
        self.net.eval()
        found = [self.net(tensor([pair.frame]), tensor([pair.plate])).softmax(1)[0, 1].numpy() for pair in aside]
        return float(np.mean([iou(p >= CUT, pair.truth > 127) for p, pair in zip(found, aside, strict=True)]))

    def save(self) -> None:
        aside = self.state.with_suffix(".new")
        torch.save({"net": self.net.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step}, aside)
        aside.replace(self.state)


def read_rows(path: Path) -> Rows:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [(int(step), float(seconds), float(score)) for step, seconds, score in csv.reader(file)]


def add_row(path: Path, row: tuple[int, float, float]) -> None:
    with path.open("a", newline="") as file:
        csv.writer(file).writerow((row[0], f"{row[1]:.2f}", f"{row[2]:.5f}"))


def run_first(material: Material, out: Path, steps: int) -> Rows:
    """Scored and saved every SCORED_EVERY steps."""
    path = out / "first.csv"
    first = First(material.stock.pairs, out / "first.pt")
    rows = [row for row in read_rows(path) if row[0] <= first.step]
    seconds = rows[-1][1] if rows else 0.0
    while first.step < steps:
        began = time.process_time()
        for _ in range(SCORED_EVERY):
            first.take_step()
        seconds += time.process_time() - began
        first.save()
        add_row(path, (first.step, seconds, first.score(material.aside)))
        click.echo(f"first system: {first.step} iterations, {seconds:.0f} s, {read_rows(path)[-1][2]:.4f}", err=True)
    return read_rows(path)


def run_ours(material: Material, out: Path, goal: float) -> Rows:
    """Ours, from random weights, until it reaches the goal; begun anew each time, as it is short."""
    recipe = Order(OUR_STEPS, OUR_BATCH, "", from_scratch=True).recipe(material.size)
    run = Run(recipe, material.stock, Story(ARCHITECTURE, recipe.name))
    rows: Rows = []
    seconds = 0.0
    while run.step < OUR_STEPS and not (rows and rows[-1][2] >= goal):
        began = time.process_time()
        for _ in range(SCORED_EVERY // 2):
            run.take_step()
        seconds += time.process_time() - began
        rows.append((run.step, seconds, mean_iou(run.weights(), material.aside, 1) or 0.0))
        click.echo(f"ours: {run.step} steps, {seconds:.0f} s, {rows[-1][2]:.4f}", err=True)
    (out / "ours.csv").unlink(missing_ok=True)
    for row in rows:
        add_row(out / "ours.csv", row)
    return rows


def published(data: Path, aside: Sequence[Pair]) -> float:
    """IoU of the weights that the first system's authors published, which were trained to the end."""
    net, found = SeedNet(data / "peers" / "seed_net.pth"), []
    for pair in aside:
        net.set_plate(pair.plate)
        found.append(iou(net.alpha(pair.frame) > 0, pair.truth > 127))
    return float(np.mean(found))


def table(first: Rows, ours: Rows) -> str:
    """Both curves."""
    lines = ["| loop | iterations | CPU s | IoU on the frames kept aside |", "|---|---|---|---|"]
    for name, rows in (("first system", first), ("ours", ours)):
        lines += [f"| {name} | {step} | {seconds:.0f} | {score:.4f} |" for step, seconds, score in rows]
    return "\n".join(lines)


def verdict(first: Rows, ours: Rows, steps: int, limit: float) -> str:
    """The time ours needs for what the first system ends with. Where that was stopped before its end, `limit`, what its
    published weights have, stands for its end, and its time is foretold from the iterations there are."""
    step, seconds, score = first[-1]
    end, whole = (score, seconds) if step >= steps else (max(limit, score), seconds / step * steps)
    reached = next((taken for _, taken, now in ours if now >= end), None)
    told = f"The first system: {end:.4f} after {steps} iterations, {whole:.0f} s."
    if step < steps:
        told = f"The first system was stopped after {step} iterations; {steps} would take about {whole:.0f} s. "
        told += f"Its published weights have {limit:.4f} on these frames."
    if reached is None:
        return f"{told} Ours did not reach that."
    return f"{told} Ours has as much after {reached:.0f} s: {reached / whole:.3f} of the time."


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default="../shared/data", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="runs/first_loop", show_default=True)
@click.option("--only", type=click.Choice(["first", "ours"]), help="Run one of the two; `ours` prints both.")
@click.option("--steps", default=FIRST_STEPS, show_default=True, help="Iterations of the first system.")
@click.option("--goal", type=float, help="IoU at which ours stops; what the first system ends with unless given.")
def main(data: Path, out: Path, only: str | None, steps: int, goal: float | None) -> None:
    """Train the first system's network and ours from nothing and compare how long they take to the same IoU."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    material = gather([data / "seed_sets" / f"set{number}" for number in SETS])
    first = run_first(material, out, steps) if only != "ours" else read_rows(out / "first.csv")
    if only == "first":
        return
    end = goal if goal is not None else first[-1][2] if first else 1.0
    kept = read_rows(out / "ours.csv")
    ours = kept if kept and max(score for *_, score in kept) >= end else run_ours(material, out, end)
    if first:
        click.echo(f"{table(first, ours)}\n\n{verdict(first, ours, steps, published(data, material.aside))}")


if __name__ == "__main__":
    main()
