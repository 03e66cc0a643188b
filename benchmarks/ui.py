"""What a picture of the UI costs, app by app: messages taken in, composed, drawn over; on one thread.

Run it as `python -m benchmarks.ui`. The budget at 640x480 is 8 ms, as the median over a visit of the demo's figure.
"""

import json
import time
from collections.abc import Callable, Iterator

import click
import cv2
import numpy as np

from common.clock import boot_id
from common.messages import (
    Frame,
    FrameKey,
    Image,
    Keypoint,
    Mask,
    Palms,
    Person,
    Plate,
    Recording,
    RecordingState,
    RecordingTarget,
    Shot,
    Training,
    TrainingPoint,
    TrainingState,
)
from services.camera.demo import PERIOD
from services.camera.demo.scene import Scene
from services.ui.apps.clone import Clone, Show
from services.ui.desk import Desk
from services.ui.errands import ClientLike
from services.ui.fronts.front import Key
from tests.services.ui import fakes

BUDGET_MS = 8.0
_FPS = 30


def ready(desk: Desk) -> None:
    """The app as it starts."""


def keys(*names: str) -> Callable[[Desk], None]:
    """Presses keys one after the other."""

    def press(desk: Desk) -> None:
        for name in names:
            desk.on(Key(name), 0.0)

    return press


def doubles(count: int) -> Callable[[Desk], None]:
    """Shows so many doubles."""

    def show(desk: Desk) -> None:
        assert isinstance(desk.app, Clone)
        desk.app.show, desk.app.doubles = Show.SHOWN, count

    return show


def trains(desk: Desk) -> None:
    """Begins a training with a long curve and a preview."""
    curve = tuple(TrainingPoint(step, 1 / (step + 9), 0.9 if step % 4 == 0 else None) for step in range(200))
    words, preview = "Training on set3.", np.full((96, 384, 3), 90, np.uint8)
    training = Training(TrainingState.RUNNING, "t", 200, 300, 0.01, 60, 0.9, None, "", words, preview, curve=curve)
    desk.take(training, 0.0)


CASES: tuple[tuple[str, str, Callable[[Desk], None]], ...] = (
    ("studio", "studio", ready),
    ("studio, cut-out", "studio", keys("m", "m")),
    ("studio, training", "studio", trains),
    ("studio, help", "studio", keys("h")),
    ("mask", "mask", ready),
    ("mask, difference", "mask", keys("v", "v", "v")),
    ("clone, 1 double", "clone", doubles(1)),
    ("clone, 3 doubles", "clone", doubles(3)),
    ("backdrop", "backdrop", ready),
)


def _unasked(service: str) -> ClientLike:
    raise AssertionError(f"the benchmark asks {service} for nothing")


def make_desk(app: str, height: int, width: int) -> Desk:
    """A desk at time 0 that is asked for every picture it can draw."""
    return fakes.desk(app=app, client=_unasked, size=(height, width), wait_s=0.4, fps=1000)


def settle(desk: Desk, plate: Image) -> None:
    """Plate, heartbeats and a set with some frames, as they are in the middle of a visit."""
    desk.take(Plate("p", plate, "cam0", 45, "", fakes.GOOD), 0.0)
    small = np.asarray(cv2.resize(plate, (128, 96)), np.uint8)
    shots = tuple(Shot(name, small) for name in ("2.png", "1.png", "0.png", "bkg.png"))
    desk.take(
        Recording(RecordingState.IDLE, RecordingTarget.FRAME, 0, 0, 3, True, 3, "", "", "", shots=shots),
        0.0,
    )


def visit(scene: Scene, height: int, width: int) -> Iterator[tuple[Frame, Mask, Palms]]:
    """Every other picture of the demo with its true mask, and two palms."""
    for index in range(0, PERIOD, 2):
        key = FrameKey("cam0", "bench", index, round(1e9 * index / _FPS), boot_id())
        image, alpha = np.asarray(scene.frame(index), np.uint8), np.asarray(scene.truth(index).alpha, np.uint8)
        palms = Keypoint(0.3 * width, 0.4 * height, 0.9), Keypoint(0.6 * width, 0.6 * height, 0.9)
        people = (Person(0.9, (), *palms),) if alpha.any() else ()
        yield (
            Frame(key, image, True, "demo", index, True),
            Mask(key, alpha, "w", "p", fakes.GOOD, "e"),
            Palms(key, people),
        )


def times_ms(desk: Desk, taken: list[tuple[Frame, Mask, Palms]]) -> np.ndarray:
    """Milliseconds of processor time for each picture that shows somebody."""
    cost = []
    for number, (frame, mask, palms) in enumerate(taken):
        now = 20 + number / _FPS
        if number % _FPS == 0:
            fakes.alive(desk, now)
        start = time.thread_time()
        desk.take(frame, now)
        desk.take(mask, now)
        if number % 3 == 0:
            desk.take(palms, now)
        desk.turn(now)
        picture = desk.picture(now)
        if picture is not None and palms.people:
            cost.append(1e3 * (time.thread_time() - start))
    return np.array(cost)


def measure(width: int, height: int) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile in milliseconds by case."""
    scene = Scene(width, height)
    taken = list(visit(scene, height, width))
    plate = next(frame.image for frame, mask, _ in taken if not mask.alpha.any())
    figures = {}
    for name, app, begin in CASES:
        desk = make_desk(app, height, width)
        settle(desk, plate)
        begin(desk)
        cost = times_ms(desk, taken)
        figures[name] = float(np.median(cost)), float(np.percentile(cost, 95))
        desk.close()
    return figures


@click.command()
@click.option("--width", default=640, show_default=True)
@click.option("--height", default=480, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(width: int, height: int, as_json: bool) -> None:
    """Measure what the pictures of all apps cost."""
    cv2.setNumThreads(1)
    figures = measure(width, height)
    if as_json:
        click.echo(json.dumps({name: {"median_ms": median, "p95_ms": p95} for name, (median, p95) in figures.items()}))
        return
    click.echo(f"{width}x{height}, one thread; the budget at 640x480 is {BUDGET_MS:g} ms in the median")
    for name, (median, p95) in figures.items():
        click.echo(f"  {name:18} {median:6.2f}   p95 {p95:6.2f}")


if __name__ == "__main__":
    main()
