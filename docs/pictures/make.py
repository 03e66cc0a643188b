"""Makes the README's pictures: every app at work on the drawn demo.

    .venv/bin/python -m docs.pictures.make [--out docs/pictures] [studio mask clone backdrop]

The desk, its apps, the masks and the touch are the real ones, with the shipped weights; only time is made up, so that
the pictures come out the same on any machine. The palms are the demo's own, and the recorder's part is played here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import click
import cv2
import numpy as np
from msgspec.structs import replace

from common.clock import boot_id
from common.messages import (
    Accepted,
    Capture,
    Frame,
    FrameKey,
    Image,
    Keypoint,
    LearnPlate,
    Mask,
    Message,
    Palms,
    Person,
    Plate,
    Recording,
    RecordingState,
    RecordingTarget,
    Reply,
    Request,
    Shot,
)
from common.nets.calm import Calm
from common.nets.segmenter import Segmenter
from common.weights import Weights
from services.camera.demo.scene import FPS, Scene
from services.ui.desk import Desk
from services.ui.fronts.front import Gesture, Key, Pointer
from tests.services.ui import fakes

WIDTH, HEIGHT = 640, 480
EVERY = 3
"""One picture in so many is kept: ten a second."""
POSE_EVERY = 3
SAV_S = 1.2
SHOWN = (480, 360)
LEAST_QUALITY, MOST_BYTES = 40, 950_000
CLONE, VIEW, NEXT = (0.15, 0.45), (0.85, 0.45), (0.15, 0.45)

Story = tuple[str, float, float, dict[float, Callable[[Desk, float], None]]]
"""The app, from and to which second of the demo, and what is done when."""


def click_on(x: float, y: float) -> Callable[[Desk, float], None]:
    """A click there; the pointer leaves again."""

    def act(desk: Desk, now: float) -> None:
        desk.on(Pointer(Gesture.PRESS, x, y), now)
        desk.on(Pointer(Gesture.LEAVE, 0, 0), now)

    return act


def press(key: str) -> Callable[[Desk, float], None]:
    """A key."""
    return lambda desk, now: desk.on(Key(key), now)


STORIES: dict[str, Story] = {
    "studio": ("studio", 13.0, 18.4, {}),
    "mask": ("mask", 13.7, 18.0, {16.2: click_on(*VIEW), 17.1: click_on(*VIEW)}),
    "clone": (
        "clone",
        17.9,
        22.7,
        {5.0: click_on(*CLONE), 20.6: press("d"), 21.0: press("d")},
    ),
    "backdrop": ("backdrop", 17.9, 22.7, {second: click_on(*NEXT) for second in (20.2, 21.1, 21.9)}),
}


class Stage:
    """The services around the desk. `now` is the demo's second."""

    def __init__(self, scene: Scene, segmenter: Segmenter, app: str) -> None:
        self._scene, self._segmenter = scene, segmenter
        self._room = np.mean([scene.frame(index) for index in range(30)], axis=0).round().astype(np.uint8)
        segmenter.set_plate(self._room)
        segmenter.calm = Calm()
        self._plates = 1
        self._sav_at = float("inf")
        self._shots: tuple[Shot, ...] = (Shot("bkg.png", _small(self._room)),)
        self.desk = fakes.desk(app=app, client=lambda service: self, size=(HEIGHT, WIDTH), wait_s=0.4)
        self._now = 0.0

    def send(self, request: Request, _timeout_s: float) -> "Stage":
        """What the desk asks for."""
        if isinstance(request, Capture):
            self._sav_at = self._now + SAV_S
        if isinstance(request, LearnPlate):
            self._plates += 1
        return self

    def reply(self) -> Reply | None:
        """Everything is taken on at once."""
        return Accepted("job", "")

    def close(self) -> None:
        """See errands.ClientLike."""

    def turn(self, index: int, person: bool) -> Image | None:
        """One frame later: the picture, if there is one. Nobody is looked for where `person` is False."""
        now = self._now = index / FPS
        image = self._scene.frame(index)
        key = FrameKey("cam0", "demo", index, round(now * 1e9), boot_id())
        plate_id = f"plate{self._plates}"
        messages: list[Message] = [
            Plate(plate_id, self._room, "cam0", 30, "job", fakes.GOOD),
            self._recording(now),
            Frame(key, image, mirrored=False, source="demo", index=index, live=True),
        ]
        fakes.alive(self.desk, now)
        for message in messages:
            self.desk.take(message, now)
        alpha = self._segmenter.alpha(image) if person else np.zeros(image.shape[:2], np.uint8)
        self.desk.take(Mask(key, alpha, "shipped", plate_id, fakes.GOOD, "openvino cpu"), now)
        if index % POSE_EVERY == 0:
            self.desk.take(self._palms(key, index), now)
        self.desk.turn(now)
        picture = self.desk.picture(now)
        self.desk.state.shown(key, round((now + 0.026) * 1e9))
        return picture.image if picture is not None else None

    def _palms(self, key: FrameKey, index: int) -> Palms:
        truth = self._scene.truth(index)
        left, right = (Keypoint(*palm, 1.0) if palm else None for palm in (truth.left_palm, truth.right_palm))
        return Palms(key, (Person(1.0, (), left, right),) if left or right else ())

    def _recording(self, now: float) -> Recording:
        frames = sum(shot.name != "bkg.png" for shot in self._shots)
        idle = Recording(
            RecordingState.IDLE, RecordingTarget.FRAME, SAV_S, 0.0, 3, True, frames, "", "", "", self._shots
        )  # fmt: skip
        left = self._sav_at - now
        if left > SAV_S:
            return idle
        if left > 0:
            return replace(idle, state=RecordingState.COUNTDOWN, seconds_left=left)
        if frames == 0:
            self._shots = (Shot("0.png", _small(self._scene.frame(round(self._sav_at * FPS)))), *self._shots)
        said = {"state": RecordingState.SAVED, "saved": "0.png", "words": "Saved 0.png of set3.", "job": "1"}
        return replace(idle, frames=1, shots=self._shots, **cast(Any, said))


def _small(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (128, 96), interpolation=cv2.INTER_AREA), np.uint8)


def play(name: str, scene: Scene, segmenter: Segmenter) -> Iterator[Image]:
    """The pictures of one story, ten a second."""
    app, start, end, acts = STORIES[name]
    stage = Stage(scene, segmenter, app)
    waiting = sorted(acts.items())
    first = min([start - 1.0, *acts]) if acts else start - 1.0
    for index in range(round(first * FPS), round(end * FPS)):
        now = index / FPS
        while waiting and now >= waiting[0][0]:
            waiting.pop(0)[1](stage.desk, now)
        picture = stage.turn(index, person=now >= start - 1.0)
        if now >= start and index % EVERY == 0 and picture is not None:
            yield np.asarray(cv2.resize(picture, SHOWN, interpolation=cv2.INTER_AREA), np.uint8)


def write(path: Path, pictures: list[Image]) -> int:
    """An animated WebP that goes round, as good as fits; returns its bytes."""
    film = cv2.Animation()
    film.frames = pictures
    film.durations = [round(1000 * EVERY / FPS)] * (len(pictures) - 1) + [900]
    for quality in range(80, LEAST_QUALITY - 1, -5):
        cv2.imwriteanimation(str(path), film, [cv2.IMWRITE_WEBP_QUALITY, quality])
        if path.stat().st_size <= MOST_BYTES:
            break
    return path.stat().st_size


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(STORIES)))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(__file__).parent)
def main(names: tuple[str, ...], out: Path) -> None:
    """Make the README's pictures of the named apps, or of all."""
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    scene, segmenter = Scene(WIDTH, HEIGHT), Segmenter(Weights.shipped(), "auto", "cpu", 1)
    for name in names or STORIES:
        size = write(out / f"{name}.webp", list(play(name, scene, segmenter)))
        click.echo(f"{out / name}.webp: {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
