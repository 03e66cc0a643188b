"""Scores a segmenter on labelled frames: image sets on disk, or scenes listed in an `index.csv`."""

import csv
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from common.errors import UserError
from common.perturb import PERTURBATIONS
from common.scores import IGNORED, Score, mean, score
from common.sets import PLATE_NAME, read_image, read_mask

Image = NDArray[np.uint8]

COLUMNS = ("scene", "frame", "plate", "truth")


class CutsOut(Protocol):
    """What is evaluated: a Segmenter or a peer."""

    def set_plate(self, plate: Image) -> None: ...

    def alpha(self, frame: Image) -> Image: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled frame. `ignores` says that a truth of 128 counts for nothing."""

    scene: str
    frame: Path
    plate: Path
    truth: Path
    ignores: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """Samples, and whether the whole is the mean over scenes rather than over frames."""

    samples: tuple[Sample, ...]
    by_scene: bool


@dataclass(frozen=True, slots=True)
class Result:
    """Under one perturbation: the whole, and each scene."""

    whole: Score
    scenes: Mapping[str, Score]


def labelled(path: Path) -> Labelled:
    """A folder of sets, one set, or an index. Raises UserError where there is nothing labelled."""
    index = path / "index.csv" if path.is_dir() else path
    if index.is_file():
        return Labelled(tuple(read_index(index)), by_scene=True)
    if not path.is_dir():
        raise UserError(f"{path} does not exist: name a folder of sets or an index.csv.")
    folders = [path] if (path / PLATE_NAME).exists() else sorted(path.glob("set*"), key=set_order)
    samples = tuple(sample for folder in folders for sample in read_set(folder))
    if not samples:
        raise UserError(f"{path} holds no labelled set: set*/{PLATE_NAME}, k.png and k_mask.png are looked for.")
    return Labelled(samples, by_scene=False)


def set_order(folder: Path) -> tuple[int, str]:
    digits = folder.name.removeprefix("set")
    return (int(digits) if digits.isdecimal() else 0, folder.name)


def read_set(folder: Path) -> Iterable[Sample]:
    """The set's frames that have a mask; raises UserError where such a frame or the plate is missing."""
    masks = [(int(mask.stem.removesuffix("_mask")), mask) for mask in folder.glob("*_mask.png") if is_mask(mask)]
    for number, mask in sorted(masks):
        sample = Sample(folder.name, folder / f"{number}.png", folder / PLATE_NAME, mask, ignores=False)
        for needed in (sample.frame, sample.plate):
            if not needed.exists():
                raise UserError(f"{mask} has no {needed.name} beside it.")
        yield sample


def is_mask(path: Path) -> bool:
    return path.stem.removesuffix("_mask").isdecimal()


def read_index(path: Path) -> Iterable[Sample]:
    """Rows of scene, frame, plate, truth; paths are relative to the index. Raises UserError naming the line."""
    wanted = f"An index is a text file with the columns {', '.join(COLUMNS)}."
    try:
        # spreadsheets put a mark in front, which is no part of the first column's name
        table = csv.DictReader(path.read_text("utf-8-sig").splitlines())
        rows = list(table)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error):
        raise UserError(f"{path} is no index. {wanted}") from None
    if not rows or not set(COLUMNS) <= set(table.fieldnames or ()):
        found = f"has the columns {', '.join(table.fieldnames or ())[:80]}" if rows else "lists nothing"
        raise UserError(f"{path} {found}. {wanted}")
    for line, row in enumerate(rows, start=2):
        if any(not row.get(column) for column in COLUMNS):
            raise UserError(f"{path}, line {line}: each row needs {', '.join(COLUMNS)}.")
        frame, plate, truth = (path.parent / row[column] for column in COLUMNS[1:])
        yield Sample(row["scene"], frame, plate, truth, ignores=True)


def evaluate(
    cuts: CutsOut, what: Labelled, perturbations: Sequence[str], seen: Callable[[], object] = lambda: None
) -> dict[str, Result]:
    """Results by perturbation; `seen` is called after each sample. Raises UserError that names what is unreadable, and
    a frame or truth of another size than its plate.
    """
    found: dict[str, dict[str, list[Score]]] = {name: {} for name in perturbations}
    plate, plate_path, warm = np.zeros((0, 0, 3), np.uint8), None, set[bool]()
    for sample in what.samples:
        if sample.plate != plate_path:
            plate, plate_path, warm = read_image(sample.plate), sample.plate, set()
            cuts.set_plate(plate)
        frame, truth = read_pair(sample, plate)
        somebody = bool((truth > IGNORED).any())
        if somebody not in warm:  # the first looks at a plate, and at somebody before it, are slower and not timed
            warm.add(somebody)
            cuts.alpha(frame)
        for name, one in score_sample(cuts, frame, truth, sample.ignores, perturbations).items():
            found[name].setdefault(sample.scene, []).append(one)
        seen()
    return {name: summed_up(scenes, what.by_scene) for name, scenes in found.items()}


def read_pair(sample: Sample, plate: Image) -> tuple[Image, Image]:
    """Frame and truth; raises UserError unless both are of the plate's size."""
    frame, truth = read_image(sample.frame), read_mask(sample.truth)
    for path, picture in ((sample.frame, frame), (sample.truth, truth)):
        if picture.shape[:2] != plate.shape[:2]:
            sizes = " and ".join(f"{one.shape[1]}x{one.shape[0]}" for one in (picture, plate))
            raise UserError(f"{path} is not of the size of {sample.plate}: {sizes}.")
    return frame, truth


def score_sample(
    cuts: CutsOut, frame: Image, truth: Image, ignores: bool, perturbations: Sequence[str]
) -> dict[str, Score]:
    scores = {}
    for name in perturbations:
        changed, moved, lost = PERTURBATIONS[name](frame, truth)
        began = time.perf_counter()
        alpha = cuts.alpha(changed)
        ms = (time.perf_counter() - began) * 1000
        scores[name] = score(alpha, moved, lost | (moved == IGNORED) if ignores else lost, ms)
    return scores


def summed_up(scenes: Mapping[str, Sequence[Score]], by_scene: bool) -> Result:
    means = {name: mean(scores) for name, scores in scenes.items()}
    whole = means.values() if by_scene else [one for scores in scenes.values() for one in scores]
    return Result(mean(list(whole)), means)
