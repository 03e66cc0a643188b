"""Step: the whole segment step beside the bare network of MediaPipe selfie, in one run.

    python -m benchmarks.step [--steps 120] [--threads 1] [--size 640x480] [--json]

With one thread, as live, and with two unless told. Ours is everything from a frame of the camera's size to its mask;
theirs is `invoke()` alone, at 256x256. Both take turns of ten, so that a noisy machine troubles them alike: look at the
ratio. The peer runs in an environment of its own (see peers.py), made at first use.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.peers import environment, model
from cli.bench import ENGINES, SIZES, Stopwatch, film, live, summary
from common.nets.segmenter import Segmenter
from common.places import places
from common.weights import Weights

NAMED = {f"{width}x{height}": (width, height) for width, height in SIZES}
TURN = 10
"""Steps of each in a row: one alone would find its caches cold."""


class BareSelfie:
    """The peer's network in a process of its own."""

    def __init__(self, python: Path, network: Path, threads: int) -> None:
        worker = Path(__file__).with_name("bare_selfie.py")
        self._process = subprocess.Popen(
            [python, worker, network, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def times(self, runs: int) -> list[float]:
        """In ms. Raises RuntimeError where the process has died."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{runs}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer died with exit code {self._process.wait(10)}")
        return [float(ms) for ms in line.split()]

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


@contextmanager
def selfie(threads: int) -> Iterator[BareSelfie]:
    """The peer, warm."""
    folder = places().cache / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    peer = BareSelfie(environment(folder), model(folder, "selfie"), threads)
    try:
        peer.times(TURN)
        yield peer
    finally:
        peer.close()


def measure(segmenter: Segmenter, size: tuple[int, int], steps: int, peer: BareSelfie) -> dict[str, Any]:
    """Both medians, their ratio, and our stages."""
    watch, segmenter.timed = Stopwatch(), lambda _: nullcontext()
    plate, frames = film(*size)
    segmenter.set_plate(plate)
    segmenter.look_closer()
    for frame in frames[:TURN]:
        segmenter.alpha(frame)
    segmenter.timed = watch
    theirs: list[float] = []
    for at in range(steps):
        if at % TURN == 0:
            theirs += peer.times(TURN)
        with watch("step"):
            segmenter.alpha(frames[at % len(frames)])
            segmenter.between_frames()
    ours = summary(watch)
    bare = float(np.median(theirs))
    return {**ours, "selfie_p50_ms": bare, "ratio": ours["p50_ms"] / bare}


@click.command()
@click.option("--steps", type=click.IntRange(1), default=120, show_default=True, help="Steps timed of each.")
@click.option(
    "--threads", "counts", type=click.IntRange(1, 64), multiple=True, help="For both networks; 1, then 2, unless given."
)
@click.option("--engine", type=click.Choice(ENGINES), default="openvino", show_default=True)
@click.option("--size", "sizes", type=click.Choice(list(NAMED)), multiple=True, help="Of the camera; all unless given.")
@click.option("--whole", is_flag=True, help="Never look closer: as for somebody who fills the picture.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(
    *, steps: int, counts: tuple[int, ...], engine: str, sizes: tuple[str, ...], whole: bool, as_json: bool
) -> None:
    """Time our whole step beside the bare network of MediaPipe selfie."""
    found: dict[int, dict[str, Any]] = {}
    for threads in counts or (1, 2):
        segmenter = live(Segmenter(Weights.shipped(), engine, "cpu", threads), closer=not whole)
        with selfie(threads) as peer:
            found[threads] = {size: measure(segmenter, NAMED[size], steps, peer) for size in sizes or NAMED}
        if not as_json:
            click.echo(f"{engine}, {threads} thread(s) each, medians in ms")
            click.echo("\n".join(line(size, row) for size, row in found[threads].items()))
    if as_json:
        click.echo(json.dumps({"engine": engine, "threads": found}))


def line(size: str, row: dict[str, Any]) -> str:
    """A size for a person."""
    stages = "  ".join(f"{stage} {ms:.2f}" for stage, ms in row["stages"].items())
    bare = f"selfie's network {row['selfie_p50_ms']:.2f}  ratio {row['ratio']:.2f}"
    return f"{size:>9}  step {row['p50_ms']:6.2f}  p95 {row['p95_ms']:6.2f}  {bare}   {stages}"


if __name__ == "__main__":
    main()
