"""`bgsub bench`: the segment step, stage by stage, on this machine's engines at the usual sizes."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import numpy as np

from common.errors import UserError
from common.messages import Image
from common.nets.calm import Calm
from common.nets.choice import Choices
from common.nets.segmenter import Segmenter
from common.nets.still import Stillness
from common.places import places
from common.weights import Weights
from services.camera.demo import PERIOD
from services.camera.demo.scene import Scene

SIZES = ((640, 480), (1280, 720), (1920, 1080))
PICTURES = 12
WARM_UP = 12
ENGINES = ("openvino", "torch")


class Stopwatch:
    """Collects the time of each stage, in ms."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.times[stage].append(1000 * (time.perf_counter() - start))


@click.command("bench")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--engine", type=click.Choice(ENGINES), help="One engine; all of the device's unless given.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="Threads for the network.")
@click.option(
    "--steps", type=click.IntRange(1, 10_000), default=60, show_default=True, help="Steps timed at each size."
)
@click.option("--whole", is_flag=True, help="Never look closer: as for somebody who fills the picture.")
@click.option("--json", "as_json", is_flag=True, help="An object, for programs.")
def bench_command(*, device: str, engine: str | None, threads: int, steps: int, whole: bool, as_json: bool) -> None:
    """Time the whole segment step, from a frame to a mask of its size, with the plate's features kept.

    Frames are a stretch of the drawn demo, played to and fro, each step as the live service takes it. Engines take
    turns at each size, so that a noisy machine troubles all alike.
    """
    names = [engine] if engine else ["torch"] if device == "cuda" else list(ENGINES)
    if device == "cuda" and engine == "openvino":
        raise UserError("OpenVINO runs on CPUs here; leave out --engine for CUDA.")
    segmenters = {name: live(Segmenter(Weights.shipped(), name, device, threads), closer=not whole) for name in names}
    figures: dict[str, Any] = {name: {} for name in names}
    for width, height in SIZES:
        click.echo(f"{width}x{height}", err=True)
        for name, times in timed(segmenters, width, height, steps).items():
            figures[name][f"{width}x{height}"] = summary(times)
    hardware = next(iter(segmenters.values())).device
    result = {"device": hardware, "threads": threads, "engines": figures}
    click.echo(json.dumps(result) if as_json else table(result))
    chosen = Choices(places().cache, Weights.shipped().story.architecture).kept()
    if device == "cpu" and chosen is not None:
        click.echo(f"chosen on this machine: {chosen.engine}, {chosen.threads} thread(s)", err=True)


def timed(segmenters: dict[str, Segmenter], width: int, height: int, steps: int) -> dict[str, Stopwatch]:
    """The times of each segmenter at one size, the whole step among them as `step`."""
    plate, frames = film(width, height)
    watches = {name: Stopwatch() for name in segmenters}
    for segmenter in segmenters.values():
        segmenter.set_plate(plate)
        segmenter.look_closer()
        for at in range(WARM_UP):
            segmenter.alpha(frames[at % len(frames)])
    for at in range(steps):
        for name, segmenter in segmenters.items():
            segmenter.timed = watches[name]
            with watches[name]("step"):
                segmenter.alpha(frames[at % len(frames)])
                segmenter.between_frames()
    return watches


def live(segmenter: Segmenter, *, closer: bool) -> Segmenter:
    """With all that the live service switches on."""
    segmenter.calm, segmenter.still, segmenter.closer = Calm(), Stillness(), closer
    return segmenter


def film(width: int, height: int) -> tuple[Image, list[Image]]:
    """A plate, and the person's moving before it: a stretch of the demo, there and back."""
    scene = Scene(width, height)
    there = [scene.frame(int(0.5 * PERIOD) + at) for at in range(PICTURES)]
    return scene.frame(0), [*there, *there[-2:0:-1]]


def summary(watch: Stopwatch) -> dict[str, Any]:
    """Medians, and the 95th percentile of the whole step."""
    whole = watch.times["step"]
    stages = {stage: float(np.median(times)) for stage, times in watch.times.items() if stage != "step"}
    return {"p50_ms": float(np.median(whole)), "p95_ms": float(np.percentile(whole, 95)), "stages": stages}


def table(result: dict[str, Any]) -> str:
    """The same for a person."""
    lines = [f"{result['device']}, {result['threads']} thread(s), medians in ms"]
    for engine, sizes in result["engines"].items():
        for size, figures in sizes.items():
            stages = "  ".join(f"{stage} {ms:.2f}" for stage, ms in figures["stages"].items())
            lines.append(
                f"{engine:<9} {size:>9}  step {figures['p50_ms']:6.2f}  p95 {figures['p95_ms']:6.2f}   {stages}"
            )
    return "\n".join(lines)
