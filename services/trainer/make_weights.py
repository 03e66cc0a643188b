"""`make weights`: trains the shipped weights from the data, in one command; stopped and started again, it goes on."""

import time
from pathlib import Path

import click
import cv2
import torch
from safetensors.torch import load_file, save

from common.files import write_aside
from common.nets.platenet import ARCHITECTURE
from common.sets import ImageSets
from common.weights import Story, Weights
from services.trainer.loop import Run
from services.trainer.material import read_pairs
from services.trainer.outline import moved_outward
from services.trainer.recipe import SHIPPED, Recipe
from services.trainer.stock import Stock, add_singles, stock_of

# Sets 3, 7, 10, 17, 21 and 25 measure the result and are never trained on; 5 and 15, and every 16th single picture,
# choose between snapshots and recipes.
TRAINING_SETS = (1, 2, 4, 8, 9, 11, 13, 16, 19, 20, 23)
KEEP_ASIDE = 16
SAVE_EVERY = 100
TELL_EVERY = 20
STATE, WEIGHTS = "state.safetensors", "weights.safetensors"


def read_stock(data: Path) -> Stock:
    """Raises UserError that names the set or picture that is missing or won't do."""
    sets = ImageSets(data / "seed_sets")
    stock = stock_of([pair for number in TRAINING_SETS for pair in read_pairs(sets.existing(number).folder)])
    add_singles(stock, data / "train", KEEP_ASIDE, aside=False)
    return stock


def start(recipe: Recipe, data: Path, folder: Path, before: Weights | None) -> Run:
    """The run whose state was kept in the folder, or a new one from the weights before it or from PoseNet's encoder."""
    sets = tuple(f"set{n}" for n in TRAINING_SETS)
    parent = before.id if before else ""
    story = Story(ARCHITECTURE, recipe.name, recipe.seed, data=(*sets, "train"), parent=parent)
    run = Run(recipe, read_stock(data), story, before)
    if (folder / STATE).exists():
        run.restore(load_file(folder / STATE))
    elif before is None:
        pretrained = data / "pretrained" / "posenet_mobilenet_v1_050.pth"
        run.net.encoder.from_posenet(torch.load(pretrained, weights_only=True))
    return run


def keep(run: Run, folder: Path) -> None:
    """Both files are complete before they take the place of the older ones."""
    write_aside(folder / STATE, save(run.state()))
    write_aside(folder / WEIGHTS, run.weights().to_bytes())


def train(run: Run, folder: Path) -> Weights:
    """To the end of the run's recipe, kept as it goes."""
    began, seen, total = time.monotonic(), 0, 0.0
    while run.step < run.recipe.steps:
        total, seen = total + run.take_step(), seen + 1
        if run.step % TELL_EVERY == 0:
            pace, done = (time.monotonic() - began) / seen, f"{run.recipe.name} {run.step}/{run.recipe.steps}"
            click.echo(f"{done} loss {total / seen:.4f} {pace:.2f} s a step", err=True)
            began, seen, total = time.monotonic(), 0, 0.0
        if run.step % SAVE_EVERY == 0 or run.step == run.recipe.steps:
            keep(run, folder)
    return run.weights()


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), default="../shared/data", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default="runs/shipped", show_default=True)
@click.option("--threads", default=1, show_default=True, help="CPU threads for torch.")
def main(data: Path, out: Path, threads: int) -> None:
    """Train the shipped weights; OUT/weights.safetensors is the result."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    weights = None
    for recipe in SHIPPED:
        folder = out / recipe.name
        folder.mkdir(parents=True, exist_ok=True)
        weights = train(start(recipe, data, folder, weights), folder)
    assert weights is not None
    write_aside(out / WEIGHTS, moved_outward(weights).to_bytes())


if __name__ == "__main__":
    main()
