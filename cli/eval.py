"""`bgsub eval`: how good the mask is on labelled frames, through the very code that the live service runs."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path

import click

from common.errors import UserError
from common.evaluate import Result, evaluate, labelled
from common.nets.segmenter import Segmenter
from common.perturb import PERTURBATIONS
from common.scores import Score
from common.weights import Weights

TITLES = ("frames", "IoU", "worst", "boundary F", "alpha MAE", "empty fg", "ms")
DIGITS = {"frames": 0, "iou": 3, "iou_min": 3, "boundary_f": 3, "alpha_mae": 4, "empty_fg": 5, "ms": 1}


@click.command("eval")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--weights", type=click.Path(path_type=Path), help="A safetensors file; the shipped weights without it.")
@click.option(
    "--perturb",
    type=click.Choice([*PERTURBATIONS, "all"]),
    default="none",
    show_default=True,
    metavar="NAME",
    help=f"Change the frames, not the plates: all, or one of {', '.join(PERTURBATIONS)}.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "torch", "openvino"]),
    default="auto",
    show_default=True,
    help="What runs the network; auto is OpenVINO on a CPU and torch on CUDA.",
)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="What it runs on.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="Threads for the network.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def eval_command(
    *, path: Path, weights: Path | None, perturb: str, engine: str, device: str, threads: int, as_json: bool
) -> None:
    """Score the mask on PATH: a folder of image sets (set*/bkg.png, k.png, k_mask.png), one set, or an index.csv
    (scene, frame, plate, truth; a truth of 128 is ignored).

    IoU is at 0.5; boundary F allows 2 pixels; empty fg is the share of false foreground over empty frames. What each
    change of the frames is exactly: docs/MODEL_CARD.md.
    """
    if device == "cuda" and engine == "openvino":
        raise UserError("OpenVINO runs on CPUs here; leave out --engine for CUDA.")
    what = labelled(path)
    segmenter = Segmenter(Weights.from_file(weights) if weights else Weights.shipped(), engine, device, threads)
    click.echo(f"weights {segmenter.weights.id}, {segmenter.engine} on {segmenter.device}", err=True)
    with click.progressbar(length=len(what.samples), file=sys.stderr) as bar:
        names = list(PERTURBATIONS) if perturb == "all" else [perturb]
        results = evaluate(segmenter, what, names, lambda: bar.update(1))
    if as_json:
        told = {name: as_dict(result) for name, result in results.items()}
        click.echo(json.dumps({"weights": segmenter.weights.id, "engine": segmenter.engine, "perturb": told}, indent=2))
        return
    click.echo("\n".join(table(results)))


def as_dict(result: Result) -> dict[str, object]:
    return {"all": asdict(result.whole), "scenes": {name: asdict(score) for name, score in result.scenes.items()}}


def table(results: Mapping[str, Result]) -> Iterable[str]:
    """The scenes of the first perturbation, then a row for the whole of each."""
    rows: list[tuple[str, Score]] = [*next(iter(results.values())).scenes.items()]
    rows += [(f"all, {name}" if name != "none" else "all", result.whole) for name, result in results.items()]
    width = max(len(name) for name, _ in rows)
    yield " " * width + "".join(f"{title:>12}" for title in TITLES)
    for name, score in rows:
        yield f"{name:<{width}}" + "".join(f"{cell(score, field.name):>12}" for field in fields(Score))


def cell(score: Score, name: str) -> str:
    value = getattr(score, name)
    return "-" if value is None else f"{value:.{DIGITS[name]}f}"
