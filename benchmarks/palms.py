"""`python -m benchmarks.palms`: palms marked by eye against what pose finds, and what each network costs.

A palm counts where pose publishes one of the same hand within 6 % of the picture's width, a button's radius. `either
hand` asks only that some palm of the person is there, which is what a button feels. Time is that of one thread's own
work, so that a busy machine does not blur it, from the picture to the palms.

python -m benchmarks.palms [--pictures FOLDER]   draws them, too: marked in green, found in red
"""

import csv
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import click
import cv2
import numpy as np

from common.messages import Image, Keypoint, Person
from common.places import places
from common.sets import read_image
from common.settings import PoseSettings
from services.pose.download import fetch
from services.pose.engine import convert, is_converted
from services.pose.estimator import PoseNetEstimator
from services.pose.models import MODELS, STRIDE
from services.pose.palms import to_person

HERE = Path(__file__).parent.parent
MARKS = HERE / "tests" / "data" / "palms.csv"
RADIUS = 0.06
ROUNDS = 3
CASES = [(m, 16, w) for m in ("075", "100") for w in (257, 321, 353, 385, 449, 513)] + [
    (m, 8, w) for m in ("075", "100") for w in (257, 321)
]


@dataclass(frozen=True, slots=True)
class Marked:
    """A frame of a set, a mirror image, with the palms seen in it by eye: hand -> x, y."""

    name: str
    image: Image
    palms: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares of the marked palms, and milliseconds of one thread's work a picture."""

    own: float
    either: float
    median: float
    ms: float


def marked_frames(sets: Path) -> list[Marked]:
    """The marked frames. Raises UserError where a picture is missing."""
    frames: dict[str, Marked] = {}
    with MARKS.open(newline="") as file:
        for row in csv.DictReader(file):
            name = f"set{row['set']}/{row['frame']}.png"
            if name not in frames:
                frames[name] = Marked(name, read_image(sets / name), {})
            frames[name].palms[row["hand"]] = (float(row["x"]), float(row["y"]))
    return list(frames.values())


def measure(estimator: PoseNetEstimator, frames: Iterable[Marked], min_score: float) -> Measured:
    """What the estimator finds of the marked palms."""
    own, either, errors, seconds = [], [], [], []
    for frame in frames:
        people, took = look(estimator, frame.image, min_score)
        seconds.append(took)
        for hand, mark in frame.palms.items():
            right, any_hand = misses(people, hand, mark)
            radius = RADIUS * frame.image.shape[1]
            own.append(right <= radius)
            either.append(any_hand <= radius)
            errors.append(right)
    return Measured(
        float(np.mean(own)), float(np.mean(either)), float(np.median(errors)), 1e3 * float(np.median(seconds))
    )


def look(estimator: PoseNetEstimator, image: Image, min_score: float) -> tuple[list[Person], float]:
    """The people in a mirror image, and the least seconds that took in a few rounds."""
    took = []
    for _ in range(ROUNDS):
        start = time.process_time()
        people = [to_person(person.mirrored(), min_score) for person in estimator.people(image)]
        took.append(time.process_time() - start)
    return people, min(took)


def misses(people: list[Person], hand: str, mark: tuple[float, float]) -> tuple[float, float]:
    """How far, in pixels, the nearest palm of that hand is from the mark, and of either hand."""
    palms = {"left": [p.left_palm for p in people], "right": [p.right_palm for p in people]}
    return _nearest(palms[hand], mark), _nearest([*palms["left"], *palms["right"]], mark)


def _nearest(palms: Iterable[Keypoint | None], mark: tuple[float, float]) -> float:
    return min((float(np.hypot(p.x - mark[0], p.y - mark[1])) for p in palms if p), default=float("inf"))


def draw(frame: Marked, people: list[Person], path: Path) -> None:
    """Marks in green, palms found in red: filled circles for the left hand, rings for the right."""
    picture = frame.image.copy()
    for hand, (x, y) in frame.palms.items():
        cv2.circle(picture, (round(x), round(y)), 7, (129, 194, 38), -1 if hand == "left" else 2, cv2.LINE_AA)
    for palms, thickness in (([p.left_palm for p in people], -1), ([p.right_palm for p in people], 3)):
        for palm in filter(None, palms):
            cv2.circle(picture, (round(palm.x), round(palm.y)), 11, (79, 77, 255), thickness, cv2.LINE_AA)
    cv2.imwrite(str(path), picture)


def estimator_of(model: str, stride: int, width: int) -> PoseNetEstimator:
    """Fetches and converts what is missing, into the user's cache."""
    cache = places().cache
    if not MODELS[model].path(cache).exists():
        fetch(MODELS[model], cache)
    if not is_converted(MODELS[model], stride, cache):
        convert(model, stride, cache)
    return PoseNetEstimator(replace(PoseSettings(), model=model, width=width), cache, stride)


@click.command()
@click.option("--sets", type=click.Path(exists=True, path_type=Path), help="The folder of the sets that were marked.")
@click.option("--pictures", type=click.Path(path_type=Path), help="Draw what the default finds into this folder.")
def main(sets: Path | None, pictures: Path | None) -> None:
    """Measure palms against marks made by eye, for each network, stride and width."""
    cv2.setNumThreads(1)
    sets = sets or Path(os.environ.get("BGSUB_DATA", HERE.parent / "shared" / "data")) / "seed_sets"
    frames, usual = marked_frames(sets), PoseSettings()
    print(f"{sum(len(frame.palms) for frame in frames)} palms in {len(frames)} frames, score from {usual.min_score}")
    print("network stride width | own hand  either  median px | ms of one thread")
    for model, stride, width in CASES:
        found = measure(estimator_of(model, stride, width), frames, usual.min_score)
        chosen = " <- default" if (model, stride, width) == (usual.model, STRIDE, usual.width) else ""
        print(
            f"  {model}    {stride:4d}  {width:4d}  |  {found.own:6.1%}  {found.either:6.1%}  {found.median:7.1f}    |"
            f" {found.ms:6.1f}{chosen}",
            flush=True,
        )
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        estimator = estimator_of(usual.model, STRIDE, usual.width)
        for frame in frames:
            people, _ = look(estimator, frame.image, usual.min_score)
            draw(frame, people, pictures / frame.name.replace("/", "_"))


if __name__ == "__main__":
    main()
