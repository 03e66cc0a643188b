"""Ten minutes of somebody who sits still while the daylight fades and the sun's patch wanders, in segment itself.

The whole of segment runs as it does live, but for bus and camera: time is that of the frames, two seconds apart, so
that ten minutes are over in a fraction of it.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import NOISE, Figure, Moment, noisy, put
from common.clock import boot_id
from common.evaluate import CutsOut
from common.messages import Frame, FrameKey, LoadPlate, Mask
from common.nets.calm import Calm
from common.nets.segmenter import Segmenter
from common.scores import HALF, iou
from common.settings import CameraSettings
from common.weights import Weights
from services.segment.aside import Aside
from services.segment.kept_plate import PlateStore
from services.segment.kept_weights import WeightsStore
from services.segment.plate_care import PlateCare
from services.segment.weights_care import WeightsCare
from services.segment.worker import Segmentation
from tests.fakes import FakeCall

Image = NDArray[np.uint8]

SECONDS = 600
EVERY_S = 2.0
FADES_TO = np.array([0.70, 0.74, 0.78], np.float32)  # of the light, blue, green, red
SUN = 35.0  # grey levels
PATIENCE_S = 60.0


def sitting(room: Image, who: Figure) -> Iterator[Moment]:
    """A frame every two seconds; whoever sits sways by a pixel."""
    rng = np.random.default_rng(2)
    down, across = np.mgrid[0 : room.shape[0], 0 : room.shape[1]].astype(np.float32)
    x, y = (room.shape[1] - who.image.shape[1]) / 2, room.shape[0] - who.image.shape[0] + 8
    for number in range(round(SECONDS / EVERY_S)):
        past = number * EVERY_S / SECONDS
        moment = put(room, who, x + np.sin(number / 7), y)
        sun = SUN * past * np.exp(-((across - 60 - 90 * past) ** 2 + (down - 380) ** 2) / 5000)
        lit = moment.frame * (1 + past * (FADES_TO - 1)) + sun[..., None]
        yield Moment(noisy(np.clip(lit, 0, 255).astype(np.uint8), rng, NOISE), moment.truth)


class Load:
    """Networks as segment makes them, whatever the machine would choose."""

    device = "cpu"

    def __call__(self, weights: Weights, plate: Image | None) -> Segmenter:
        network = Segmenter(weights)
        network.calm = Calm()
        if plate is not None:
            network.set_plate(plate)
        return network


class Live:
    """Segment with its loop turned by hand and a clock of its own. Close it after use."""

    def __init__(self, weights: Weights, refresh: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bgsub-")
        state, aside, load = Path(self._folder.name), Aside(), Load()
        self._seq = 0
        care = PlateCare(aside, PlateStore(state), CameraSettings(), None, lambda: self._seq * EVERY_S, refresh=refresh)
        nets = WeightsCare(aside, WeightsStore(state), weights, load, lambda: care.likely)
        self._segment = Segmentation(aside, care, nets, load)
        self.plates: set[str] = set()
        """The ids of all plates that masks were made with."""

    def set_plate(self, plate: Image) -> None:
        self._segment.take(FakeCall(LoadPlate(plate, "the room")))  # type: ignore[arg-type]

    def alpha(self, frame: Image) -> Image:
        """Of the next frame, two seconds after the last. Raises RuntimeError where none comes."""
        give_up = time.monotonic() + PATIENCE_S
        self._seq += 1
        key = FrameKey("cam0", "sitter", self._seq, round(self._seq * EVERY_S * 1e9), boot_id())
        while time.monotonic() < give_up:
            messages = self._segment.turn(Frame(key, frame, False, "sitter", self._seq, live=False))
            self._segment.look_back()
            for message in messages:
                if isinstance(message, Mask):
                    self.plates.add(message.plate_id)
                    return message.alpha
            time.sleep(0.01)
        raise RuntimeError("segment made no mask")

    def close(self) -> None:
        self._segment.close()
        self._folder.cleanup()


class Mog2Live:
    """OpenCV's MOG2 as people use it: it goes on learning, at its own pace."""

    def set_plate(self, plate: Image) -> None:
        self._model = cv2.createBackgroundSubtractorMOG2(history=500)
        for _ in range(20):
            self._model.apply(plate)

    def alpha(self, frame: Image) -> Image:
        return np.where(self._model.apply(frame) == 255, np.uint8(255), np.uint8(0))


def minutes(cuts: CutsOut, room: Image, who: Figure, step: int) -> list[float]:
    """IoU of every `step`th look."""
    cuts.set_plate(room)
    found = []
    for number, moment in enumerate(sitting(room, who)):
        if number % step == 0:
            found.append(iou(cuts.alpha(moment.frame) >= HALF, moment.truth >= HALF))
    return found
