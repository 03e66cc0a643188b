"""Failures: the worst frame of each set and scene, as silhouettes, for the model card.

    python -m benchmarks.failures PATH [PATH...] [--weights F] [--out docs/pictures/failures.png]

The photographs are left out: they are not ours to print.
"""

from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.sheet import CELL, GAP, WHAT_COLOURS_MEAN, cell, goodness, looked_at, named, strip, told
from common.evaluate import CutsOut, Sample, labelled
from common.nets.segmenter import Segmenter
from common.sets import encode_png
from common.weights import Weights

Image = NDArray[np.uint8]

ACROSS = 5


def worst_of_each(cuts: CutsOut, samples: tuple[Sample, ...]) -> list[Image]:
    """A picture a scene, the worst scene first."""
    worst: dict[str, tuple[float, Image]] = {}
    for sample in samples:
        picture, found = looked_at(cuts, sample)
        if sample.scene not in worst or goodness(found) < worst[sample.scene][0]:
            worst[sample.scene] = goodness(found), cell(picture, f"{named(sample)}  {told(found)}")
    return [picture for _, picture in sorted(worst.values(), key=lambda one: one[0])]


def grid(pictures: list[Image]) -> Image:
    """Rows of ACROSS, under what the colours mean."""
    blank = cell(np.full((*CELL[::-1], 3), 250, np.uint8), "")
    filled = [*pictures, *[blank] * (-len(pictures) % ACROSS)]
    rows = [np.hstack(filled[at : at + ACROSS]) for at in range(0, len(filled), ACROSS)]
    return np.vstack([strip(WHAT_COLOURS_MEAN, rows[0].shape[1]), *rows, strip("", rows[0].shape[1])[:GAP]])


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--weights", type=click.Path(path_type=Path), help="A safetensors file; the shipped weights without it.")
@click.option("--out", type=click.Path(path_type=Path), default="docs/pictures/failures.png", show_default=True)
def main(paths: tuple[Path, ...], weights: Path | None, out: Path) -> None:
    """Draw the worst frame of each scene of PATHs: folders of sets, single sets, or index.csv files."""
    cv2.setNumThreads(1)
    segmenter = Segmenter(Weights.from_file(weights) if weights else Weights.shipped())
    samples = tuple(sample for path in paths for sample in labelled(path).samples)
    out.write_bytes(encode_png(grid(worst_of_each(segmenter, samples))))


if __name__ == "__main__":
    main()
