"""Segment as a process of its own with the shipped weights, in front of a camera played by the test."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest
from click.testing import CliRunner

from common.bus import Bus
from common.clock import boot_id, now_ns
from common.control import ControlClient
from common.errors import UserError
from common.messages import (
    Accepted,
    Blob,
    Done,
    Frame,
    FrameKey,
    LearnPlate,
    Mask,
    Plate,
    Refused,
    Reply,
    Request,
    SwapWeights,
)
from common.metrics import Metrics
from common.places import Places
from common.settings import Settings, load_settings
from common.weights import Weights
from services.segment.camera_lock import CameraLock
from services.segment.main import build, main
from tests.services.segment.scene import noisy, room, with_person

SETTINGS = Settings()
COMMAND = [sys.executable, "-c", "from services.segment.main import main; main()"]


class Camera:
    """Publishes what `picture` holds at 30 Hz and listens to segment."""

    def __init__(self, where: Places) -> None:
        self.bus = Bus("camera", SETTINGS, where, Metrics("camera"), reads=(Mask, Plate))
        self.client = ControlClient("segment", SETTINGS, where)
        self.picture = room()
        self.masks: list[Mask] = []
        self.plates: list[Plate] = []
        self.seq = 0

    def frame(self) -> None:
        self.seq += 1
        key = FrameKey("cam0", self.bus.session, self.seq, now_ns(), boot_id())
        self.bus.publish(Frame(key, noisy(self.picture, self.seq), False, "test", self.seq, live=False))
        due = time.monotonic() + 0.033
        while (left := due - time.monotonic()) > 0:
            self.bus.wait(left)
        self.masks += self.bus.every(Mask)
        self.plates += self.bus.every(Plate)

    def ask(self, request: Request, timeout_s: float = 90) -> Reply:
        pending = self.client.send(request, timeout_s)
        while (reply := pending.reply()) is None:
            self.frame()
        return reply

    def next_mask(self, timeout_s: float = 90) -> Mask:
        """The first of a frame that was not yet published."""
        self.masks, before = [], self.seq
        give_up = time.monotonic() + timeout_s
        while not (self.masks and self.masks[-1].key.seq > before) and time.monotonic() < give_up:
            self.frame()
        return self.masks[-1]

    def learned(self, job: str, timeout_s: float = 60) -> Plate:
        give_up = time.monotonic() + timeout_s
        while time.monotonic() < give_up:
            self.frame()
            for plate in self.plates:
                if plate.job == job:
                    return plate
        raise AssertionError(f"no plate of {job}")

    def close(self) -> None:
        self.client.close()
        self.bus.close()


@pytest.fixture
def camera(instance: Places) -> Iterator[Camera]:
    camera = Camera(instance)
    yield camera
    camera.close()


class Segment:
    """The process, which can be killed and started again."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([*COMMAND, *self._arguments])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def segment() -> Iterator[Segment]:
    # torch reads new weights at once; OpenVINO would convert them first, which has a test of its own
    segment = Segment("--engine", "torch")
    yield segment
    segment.kill()


def changed(weights: Weights) -> Weights:
    name = next(iter(weights.tensors))
    return Weights.of({**weights.tensors, name: weights.tensors[name] * np.float32(1.001)}, weights.story)


@pytest.mark.system
def test_plate_and_weights_survive_kill_9(segment: Segment, camera: Camera) -> None:
    while not isinstance(reply := camera.ask(LearnPlate(0.5)), Accepted):
        camera.frame()
    plate = camera.learned(reply.job)
    camera.picture = with_person(room())
    mask = camera.next_mask()
    assert (mask.plate_id, mask.weights_id) == (plate.plate_id, Weights.shipped().id)
    assert mask.alpha.shape == room().shape[:2]
    assert (mask.alpha[30:, 65:95] > 127).mean() > 0.5

    other = changed(Weights.shipped())
    swapped = camera.ask(SwapWeights(Blob(other.to_bytes()), "a test"))
    assert isinstance(swapped, Done)
    assert isinstance(camera.ask(SwapWeights(Blob(b"not weights"), "a test")), Refused)
    assert camera.next_mask().weights_id == other.id

    segment.kill()
    segment.start()
    mask = camera.next_mask()
    assert (mask.plate_id, mask.weights_id) == (plate.plate_id, other.id)

    segment.process.terminate()
    assert segment.process.wait(15) == 0


def refusal(*arguments: str) -> str:
    """What the command says when it does not start."""
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=90, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_cuda_fails_rather_than_falls_back() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    assert "CUDA was asked for" in refusal("--device", "cuda")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--plate", "nowhere.png"], "No plate at nowhere.png"),
        (["--engine", "abacus"], "is not one of 'auto', 'torch', 'openvino'"),
    ],
)
def test_impossible_options_are_refused_in_words(arguments: list[str], says: str) -> None:
    assert says in refusal(*arguments)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"segment.device": "cuda", "segment.engine": "openvino"}, "OpenVINO does not run on CUDA"),
        ({"segment.weights": __file__}, "not a readable weights file"),
    ],
)
def test_what_cannot_be_had_is_told_before_it_starts(options: dict[str, str], says: str, instance: Places) -> None:
    with pytest.raises(UserError, match=says):
        build(load_settings(options), instance, Metrics("segment"), CameraLock())


def test_a_weights_file_that_is_missing_is_refused() -> None:
    result = CliRunner().invoke(main, ["--weights", "nowhere.safetensors"])
    assert (result.exit_code, "nowhere.safetensors" in result.stderr) == (2, True)


def test_torch_is_not_imported_to_start() -> None:
    code = "import sys, services.segment.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, env=os.environ, check=False).returncode == 0
