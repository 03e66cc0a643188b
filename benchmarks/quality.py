"""`make bench-quality`: the mask beside its peers, on the same frames in one run; a table, and pictures worst first.

python -m benchmarks.quality PATH [PATH...] [--perturb NAME|all] [--sheet FILE.jpg]
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import cv2

from benchmarks.peers import MODELS, AbsDiff, Mog2, Piped, SeedNet, environment, model
from benchmarks.sheet import sheet, told
from common.evaluate import CutsOut, Labelled, Result, evaluate, labelled
from common.nets.segmenter import Segmenter
from common.perturb import PERTURBATIONS
from common.places import places
from common.sets import PLATE_NAME
from common.weights import Weights

ROWS = 12
"""Of the sheet."""


@contextmanager
def contenders(weights: Weights, data: Path) -> Iterator[dict[str, CutsOut]]:
    """By name, in the table's order; a peer that can't be had is left out and named on stderr."""
    found: dict[str, CutsOut] = {"ours": Segmenter(weights), "absdiff>25": AbsDiff(), "MOG2": Mog2()}
    seed = data / "peers" / "seed_net.pth"
    if seed.exists():
        found["first system"] = SeedNet(seed)
    else:
        print(f"the first system is left out, {seed} is not there", file=sys.stderr)
    piped = []
    folder = places().cache / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    for title, name in (("MediaPipe selfie", "selfie"), ("RVM", "rvm")):
        try:
            peer = Piped(environment(folder), name, model(folder, name))
        except (subprocess.SubprocessError, OSError) as error:
            print(f"{title} is left out, {MODELS[name][0]} can't be had: {error}", file=sys.stderr)
            continue
        piped.append(peer)
        found[title] = peer
    try:
        yield found
    finally:
        for peer in piped:
            with closing(peer):
                pass


def row(cells: list[str], widths: list[int]) -> str:
    return "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)) + " |"


def figure(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def markdown(title: str, lines: dict[str, list[str]], names: list[str]) -> str:
    widths = [max(len(title), *map(len, lines)), *(max(len(name), 16) for name in names)]
    head = [row([title, *names], widths), row(["-" * width for width in widths], widths)]
    return "\n".join(head + [row([key, *cells], widths) for key, cells in lines.items()])


def tables(title: str, results: dict[str, dict[str, Result]]) -> str:
    """Scenes of the first perturbation, the perturbations, and the rest of the figures of the first."""
    names = list(results)
    first = next(iter(results[names[0]]))
    scenes = {s: [told(results[n][first].scenes[s]) for n in names] for s in results[names[0]][first].scenes}
    whole = {all_of(p): [told(results[n][p].whole) for n in names] for p in results[names[0]]}
    rest = {
        label: [figure(getattr(results[n][first].whole, field), digits) for n in names]
        for label, field, digits in (
            ("worst frame's IoU", "iou_min", 3),
            ("boundary F", "boundary_f", 3),
            ("alpha MAE", "alpha_mae", 4),
            ("false foreground on empty frames", "empty_fg", 5),
            ("ms a frame", "ms", 1),
        )
    }
    return markdown(f"{title}, mean IoU", scenes | whole | rest, names)


def all_of(perturbation: str) -> str:
    """The name of a row, as `bgsub eval` has it."""
    return "all" if perturbation == "none" else f"all, {perturbation}"


def gathered(paths: tuple[Path, ...]) -> dict[str, Labelled]:
    """By title; single sets are measured together, as one table."""
    sets = [labelled(path) for path in paths if (path / PLATE_NAME).exists()]
    found = {path.stem: labelled(path) for path in paths if not (path / PLATE_NAME).exists()}
    together = tuple(sample for one in sets for sample in one.samples)
    return ({"sets": Labelled(together, by_scene=False)} if together else {}) | found


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--weights", type=click.Path(path_type=Path), help="A safetensors file; the shipped weights without it.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default="../shared/data",
    show_default=True,
    help="Where the first system's network lies.",
)
@click.option(
    "--perturb",
    type=click.Choice([*PERTURBATIONS, "all"]),
    default="none",
    metavar="NAME",
    show_default=True,
    help="Change the frames, as bgsub eval does; all for each change.",
)
@click.option("--sheet", "sheet_path", type=click.Path(path_type=Path), help="Write a sheet of pictures, worst first.")
def main(paths: tuple[Path, ...], weights: Path | None, data: Path, perturb: str, sheet_path: Path | None) -> None:
    """Measure the mask beside its peers on PATHs: folders of sets, single sets (together), or index.csv files."""
    cv2.setNumThreads(1)
    names = list(PERTURBATIONS) if perturb == "all" else [perturb]
    with contenders(Weights.from_file(weights) if weights else Weights.shipped(), data) as cuts:
        for title, what in gathered(paths).items():
            print(tables(title, {name: evaluate(one, what, names) for name, one in cuts.items()}), end="\n\n")
            if sheet_path:
                sheet_path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(sheet_path.with_stem(f"{sheet_path.stem}-{title}")), sheet(cuts, what.samples, ROWS))


if __name__ == "__main__":
    main()
