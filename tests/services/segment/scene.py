"""A room, somebody in it, a network that needs no weights, and a segment in front of it all that runs in one thread."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from common.clock import boot_id
from common.messages import Frame, FrameKey, Image, Mask, Message, Plate
from common.settings import CameraSettings
from common.weights import Story, Weights, WeightsError
from services.segment.aside import Aside
from services.segment.kept_plate import PlateStore
from services.segment.kept_weights import WeightsStore
from services.segment.plate_care import PlateCare
from services.segment.weights_care import WeightsCare
from services.segment.worker import Segmentation
from tests.fakes import FakeCall

HEIGHT, WIDTH = 120, 160
CAMERA = CameraSettings(name="cam0", source="demo")


def room(seed: int = 0) -> Image:
    """Blurred noise with strong edges, the same for the same seed."""
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 4).astype(np.float32)
    return np.clip((soft - 127) * 6 + 127, 20, 235).astype(np.uint8)


def with_person(picture: Image, left: int = 60, width: int = 40) -> Image:
    """The picture with somebody standing before it."""
    copy = picture.copy()
    copy[20:, left : left + width] = (30, 240, 30)
    return copy


def noisy(picture: Image, seed: int, sigma: float = 4) -> Image:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def some_weights(value: float) -> Weights:
    return Weights.of({"bias": np.full(3, value, np.float32)}, Story("fake"))


class FakeNetwork:
    """Calls foreground what differs by more than 25; its alpha tells in one corner which weights made it."""

    engine, device = "fake", "abacus"

    def __init__(self, weights: Weights, may_go: threading.Event, made: "list[FakeNetwork]") -> None:
        made.append(self)
        self.weights = weights
        self._made = made
        self.plate: Image | None = None
        self.told: list[str] = []
        self._may_go = may_go

    def set_plate(self, plate: Image) -> None:
        assert self._may_go.wait(30)
        self.plate = plate

    def with_plate(self, plate: Image) -> "FakeNetwork":
        other = FakeNetwork(self.weights, self._may_go, self._made)
        other.set_plate(plate)
        return other

    def look_closer(self) -> None:
        self.told.append("look closer")

    def between_frames(self) -> None:
        self.told.append("between frames")

    def close(self) -> None:
        self.told.append("close")

    def alpha(self, frame: Image) -> Any:
        assert self.plate is not None
        self.told.append("alpha")
        far = cv2.absdiff(frame, self.plate).max(2) > 25
        return np.where(far, np.uint8(255), np.uint8(0))


class FakeLoad:
    """Takes weights of the architecture `fake` alone; `broken` ids are refused; plates wait while not `may_go`."""

    device = "cpu"

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.loaded: list[str] = []
        self.made: list[FakeNetwork] = []
        self.may_go = threading.Event()
        self.may_go.set()

    def __call__(self, weights: Weights, plate: Image | None) -> FakeNetwork:
        weights.require("fake", {"bias": (3,)})
        if weights.id in self.broken:
            raise WeightsError("Worn out.")
        self.loaded.append(weights.id)
        network = FakeNetwork(weights, self.may_go, self.made)
        if plate is not None:
            network.set_plate(plate)
        return network


class Studio:
    """A segment before a camera that shows `picture` at 30 Hz by a clock of its own."""

    def __init__(
        self, state: Path, given: Path | None = None, session: str = "camera-1", base: float = 1, refresh: bool = True
    ) -> None:
        self.now = 500.0
        self.picture = room()
        self.session = session
        self.live, self.mirrored = False, False
        self.seq = 0
        self.said: list[Message] = []
        self.load = FakeLoad()
        self.aside = Aside()
        self.plates = PlateCare(self.aside, PlateStore(state), CAMERA, given, lambda: self.now, refresh=refresh)
        weights = WeightsCare(
            self.aside, WeightsStore(state), some_weights(base), self.load, lambda: self.plates.likely
        )
        self.segment = Segmentation(self.aside, self.plates, weights, self.load)
        self.settle()

    def frame(self) -> Frame:
        self.seq += 1
        key = FrameKey("cam0", self.session, self.seq, round(self.now * 1e9), boot_id())
        image = noisy(self.picture, self.seq)
        return Frame(key, image, mirrored=self.mirrored, source="a file", index=self.seq, live=self.live)

    def turn(self, frame: Frame | None) -> None:
        self.said += self.segment.turn(frame)
        self.segment.look_back()

    def run(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """What a frame begins aside is done before the next comes, so that no test hangs on a thread."""
        for _ in range(round(seconds * 30)):
            self.now += 1 / 30
            meanwhile()
            self.turn(self.frame())
            self.settle()

    def settle(self, timeout_s: float = 30) -> None:
        """Until nothing is left to do aside."""
        give_up = time.monotonic() + timeout_s
        while self.aside._jobs and time.monotonic() < give_up:
            futures: list[Future[Any]] = [job[0] for job in self.aside._jobs]
            for future in futures:
                future.exception(timeout_s)
            self.turn(None)

    def ask(self, request: Any, request_id: str = "job-1") -> FakeCall:
        call = FakeCall(request, request_id)
        self.segment.take(call)
        return call

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def plate(self) -> Plate:
        return self.of(Plate)[-1]

    @property
    def mask(self) -> Mask:
        return self.of(Mask)[-1]

    def close(self) -> None:
        self.segment.close()
