"""What the demo costs: time to prepare, and to draw a frame of an empty room and of one with a person, on one thread.

Run it as `python -m benchmarks.demo`. The budget at 640x480 is 3 ms a frame, as the median over one visit.
"""

import json
import time

import click
import cv2
import numpy as np

from services.camera.demo import PERIOD
from services.camera.demo.scene import Scene

BUDGET_MS = 3.0


def times_ms(scene: Scene, frames: range, repeats: int) -> np.ndarray:
    """Milliseconds of processor time for each frame; the best of `repeats`, since neighbours only ever add to it."""
    best = np.full(len(frames), np.inf)
    for _ in range(repeats):
        for place, index in enumerate(frames):
            start = time.thread_time()
            scene.frame(index)
            best[place] = min(best[place], 1e3 * (time.thread_time() - start))
    return best


def measure(width: int, height: int, repeats: int) -> dict[str, float]:
    """Medians in milliseconds, and seconds to prepare."""
    start = time.process_time()
    scene = Scene(width, height)
    prepared_s = time.process_time() - start
    frames = range(PERIOD)
    cost = times_ms(scene, frames, repeats)
    person = np.array([bool(scene.truth(index).alpha.any()) for index in frames])
    return {
        "prepare_s": prepared_s,
        "visit_ms": float(np.median(cost)),
        "visit_mean_ms": float(cost.mean()),
        "empty_ms": float(np.median(cost[~person])),
        "person_ms": float(np.median(cost[person])),
        "person_p95_ms": float(np.percentile(cost[person], 95)),
    }


@click.command()
@click.option("--width", default=640, show_default=True)
@click.option("--height", default=480, show_default=True)
@click.option("--repeats", default=3, show_default=True, help="Times each frame is drawn; the best counts.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(width: int, height: int, repeats: int, as_json: bool) -> None:
    """Measure what drawing the demo costs."""
    cv2.setNumThreads(1)
    figures = measure(width, height, repeats)
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo(f"{width}x{height}, one thread, best of {repeats}; the budget at 640x480 is {BUDGET_MS:g} ms")
    for name, value in figures.items():
        click.echo(f"  {name:14} {value:6.2f}")


if __name__ == "__main__":
    main()
