"""`make weights`: trains the shipped weights from the data, in one command; stopped and started again, it goes on."""

import time
from pathlib import Path

import click
import cv2
import torch
from safetensors.torch import load_file, save_file

from common.nets.platenet import ARCHITECTURE
from common.weights import Story
from services.trainer.loop import Run
from services.trainer.recipe import SHIPPED, Recipe
from services.trainer.stock import Stock, add_singles, from_sets

# Sets 3, 7, 10, 17, 21 and 25 measure the result and are never trained on; 5 and 15, and every 16th single picture,
# choose between snapshots and recipes.
TRAINING_SETS = (1, 2, 4, 8, 9, 11, 13, 16, 19, 20, 23)
KEEP_ASIDE = 16
SAVE_EVERY = 100


def read_stock(data: Path) -> Stock:
    stock = from_sets(data / "seed_sets" / f"set{n}" for n in TRAINING_SETS)
    add_singles(stock, data / "train", KEEP_ASIDE, aside=False)
    return stock


def start(recipe: Recipe, data: Path, state: Path) -> Run:
    """A new run from PoseNet's encoder, or the one whose state was kept."""
    story = Story(ARCHITECTURE, recipe.name, recipe.seed, data=(*(f"set{n}" for n in TRAINING_SETS), "train"))
    run = Run(recipe, read_stock(data), story)
    if state.exists():
        run.restore(load_file(state))
    else:
        pretrained = data / "pretrained" / "posenet_mobilenet_v1_050.pth"
        run.net.encoder.from_posenet(torch.load(pretrained, weights_only=True))
    return run


def keep(run: Run, state: Path, weights: Path) -> None:
    """Both files are complete before they take the place of the older ones."""
    aside = state.with_suffix(".new")
    save_file(run.state(), aside)
    aside.replace(state)
    aside = weights.with_suffix(".new")
    aside.write_bytes(run.weights().to_bytes())
    aside.replace(weights)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default="../shared/data", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="runs/shipped", show_default=True)
@click.option("--threads", default=1, show_default=True, help="CPU threads for torch.")
def main(data: Path, out: Path, threads: int) -> None:
    """Train the shipped weights; OUT/weights.safetensors is the result."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    state, weights = out / "state.safetensors", out / "weights.safetensors"
    run = start(SHIPPED, data, state)
    began, seen, total = time.monotonic(), 0, 0.0
    while run.step < SHIPPED.steps:
        total, seen = total + run.take_step(), seen + 1
        if run.step % 20 == 0:
            pace = (time.monotonic() - began) / seen
            click.echo(f"{run.step}/{SHIPPED.steps} loss {total / seen:.4f} {pace:.2f} s a step", err=True)
            began, seen, total = time.monotonic(), 0, 0.0
        if run.step % SAVE_EVERY == 0 or run.step == SHIPPED.steps:
            keep(run, state, weights)


if __name__ == "__main__":
    main()
