"""`python -m benchmarks.palms`: palms marked by eye against what pose finds, and what each network costs.

A palm counts where pose publishes one of the same hand within 6 % of the picture's width, a button's radius. `either
hand` asks only that some palm of the person is there, which is what a button feels. Time is that of one thread's own
work, so that a busy machine does not blur it, from the picture to the palms.

One man in the sets is not everybody, and a palm moves by chance across the border of what counts. So the marks are of
two kinds of pictures, the sets and photographs of 38 other people, cut to what a webcam would show of them; and every
picture is looked at six times more, shifted and scaled a little (`jittered`).

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
CASES = [(m, 16, w) for m in ("075", "100") for w in (257, 321, 353, 385, 417, 449)] + [("075", 8, 353)]
SETS = "seed_sets"
UPPER = 0.65
"""Of a photograph of a whole person, so much from the top is what a webcam on a desk shows."""
JITTERS = ((1.0, 7, 3), (0.95, -5, 6), (1.05, 4, -8), (0.9, 9, 9), (1.1, -11, -6), (1.0, -8, -7))
"""Scale about the centre, and shift in pixels at a width of 640."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A picture with the palms seen in it by eye: hand -> x, y. The sets' frames are mirror images, photographs not."""

    name: str
    image: Image
    mirrored: bool
    palms: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares of the marked palms, their median error in widths of the picture, and one thread's milliseconds."""

    own: float
    either: float
    median: float
    ms: float


def marked_frames(data: Path) -> list[Marked]:
    """The marked pictures. Raises UserError where one is missing."""
    frames: dict[str, Marked] = {}
    with MARKS.open(newline="") as file:
        for row in csv.DictReader(file):
            name = row["picture"]
            if name not in frames:
                frames[name] = Marked(name, read_image(data / name), name.startswith(SETS), {})
            frames[name].palms[row["hand"]] = (float(row["x"]), float(row["y"]))
    return [frame if frame.mirrored else as_webcam(frame) for frame in frames.values()]


def as_webcam(photo: Marked) -> Marked:
    """The upper part of a tall photograph in a webcam's proportions, its edges drawn out to the sides."""
    image = photo.image[: round(UPPER * photo.image.shape[0])]
    side = max(0, round(image.shape[0] * 4 / 3) - image.shape[1]) // 2
    wide = cv2.copyMakeBorder(image, 0, 0, side, side, cv2.BORDER_REPLICATE)
    palms = {hand: (x + side, y) for hand, (x, y) in photo.palms.items()}
    return replace(photo, image=np.asarray(wide, np.uint8), palms=palms)


def jittered(frame: Marked, scale: float, right: float, down: float) -> Marked:
    """The same picture seen by a camera that was moved a little, less the palms that are then outside."""
    height, width = frame.image.shape[:2]
    shift = np.array((right, down)) * width / 640 + (1 - scale) * np.array((width, height)) / 2
    image = cv2.warpAffine(
        frame.image,
        np.array(((scale, 0, shift[0]), (0, scale, shift[1]))),
        (width, height),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    moved = {hand: (scale * x + shift[0], scale * y + shift[1]) for hand, (x, y) in frame.palms.items()}
    inside = {hand: (x, y) for hand, (x, y) in moved.items() if 0 <= x < width and 0 <= y < height}
    return replace(frame, image=np.asarray(image, np.uint8), palms=inside)


def measure(estimator: PoseNetEstimator, frames: Iterable[Marked], min_score: float) -> Measured:
    """What the estimator finds of the marked palms."""
    own, either, errors, seconds = [], [], [], []
    for frame in frames:
        people, took = look(estimator, frame, min_score)
        seconds.append(took)
        for hand, mark in frame.palms.items():
            right, any_hand = misses(people, hand, mark)
            width = frame.image.shape[1]
            own.append(right <= RADIUS * width)
            either.append(any_hand <= RADIUS * width)
            errors.append(any_hand / width)
    return Measured(
        float(np.mean(own)), float(np.mean(either)), float(np.median(errors)), 1e3 * float(np.median(seconds))
    )


def look(estimator: PoseNetEstimator, frame: Marked, min_score: float) -> tuple[list[Person], float]:
    """The people in a picture, and the seconds of work that took."""
    start = time.process_time()
    found = estimator.people(frame.image)
    people = [to_person(person.mirrored() if frame.mirrored else person, min_score) for person in found]
    return people, time.process_time() - start


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
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="The folder with the marked pictures.")
@click.option("--pictures", type=click.Path(path_type=Path), help="Draw what the default finds into this folder.")
@click.option("--default", "only_default", is_flag=True, help="Measure the default alone.")
def main(data: Path | None, pictures: Path | None, only_default: bool) -> None:
    """Measure palms against marks made by eye, for each network, stride and width."""
    cv2.setNumThreads(1)
    frames = marked_frames(data or Path(os.environ.get("BGSUB_DATA", HERE.parent / "shared" / "data")))
    usual = PoseSettings()
    default = (usual.model, STRIDE, usual.width)
    groups = {
        "sets": [frame for frame in frames if frame.mirrored],
        "others": [frame for frame in frames if not frame.mirrored],
        "jittered": [jittered(frame, *jitter) for frame in frames for jitter in JITTERS],
    }
    print("palms: " + ", ".join(f"{sum(len(f.palms) for f in group)} in {name}" for name, group in groups.items()))
    print("network stride width | own hand, either hand of " + ", ".join(groups) + " | median error | ms of one thread")
    for case in [default] if only_default else CASES:
        estimator = estimator_of(*case)
        found = {name: measure(estimator, group, usual.min_score) for name, group in groups.items()}
        shares = "   ".join(f"{100 * one.own:5.1f} {100 * one.either:5.1f}" for one in found.values())
        last, mark = found["jittered"], " <- default" if case == default else ""
        model, stride, width = case
        print(
            f"  {model}    {stride:4d}  {width:4d}  | {shares} | {100 * last.median:5.2f} % | {last.ms:5.1f}{mark}",
            flush=True,
        )
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        estimator = estimator_of(*default)
        for frame in frames:
            people, _ = look(estimator, frame, usual.min_score)
            draw(frame, people, pictures / frame.name.replace("/", "_").replace(".jpg", ".png"))


if __name__ == "__main__":
    main()
