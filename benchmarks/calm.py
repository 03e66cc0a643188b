"""Do edges flicker on a still subject, is there a ghost behind a moving one, is a sitter absorbed?

    python -m benchmarks.calm [--data DIR] [--frames N] [--no-peers] [--sheet FILE.jpg]

*Flicker* is the mean change of alpha (0..1) from one frame to the next where the blurred picture changed by under 6
levels in every channel, over filmed visits of somebody who sits; the plate is learned from the film before. *Ghost* is
the IoU on generated walks, whose truth is exact, at several speeds: what trails behind would lower it as speed grows.
*Like the wall* is the same for somebody nearly of the room's mean colour; *noisy* with a camera's noise of sigma 10.
*Sits for ten minutes* is segment itself, plate and all, while the light changes (benchmarks/sitter.py).
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Figure, Moment, Walk, like, people, rooms, walk
from benchmarks.peers import MODELS, Piped, environment, model
from benchmarks.quality import markdown
from benchmarks.sheet import cell
from benchmarks.sitter import Live, Mog2Live, minutes
from common.errors import UserError
from common.evaluate import CutsOut
from common.nets.calm import Calm
from common.nets.segmenter import Segmenter
from common.places import places
from common.plates import MOST_FRAMES, learn
from common.scores import HALF, iou
from common.weights import Weights

Image = NDArray[np.uint8]
Start = Callable[[], CutsOut]
"""Begins a film: what it returns remembers nothing of another."""

OURS = ("ours", "ours, each frame alone")
CAMERAS = (1, 3)
STILL_LEVELS = 6
BLUR = 2.0  # sigma, pixels
WALK_FRAMES = 30
HEIGHT = 400  # of the walker, of 480
LOOKS_APART = 5  # at the sitter, of peers that take long
WALKS = {
    "stands": Walk(0, WALK_FRAMES),
    "2 px a frame": Walk(2, WALK_FRAMES),
    "8 px a frame": Walk(8, WALK_FRAMES),
    "25 px a frame": Walk(25, WALK_FRAMES),
    "60 px a frame": Walk(60, WALK_FRAMES),
    "25 px, noisy": Walk(25, WALK_FRAMES, sigma=10),
}


@dataclass
class Worst:
    """The frame of the lowest IoU so far."""

    value: float = 2.0
    moment: Moment | None = None
    alpha: Image | None = None

    def see(self, value: float, moment: Moment, alpha: Image) -> None:
        if value < self.value:
            self.value, self.moment, self.alpha = value, moment, alpha.copy()


def film(path: Path) -> Iterator[Image]:
    """Raises UserError where there is no such film."""
    video = cv2.VideoCapture(str(path))
    if not video.isOpened():
        raise UserError(f"{path} is missing or no film: name the folder of data with --data.")
    while (read := video.read())[0]:
        yield np.asarray(read[1], np.uint8)
    video.release()


def flicker(cuts: CutsOut, data: Path, camera: int, most: int) -> float:
    """Mean change of alpha on still pixels, 0..1."""
    empty = list(film(data / "videos" / f"room_cam{camera}_empty.avi"))
    cuts.set_plate(learn(empty[:: max(1, len(empty) // MOST_FRAMES)][:MOST_FRAMES]).image)
    person = islice(film(data / "videos" / f"room_cam{camera}_person.avi"), most)
    return float(np.mean(list(changes((frame, cuts.alpha(frame)) for frame in person))))


def changes(masked: Iterable[tuple[Image, Image]]) -> Iterator[float]:
    """Frames with their alphas -> for each but the first the mean change of alpha where the picture is still."""
    before = None
    for frame, alpha in masked:
        now = cv2.GaussianBlur(frame, (0, 0), BLUR).astype(np.float32), alpha.astype(np.float32) / 255
        if before is not None:
            still = np.abs(now[0] - before[0]).max(2) < STILL_LEVELS
            yield float(np.abs(now[1] - before[1])[still].mean())
        before = now


def ghosts(start: Start, scenes: list[tuple[Image, Figure]], how: Walk, worst: Worst) -> float:
    """Mean IoU over walks of each figure through its room."""
    found = []
    for room, who in scenes:
        cuts = start()
        cuts.set_plate(room)
        for moment in walk(room, who, how):
            alpha = cuts.alpha(moment.frame)
            found.append(iou(alpha >= HALF, moment.truth >= HALF))
            worst.see(found[-1], moment, alpha)
    return float(np.mean(found))


def stillness(found: dict[str, Start], data: Path, most: int) -> str:
    """A row a camera, a column a contender."""
    lines = {f"room_cam{at}": [f"{flicker(start(), data, at, most):.6f}" for start in found.values()] for at in CAMERAS}
    return markdown("flicker: change of alpha on still pixels", lines, list(found))


def motion(found: dict[str, Start], data: Path, worst: dict[str, Worst]) -> str:
    """A row a walk, a column a contender."""
    scenes = list(zip(rooms(data) * len(people(data, HEIGHT)), people(data, HEIGHT), strict=False))
    hidden = [(room, like(room, figure)) for room, figure in scenes]
    lines = {
        words: [f"{ghosts(start, scenes, how, worst[name]):.4f}" for name, start in found.items()]
        for words, how in WALKS.items()
    }
    fast = WALKS["25 px a frame"]
    lines["25 px, like the wall"] = [f"{ghosts(start, hidden, fast, Worst()):.4f}" for start in found.values()]
    return markdown("ghost: mean IoU of walks", lines, list(found))


def sitter(found: dict[str, Start], weights: Weights, data: Path) -> str:
    """A row a contender: IoU in the first and in the last minute of ten, mean of the rooms, and of the worst look."""
    ours: dict[str, Start] = {
        "ours": partial(Live, weights, refresh=True),
        "ours, plate left alone": partial(Live, weights, refresh=False),
        "MOG2": Mog2Live,
    }
    lines = {}
    for name, start in (ours | {name: start for name, start in found.items() if name not in OURS}).items():
        lines[name] = sat(start, data, 1 if name in ours else LOOKS_APART)
    return markdown(
        "sits for ten minutes", lines, ["first minute", "last minute", "change", "worst look", "new plates"]
    )


def sat(start: Start, data: Path, step: int) -> list[str]:
    runs, plates = [], 0
    for room in rooms(data):
        cuts = start()
        runs.append(minutes(cuts, room, people(data, HEIGHT)[0], step))
        if isinstance(cuts, Live):
            plates += len(cuts.plates) - 1
            cuts.close()
    tenth = len(runs[0]) // 10
    first, last = (float(np.mean([run[part] for run in runs])) for part in (np.s_[:tenth], np.s_[-tenth:]))
    return [f"{first:.4f}", f"{last:.4f}", f"{last - first:+.4f}", f"{min(map(min, runs)):.4f}", f"{plates}"]


@contextmanager
def contenders(weights: Weights, peers: bool) -> Iterator[dict[str, Start]]:
    """By name; RVM is left out and named on stderr where it can't be had."""
    calm, alone = Segmenter(weights), Segmenter(weights)
    with ExitStack() as running:
        found: dict[str, Start] = dict(zip(OURS, (partial(Film, calm), lambda: alone), strict=True))
        if not peers:
            yield found
            return
        folder = places().cache / "peers"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            python, network = environment(folder), model(folder, "rvm")
        except (subprocess.SubprocessError, OSError) as error:
            print(f"RVM is left out, {MODELS['rvm'][0]} can't be had: {error}", file=sys.stderr)
        else:
            found["RVM with state"] = lambda: started(running, Piped(python, "rvm_film", network))
        yield found


class Film:
    """A segmenter as the live service turns it, but that no mask stands."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        segmenter.calm = Calm()

    def set_plate(self, plate: Image) -> None:
        self._segmenter.set_plate(plate)
        self._segmenter.look_closer()

    def alpha(self, frame: Image) -> Image:
        alpha = self._segmenter.alpha(frame)
        self._segmenter.between_frames()
        return alpha


def started(running: ExitStack, peer: Piped) -> Piped:
    """Ends the one before and sees to the end of this one."""
    running.close()
    running.callback(peer.close)
    return peer


def sheet(worst: dict[str, Worst], path: Path) -> None:
    """A row a contender: its worst frame of all walks, the truth, its alpha."""
    rows = []
    for name, one in worst.items():
        if one.moment is not None and one.alpha is not None:
            pictures = ((one.moment.frame, name), (one.moment.truth, "truth"), (one.alpha, f"IoU {one.value:.3f}"))
            rows.append(np.hstack([cell(picture, words) for picture, words in pictures]))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(rows))


@click.command()
@click.option("--weights", type=click.Path(path_type=Path), help="A safetensors file; the shipped weights without it.")
@click.option("--data", type=click.Path(path_type=Path), default="../shared/data", show_default=True)
@click.option("--frames", default=10_000, show_default=True, help="Frames of each visit, at most.")
@click.option("--peers/--no-peers", default=True, help="RVM as well, which takes ten times as long.")
@click.option("--sheet", "sheet_path", type=click.Path(path_type=Path), help="Write the worst frames of the walks.")
def main(weights: Path | None, data: Path, frames: int, peers: bool, sheet_path: Path | None) -> None:
    """Measure flicker, ghosts and a long sitter, beside RobustVideoMatting with its memory where that can be had."""
    cv2.setNumThreads(1)
    used = Weights.from_file(weights) if weights else Weights.shipped()
    with contenders(used, peers) as found:
        worst = {name: Worst() for name in found}
        print(stillness(found, data, frames), end="\n\n", flush=True)
        print(motion(found, data, worst), end="\n\n", flush=True)
        print(sitter(found, used, data), flush=True)
    if sheet_path:
        sheet(worst, sheet_path)


if __name__ == "__main__":
    main()
